using System.Collections.Immutable;
using FlaskDeploy.Language.Bundles;

namespace FlaskDeploy.Compiler.Files;

public enum OperatorEntryKind
{
    File,
    Directory,
    /// <summary>A device, a socket, a pipe: nothing that can be copied.</summary>
    Other,
}

/// <param name="RealPath">Absolute, with every link followed.</param>
/// <param name="Mode">Permission bits.</param>
public sealed record OperatorEntry(OperatorEntryKind Kind, string RealPath, long Size, int Mode);

/// <summary>
/// All that the compiler may ask of the machine it runs on. It only reads, but for what lookups do (<see cref="Questions"/>). Paths are absolute. Answers are taken to stay the
/// same while one compilation runs.
/// </summary>
public interface IOperatorMachine
{
    /// <summary>What is there once links are followed; null where nothing is, or where it may not be seen.</summary>
    OperatorEntry? Look(string path);

    /// <summary>What a link says; null where there is none.</summary>
    string? LinkAt(string path) => null;

    /// <exception cref="IOException">It cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be read.</exception>
    Stream OpenRead(string path);

    /// <summary>Names, not paths, in ordinal order; hidden ones too.</summary>
    /// <exception cref="IOException">It cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be read.</exception>
    ImmutableArray<string> ListDirectory(string path);

    string? Environment(string name);

    /// <summary>Runs a program of the operator's, in its directory, and waits for it: an inventory that is one. Bounded in time.</summary>
    /// <returns>What it printed, or why that is not to be had.</returns>
    (string? Output, string? Problem) Run(string path, ImmutableArray<string> arguments) => (null, "programs are not run here");

    /// <summary>For lookups that ask the machine itself, from the playbook's directory. Null: they are not asked, as for lint.</summary>
    IOperatorQuestions? Questions(string directory) => null;

    string Home { get; }

    string CurrentDirectory { get; }
}
