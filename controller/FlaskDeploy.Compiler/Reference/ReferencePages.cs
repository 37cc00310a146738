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
    private const string Looks = "It looks first: in sync, or what it would change, with a diff. A second apply changes nothing";

    /// <summary>What a page can be asked for by.</summary>
    public static ImmutableArray<string> Names { get; } =
    [
        .. ModuleCatalog.All.Select(spec => spec.Name).Order(StringComparer.Ordinal), "keywords", "filters", "tests", "lookups", "variables", "lint",
        .. LintRules.All.Select(rule => rule.Code), .. LintRules.All.Select(rule => rule.Name), .. AllKeywords.Order(StringComparer.Ordinal),
        .. ExpressionCatalog.Filters.Order(StringComparer.Ordinal), .. ExpressionCatalog.Tests.Order(StringComparer.Ordinal), .. ExpressionCatalog.Lookups.Order(StringComparer.Ordinal),
        .. SpecialVariables.All.Select(variable => variable.Name),
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

    /// <summary>
    /// A module (by any of its names), a keyword, a rule of lint (by code or name, ours or ansible-lint's), a filter, a test, a
    /// lookup, a special variable, or the name of a page; where several have the name, all of them. Null: there is none.
    /// </summary>
    public static string? Find(string name) => name switch
    {
        "keywords" => Keywords(),
        "filters" => Filters(),
        "tests" => Tests(),
        "lookups" => Lookups(),
        "variables" => Variables(),
        "lint" => Lint(),
        _ => string.Join('\n', Called(name)) is { Length: > 0 } found ? found : null,
    };

    private static IEnumerable<string> Called(string name)
    {
        if (ModuleCatalog.Find(name) is { } spec)
        {
            yield return Module(spec);
        }
        if (KeywordExplanations.Of(name) is { } sentence)
        {
            yield return $"# {name}\n\nThe keyword {Code(name)}: {sentence}.\n";
        }
        foreach (var rule in LintRules.All.Where(rule => rule.IsCalled(name)))
        {
            yield return Rule(rule);
        }
        if (ExpressionCatalog.Filters.Contains(name))
        {
            yield return Function("filter", name, ExpressionCatalog.FilterParameters(name), ExpressionExamples.Filters);
        }
        if (ExpressionCatalog.Tests.Contains(name))
        {
            yield return Function("test", name, ExpressionCatalog.TestParameters(name), ExpressionExamples.Tests);
        }
        if (ExpressionCatalog.Lookups.Contains(name))
        {
            yield return Function("lookup", name, "", ExpressionExamples.Lookups);
        }
        if (SpecialVariables.All.FirstOrDefault(variable => variable.Name == name) is { Name: not null } special)
        {
            yield return $"# {name}\n\nThe special variable {Code(name)}: {Meaning(special)}.\n";
        }
    }

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
        { ChangesAgainWhere: { } place } => $"{Looks}, but where {place}: a push then does it once more, as each run of Ansible does, and a reconvergence leaves it.",
        _ => $"{Looks}.",
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
            text.Append($"- {Code(variable.Name)}: {Meaning(variable)}\n");
        }
        return text.ToString();
    }

    private static string Meaning(SpecialVariable variable) => $"{(variable.IsRefused ? "not defined: " : "")}{variable.Meaning}";

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

    private static string Lint() => LintIntroduction + AnsibleLintTable() + string.Concat(LintRules.All.Select(rule => "#" + Rule(rule) + "\n"));

    private const string LintIntroduction = """
        # Lint

        `flaskdeploy lint PATH...` looks at playbooks, roles, files of tasks and directories that hold them, without a controller and a host. Errors are what a push refuses, with the compiler's codes (FD1xxx), and what is wrong on every host; warnings are probably not meant; info is advice.

        Exit status: 0 nothing wrong (warnings and advice may have been printed), 1 the question was wrong (a path or rule that is not there, a configuration that cannot be read), 2 errors, with `--strict` also warnings. `--rule` and `--skip` choose rules by code or name, `--quiet` leaves advice out. `--format json` and `--format sarif` (2.1.0) go to stdout whole, whatever the status; paths in them are relative to the current directory where they lie below it.

        ## Silencing

        `# noqa: CODE` or `# noqa: name` silences a rule on its line, and for the task that the line belongs to; `# noqa` alone silences all on its line, and for the task on the task's first line. A task tagged `skip_ansible_lint` is left alone.

        ## Coming from ansible-lint

        Comments and lists written for ansible-lint count here, under its names. The nearest `.ansible-lint` (or `.ansible-lint.yml`, `.config/ansible-lint.yml`) above a file is read, up to the root of its repository: findings of rules in `skip_list` are left out, and the last line says how many; those of rules in `warn_list` are advice and fail nothing; files under `exclude_paths` (relative to the project's directory; `*` and `**` match) are not looked at unless they are named. A line `FILE RULE` of `.ansible-lint-ignore` makes that rule advice in that file. All else in those files has no meaning here. `--config-file FILE` takes another one for all files, `--config-file /dev/null` none. What the compiler refuses stays an error: no name of ansible-lint silences it, only its code.


        """;

    private static string AnsibleLintTable()
    {
        var text = new StringBuilder("Rules of the same name mean the same. Others, with ansible-lint's tags and old numbers:\n\n");
        foreach (var (name, codes) in AnsibleLintNames.All)
        {
            text.Append($"- {Code(name)}: {string.Join(", ", codes.Select(code => LintRules.All.FirstOrDefault(rule => rule.Code == code) is { } rule ? $"{code} {rule.Name}" : code))}\n");
        }
        return text.Append('\n').ToString();
    }

    private static string Rule(LintRule rule) =>
        $"# {rule.Code} {rule.Name}\n\n{char.ToUpperInvariant(rule.Title[0])}{rule.Title[1..]} ({rule.Severity.ToString().ToLowerInvariant()}). {rule.Why}\n\n```yaml\n# instead of\n{rule.Bad}```\n\n```yaml\n# write\n{rule.Good}```\n";

    private static string Code(string text) => $"`{text}`";

    // The ends of lines as they are written, so that they do not end the page's.
    private static string Escaped(string text) => text.Replace("\r", "\\r", StringComparison.Ordinal).Replace("\n", "\\n", StringComparison.Ordinal);
}
