using System.Collections.Immutable;
using System.Text;
using FlaskDeploy.Compiler.Files;
using FlaskDeploy.Compiler.Linting;
using FlaskDeploy.Compiler.Syntax;
using FlaskDeploy.Language.Bundles;
using FlaskDeploy.Language.Expressions;
using FlaskDeploy.Language.Modules;

namespace FlaskDeploy.Compiler.Reference;

/// <summary>
/// The reference, made from the specs: Markdown that reads well on a terminal too. The same specs give the same pages.
/// </summary>
public static class ReferencePages
{
    private const string Made = "<!-- made by 'flaskdeploy doc --markdown'; edit the specs, not this -->\n\n";

    /// <summary>What a page can be asked for by.</summary>
    public static ImmutableArray<string> Names { get; } =
    [
        .. ModuleCatalog.All.Select(spec => spec.Name).Order(StringComparer.Ordinal), "keywords", "filters", "tests", "lookups", "variables", "lint",
        .. LintRules.All.Select(rule => rule.Code),
    ];

    /// <summary>All pages, by the name of their file.</summary>
    public static ImmutableArray<(string File, string Text)> All =>
    [
        ("README.md", Made + Index()),
        .. ModuleCatalog.All.OrderBy(spec => spec.Name, StringComparer.Ordinal).Select(spec => ($"modules/{spec.Name}.md", Made + Module(spec))),
        ("keywords.md", Made + Keywords()),
        ("filters.md", Made + Filters()),
        ("tests.md", Made + Tests()),
        ("lookups.md", Made + Lookups()),
        ("variables.md", Made + Variables()),
        ("lint.md", Made + Lint()),
    ];

    /// <summary>A module (by any of its names), a rule of lint (by code or name), a filter, a test, or the name of a page. Null: there is none.</summary>
    public static string? Find(string name) => name switch
    {
        "keywords" => Keywords(),
        "filters" => Filters(),
        "tests" => Tests(),
        "lookups" => Lookups(),
        "variables" => Variables(),
        "lint" => Lint(),
        _ when ModuleCatalog.Find(name) is { } spec => Module(spec),
        _ when KeywordExplanations.Of(name) is { } sentence => $"# {name}\n\nThe keyword {Code(name)}: {sentence}.\n",
        _ when LintRules.All.FirstOrDefault(rule => rule.IsCalled(name)) is { } rule => Rule(rule),
        _ when ExpressionCatalog.Filters.Contains(name) => Function("filter", name, ExpressionCatalog.FilterParameters(name), ExpressionExamples.Filters),
        _ when ExpressionCatalog.Tests.Contains(name) => Function("test", name, ExpressionCatalog.TestParameters(name), ExpressionExamples.Tests),
        _ => null,
    };

    private static string Index()
    {
        var text = new StringBuilder("# Reference\n\n[Keywords](keywords.md), [filters](filters.md), [tests](tests.md), [lookups](lookups.md), [special variables](variables.md), [lint](lint.md).\n\n## Modules\n\n");
        foreach (var spec in ModuleCatalog.All.OrderBy(spec => spec.Name, StringComparer.Ordinal))
        {
            text.Append($"- [{spec.Name}](modules/{spec.Name}.md): {spec.Summary}\n");
        }
        return text.ToString();
    }

    private static string Module(ModuleSpec spec)
    {
        var text = new StringBuilder($"# {spec.Name}\n\n{spec.Summary}.\n");
        if (!spec.Aliases.IsEmpty)
        {
            text.Append($"\nAlso called {string.Join(", ", spec.Aliases.Select(Code))}.\n");
        }
        text.Append("\n## Arguments\n\n");
        text.Append(spec.Arguments.IsEmpty && !spec.TakesAnyArgument ? "None.\n" : "");
        foreach (var argument in spec.Arguments)
        {
            text.Append(Argument(argument));
        }
        text.Append(spec.TakesAnyArgument ? "- any other name, with any value\n" : "");
        text.Append(spec.TakesFreeForm ? "- the module's own text is the command line\n" : "");
        text.Append(spec.TextArgument is { } only ? $"- the module's own text means {Code(only)}\n" : "");
        AppendGroups(text, "Exclude each other", spec.MutuallyExclusive);
        AppendGroups(text, "One of them is needed", spec.RequiredOneOf);
        AppendGroups(text, "Only together", spec.RequiredTogether);
        text.Append($"\n## In a check and in a reconvergence\n\n{Nature(spec)}\n");
        text.Append($"\n## Results\n\nWhat `register` keeps, besides what [every module returns](../keywords.md#results).\n\n");
        text.Append(ModuleReturns.Of(spec.Name).IsEmpty ? "Nothing more.\n" : "");
        foreach (var result in ModuleReturns.Of(spec.Name))
        {
            text.Append(Result(result));
        }
        text.Append($"\n## Example\n\n```yaml\n{ModuleExamples.Of(spec.Name)}```\n");
        return text.ToString();
    }

