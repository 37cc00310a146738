using System.ComponentModel;
using FlaskDeploy.Cli.Display;
using FlaskDeploy.Cli.Pushing;
using FlaskDeploy.Cli.Rollouts;
using FlaskDeploy.Cli.Wire;
using FlaskDeploy.Compiler;
using FlaskDeploy.Language.Bundles;
using FlaskDeploy.Protocol;
using Google.Protobuf;

namespace FlaskDeploy.Cli.Local;

/// <summary>
/// Hands a compilation to the agent's binary on this machine and shows what it tells. Nothing is signed: whoever may run the
/// agent as root here needs no signature.
/// </summary>
internal sealed class LocalApply(string? agent, Terminal terminal)
{
    // After the agent has exited, what is still in the pipe is there at once.
    private static readonly TimeSpan Drain = TimeSpan.FromSeconds(2);

    public async Task<int> RunAsync(Compiled compiled, PushOptions options, CancellationToken cancel)
    {
        if (agent is null)
        {
            terminal.Error($"there is no {AgentProgram.FileName} beside this program, in /usr/bin or on PATH", "install the RPM flaskdeploy-agent, or name the binary with --agent FILE");
            return ExitStatus.Error;
        }
        var hosts = compiled.Compilation.Hosts;
        if (hosts.Length > 1 && hosts.Where(host => !host.IsHere).Select(host => host.InventoryName).ToList() is { Count: > 0 } others)
        {
            terminal.Error(
                $"apply is for this machine alone, and the playbook means {hosts.Length} hosts of the inventory; {string.Join(", ", others.Take(5))} {(others.Count == 1 ? "is" : "are")} elsewhere; nothing was changed",
                "leave -i away (then the machine is 'localhost', in all groups' place), narrow it with -l, give what means this machine ansible_connection=local, or push through a controller");
            return ExitStatus.Error;
        }
        var renderer = options.Json ? null : new TextRenderer(new RenderOptions { Style = terminal.Style, Verbosity = options.Verbosity, Diff = options.Diff });
        var state = RolloutState.Of(hosts.Select(host => host.InventoryName));
        // Names of one machine take their turns: each goes through its plays from top to bottom.
        foreach (var host in hosts)
        {
            if (await ApplyAsync(compiled, host, options, state, renderer, cancel) is not { } after)
            {
                return ExitStatus.Error;
            }
            state = after;
        }
        return Tell(compiled, options, state);
    }

    // Null: said what went wrong.
    private async Task<RolloutState?> ApplyAsync(Compiled compiled, CompiledHost host, PushOptions options, RolloutState state, TextRenderer? renderer, CancellationToken cancel)
    {
        var directory = Directory.CreateTempSubdirectory("flaskdeploy-apply-");
        try
        {
            await WriteAsync(directory.FullName, compiled, host, cancel);
            return await RunAgentAsync(agent!, directory.FullName, host, options, state, renderer, cancel);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or Win32Exception)
        {
            terminal.Error(e.Message);
            return null;
        }
        finally
        {
            directory.Delete(recursive: true);
        }
    }

    /// <summary>release.bin, host-part.bin (serialised messages, unsigned), bundle.bin, blobs/HEX.</summary>
    public static async Task WriteAsync(string directory, Compiled compiled, CompiledHost host, CancellationToken cancel)
    {
        // The sequence is the agent's: it counts what was applied here by itself.
        var release = StatementCodec.Encode(new ReleaseStatement { Deployment = compiled.Compilation.DefaultDeploymentName, Sequence = 1, Content = compiled.ReleaseContent });
        var part = StatementCodec.Encode(new HostPartStatement
        {
            Deployment = compiled.Compilation.DefaultDeploymentName,
            Sequence = 1,
            Host = "localhost",
            Release = Digest.Of(release),
            Content = compiled.PartContent(host),
        });
        await File.WriteAllBytesAsync(Path.Combine(directory, "release.bin"), release, cancel);
        await File.WriteAllBytesAsync(Path.Combine(directory, "host-part.bin"), part, cancel);
        await File.WriteAllBytesAsync(Path.Combine(directory, "bundle.bin"), compiled.Bundle, cancel);
        var blobs = Directory.CreateDirectory(Path.Combine(directory, "blobs")).FullName;
        foreach (var blob in compiled.Compilation.Blobs)
        {
            var copy = Path.Combine(blobs, blob.Digest.ToString());
            if (blob.Opened is { } opened)
            {
                await File.WriteAllBytesAsync(copy, opened, cancel);
                continue;
            }
            File.Copy(blob.Path, copy, overwrite: true);
            await using var content = File.OpenRead(copy);
            if (Digest.Of(content) != blob.Digest)
            {
                throw new ContentMovedException($"{blob.Path} changed while it was being applied; try again");
            }
        }
    }

