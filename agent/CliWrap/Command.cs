using System.Diagnostics.Contracts;
using CliWrap.Builders;

namespace CliWrap;

/// <summary>A command as a value: every With… gives another one, and <c>ExecuteAsync</c> runs it.</summary>
public partial class Command(
    string targetFilePath,
    string arguments,
    string workingDirPath,
    IReadOnlyDictionary<string, string?> environmentVariables,
    CommandResultValidation validation,
    PipeSource standardInputPipe,
    PipeTarget standardOutputPipe,
    PipeTarget standardErrorPipe) : ICommandConfiguration
{
    public Command(string targetFilePath)
        : this(targetFilePath, "", Directory.GetCurrentDirectory(), new Dictionary<string, string?>(), CommandResultValidation.ZeroExitCode, PipeSource.Null, PipeTarget.Null, PipeTarget.Null)
    {
    }

    public string TargetFilePath { get; } = targetFilePath;

    public string Arguments { get; } = arguments;

    public string WorkingDirPath { get; } = workingDirPath;

    public IReadOnlyDictionary<string, string?> EnvironmentVariables { get; } = environmentVariables;

    public CommandResultValidation Validation { get; } = validation;

    public PipeSource StandardInputPipe { get; } = standardInputPipe;

    public PipeTarget StandardOutputPipe { get; } = standardOutputPipe;

    public PipeTarget StandardErrorPipe { get; } = standardErrorPipe;

    [Pure]
    public Command WithTargetFile(string targetFilePath) => With(targetFilePath: targetFilePath);

    /// <summary>The line as it is, quoting included.</summary>
    [Pure]
    public Command WithArguments(string arguments) => With(arguments: arguments);

    [Pure]
    public Command WithArguments(IEnumerable<string> arguments, bool escape) => WithArguments(builder => builder.Add(arguments, escape));

    [Pure]
    public Command WithArguments(IEnumerable<string> arguments) => WithArguments(arguments, escape: true);

    [Pure]
    public Command WithArguments(Action<ArgumentsBuilder> configure)
    {
        var builder = new ArgumentsBuilder();
        configure(builder);
        return WithArguments(builder.Build());
    }

    [Pure]
    public Command WithWorkingDirectory(string workingDirPath) => With(workingDirPath: workingDirPath);

    [Pure]
    public Command WithEnvironmentVariables(IReadOnlyDictionary<string, string?> environmentVariables) => With(environmentVariables: environmentVariables);

    [Pure]
    public Command WithEnvironmentVariables(Action<EnvironmentVariablesBuilder> configure)
    {
        var builder = new EnvironmentVariablesBuilder();
        configure(builder);
        return WithEnvironmentVariables(builder.Build());
    }

    [Pure]
    public Command WithValidation(CommandResultValidation validation) => With(validation: validation);

    [Pure]
    public Command WithStandardInputPipe(PipeSource source) => With(standardInputPipe: source);

    [Pure]
    public Command WithStandardOutputPipe(PipeTarget target) => With(standardOutputPipe: target);

    [Pure]
    public Command WithStandardErrorPipe(PipeTarget target) => With(standardErrorPipe: target);

    public override string ToString() => $"{TargetFilePath} {Arguments}";

    private Command With(
        string? targetFilePath = null,
        string? arguments = null,
        string? workingDirPath = null,
        IReadOnlyDictionary<string, string?>? environmentVariables = null,
        CommandResultValidation? validation = null,
        PipeSource? standardInputPipe = null,
        PipeTarget? standardOutputPipe = null,
        PipeTarget? standardErrorPipe = null) => new(
            targetFilePath ?? TargetFilePath,
            arguments ?? Arguments,
            workingDirPath ?? WorkingDirPath,
            environmentVariables ?? EnvironmentVariables,
            validation ?? Validation,
            standardInputPipe ?? StandardInputPipe,
            standardOutputPipe ?? StandardOutputPipe,
            standardErrorPipe ?? StandardErrorPipe);
}
