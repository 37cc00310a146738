using System.ComponentModel;
using System.IO.Pipes;
using CliWrap.Builders;
using CliWrap.Exceptions;
using FlaskDeploy.Processes;

namespace CliWrap;

public partial class Command
{
    private const int Interrupt = 2;
    private const int Kill = 9;

    /// <summary>
    /// How long output may still be read after the process has ended. The original reads until every child that inherited
    /// the pipe has closed it, which may be never; what was written before the end arrives well within this.
    /// </summary>
    private static readonly TimeSpan PipeGrace = TimeSpan.FromMilliseconds(500);

    /// <summary>Runs it and waits for the process to end.</summary>
    /// <param name="forcefulCancellationToken">Kills it and what is in its process group.</param>
    /// <param name="gracefulCancellationToken">Interrupts it; it may take its time.</param>
    /// <exception cref="Win32Exception">It cannot be started.</exception>
    /// <exception cref="CommandExecutionException">It failed, and <see cref="Validation"/> says that this matters.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled; the process is gone.</exception>
    public CommandTask<CommandResult> ExecuteAsync(CancellationToken forcefulCancellationToken, CancellationToken gracefulCancellationToken)
    {
        forcefulCancellationToken.ThrowIfCancellationRequested();
        gracefulCancellationToken.ThrowIfCancellationRequested();
        var running = Begin();
        return new CommandTask<CommandResult>(Attend(running, forcefulCancellationToken, gracefulCancellationToken), running.Child.Pid);
    }

    /// <inheritdoc cref="ExecuteAsync(CancellationToken, CancellationToken)"/>
    public CommandTask<CommandResult> ExecuteAsync(CancellationToken cancellationToken = default) =>
        ExecuteAsync(cancellationToken, CancellationToken.None);

    private Running Begin()
    {
        using var input = ProcessPipe.Open();
        using var output = ProcessPipe.Open();
        using var error = ProcessPipe.Open();
        var start = TimeProvider.System.GetUtcNow();
        var child = ChildProcess.Start(new ChildStart(Resolve(TargetFilePath), [TargetFilePath, .. ArgumentsBuilder.Split(Arguments)])
        {
            Environment = InheritedEnvironment(),
            Directory = WorkingDirPath,
            Input = input.Read,
            Output = output.Write,
            Error = error.Write,
            NewSession = true,
        });
        return new Running(child, start, Adopt(input.Write, PipeDirection.Out), Adopt(output.Read, PipeDirection.In), Adopt(error.Read, PipeDirection.In));
    }

    private async Task<CommandResult> Attend(Running running, CancellationToken forceful, CancellationToken graceful)
    {
        var (child, start, input, output, error) = running;
        using var giveUp = new CancellationTokenSource();
        using var killing = forceful.Register(() => child.Signal(Kill));
        using var interrupting = graceful.Register(() => child.Signal(Interrupt));
        var feeding = Feed(input, giveUp.Token);
        var reading = Task.WhenAll(Drain(StandardOutputPipe, output, giveUp.Token), Drain(StandardErrorPipe, error, giveUp.Token));
        var exit = await child.Exited;
        var end = TimeProvider.System.GetUtcNow();
        giveUp.CancelAfter(PipeGrace);
        await reading;
        await giveUp.CancelAsync();
        await feeding;
        forceful.ThrowIfCancellationRequested();
        graceful.ThrowIfCancellationRequested();
        return exit.ExitCode != 0 && Validation.HasFlag(CommandResultValidation.ZeroExitCode)
            ? throw new CommandExecutionException(this, exit.ExitCode, $"Command execution failed because the underlying process ({TargetFilePath}#{child.Pid}) returned a non-zero exit code ({exit.ExitCode}).\n\nCommand: {this}")
            : new CommandResult(exit.ExitCode, start, end);
    }

    private async Task Feed(AnonymousPipeClientStream input, CancellationToken giveUp)
    {
        await using (input)
        {
            try
            {
                await StandardInputPipe.CopyToAsync(input, giveUp);
            }
            catch (Exception e) when (e is IOException or OperationCanceledException)
            {
                // The process ended, or closed its input, without reading all of it: its right.
            }
        }
    }

    private static async Task Drain(PipeTarget target, AnonymousPipeClientStream origin, CancellationToken giveUp)
    {
        await using (origin)
        {
            try
            {
                await target.CopyFromAsync(origin, giveUp);
            }
            catch (OperationCanceledException) when (giveUp.IsCancellationRequested)
            {
                // A child of the process holds the pipe; the process itself has said all it had to say.
            }
        }
    }

    private static AnonymousPipeClientStream Adopt(Microsoft.Win32.SafeHandles.SafePipeHandle end, PipeDirection direction)
    {
        var own = new Microsoft.Win32.SafeHandles.SafePipeHandle(end.DangerousGetHandle(), ownsHandle: true);
        end.SetHandleAsInvalid();
        return new AnonymousPipeClientStream(direction, own);
    }

    private Dictionary<string, string> InheritedEnvironment()
    {
        var environment = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (System.Collections.DictionaryEntry variable in Environment.GetEnvironmentVariables())
        {
            environment[(string)variable.Key] = (string?)variable.Value ?? "";
        }
        foreach (var (name, value) in EnvironmentVariables)
        {
            if (value is null)
            {
                environment.Remove(name);
            }
            else
            {
                environment[name] = value;
            }
        }
        return environment;
    }

    private static string Resolve(string program)
    {
        const int noEntry = 2;
        return ChildProcess.Find(program, Environment.GetEnvironmentVariable("PATH") ?? "/usr/sbin:/usr/bin:/sbin:/bin")
            ?? throw new Win32Exception(noEntry, $"{program}: no such program on the PATH");
    }

    private sealed record Running(ChildProcess Child, DateTimeOffset Start, AnonymousPipeClientStream Input, AnonymousPipeClientStream Output, AnonymousPipeClientStream Error);
}
