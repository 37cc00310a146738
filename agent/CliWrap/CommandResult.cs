namespace CliWrap;

/// <summary>How a command went.</summary>
public class CommandResult(int exitCode, DateTimeOffset startTime, DateTimeOffset exitTime)
{
    /// <summary>Of a command that a signal ended: 128 and the signal's number.</summary>
    public int ExitCode { get; } = exitCode;

    public bool IsSuccess => ExitCode == 0;

    public DateTimeOffset StartTime { get; } = startTime;

    public DateTimeOffset ExitTime { get; } = exitTime;

    public TimeSpan RunTime => ExitTime - StartTime;

    public static implicit operator bool(CommandResult result) => result.IsSuccess;

    public static implicit operator int(CommandResult result) => result.ExitCode;
}