    private async Task<RolloutState?> RunAgentAsync(string path, string directory, CompiledHost host, PushOptions options, RolloutState before, TextRenderer? renderer, CancellationToken cancel)
    {
        var (process, exited) = AgentProgram.Start(path, AgentProgram.Arguments(directory, options));
        using var _ = process;
        await using var stop = cancel.Register(() => Interrupt(process.Id));
        var events = new LocalEvents(host.InventoryName, before);
        var reading = Task.Run(() => events.Read(process.StandardOutput.BaseStream, update => Show(renderer, update)), CancellationToken.None);
        var exit = await exited;
        await Task.WhenAny(reading, Task.Delay(Drain, CancellationToken.None));
        var state = events.State;
        if (state.Hosts[host.InventoryName].Outcome == HostOutcome.Unreachable)
        {
            terminal.Error(
                exit > 128 ? $"{AgentProgram.FileName} was ended by signal {exit - 128} and told no result" : $"{AgentProgram.FileName} ended with status {exit} and told no result",
                exit switch
                {
                    0 => "is it of the same version? flaskdeploy-agent --version",
                    > 128 => "apply it again: what was done stays as it is, and the rest is done then",
                    _ => "its own messages are above; it needs root",
                });
            return null;
        }
        return state;
    }

    private int Tell(Compiled compiled, PushOptions options, RolloutState state)
    {
        var status = ExitStatus.Of(state, options is { Check: true, DetailedExitCode: true });
        if (options.Json)
        {
            terminal.Write(RolloutJson.Print(state, new(compiled.Compilation.DefaultDeploymentName, options.Mode, 0, 0, "", IsNewRevision: false), status));
            return status;
        }
        foreach (var line in Recap.Render(state, terminal.Style))
        {
            terminal.Write(line);
        }
        return status;
    }

    private void Show(TextRenderer? renderer, RolloutUpdate update)
    {
        foreach (var line in renderer?.Render(update) ?? [])
        {
            terminal.Write(line);
        }
    }

    // Ctrl-C reaches the agent by the terminal as well; it finishes its step and tells that it was interrupted.
    private static void Interrupt(int pid) => _ = Signals.Kill(pid, Signals.Terminate);
}

/// <summary>The agent's events from its standard output: length-delimited messages of event.proto.</summary>
internal sealed class LocalEvents(string host, RolloutState initial)
{
    private RolloutState _state = initial;

    public RolloutState State => Volatile.Read(ref _state);

    /// <summary>Reads to the end. What is no event (another program's output) ends it too: the state then lacks its end.</summary>
    public void Read(Stream stream, Action<RolloutUpdate> show)
    {
        using var buffered = new BufferedStream(stream);
        try
        {
            while (ReadLength(buffered) is { } length)
            {
                var bytes = new byte[length];
                buffered.ReadExactly(bytes);
                var update = new RolloutUpdate.Reported(host, Mapping.ToEvent(host, V1.Event.Parser.ParseFrom(bytes)));
                Volatile.Write(ref _state, State.Next(update));
                show(update);
            }
        }
        catch (Exception e) when (e is InvalidProtocolBufferException or IOException)
        {
            // Cut off in the middle of an event, which the missing end of the run tells by itself.
        }
    }

    // A varint, as protobuf's delimited form has it. Null: the end, or a length that no event has.
    private static int? ReadLength(Stream stream)
    {
        var length = 0;
        for (var shift = 0; shift < 28; shift += 7)
        {
            var next = stream.ReadByte();
            if (next < 0)
            {
                return null;
            }
            length |= (next & 0x7F) << shift;
            if (next < 0x80)
            {
                return length <= DecodeLimits.MaxBytes ? length : null;
            }
        }
        return null;
    }
}
