using System.Collections.Immutable;
using System.Reflection;
using System.Text.RegularExpressions;
using FlaskDeploy.Language.Diagnostics;
using FlaskDeploy.Language.Expressions;
using FlaskDeploy.Language.Values;

namespace FlaskDeploy.Language.Tests.Expressions;

/// <summary>The table that covers each name of the language: the rows of <see cref="FilterTests"/>, <see cref="TestTests"/>, <see cref="StatementTests"/>, <see cref="OtherTemplatesTests"/> and this.</summary>
public sealed class CatalogTests
{
    /// <summary>At least one row for every global. Null: it is refused.</summary>
    public static TheoryData<string, string?> Globals { get; } = new()
    {
        { "range(2, 8, 3) | list", "[2, 5]" },
        { "dict(a=1) | to_json", "{\"a\": 1}" },
        { "cycler('a', 'b').current", "a" },
        { "joiner(', ')()", "" },
        { "namespace(a=1).a", "1" },
        { "lookup('vars', 's')", "Hello World" },
        { "query('dict', {'a': 1})", "[{'key': 'a', 'value': 1}]" },
        { "q('items', [1, 2])", "[1, 2]" },
        { "now(utc=true, fmt='%Y') | int > 2000", "True" },
        { "undef('say it') is undefined", "True" },
        { "nosuch | default(omit) == omit", "True" },
        { "vars.n + vars['n']", "6" },
        { "lipsum()", null },
    };

    [Theory]
    [MemberData(nameof(Globals))]
    public void Globals_are_those_of_Jinja2_and_Ansible(string expression, string? expected)
    {
        var evaluation = Rendering.Sample.Render($"{{{{ {expression} }}}}");
        Assert.Equal(expected, evaluation.Value?.Reveal().ToString());
    }

    [Fact]
    public void Every_global_has_a_row() =>
        Assert.Equal(ExpressionCatalog.Globals.Order(), Globals.SelectMany(row => ExpressionCatalog.Globals.Where(name => Regex.IsMatch(row.Data.Item1, $@"\b{name}\b"))).Distinct().Order());

    [Fact]
    public void Every_filter_is_asked_for_by_a_row_that_is_run()
    {
        var rows = FilterTests.Rows.Select(row => row.Data.Item1).ToList();
        var asked = rows.SelectMany(row => Uses(row).Filters)
            .Concat(rows.SelectMany(row => Regex.Matches(row, @"map\('(\w+)'").Select(match => match.Groups[1].Value)))
            .Append("fileglob");
        Assert.Equal(ExpressionCatalog.Filters.Order(), ExpressionCatalog.Filters.Intersect(asked).Order());
        Assert.InRange(ExpressionCatalog.Filters.Count, 120, 400);
    }

    [Fact]
    public void Every_test_is_asked_for_by_a_row_that_is_run()
    {
        var rows = TestTests.Rows.SelectMany(row => new[] { row.Data.Item1, row.Data.Item2 }).Concat(RowsOf(typeof(TestTests), nameof(TestTests.Tests_of_paths_say_what_the_operators_machine_said))).ToList();
        // What is no name of a test in a program is written as a text: select('==', 1).
        var asked = rows.SelectMany(row => Uses(row).Tests).Concat(rows.SelectMany(row => Regex.Matches(row, @"select\('([^']+)'").Select(match => match.Groups[1].Value)));
        Assert.Equal(ExpressionCatalog.Tests.Order(), ExpressionCatalog.Tests.Intersect(asked).Order());
        Assert.InRange(ExpressionCatalog.Tests.Count, 60, 200);
    }

    [Fact]
    public void Every_statement_stands_in_a_row_that_renders()
    {
        var rows = RowsOf(typeof(StatementTests), nameof(StatementTests.Renders_as_Jinja2_does)).Concat(RowsOf(typeof(OtherTemplatesTests), nameof(OtherTemplatesTests.Renders_as_Jinja2_does))).ToList();
        Assert.Equal(
            ["autoescape", "block", "break", "call", "continue", "do", "extends", "filter", "for", "from", "if", "import", "include", "macro", "print", "raw", "set", "with"],
            ExpressionCatalog.Statements.Where(statement => rows.Any(row => Regex.IsMatch(row, $@"\{{%[-+]?\s*{statement}\b"))).Order());
        Assert.Equal(18, ExpressionCatalog.Statements.Count);
    }

    private static TemplateUses Uses(string expression)
    {
        var template = Template.Parse($"{{{{ {expression.Replace("\n", "\\n", StringComparison.Ordinal)} }}}}", SourceSpan.None, new DiagnosticBag());
        return template?.Uses ?? throw new InvalidOperationException($"the row {expression} does not parse");
    }

    private static ImmutableArray<string> RowsOf(Type type, string method) =>
        [.. type.GetMethod(method)!.GetCustomAttributes<InlineDataAttribute>().Select(row => (string)row.Data[0]!)];
}
