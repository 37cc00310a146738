using FlaskDeploy.Language.Values;

namespace FlaskDeploy.Language.Tests.Expressions;

/// <summary>Dates that YAML wrote, and YAML that shows what is the very same value: each row as Ansible 2.14 answered it.</summary>
public sealed class MomentTests
{
    private static readonly Value List = Value.Of([Value.Of(1), Value.Of(2)]);
    private static readonly Value One = MapValue.From(("a", Value.Of(1)));

    private static Rendering Variables { get; } = new(
        ("d", Moment("2024-01-02")),
        ("dt", Moment("2024-01-02 03:04:05")),
        ("dz", Moment("2024-01-02T03:04:05Z")),
        ("do", Moment("2024-01-02T03:04:05.25+02:00")),
        ("o", MapValue.From(("d", Moment("2024-01-02")), ("l", Value.Of([Moment("2024-05-06")])))),
        ("lit", List),
        ("one", One),
        ("two", MapValue.From(("x", One), ("y", MapValue.From(("a", Value.Of(1)))))),
        ("templates", Value.Of([Rendering.Lazy("{{ d.year }}")])),
        ("shown", MapValue.From(("x", Rendering.Lazy("{{ templates }}")), ("y", Rendering.Lazy("{{ templates }}")))),
        ("made", Rendering.Lazy("{{ [lit, [lit]] }}")),
        ("both", Value.Of([Rendering.Lazy("{{ one }}"), Rendering.Lazy("{{ one }}")])),
        ("aliased", Value.Of("a: &x [1]\nb: *x\n")));

