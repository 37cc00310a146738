using FlaskDeploy.Language.Values;

namespace FlaskDeploy.Language.Modules.Arguments;

/// <summary>https://docs.ansible.com/ansible/latest/collections/ansible/builtin/lineinfile_module.html</summary>
public sealed record LineInFileArguments(EditedFile File) : IModuleArguments<LineInFileArguments>
{
    public bool IsAbsent { get; init; }

    public string? Regexp { get; init; }

    public string? SearchString { get; init; }

    public string? Line { get; init; }

    /// <summary>A regular expression, or EOF or BOF.</summary>
    public string? InsertAfter { get; init; }

    /// <summary>A regular expression, or BOF.</summary>
    public string? InsertBefore { get; init; }

    /// <summary>The line holds references to groups of the regular expression.</summary>
    public bool BackReferences { get; init; }

    /// <summary>Of several lines that match, the first; the last otherwise.</summary>
    public bool FirstMatch { get; init; }

    public static ModuleSpec Spec { get; } = new("lineinfile", ModuleNature.Converging, "one line of a text file: there, as it is to be, or gone")
    {
        ChangesAgainWhere = "several lines match and the new one does not",
        Arguments =
        [
            .. EditedFile.Specs,
            new("state", ArgumentType.Text, "whether the line is to be there") { Choices = ["absent", "present"], Default = Value.Of("present") },
            new("line", ArgumentType.Text, "the line; with backrefs, with references to groups of regexp") { Aliases = ["value"] },
            new("regexp", ArgumentType.Text, "what the line looks like that is replaced, the last of them; with state=absent all that are removed") { Aliases = ["regex"] },
            new("search_string", ArgumentType.Text, "a text that the line holds, instead of regexp"),
            new("insertafter", ArgumentType.Text, "where a new line goes: after the last line that matches this, or EOF or BOF; EOF otherwise"),
            new("insertbefore", ArgumentType.Text, "where a new line goes: before the last line that matches this, or BOF"),
            CommonArguments.Flag("backrefs", "line refers to groups of regexp; where nothing matches, nothing is added"),
            CommonArguments.Flag("firstmatch", "mean the first line that matches, not the last"),
            EditedFile.CreateSpec,
        ],
        MutuallyExclusive = [["insertbefore", "insertafter"], ["regexp", "search_string"], ["backrefs", "search_string"]],
    };

    public static LineInFileArguments From(BoundArguments arguments) => new(EditedFile.From(arguments, "line", arguments.IsSet("create")))
    {
        IsAbsent = arguments.Text("state") == "absent",
        Regexp = arguments.Text("regexp"),
        SearchString = arguments.Text("search_string"),
        Line = arguments.Text("line"),
        InsertAfter = arguments.Text("insertafter"),
        InsertBefore = arguments.Text("insertbefore"),
        BackReferences = arguments.IsSet("backrefs"),
        FirstMatch = arguments.IsSet("firstmatch"),
    };
}