    private static string Result(ReturnSpec result) => $"- **{result.Name}** ({Name(result.Type)}; {result.When}): {result.Summary}\n";

    private static string Argument(ArgumentSpec argument)
    {
        var notes = new List<string> { Name(argument.Type) };
        if (argument.Required)
        {
            notes.Add("required");
        }
        if (argument.Default is { } value)
        {
            notes.Add($"default {Code(value is Language.Values.BoolValue flag ? flag.IsTrue ? "yes" : "no" : value.ToRepr())}");
        }
        if (!argument.Choices.IsEmpty)
        {
            notes.Add($"one of {string.Join(", ", argument.Choices.Select(choice => Code(Escaped(choice))).Distinct())}");
        }
        if (!argument.Aliases.IsEmpty)
        {
            notes.Add($"also {string.Join(", ", argument.Aliases.Select(Code))}");
        }
        if (argument.Secret)
        {
            notes.Add("never shown");
        }
        var ignored = argument.IgnoredBecause is { } because ? $"; of no meaning here: {because}" : "";
        return $"- **{argument.Name}** ({string.Join("; ", notes)}): {argument.Summary}{ignored}\n";
    }

    private static string Name(ArgumentType type) => type switch
    {
        ArgumentType.Text => "text",
        ArgumentType.Path => "path on the host",
        ArgumentType.OperatorPath => "path on the operator's side",
        ArgumentType.Boolean => "yes or no",
        ArgumentType.Integer => "whole number",
        ArgumentType.Real => "number",
        ArgumentType.Mode => "permissions",
        ArgumentType.List => "list",
        ArgumentType.Map => "mapping",
        ArgumentType.Condition => "condition",
        _ => "anything",
    };

    private static string Nature(ModuleSpec spec) => spec switch
    {
        { OnlyRunsBecause: { } because } => $"It can only run: {because}.",
        { Nature: ModuleNature.Verification } => "It changes nothing: it says whether a state holds, and ends a stretch of commands.",
        { Nature: ModuleNature.Information } => "It changes nothing and yields values.",
        { Nature: ModuleNature.Command } => $"It runs, guarded by {string.Join(" or ", spec.Guards.Select(Code))} where given.",
        _ => "It looks first: in sync, or what it would change, with a diff. A second apply changes nothing.",
    };

    private static void AppendGroups(StringBuilder text, string what, ImmutableArray<ImmutableArray<string>> groups)
    {
        foreach (var group in groups)
        {
            text.Append($"\n{what}: {string.Join(", ", group.Select(Code))}.\n");
        }
    }

    internal static IEnumerable<string> AllKeywords =>
    [
        .. ((IEnumerable<string>[])[Syntax.Keywords.Play, Syntax.Keywords.Block, Syntax.Keywords.Task, Syntax.Keywords.RoleEntry, Syntax.Keywords.Includes])
            .SelectMany(words => words).Concat(Syntax.Keywords.LoopKinds.Select(kind => "with_" + kind)).Distinct(),
    ];

    private static string Variables()
    {
        var text = new StringBuilder("# Special variables\n\nWhat Ansible sets itself, and what it holds here.\n\n");
        foreach (var variable in SpecialVariables.All)
        {
            text.Append($"- {Code(variable.Name)}: {(variable.IsRefused ? "not defined: " : "")}{variable.Meaning}\n");
        }
        return text.ToString();
    }