    [Theory]
    [InlineData("{{ d }} {{ dt }} {{ dz }} {{ do }}", "2024-01-02 2024-01-02 03:04:05 2024-01-02 03:04:05+00:00 2024-01-02 03:04:05.250000+02:00")]
    [InlineData("{{ d.year }}-{{ dt.hour }}-{{ do.microsecond }} {{ d.hour | default('none') }}", "2024-3-250000 none")]
    [InlineData("{{ d | type_debug }} {{ dt | type_debug }} {{ st | default(d ~ '') | type_debug }}", "date datetime str")]
    [InlineData("{{ d | string }} {{ dz | string }} {{ 'a' ~ d }}", "2024-01-02 2024-01-02 03:04:05+00:00 a2024-01-02")]
    [InlineData("{{ d | to_json }} {{ dz | to_json }} {{ do | to_json }} {{ dt | to_json }}", "\"2024-01-02\" \"2024-01-02T03:04:05+00:00\" \"2024-01-02T03:04:05.250000+02:00\" \"2024-01-02T03:04:05\"")]
    [InlineData("{{ o | to_json }}", "{\"d\": \"2024-01-02\", \"l\": [\"2024-05-06\"]}")]
    [InlineData("{{ o | to_yaml }}", "d: 2024-01-02\nl: [2024-05-06]\n")]
    [InlineData("{{ [d, dt, dz] | to_yaml }}", "[2024-01-02, ! '2024-01-02 03:04:05', ! '2024-01-02 03:04:05+00:00']\n")]
    [InlineData("{{ {'k': dt} | to_nice_yaml }}", "k: 2024-01-02 03:04:05\n")]
    [InlineData("x{{ o }}", "x{'d': datetime.date(2024, 1, 2), 'l': [datetime.date(2024, 5, 6)]}")]
    [InlineData("{{ d == '2024-01-02' }} {{ d | string == '2024-01-02' }} {{ d == dt }} {{ dt == dz }} {{ d == o.d }}", "False True False False True")]
    [InlineData("{{ d < o.l[0] }} {{ (o.l[0] - d).days }} {{ dz < do }} {{ dz - do }} {{ do.utcoffset() }}", "True 125 False 1:59:59.750000 2:00:00")]
    [InlineData("{{ d.strftime('%d/%m/%Y') }} {{ dt.strftime('%H%z') }} {{ do.strftime('%z %Z') }}", "02/01/2024 03 +0200 UTC+02:00")]
    [InlineData("{{ d.isoformat() }} {{ dz.isoformat() }} {{ do.isoformat(' ') }}", "2024-01-02 2024-01-02T03:04:05+00:00 2024-01-02 03:04:05.250000+02:00")]
    [InlineData("{{ d is string }}{{ d is number }}{{ d is mapping }}{{ d is iterable }}{{ d is defined }}{{ d is sequence }}", "FalseFalseFalseFalseTrueFalse")]
    [InlineData("{{ d | replace('-', '/') }} {{ d | regex_replace('-', '.') }} {{ d | int }} {{ d | bool }} {{ d | b64encode }}", "2024/01/02 2024.01.02 0 False MjAyNC0wMS0wMg==")]
    [InlineData("{{ {d: 1} }} {{ [d, o.d] | unique | length }} {{ [o.l[0], d] | sort | join(' ') }} {{ [o.l[0], d] | max }}", "{datetime.date(2024, 1, 2): 1} 1 2024-01-02 2024-05-06 2024-05-06")]
    [InlineData("{{ ('date: 2024-01-02' | from_yaml).date | type_debug }} {{ 'date: 2024-01-02T10:00:00Z' | from_yaml | to_json }}", "date {\"date\": \"2024-01-02T10:00:00+00:00\"}")]
    [InlineData("{{ '[2024-01-02, 2024-01-02 1:2:3]' | from_yaml | map('type_debug') | join(' ') }}", "date str")]
    [InlineData("{{ dt.date() }} {{ dt.time() }} {{ d.weekday() }} {{ d.replace(day=5) }} {{ d.toordinal() }}", "2024-01-02 03:04:05 1 2024-01-05 738887")]
    [InlineData("{{ d | pprint }} {{ [dz] | pprint }} {{ [do] }}", "datetime.date(2024, 1, 2) [datetime.datetime(2024, 1, 2, 3, 4, 5, tzinfo=datetime.timezone.utc)] [datetime.datetime(2024, 1, 2, 3, 4, 5, 250000, tzinfo=datetime.timezone(datetime.timedelta(seconds=7200)))]")]
    [InlineData("{{ '%s' % d }} {{ '%r' % d }} {{ '{:%Y}'.format(d) }} {{ '{}'.format(d) }} {{ dz.tzinfo }}", "2024-01-02 datetime.date(2024, 1, 2) 2024 2024-01-02 UTC")]
    [InlineData("{{ [one, one] | to_yaml }}", "- &id001 {a: 1}\n- *id001\n")]
    [InlineData("{{ [lit, lit] | to_nice_yaml }}", "- &id001\n    - 1\n    - 2\n- *id001\n")]
    [InlineData("{{ dict(a=lit, b=[lit]) | to_nice_yaml }}", "a: &id001\n- 1\n- 2\nb:\n- *id001\n")]
    [InlineData("{{ ([{'n': 'a', 'v': lit}] * 2) | to_yaml }}", "- &id001\n  n: a\n  v: [1, 2]\n- *id001\n")]
    [InlineData("{{ [[lit]] | map('first') | list | product([1, 2]) | list | to_yaml }}", "- - &id001 [1, 2]\n  - 1\n- - *id001\n  - 2\n")]
    [InlineData("{{ {'x': lit} | combine({'y': lit}) | to_yaml }}", "x: &id001 [1, 2]\ny: *id001\n")]
    [InlineData("{{ ['a', 'b'] | zip([lit, lit]) | items2dict(key_name=0, value_name=1) | to_yaml }}", "a: &id001 [1, 2]\nb: *id001\n")]
    [InlineData("{{ [d, d] | to_yaml }}", "[&id001 2024-01-02, *id001]\n")]
    [InlineData("{{ aliased | from_yaml | to_yaml }}", "a: &id001 [1]\nb: *id001\n")]
    [InlineData("{{ [lit, one, one, lit] | to_yaml }}", "- &id002 [1, 2]\n- &id001 {a: 1}\n- *id001\n- *id002\n")]
    [InlineData("{{ two | to_yaml }}", "x: {a: 1}\ny: {a: 1}\n")]
    [InlineData("{{ shown | to_yaml }}", "x: ['2024']\ny: ['2024']\n")]
    [InlineData("{{ made | to_yaml }}", "- [1, 2]\n- - [1, 2]\n")]
    [InlineData("{{ [made, made] | to_nice_yaml(indent=2) }}", "- &id001\n  - - 1\n    - 2\n  - - - 1\n      - 2\n- *id001\n")]
    [InlineData("{{ both | to_yaml }}", "- {a: 1}\n- {a: 1}\n")]
    [InlineData("{{ [[], [], one.a, one.a, lit | list, lit] | to_yaml }}", "- []\n- []\n- 1\n- 1\n- [1, 2]\n- [1, 2]\n")]
    [InlineData("{% set e = [] %}{{ [e, e] | to_yaml }}{% set e = () %}{{ [e, e] | to_yaml }}{% set e = 'x' %}{{ [e, e] | to_yaml }}", "- &id001 []\n- *id001\n- []\n- []\n[x, x]\n")]
    [InlineData("{{ [lit, lit] | to_json | from_json | to_yaml }}", "- [1, 2]\n- [1, 2]\n")]
    public void Prints_as_Ansible_does(string source, string expected) => Assert.Equal(expected, Variables.Text(source));

