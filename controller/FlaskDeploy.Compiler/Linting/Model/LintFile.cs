using System.Collections.Immutable;
using FlaskDeploy.Compiler.Yaml;
using FlaskDeploy.Language.Diagnostics;

namespace FlaskDeploy.Compiler.Linting.Model;

internal enum LintFileKind
{
    Playbook,
    Tasks,
    Handlers,
    Variables,
    /// <summary>A role's meta, an inventory: read by the compiler, and by no rule.</summary>
    Other,
}

/// <summary>A variable that a file defines.</summary>
/// <param name="IsOfRole">Of a role's defaults or vars.</param>
internal sealed record LintVariable(string Name, YamlNode Value, SourceSpan Span, bool IsOfRole);

/// <summary>One file of YAML.</summary>
/// <param name="Path">Absolute; spans inside name it like that.</param>
/// <param name="Text">As it lies on the disk.</param>
internal sealed record LintFile(string Path, string Text, YamlNode? Root, LintFileKind Kind)
{
    public ImmutableArray<LintPlay> Plays { get; init; } = [];

    /// <summary>With blocks, in the order of writing.</summary>
    public ImmutableArray<LintTask> Tasks { get; init; } = [];

    public ImmutableArray<LintVariable> Variables { get; init; } = [];
}

/// <summary>All that one playbook or role comes to, or the whole of what was named.</summary>
/// <param name="Files">Each once.</param>
/// <param name="OtherTexts">Templates and the like: names in them are used.</param>
/// <param name="FindFile">The text of a file by its name, found below the directories of the files; null: none, or several.</param>
internal sealed record LintProject(ImmutableArray<LintFile> Files, ImmutableArray<string> OtherTexts, Func<string, (string Path, string Text)?> FindFile)
{
    public NameCounts Names { get => field ??= NameCounts.Of(Files.Select(file => file.Text).Concat(OtherTexts)); }
}