    private static string Keywords()
    {
        var text = new StringBuilder("# Keywords\n\nWhat stands beside a module's name in plays, blocks and tasks. What cannot be kept is refused with its place and a remedy, never skipped.\n");
        foreach (var (what, words) in ((string, IEnumerable<string>)[])[("Play", Syntax.Keywords.Play), ("Block", Syntax.Keywords.Block), ("Task", Syntax.Keywords.Task), ("Role in a play's list", Syntax.Keywords.RoleEntry)])
        {
            text.Append($"\n## {what}\n\n{string.Join(", ", words.Order(StringComparer.Ordinal).Select(Code))}\n");
        }
        text.Append($"\n## Loops\n\n`loop`, {string.Join(", ", Syntax.Keywords.LoopKinds.Order(StringComparer.Ordinal).Select(kind => Code("with_" + kind)))}\n");
        text.Append($"\n## Files that bring tasks\n\n{string.Join(", ", Syntax.Keywords.Includes.Order(StringComparer.Ordinal).Select(Code))}\n");
        text.Append("\n## What they mean\n\n");
        foreach (var keyword in AllKeywords.Order(StringComparer.Ordinal))
        {
            text.Append($"- {Code(keyword)}: {KeywordExplanations.Of(keyword)}\n");
        }
        text.Append("\n## Results\n\nWhat `register` keeps of any module; more is on the module's page.\n\n");
        foreach (var result in ModuleReturns.Common)
        {
            text.Append(Result(result));
        }
        return text.ToString();
    }

    private static string Filters() => "# Filters\n\n" + Functions(ExpressionCatalog.Filters, ExpressionCatalog.FilterParameters, ExpressionExamples.Filters);

    private static string Tests() => "# Tests\n\nWhat may stand after `is`.\n\n" + Functions(ExpressionCatalog.Tests, ExpressionCatalog.TestParameters, ExpressionExamples.Tests);

    private static string Lookups()
    {
        var text = new StringBuilder("# Lookups\n\nThey read what lies on the operator's side, or values.\n\n");
        foreach (var name in ExpressionCatalog.Lookups.Order(StringComparer.Ordinal))
        {
            text.Append($"- {Code(name)}\n");
            foreach (var example in ExpressionExamples.Lookups.Where(example => example.Name == name))
            {
                text.Append($"  - {Shown(example.Source)} gives {Shown(example.Result)}\n");
            }
        }
        return text.ToString();
    }

    // A result of several lines is shown in one.
    private static string Shown(string result) => Code(result.Replace("\n", "\\n", StringComparison.Ordinal));

    private static string Functions(IEnumerable<string> names, Func<string, string> parametersOf, ImmutableArray<ExpressionExample> examples)
    {
        var text = new StringBuilder("A `!` marks what must be given.\n\n");
        foreach (var name in names.Order(StringComparer.Ordinal))
        {
            text.Append($"- {Code(Signature(name, parametersOf(name)))}\n");
            foreach (var example in examples.Where(example => example.Name == name))
            {
                text.Append($"  - {Shown(example.Source)} gives {Shown(example.Result)}\n");
            }
        }
        return text.ToString();
    }

    private static string Function(string kind, string name, string parameters, ImmutableArray<ExpressionExample> examples) =>
        $"# {name}\n\nThe {kind} {Code(Signature(name, parameters))}.\n" + string.Concat(examples.Where(example => example.Name == name).Select(example => $"\n{Shown(example.Source)} gives {Shown(example.Result)}\n"));

    private static string Signature(string name, string parameters) => parameters.Length == 0 ? name : $"{name}({parameters.Replace(" ", ", ", StringComparison.Ordinal)})";

    private static string Lint() => "# Lint\n\n`flaskdeploy lint PATH...` gives 0 where nothing is wrong, 1 where a path or rule is unknown, 2 for errors, with `--strict` for warnings too. "
        + "`# noqa: CODE` or `# noqa: name` at the end of a line silences it there; on a task's first line, for the task. Errors of the compiler have its codes (FD1xxx).\n\n" + string.Concat(LintRules.All.Select(rule => "#" + Rule(rule) + "\n"));

    private static string Rule(LintRule rule) =>
        $"# {rule.Code} {rule.Name}\n\n{char.ToUpperInvariant(rule.Title[0])}{rule.Title[1..]} ({rule.Severity.ToString().ToLowerInvariant()}). {rule.Why}\n\n```yaml\n# instead of\n{rule.Bad}```\n\n```yaml\n# write\n{rule.Good}```\n";

    private static string Code(string text) => $"`{text}`";

    // The ends of lines as they are written, so that they do not end the page's.
    private static string Escaped(string text) => text.Replace("\r", "\\r", StringComparison.Ordinal).Replace("\n", "\\n", StringComparison.Ordinal);
}