    [Theory]
    [InlineData("d < '2024-01-03'")]
    [InlineData("dt < dz")]
    [InlineData("d < dt")]
    [InlineData("d | length")]
    [InlineData("d[:4]")]
    [InlineData("'a' + d")]
    [InlineData("[d] | tojson")]
    [InlineData("d - dt")]
    [InlineData("d.replace(day=32)")]
    [InlineData("'2024-13-45' | from_yaml")]
    [InlineData("[one] | groupby('a') | to_yaml")]
    [InlineData("d | to_datetime('%Y')")]
    public void Refuses_what_Python_refuses(string expression) => Assert.Equal("FD1306", Variables.Error($"{{{{ {expression} }}}}").Code);

    [Fact]
    public void What_holds_a_date_and_is_printed_by_itself_is_the_text_that_it_prints()
    {
        Assert.Equal(Value.Of("2024-01-02"), Variables.Value_("{{ d }}"));
        Assert.Equal(Value.Of("[datetime.date(2024, 1, 2)]"), Variables.Value_("{{ [d] }}"));
        Assert.Equal(Value.Of("{'d': datetime.date(2024, 1, 2), 'l': [datetime.date(2024, 5, 6)]}"), Variables.Value_("{{ o }}"));
        Assert.Equal(Value.Of([Value.Of(2024)]), Variables.Value_("{{ [d.year] }}"));
    }

    [Theory]
    [InlineData("2024-01-02", "2024-01-02")]
    [InlineData("2024-1-2 3:04:05", "2024-01-02T03:04:05")]
    [InlineData("2024-01-02t03:04:05.1234567 -5", "2024-01-02T03:04:05.123456-05:00")]
    [InlineData("2024-01-02 03:04:05 Z", "2024-01-02T03:04:05+00:00")]
    [InlineData("2024-1-2", null)]
    [InlineData("2023-02-29", null)]
    [InlineData("0000-01-01", null)]
    [InlineData("2024-01-02 24:00:00", null)]
    [InlineData("2024-01-02 03:04:05+24:00", null)]
    [InlineData("2024-01-02 ", null)]
    [InlineData("a2024-01-02", null)]
    public void Reads_what_YAML_reads_as_a_date(string text, string? iso) => Assert.Equal(iso, MomentValue.Read(text)?.ToIso());

    private static MomentValue Moment(string text) => Assert.IsType<MomentValue>(YamlScalars.Resolve(text));
}
