namespace CliWrap.Exceptions;

/// <summary>Everything that CliWrap itself throws.</summary>
public abstract class CliWrapException(string message, Exception? innerException = null) : Exception(message, innerException);

/// <summary>The command ended with an exit code that its validation does not allow.</summary>
public class CommandExecutionException(ICommandConfiguration command, int exitCode, string message, Exception? innerException = null)
    : CliWrapException(message, innerException)
{
    public ICommandConfiguration Command { get; } = command;

    public int ExitCode { get; } = exitCode;
}
