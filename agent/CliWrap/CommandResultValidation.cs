namespace CliWrap;

/// <summary>What of a result is held to be an error.</summary>
[Flags]
public enum CommandResultValidation
{
    None = 0,

    /// <summary>An exit code other than zero throws <see cref="Exceptions.CommandExecutionException"/>.</summary>
    ZeroExitCode = 1,
}
