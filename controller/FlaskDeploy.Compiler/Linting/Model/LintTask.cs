using System.Collections.Immutable;
using FlaskDeploy.Compiler.Yaml;
using FlaskDeploy.Language.Diagnostics;
using FlaskDeploy.Language.Modules;
using FlaskDeploy.Language.Values;

namespace FlaskDeploy.Compiler.Linting.Model;

/// <summary>A task or a block as rules see it: what was written, with positions, whether or not it compiles.</summary>
internal sealed record LintTask
{
    public required YamlMapping Node { get; init; }

    /// <summary>Without the prefix of a collection; of an alias, what it stands for. Empty: a block.</summary>
    public required string Module { get; init; }

    /// <summary>Null: no module of ours, or an include.</summary>
    public ModuleSpec? Spec { get; init; }

    /// <summary>Of the module's name, or of the block.</summary>
    public required SourceSpan ModuleSpan { get; init; }

    public ImmutableArray<LintArgument> Arguments { get; init; } = [];

    /// <summary>The command line of a module that takes one.</summary>
    public LintCommand? Command { get; init; }

    public bool IsHandler { get; init; }

    /// <summary>The block around it.</summary>
    public LintTask? Block { get; init; }

    public required LintPlay Play { get; init; }

    /// <summary>The list that it stands in, numbered by file: tasks of one list run one after the other.</summary>
    public int List { get; init; }

    public bool IsBlock => Module.Length == 0;

    public string Name => (Node["name"] as YamlScalar)?.Text ?? Module;

    public SourceSpan Span => Node.Span;

    public bool Is(params ReadOnlySpan<string> modules) => modules.Contains(Module);

    public LintArgument? Argument(string name) => Arguments.FirstOrDefault(argument => argument.Name == name);

    public string? Text(string name) => Argument(name)?.Text;

    public bool Has(string argument) => Argument(argument) is not null;

    public YamlEntry? Keyword(string name) => Node.Find(name);

    public string? KeywordText(string name) => (Node[name] as YamlScalar)?.Text;

    /// <summary>The keyword of the task, else of its blocks, else of its play.</summary>
    public YamlEntry? Inherited(string name) => Keyword(name) ?? (Block is not null ? Block.Inherited(name) : Play.Node?.Find(name));

    /// <summary>Root, or whoever it becomes. Null: it depends on a variable or on who pushes.</summary>
    public bool? Becomes
    {
        get
        {
            var entry = Inherited("become") ?? Inherited("sudo");
            return entry is { Value: YamlScalar scalar } ? YamlScalars.AsBoolean(scalar.Text) : Inherited("sudo_user") is not null;
        }
    }

    public bool HasLoop => Node.Entries.Any(entry => entry.Name == "loop" || entry.Name.StartsWith("with_", StringComparison.Ordinal));

    public bool IsGuarded => Has("creates") || Has("removes") || Inherited("changed_when") is not null && Keyword("changed_when") is not null;

    /// <summary>All texts of the task but its name.</summary>
    public IEnumerable<YamlScalar> Scalars => YamlWalk.Scalars(Node).Where(scalar => !ReferenceEquals(scalar, Node["name"]));
}

/// <summary>The text of a command, where its characters stand, and how a shell would read it.</summary>
/// <param name="Text">As written, without its options; of a list of words, joined with blanks.</param>
internal sealed record LintCommand(string Text, Func<int, SourceSpan> SpanAt, bool IsShell, bool IsArgv)
{
    /// <summary>It is no shell that reads it: python has other rules.</summary>
    public bool IsForeign { get; init; }

    /// <summary>Without a command where no shell reads the text.</summary>
    public ShellLine Line { get => field ??= IsForeign ? new ShellLine([]) : ShellLine.Read(Text); }
}

/// <summary>A play, or what stands for one around a file of tasks.</summary>
/// <param name="Node">Null: a file of tasks; which play it is in is not known.</param>
internal sealed record LintPlay(YamlMapping? Node, string File)
{
    public List<LintTask> Tasks { get; } = [];

    /// <summary>Plain texts of variables that the play can see in its own files.</summary>
    public Dictionary<string, string> Texts { get; init; } = new(StringComparer.Ordinal);

    /// <summary>The text with the variables put in that are known; what is not known stays as it is.</summary>
    public string Expand(string text) => VariableText.Expand(text, Texts);
}
