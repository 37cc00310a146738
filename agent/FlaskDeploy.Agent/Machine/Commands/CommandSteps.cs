using System.Collections.Immutable;
using System.Security.Cryptography;
using FlaskDeploy.Agent.Machine.Files;
using FlaskDeploy.Agent.Machine.Launches;
using FlaskDeploy.Agent.Machine.Native;
using FlaskDeploy.Agent.State;
using FlaskDeploy.Language.Bundles;
using FlaskDeploy.Processes;
using Microsoft.Win32.SafeHandles;

namespace FlaskDeploy.Agent.Machine.Commands;

/// <summary>The playbook's commands and our bounded tools.</summary>
internal sealed class CommandSteps(AgentPaths paths, TaskProcesses processes, TimeProvider time, IBlobSource? blobs = null)
{
    private const int LastCharacters = 4000;
    private const int MostBegin = 1500;
    private static readonly TimeSpan BeginStep = TimeSpan.FromMilliseconds(10);
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(5);
    private readonly Jobs _jobs = new(paths, time);

    public async ValueTask<StepOutcome> Run(RunCommand command, StepContext context, CancellationToken cancellation)
    {
        var how = new How(command.Arguments, command.Shown) { Directory = command.Directory, Input = command.Input, Timeout = command.Timeout, MayLeaveChildren = true };
        if (command is { Job: { } job, Script: null })
        {
            return await Begin(job, how, context, cancellation);
        }
        if (command.Script is not { } script)
        {
            return await Run(how, context, cancellation);
        }
        await using var laid = await LaidScript.Lay(script, context.As, paths, blobs, cancellation);
        return await Run(how with { Arguments = [.. how.Arguments.Select(argument => argument.Replace(RunCommand.ScriptPlace, laid.Path, StringComparison.Ordinal))] }, context, cancellation);
    }

    /// <summary>As a task's command, but nothing may stay of it, and it must succeed.</summary>
    public async ValueTask<StepOutcome> Run(RunTool tool, StepContext context, CancellationToken cancellation)
    {
        var how = new How(tool.Arguments, string.Join(' ', tool.Arguments)) { Directory = tool.Directory, Input = tool.Input, Blob = tool.Blob, Timeout = tool.Timeout };
        var outcome = await Run(how, context with { Environment = context.Environment.With(tool.Environment) }, cancellation);
        return tool.ChangedWords is { } words && outcome is { Status: StepStatus.Done, Command: { } command } && !command.Output.Contains(words, StringComparison.Ordinal) ? outcome with { LeftAsItWas = true } : outcome;
    }

    /// <summary>The command of <see cref="WriteFile.Validate"/>; through a shell, because it is written as one line.</summary>
    public async ValueTask<CommandResult> Validate(string command, StepContext context, CancellationToken cancellation)
    {
        var outcome = await Run(new How(["/bin/sh", "-c", command], command) { Timeout = TimeSpan.FromMinutes(1) }, context, cancellation);
        return outcome.Command ?? new CommandResult(BecomeMain.NotBecome, "", outcome.Problem ?? "", time.GetUtcNow(), TimeSpan.Zero);
    }

    public StepOutcome Forget(ForgetJob job)
    {
        _jobs.Forget(job.Id);
        return StepOutcome.Done;
    }

    // Its output stays until the job is forgotten; it runs on in its scope whatever becomes of the agent.
    private async ValueTask<StepOutcome> Begin(CommandJob job, How how, StepContext context, CancellationToken cancellation)
    {
        _jobs.ForgetOld();
        var name = $"{context.Scope}-{job.Id}";
        using var output = TaskOutput.Make(Path.Combine(paths.LogDirectory, "tasks"), $"{name}-{Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(4))}");
        var record = new JobRecord(job.Id, output.OutputPath, output.ErrorPath, Jobs.NewMark(), LaunchLedger.Boot, time.GetUtcNow());
        _jobs.Remember(record);
        using var input = how.Input is { } bytes ? InputFile(name, bytes) : null;
        try
        {
            using var process = processes.Start(new TaskProcessStart([.. Jobs.Wrap(how.Arguments, job.Limit, record.Mark)], context)
            {
                Directory = how.Directory,
                Input = input,
                Output = output.Output,
                Error = output.Error,
                MayLeaveChildren = true,
            });
            // What it is started with is gone afterwards.
            for (var left = MostBegin; !process.HasBegun && !process.Exited.IsCompleted && left > 0; left--)
            {
                await Task.Delay(BeginStep, time, cancellation);
            }
            if (process.Exited.IsCompleted && process.StartProblem(await process.Exited, TaskOutput.Read(output.ErrorPath)) is { } problem)
            {
                _jobs.Forget(job.Id);
                return StepOutcome.Failed($"{how.Shown} was not started: {problem}");
            }
            if (process.Identity is { } identity)
            {
                _jobs.Remember(record with { Pid = identity.Pid, StartTime = identity.StartTime });
            }
            return StepOutcome.Done with { Details = StepOutcome.Done.Details.Add("job", job.Id) };
        }
        catch (StartFailedException e)
        {
            _jobs.Forget(job.Id);
            return StepOutcome.Failed($"{how.Shown} was not started: {e.Message}");
        }
    }

