using System.Collections.Immutable;

namespace FlaskDeploy.Compiler.Reference;

/// <param name="Result">As a template prints it; a test holds it against what comes out.</param>
internal sealed record ExpressionExample(string Name, string Source, string Result);

/// <summary>What filters and tests do, shown.</summary>
internal static class ExpressionExamples
{
    public static ImmutableArray<ExpressionExample> Filters { get; } =
    [
        new("default", "{{ missing | default('none') }}", "none"),
        new("upper", "{{ 'flask' | upper }}", "FLASK"),
        new("lower", "{{ 'Flask' | lower }}", "flask"),
        new("join", "{{ [1, 2, 3] | join('-') }}", "1-2-3"),
        new("length", "{{ [1, 2, 3] | length }}", "3"),
        new("first", "{{ [1, 2, 3] | first }}", "1"),
        new("last", "{{ [1, 2, 3] | last }}", "3"),
        new("sort", "{{ [3, 1, 2] | sort | join(',') }}", "1,2,3"),
        new("unique", "{{ [1, 1, 2] | unique | join(',') }}", "1,2"),
        new("int", "{{ '42' | int + 1 }}", "43"),
        new("replace", "{{ 'a.b' | replace('.', '-') }}", "a-b"),
        new("regex_replace", "{{ 'web1.example' | regex_replace('\\..*$', '') }}", "web1"),
        new("basename", "{{ '/srv/site/app.py' | basename }}", "app.py"),
        new("dirname", "{{ '/srv/site/app.py' | dirname }}", "/srv/site"),
        new("b64encode", "{{ 'flask' | b64encode }}", "Zmxhc2s="),
        new("b64decode", "{{ 'Zmxhc2s=' | b64decode }}", "flask"),
        new("bool", "{{ 'yes' | bool }}", "True"),
        new("ternary", "{{ true | ternary('on', 'off') }}", "on"),
        new("to_json", "{{ {'a': 1} | to_json }}", "{\"a\": 1}"),
        new("from_json", "{{ ('{\"a\": 1}' | from_json).a }}", "1"),
        new("combine", "{{ ({'a': 1} | combine({'b': 2})).b }}", "2"),
        new("union", "{{ [1, 2] | union([2, 3]) | join(',') }}", "1,2,3"),
        new("difference", "{{ [1, 2] | difference([2]) | join(',') }}", "1"),
        new("map", "{{ [{'n': 'a'}, {'n': 'b'}] | map(attribute='n') | join(',') }}", "a,b"),
        new("select", "{{ [1, 2, 3] | select('odd') | join(',') }}", "1,3"),
        new("quote", "{{ 'a b' | quote }}", "'a b'"),
        new("trim", "{{ '  a ' | trim }}", "a"),
        new("hash", "{{ 'flask' | hash('md5') }}", "319c3206a7f10c17c3b9116d4a957646"),
    ];

    public static ImmutableArray<ExpressionExample> Tests { get; } =
    [
        new("defined", "{{ missing is defined }}", "False"),
        new("odd", "{{ 3 is odd }}", "True"),
        new("match", "{{ 'web1' is match('web') }}", "True"),
        new("search", "{{ 'my web1' is search('web') }}", "True"),
        new("version", "{{ '7.9' is version('7.10', '<') }}", "True"),
        new("subset", "{{ [1] is subset([1, 2]) }}", "True"),
        new("string", "{{ 'a' is string }}", "True"),
        new("mapping", "{{ {} is mapping }}", "True"),
        new("none", "{{ none is none }}", "True"),
        new("contains", "{{ [1, 2] is contains(2) }}", "True"),
    ];
}
