namespace CliWrap.Buffered;

/// <summary>How a command went, with all that it wrote.</summary>
public class BufferedCommandResult(int exitCode, DateTimeOffset startTime, DateTimeOffset exitTime, string standardOutput, string standardError)
    : CommandResult(exitCode, startTime, exitTime)
{
    public string StandardOutput { get; } = standardOutput;

    public string StandardError { get; } = standardError;
}
