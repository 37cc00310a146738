using System.ComponentModel;
using System.Text;
using CliWrap;
using CliWrap.Builders;

namespace FlaskDeploy.Agent.Machine;

/// <param name="Problem">Why it did not come to an exit code: not there, or out of time.</param>
internal sealed record ToolResult(int ExitCode, string Output, string Error, string? Problem)
{
    public bool Succeeded => Problem is null && ExitCode == 0;

    /// <summary>One line that says what went wrong.</summary>
    public string Failure => Problem ?? $"exit code {ExitCode}: {(Error.Trim() is { Length: > 0 } error ? error : Output.Trim())}";
}

/// <summary>A short-lived tool of the system, in the C locale, with a deadline and an end to what is read of it.</summary>
internal static class BoundedTool
{
    private const int MostOutput = 16 * 1024 * 1024;

    public static Task<ToolResult> Run(string program, IReadOnlyList<string> arguments, TimeSpan deadline, CancellationToken cancellation) =>
        Run(program, arguments, MostOutput, deadline, cancellation);

    /// <exception cref="OperationCanceledException">Cancelled from outside; the tool is gone.</exception>
    public static Task<ToolResult> Run(string program, IReadOnlyList<string> arguments, int mostOutput, TimeSpan deadline, CancellationToken cancellation) =>
        Run(Cli.Wrap(program).WithArguments(arguments).WithWorkingDirectory("/").WithEnvironmentVariables(Stated), mostOutput, deadline, cancellation);

    /// <summary>A line of the shell, as who runs this program, in its own environment.</summary>
    public static Task<ToolResult> Shell(string line, string directory, TimeSpan deadline, CancellationToken cancellation) =>
        Run(Cli.Wrap("/bin/sh").WithArguments(["-c", line]).WithWorkingDirectory(directory), MostOutput, deadline, cancellation);

    private static async Task<ToolResult> Run(Command command, int mostOutput, TimeSpan deadline, CancellationToken cancellation)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        limit.CancelAfter(deadline);
        var output = new BoundedText(mostOutput);
        var error = new BoundedText(mostOutput);
        try
        {
            var result = await command
                .WithValidation(CommandResultValidation.None)
                .WithStandardOutputPipe(output.Target)
                .WithStandardErrorPipe(error.Target)
                .ExecuteAsync(limit.Token);
            return new ToolResult(result.ExitCode, output.ToString(), error.ToString(), null);
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            return new ToolResult(-1, output.ToString(), error.ToString(), $"{command.TargetFilePath} did not end within {deadline.TotalSeconds:0.#} s");
        }
        catch (Win32Exception e)
        {
            return new ToolResult(-1, "", "", $"{command.TargetFilePath} cannot be started: {e.Message}");
        }
    }

    // What systemd told the agent is the agent's: a tool that found the socket would tell systemd that it is ready.
    private static void Stated(EnvironmentVariablesBuilder builder) => builder
        .Set("LC_ALL", "C").Set("PATH", TaskEnvironment.DefaultPath)
        .Set("NOTIFY_SOCKET", null).Set("WATCHDOG_USEC", null).Set("WATCHDOG_PID", null);
}

/// <summary>Text up to a limit; what comes after it is read and dropped, and the text says so.</summary>
internal sealed class BoundedText(int limit)
{
    private readonly MemoryStream _kept = new();
    private long _dropped;

    public PipeTarget Target => PipeTarget.Create(async (origin, cancellation) =>
    {
        var buffer = new byte[16 * 1024];
        while (await origin.ReadAsync(buffer, cancellation) is var read and > 0)
        {
            Append(buffer.AsSpan(0, read));
        }
    });

    public void Append(ReadOnlySpan<byte> bytes)
    {
        var room = (int)Math.Min(bytes.Length, limit - _kept.Length);
        _kept.Write(bytes[..room]);
        _dropped += bytes.Length - room;
    }

    public bool WasCut => _dropped > 0;

    public override string ToString()
    {
        var text = Encoding.UTF8.GetString(_kept.GetBuffer(), 0, (int)_kept.Length);
        return _dropped == 0 ? text : $"{text}\n[cut: {_dropped} more bytes]\n";
    }
}
