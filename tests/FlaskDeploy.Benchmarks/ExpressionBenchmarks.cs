using BenchmarkDotNet.Attributes;
using FlaskDeploy.Language.Diagnostics;
using FlaskDeploy.Language.Expressions;
using FlaskDeploy.Language.Values;

namespace FlaskDeploy.Benchmarks;

/// <summary>Typical templates of playbooks: read, rendered, and both.</summary>
public class ExpressionBenchmarks
{
    private static readonly SourceSpan Start = new("site.yml", 1, 1);

    internal static readonly Dictionary<string, string> Sources = new(StringComparer.Ordinal)
    {
        ["path"] = "{{ PROJECT_HOME }}/venv/bin/activate",
        ["condition"] = "{{ pid.stdout != '' and pid.rc == 0 }}",
        ["filters"] = "{{ users | selectattr('on') | map(attribute='name') | map('upper') | sort | join(', ') }}",
        ["file"] = "{% for user in users %}{{ loop.index }}: {{ user.name | default('nobody') }}{% if user.on %} on{% endif %}\n{% endfor %}",
    };

    internal static readonly (string Name, bool On)[] People = [.. Enumerable.Range(0, 10).Select(i => ($"user{9 - i}", i % 2 == 0))];

    private EvaluationContext _context = null!;
    private Template _template = null!;
    private string _source = "";

    [Params("path", "condition", "filters", "file")]
    public string Kind { get; set; } = "";

    [GlobalSetup]
    public void Prepare()
    {
        _source = Sources[Kind];
        _context = new EvaluationContext(new Variables()) { Span = Start };
        _template = Read(_source);
    }

    [Benchmark]
    public Template Parse() => Read(_source);

    [Benchmark]
    public Value Render() => Rendered(_template);

    [Benchmark(Baseline = true)]
    public Value Parse_and_render() => Rendered(Read(_source));

    private static Template Read(string source)
    {
        var diagnostics = new DiagnosticBag();
        return Template.Parse(source, Start, diagnostics) ?? throw new InvalidOperationException(diagnostics.ToSorted()[0].ToString());
    }

    private Value Rendered(Template template)
    {
        var evaluation = template.Render(_context);
        return evaluation.Value ?? throw new InvalidOperationException(evaluation.Error!.ToString());
    }

    private sealed class Variables : IVariables
    {
        private readonly Dictionary<string, Value> _values = new(StringComparer.Ordinal)
        {
            // A template that a template needs, as play variables are.
            ["PROJECT_HOME"] = new TemplateValue("{{ HOME }}/hello", Start),
            ["HOME"] = Value.Of("/home/webserver"),
            ["pid"] = MapValue.From(("stdout", Value.Of("4711")), ("rc", Value.Of(0))),
            ["users"] = Value.Of(People.Select(user => (Value)MapValue.From(("name", Value.Of(user.Name)), ("on", user.On ? Value.True : Value.False)))),
        };

        public IEnumerable<string> Names => _values.Keys;

        public Value? Find(string name) => _values.GetValueOrDefault(name);
    }
}
