using System.Text;
using CliWrap.Exceptions;

namespace CliWrap.Buffered;

/// <summary>Running a command whose output is small enough to hold.</summary>
public static class BufferedCommandExtensions
{
    /// <inheritdoc cref="Command.ExecuteAsync(CancellationToken, CancellationToken)"/>
    public static CommandTask<BufferedCommandResult> ExecuteBufferedAsync(
        this Command command,
        Encoding standardOutputEncoding,
        Encoding standardErrorEncoding,
        CancellationToken forcefulCancellationToken,
        CancellationToken gracefulCancellationToken)
    {
        var output = new StringBuilder();
        var error = new StringBuilder();
        return command
            .WithStandardOutputPipe(Both(command.StandardOutputPipe, PipeTarget.ToStringBuilder(output, standardOutputEncoding)))
            .WithStandardErrorPipe(Both(command.StandardErrorPipe, PipeTarget.ToStringBuilder(error, standardErrorEncoding)))
            .WithValidation(CommandResultValidation.None)
            .ExecuteAsync(forcefulCancellationToken, gracefulCancellationToken)
            .Select(async running =>
            {
                var result = await running;
                return result.ExitCode != 0 && command.Validation.HasFlag(CommandResultValidation.ZeroExitCode)
                    ? throw new CommandExecutionException(command, result.ExitCode, $"Command execution failed because the underlying process returned a non-zero exit code ({result.ExitCode}).\n\nCommand: {command}\n\nStandard error: {error}")
                    : new BufferedCommandResult(result.ExitCode, result.StartTime, result.ExitTime, output.ToString(), error.ToString());
            });
    }

    public static CommandTask<BufferedCommandResult> ExecuteBufferedAsync(this Command command, Encoding encoding, CancellationToken cancellationToken = default) =>
        command.ExecuteBufferedAsync(encoding, encoding, cancellationToken, CancellationToken.None);

    public static CommandTask<BufferedCommandResult> ExecuteBufferedAsync(this Command command, CancellationToken cancellationToken = default) =>
        command.ExecuteBufferedAsync(Encoding.UTF8, cancellationToken);

    // The original merges the two as well, so that a target which was set goes on seeing everything.
    private static PipeTarget Both(PipeTarget first, PipeTarget second) => ReferenceEquals(first, PipeTarget.Null)
        ? second
        : PipeTarget.Create(async (origin, cancellation) =>
        {
            using var copy = new MemoryStream();
            await origin.CopyToAsync(copy, cancellation);
            copy.Position = 0;
            await first.CopyFromAsync(copy, cancellation);
            copy.Position = 0;
            await second.CopyFromAsync(copy, cancellation);
        });
}