    private async ValueTask<StepOutcome> Run(How how, StepContext context, CancellationToken cancellation)
    {
        var name = $"{context.Scope}-{Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(4))}";
        using var output = TaskOutput.Make(Path.Combine(paths.LogDirectory, "tasks"), name);
        var keep = false;
        try
        {
            await using var blob = how.Blob is { } digest ? await Open(digest, cancellation) : null;
            using var input = how.Input is { } bytes ? InputFile(name, bytes) : blob?.SafeFileHandle;
            using var process = processes.Start(new TaskProcessStart(how.Arguments, context)
            {
                Directory = how.Directory,
                Input = input,
                Output = output.Output,
                Error = output.Error,
                MayLeaveChildren = how.MayLeaveChildren,
            });
            var (exit, result) = await Wait(process, output, how, cancellation);
            if (process.StartProblem(exit, result.Error) is { } problem)
            {
                return StepOutcome.Failed($"{how.Shown} was not started: {problem}");
            }
            var left = process.Alive();
            if (left.Count > 0 && !how.MayLeaveChildren)
            {
                await process.End(Grace, time);
                left = [];
            }
            keep = left.Count > 0;
            return Judge(how, result, left);
        }
        catch (StartFailedException e)
        {
            return StepOutcome.Failed($"{how.Shown} was not started: {e.Message}");
        }
        finally
        {
            if (!keep)
            {
                output.Delete();
            }
        }
    }

    private async ValueTask<(ChildExit Exit, CommandResult Result)> Wait(TaskProcess process, TaskOutput output, How how, CancellationToken cancellation)
    {
        var started = time.GetUtcNow();
        var at = time.GetTimestamp();
        var timedOut = false;
        try
        {
            await process.Exited.WaitAsync(how.Timeout ?? Timeout.InfiniteTimeSpan, time, cancellation);
        }
        catch (TimeoutException)
        {
            timedOut = true;
            await process.End(Grace, time);
        }
        catch (OperationCanceledException)
        {
            await process.End(Grace, time);
            throw;
        }
        var exit = await process.Exited;
        var (text, error) = output.Read();
        return (exit, new CommandResult(exit.ExitCode, text, error, started, time.GetElapsedTime(at)) { Signal = exit.Signal, TimedOut = timedOut });
    }

    private static StepOutcome Judge(How how, CommandResult result, IReadOnlyList<ProcessIdentity> left)
    {
        var details = left.Count == 0 ? StepOutcome.Done.Details : StepOutcome.Done.Details.Add("left_running", string.Join(' ', left.Select(process => process.Pid)));
        var ended = result.TimedOut ? $"did not end within {how.Timeout!.Value.TotalSeconds:0.#} s and was ended with all that it had started"
            : result.Signal is { } signal ? $"was ended by signal {signal}"
            : $"ended with exit code {result.ExitCode}";
        return result.Succeeded
            ? new StepOutcome(StepStatus.Done) { Command = result, Details = details }
            : new StepOutcome(StepStatus.Failed)
            {
                Problem = $"{how.Shown} {ended} after {result.Duration.TotalSeconds:0.0} s{LastWords(result)}",
                Command = result,
                Details = details,
            };
    }

    private static string LastWords(CommandResult result)
    {
        var words = result.Error.Trim() is { Length: > 0 } error ? error : result.Output.Trim();
        return words.Length == 0 ? "" : $": {(words.Length > LastCharacters ? $"…{words[^LastCharacters..]}" : words)}";
    }

    // The open file itself: the user who reads it need not be able to open it.
    private async ValueTask<FileStream> Open(Digest digest, CancellationToken cancellation) =>
        (blobs is null ? null : await blobs.Open(digest, cancellation)) as FileStream ?? throw new IOException($"the content {digest} is not on this host");

    // A file, so that a process which never reads its input blocks nobody. Nobody else can open it: it has no name any more.
    private SafeFileHandle InputFile(string name, byte[] bytes)
    {
        const uint ownerOnly = 0x180;
        DurableFile.MakeDirectory(paths.RunDirectory);
        var path = Path.Combine(paths.RunDirectory, $"{name}.in");
        using var write = Libc.Open(Libc.AtCurrentDirectory, path, Libc.OpenWriteOnly | Libc.OpenCreate | Libc.OpenExclusive, ownerOnly);
        try
        {
            RandomAccess.Write(write, bytes, 0);
            return Libc.Open(Libc.AtCurrentDirectory, path, Libc.OpenReadOnly);
        }
        finally
        {
            File.Delete(path);
        }
    }

    private sealed record How(ImmutableArray<string> Arguments, string Shown)
    {
        public string? Directory { get; init; }

        public byte[]? Input { get; init; }

        public Digest? Blob { get; init; }

        public TimeSpan? Timeout { get; init; }

        public bool MayLeaveChildren { get; init; }
    }
}
