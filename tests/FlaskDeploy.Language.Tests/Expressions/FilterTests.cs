using FlaskDeploy.Language.Bundles;
using FlaskDeploy.Language.Values;
using FlaskDeploy.Language.Expressions;

namespace FlaskDeploy.Language.Tests.Expressions;

public sealed class FilterTests
{
    /// <summary>At least one row for every filter: expression, and what <c>str()</c> of its result is.</summary>
    public static TheoryData<string, string> Rows { get; } = new()
    {
        { "'aB' | upper ~ 'aB' | lower", "ABab" },
        { "'hELLO wORLD' | capitalize", "Hello world" },
        { "'foo bar-baz' | title", "Foo Bar-Baz" },
        { "'  x ' | trim ~ 'xxax' | trim('x')", "xa" },
        { "1 | string", "1" },
        { "'ab' | center(6)", "  ab  " },
        { "'aaa' | replace('a', 'b', 2)", "bba" },
        { "'a\nb' | indent(2)", "a\n  b" },
        { "'foo bar baz qux' | truncate(9)", "foo..." },
        { "'aaa bbb ccc' | wordwrap(4)", "aaa\nbbb\nccc" },
        { "'foo bar, baz' | wordcount", "3" },
        { "'%s-%d' | format('a', 2)", "a-2" },
        { "\"it's\" | quote ~ '' | quote ~ 'ok.txt' | quote", "'it'\"'\"'s'''ok.txt" },
        { "'a\nb' | comment", "#\n# a\n# b\n#" },
        { "'a' | comment('cblock')", "/*\n *\n * a\n *\n */" },
        { "'a\nb' | splitlines", "['a', 'b']" },
        { "'a,b' | split(',')", "['a', 'b']" },
        { "'<&>' | escape ~ '<' | e ~ '<' | forceescape", "&lt;&amp;&gt;&lt;&lt;" },
        { "'<b>' | safe", "<b>" },
        { "'<b>a</b>  c' | striptags", "a c" },
        { "{'a': 1, 'b': none} | xmlattr", " a=\"1\"" },
        { "'a b/ü' | urlencode ~ {'q': 'a b'} | urlencode", "a%20b/%C3%BCq=a+b" },
        { "'a😀b' | regex_replace('.', 'X')", "XXX" },
        { "['a😀b' | regex_findall('[^a]'), '😀😀' | regex_search('^.{2}$'), 'a😀' | regex_replace('', '-'), '😀' | regex_search('(.)(.)') is none, '😀 x' | regex_findall('\\S')]", "[['😀', 'b'], '😀😀', '-a-😀-', True, ['😀', 'x']]" },
        { "'see www.x.org.' | urlize", "see <a href=\"https://www.x.org\" rel=\"noopener\">www.x.org</a>." },
        { "'xy.org a@b.de mailto:a@b.de a.b' | urlize", "<a href=\"https://xy.org\" rel=\"noopener\">xy.org</a> <a href=\"mailto:a@b.de\">a@b.de</a> <a href=\"mailto:a@b.de\">a@b.de</a> a.b" },
        { "'(http://x.org/a_(b))' | urlize", "(<a href=\"http://x.org/a_(b)\" rel=\"noopener\">http://x.org/a_(b)</a>)" },
        { "'tel:+49 ftp://x' | urlize(extra_schemes=['tel:'])", "<a href=\"tel:+49\" rel=\"noopener\">tel:+49</a> ftp://x" },
        { "[l | length, l | count, d | length, 'abc' | length]", "[3, 3, 3, 3]" },
        { "[l | first, l | last]", "[3, 2]" },
        { "'ab' | list", "['a', 'b']" },
        { "d | items | first", "('a', 1)" },
        { "l | join('-') ~ users | join(',', attribute='name')", "3-1-2bob,Al,cy" },
        { "[l | reverse, 'abc' | reverse]", "[[2, 1, 3], 'cba']" },
        { "[l | sort, words | sort, words | sort(case_sensitive=true), l | sort(reverse=true)]", "[[1, 2, 3], ['A', 'b', 'c'], ['A', 'b', 'c'], [3, 2, 1]]" },
        { "users | sort(attribute='age,name') | map(attribute='name') | list", "['Al', 'bob', 'cy']" },
        { "{'b': 1, 'A': 2} | dictsort", "[('A', 2), ('b', 1)]" },
        { "['a', 'A', 'b', 'a'] | unique", "['a', 'b']" },
        { "[[1], [1], {}] | unique", "[[1], {}]" },
        { "[l | min, l | max, users | min(attribute='age')]", "[1, 3, {'name': 'Al', 'age': 25, 'on': False}]" },
        { "[l | sum, users | sum(attribute='age'), [[1], [2]] | sum(start=[])]", "[6, 85, [1, 2]]" },
        { "[1, 2, 3] | batch(2, 0)", "[[1, 2], [3, 0]]" },
        { "[1, 2, 3] | slice(2)", "[[1, 2], [3]]" },
        { "users | groupby('age') | map(attribute='grouper') | list", "[25, 30]" },
        { "[1, [2, [3, none]]] | flatten", "[1, 2, 3]" },
        { "[1, [2, [3]]] | flatten(levels=1)", "[1, 2, [3]]" },
        { "[60 | random(seed='web1'), 'abc' | list | shuffle(seed='web1')]", "[52, ['a', 'c', 'b']]" },
        { "l | shuffle(seed='x') | sort", "[1, 2, 3]" },
        { "[none | default('x'), none | default('x', true), 0 | d('x', true)]", "[None, 'x', 'x']" },
        { "n | mandatory", "3" },
        { "[true | ternary('a', 'b'), none | ternary('a', 'b', 'c')]", "['a', 'c']" },
        { "['yes' | bool, 'no' | bool, 1 | bool, 'x' | bool]", "[True, False, True, False]" },
        { "[1 | type_debug, 'x' | type_debug, {} | type_debug]", "['int', 'str', 'dict']" },
        { "'abc' | attr('upper')() if false else 'x'", "x" },
        { "['a', 'b'] | map('extract', d) | list", "[1, 'two']" },
        { "[words | map('upper') | list, users | map(attribute='nosuch', default=0) | list]", "[['B', 'A', 'C'], [0, 0, 0]]" },
        { "[l | select('odd') | list, l | reject('odd') | list, l | select('gt', 1) | list]", "[[3, 1], [2], [3, 2]]" },
        { "users | selectattr('on') | map(attribute='name') | list", "['bob', 'cy']" },
        { "users | rejectattr('age', 'lt', 30) | map(attribute='name') | list", "['bob', 'cy']" },
        { "{'a': {'x': 1}} | combine({'a': {'y': 2}}, recursive=true)", "{'a': {'x': 1, 'y': 2}}" },
        { "{'a': [1]} | combine({'a': [2]}, list_merge='append')", "{'a': [1, 2]}" },
        { "{'a': [1]} | combine({'a': [1]}, recursive=true, list_merge='append')", "{'a': [1]}" },
        { "{'a': 1} | combine({'b': 2}, [{'a': 3}])", "{'a': 3, 'b': 2}" },
        { "{'a': 1} | dict2items", "[{'key': 'a', 'value': 1}]" },
        { "[{'key': 'a', 'value': 1}] | items2dict", "{'a': 1}" },
        { "[{'n': 1, 'k': [2, 3]}] | subelements('k') | map('last') | list", "[2, 3]" },
        { "[[1, 2] | union([2, 3]), [1, 2] | intersect([2]), [1, 2] | difference([2]), [1, 2] | symmetric_difference([2, 3])]", "[[1, 2, 3], [2], [1], [1, 3]]" },
        { "[[1, 2] | zip(['a', 'b']) | list, [1, 2] | zip_longest([3], fillvalue='x') | list]", "[[(1, 'a'), (2, 'b')], [(1, 3), (2, 'x')]]" },
        { "[1, 2] | product(['a', 'b']) | list", "[(1, 'a'), (1, 'b'), (2, 'a'), (2, 'b')]" },
        { "[[1, 2, 3] | permutations(2) | length, [1, 2, 3] | combinations(2) | list]", "[6, [(1, 2), (1, 3), (2, 3)]]" },
        { "users | rekey_on_member('name') | list", "['bob', 'Al', 'cy']" },
        { "['42' | int, '0x1f' | int(base=16), 'x' | int(7), '4.7' | int, 3.9 | int]", "[42, 31, 7, 4, 3]" },
        { "['1.5' | float, 'x' | float(2.5)]", "[1.5, 2.5]" },
        { "-3 | abs", "3" },
        { "[25.5 | round(-1), 25.0 | round(-1), 35.0 | round(-1), (-1.5) | round(-1), (-25.5) | round(-1), (-4.0) | round(-1), 149.9 | round(-2)]", "[30.0, 20.0, 40.0, -0.0, -30.0, -0.0, 100.0]" },
        { "[2.5 | round, 42.55 | round(1), 42.51 | round(1, 'ceil'), 42.59 | round(1, 'floor'), 15 | round(-1)]", "[2.0, 42.5, 42.6, 42.5, 20]" },
        { "[1000 | filesizeformat, 1024 | filesizeformat(true), 1 | filesizeformat]", "['1.0 kB', '1.0 KiB', '1 Byte']" },
        { "[1024 | human_readable, 1048576 | human_readable(unit='K')]", "['1.00 KB', '1024.00 KB']" },
        { "['10K' | human_to_bytes, '1.5 MB' | human_to_bytes]", "[10240, 1572864]" },
        { "[8 | log(2), 2 | pow(3), 9 | root]", "[3.0, 8.0, 3.0]" },
        { "{'b': [1, none], 'a': 'é'} | to_json", "{\"b\": [1, null], \"a\": \"\\u00e9\"}" },
        { "{'b': [1], 'a': {}} | to_nice_json", "{\n    \"a\": {},\n    \"b\": [\n        1\n    ]\n}" },
        { "{'a': '<'} | tojson", "{\"a\": \"\\u003c\"}" },
        { "('{\"a\": [1, 2.5, 12345678901234567890, null]}' | from_json).a", "[1, 2.5, 12345678901234567890, None]" },
        { "{'b': [1, {'yes': 'no'}], 'a': 'x: y'} | to_yaml", "a: 'x: y'\nb:\n- 1\n- {'yes': 'no'}\n" },
        { "{'b': [1, {'c': []}], 'a': 'é'} | to_nice_yaml", "a: é\nb:\n- 1\n-   c: []\n" },
        { "'a: [1, yes, 010, 1:30, ~]' | from_yaml", "{'a': [1, True, 8, 90, None]}" },
        { "'--- 1\n--- x' | from_yaml_all | list", "[1, 'x']" },
        { "'pw' | password_hash('md5', 'abcdefgh')", "$1$abcdefgh$IQtUouv7y7Q9dRWkQEPCc." },
        { "'pw' | password_hash('sha256', 'salt', rounds=5000)", "$5$salt$Oo0nc86Ktkc05wTAggFOZIQJhfxhAZY1mlIogZJN.i." },
        { "'pw' | password_hash('sha512', 'salt', rounds=1000)", "$6$rounds=1000$salt$d7eV9s8slZkQfSpeUNlCmopaL.Tpt4XY61764aINp2KRzpE5Z1iZ0R2WyFPpdxHBQpj2PwPDM2H3NdKLRu/Ax/" },
        { "'a%20b+c' | urldecode", "a b c" },
        { "['C:\\a\\b.txt' | win_dirname, 'C:\\a' | win_splitdrive]", "['C:\\\\a', ('C:', '\\\\a')]" },
        { "{'b': 1, 'a': 2} | pprint", "{'a': 2, 'b': 1}" },
        { "('word ' * 30) | pprint", "('word word word word word word word word word word word word word word word '\n 'word word word word word word word word word word word word word word word ')" },
        { "('x' * 90) | pprint", "'xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx'" },
        { "('a: 1\n' * 18) | pprint", "('a: 1\\n'\n 'a: 1\\n'\n 'a: 1\\n'\n 'a: 1\\n'\n 'a: 1\\n'\n 'a: 1\\n'\n 'a: 1\\n'\n 'a: 1\\n'\n 'a: 1\\n'\n 'a: 1\\n'\n 'a: 1\\n'\n 'a: 1\\n'\n 'a: 1\\n'\n 'a: 1\\n'\n 'a: 1\\n'\n 'a: 1\\n'\n 'a: 1\\n'\n 'a: 1\\n')" },
        { "{'k': ['w' * 70 ~ ' v\tw\n' ~ 'second\n'], 'e': ('😀 ' * 40,)} | pprint", "{'e': ('😀 😀 😀 😀 😀 😀 😀 😀 😀 😀 😀 😀 😀 😀 😀 😀 😀 😀 😀 😀 😀 😀 😀 😀 😀 😀 😀 😀 😀 😀 😀 😀 😀 😀 😀 '\n       '😀 😀 😀 😀 😀 ',),\n 'k': ['wwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwww '\n       'v\\tw\\n'\n       'second\\n']}" },
        { "['server: 80' | regex_search('[0-9]+'), 'x' | regex_search('y'), 'ab' | regex_search('(?P<f>a)(b)', '\\g<f>', '\\2')]", "['80', None, ['a', 'b']]" },
        { "['a1b2' | regex_findall('[0-9]'), 'a1b2' | regex_findall('([a-z])([0-9])')]", "[['1', '2'], [('a', '1'), ('b', '2')]]" },
        { "'localhost:80' | regex_replace('^(?P<host>.+):(?P<port>\\d+)$', '\\g<host>, \\g<port>')", "localhost, 80" },
        { "'a.b*' | regex_escape", "a\\.b\\*" },
        { "['/etc/x.conf' | basename, '/etc/x.conf' | dirname, 'a/b.tar.gz' | splitext]", "['x.conf', '/etc', ('a/b.tar', '.gz')]" },
        { "['/a/../b' | realpath, '/a/b' | relpath('/a/c'), 'a//b/.' | normpath, ['/a', 'b'] | path_join]", "['/b', '../b', 'a/b', '/a/b']" },
        { "['~root/x' | expanduser, 'x' | expandvars, 'C:\\\\x' | win_basename]", "['/root/x', 'x', 'x']" },
        { "['http://u@h:80/p?q#f' | urlsplit('hostname'), 'http://h:80/p?q' | urlsplit('port')]", "['h', 80]" },
        { "['é' | b64encode, 'w6k=' | b64decode]", "['w6k=', 'é']" },
        { "['a' | hash('md5'), 'a' | checksum, 'a' | md5, 'a' | sha1 | length]", "['0cc175b9c0f1b6a831c399e269772661', '86f7e437faa5a7fce15d1ddcb9eaeaea377667b8', '0cc175b9c0f1b6a831c399e269772661', 40]" },
        { "'foo' | to_uuid | length", "36" },
        { "'%Y-%m-%d %H:%M:%S %j %a' | strftime(86400, utc=true)", "1970-01-02 00:00:00 002 Fri" },
        { "(('2024-01-02 00:00:00' | to_datetime) - ('2024-01-01 00:00:00' | to_datetime)).total_seconds()", "86400.0" },
        { "[result | failed, result | failure, result | success, result | succeeded, result | changed, result | change, result | skipped, result | skip]", "[True, True, False, False, False, False, False, False]" },
        { "['1.10' | version_compare('1.9', '>'), 'ab' | match('a'), 'ab' | search('b'), 'ab' | regex('b$'), [1] | issubset([1, 2]), [1, 2] | issuperset([1])]", "[True, True, True, True, True, True]" },
    };

