using FlaskDeploy.Language.Diagnostics;
using FlaskDeploy.Language.Expressions;
using FlaskDeploy.Language.Values;

namespace FlaskDeploy.Language.Tests.Expressions;

/// <summary>Variables of a test, and short ways to render with them.</summary>
internal sealed class Rendering(params IEnumerable<(string Name, Value Value)> variables) : IVariables
{
    private readonly Dictionary<string, Value> _variables = variables.ToDictionary(pair => pair.Name, pair => pair.Value);

    internal static Rendering Sample { get; } = new(
        ("n", Value.Of(3)),
        ("s", Value.Of("Hello World")),
        ("none", Value.Null),
        ("l", List(3, 1, 2)),
        ("words", Value.Of(["b", "A", "c"])),
        ("d", MapValue.From(("a", Value.Of(1)), ("b", Value.Of("two")), ("c", List(1, 2)))),
        ("users", Value.Of([User("bob", 30, true), User("Al", 25, false), User("cy", 30, true)])),
        ("result", MapValue.From(("rc", Value.Of(1)), ("failed", Value.True), ("changed", Value.False), ("stdout", Value.Of("x")))),
        ("host_text", Value.Of("{{ s }}")));

    public IEnumerable<string> Names => _variables.Keys;

    internal static SourceSpan Start { get; } = new("site.yml", 10, 5);

    public Value? Find(string name) => _variables.GetValueOrDefault(name);

    internal static Value List(params int[] numbers) => Value.Of(numbers.Select(number => (Value)Value.Of(number)));

    internal static TemplateValue Lazy(string source, int line = 1) => new(source, new SourceSpan("vars.yml", line, 1));

    internal Rendering With(string name, Value value) => new([.. _variables.Where(pair => pair.Key != name).Select(pair => (pair.Key, pair.Value)), (name, value)]);

    internal EvaluationContext Context(EvaluationBudget? budget = null) => new(this) { Budget = budget ?? EvaluationBudget.Default, Span = Start };

    internal Evaluation Render(string source, EvaluationBudget? budget = null)
    {
        var diagnostics = new DiagnosticBag();
        var template = Template.Parse(source, Start, diagnostics);
        return template?.Render(Context(budget)) ?? Evaluation.Failed(diagnostics.ToSorted()[0]);
    }

    internal Evaluation RenderFile(string source, TemplateOptions options)
    {
        var diagnostics = new DiagnosticBag();
        var template = Template.Parse(source, new SourceSpan("a.j2", 1, 1), diagnostics, options);
        return template?.RenderText(Context(), options) ?? Evaluation.Failed(diagnostics.ToSorted()[0]);
    }

    internal Value Value_(string source)
    {
        var evaluation = Render(source);
        Assert.True(evaluation.Error is null, evaluation.Error?.ToString());
        return evaluation.Value!;
    }

    internal string Text(string source) => Value_(source).Reveal().ToString();

    internal Diagnostic Error(string source, EvaluationBudget? budget = null)
    {
        var evaluation = Render(source, budget);
        Assert.True(evaluation.Error is not null, $"no error, but {evaluation.Value}");
        return evaluation.Error;
    }

    private static MapValue User(string name, int age, bool isOn) => MapValue.From(("name", Value.Of(name)), ("age", Value.Of(age)), ("on", Value.Of(isOn)));
}
