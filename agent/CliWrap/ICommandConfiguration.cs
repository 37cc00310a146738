namespace CliWrap;

/// <summary>What a command is started with.</summary>
public interface ICommandConfiguration
{
    string TargetFilePath { get; }

    /// <summary>As one line, quoted where needed.</summary>
    string Arguments { get; }

    string WorkingDirPath { get; }

    /// <summary>Added to this program's own environment; null takes a variable out of it.</summary>
    IReadOnlyDictionary<string, string?> EnvironmentVariables { get; }

    CommandResultValidation Validation { get; }

    PipeSource StandardInputPipe { get; }

    PipeTarget StandardOutputPipe { get; }

    PipeTarget StandardErrorPipe { get; }
}