    [Theory]
    [MemberData(nameof(Rows))]
    public void Filters_as_Jinja2_and_Ansible_do(string expression, string expected)
    {
        var escaped = expression.Replace("\n", "\\n", StringComparison.Ordinal);
        var evaluation = expression.Contains('\n') ? Rendering.Sample.RenderFile($"={{{{ {escaped} }}}}", TemplateOptions.Default) : Rendering.Sample.Render($"={{{{ {expression} }}}}");
        Assert.True(evaluation.Error is null, evaluation.Error?.ToString());
        Assert.Equal("=" + expected, evaluation.Value!.ToString());
    }

    [Fact]
    public void Fileglob_gives_the_operators_files()
    {
        var tree = new OperatorTree([new("files", null, 0, 493), new("files/a.txt", Digest.Of([]), 0, 420), new("files/b.txt", Digest.Of([]), 0, 420), new("files/c.md", Digest.Of([]), 0, 420)]);
        var context = Rendering.Sample.Context() with { Lookups = new TreeLookups(tree, _ => null, "") };
        var found = Resolver.Resolve(new TemplateValue("{{ ('files/' + '*.txt') | fileglob | map('basename') | join(' ') }}", Rendering.Start), context);
        Assert.Equal("a.txt b.txt", found.Value?.ToString());
    }

    [Theory]
    [InlineData("'yo' | log", "can only be used on numbers")]
    [InlineData("'yo' | pow(4)", "can only be used on numbers")]
    [InlineData("'yo' | root", "can only be used on numbers")]
    [InlineData("'monkeys' | human_readable", "failed on bad input")]
    [InlineData("[] | rekey_on_member('a', duplicates='boo')", "duplicates parameter to rekey_on_member has unknown value")]
    [InlineData("'text' | rekey_on_member('a')", "Type is not a valid list, set, or dict")]
    [InlineData("[true] | rekey_on_member('a')", "List item is not a valid dict")]
    [InlineData("[{'b': 1}] | rekey_on_member('a')", "was not found")]
    [InlineData("[{'b': 1}] | unique(case_sensitive=false)", "cannot fall back")]
    public void Says_what_ansible_says_of_input_that_is_wrong(string expression, string expected) =>
        Assert.Contains(expected, Rendering.Sample.Render($"{{{{ {expression} }}}}").Error?.Summary ?? "", StringComparison.Ordinal);
}
