using System.Collections.Immutable;
using System.Text;
using System.Text.RegularExpressions;
using FlaskDeploy.Language.Values;

namespace FlaskDeploy.Language.Expressions;

/// <summary>Ansible's filters for regular expressions.</summary>
internal static class RegexFilters
{
    internal static Function[] All { get; } =
    [
        new("regex_search", "regex! * **", Search),
        new("regex_findall", "regex! multiline ignorecase", FindAll),
        new("regex_replace", "pattern replacement ignorecase multiline count mandatory_count", Replace),
        new("regex_escape", "re_type", call => Value.Of(PythonRegex.Escape(call.SubjectText))),
    ];

    private static Value Search(Call call)
    {
        var regex = PythonRegex.Get(call.Evaluator, call.Text(0), call.KeywordFlag("ignorecase"), call.KeywordFlag("multiline"));
        if (regex.Search(call.Evaluator, call.SubjectText) is not { } match)
        {
            return Value.Null;
        }
        if (call.Rest.Length == 0)
        {
            return Value.Of(match.Value);
        }
        return new ListValue([.. call.Rest.Select(argument =>
        {
            var reference = call.Evaluator.Text(argument);
            var name = reference.StartsWith("\\g<", StringComparison.Ordinal) && reference.EndsWith('>') ? reference[3..^1]
                : reference.StartsWith('\\') ? reference[1..]
                : throw call.Error("Unknown argument");
            var group = match.Groups[regex.GroupOf(name) ?? throw call.Error($"no such group: {name}")];
            return group.Success ? (Value)Value.Of(group.Value) : Value.Null;
        })]);
    }

    private static Value FindAll(Call call)
    {
        var regex = PythonRegex.Get(call.Evaluator, call.Text(0), call.Flag(2), call.Flag(1));
        return new ListValue([.. regex.All(call.Evaluator, call.SubjectText).Select(match => regex.Groups switch
        {
            0 => Value.Of(match.Value),
            1 => Value.Of(match.Groups[1].Value),
            _ => new TupleValue([.. Enumerable.Range(1, regex.Groups).Select(i => Value.Of(match.Groups[i].Value))]),
        })]);
    }

    private static Value Replace(Call call)
    {
        var text = call.SubjectText;
        var regex = PythonRegex.Get(call.Evaluator, call.Text(0, ""), call.Flag(2), call.Flag(3));
        var most = call.Int(4, 0);
        IEnumerable<Match> matches = regex.All(call.Evaluator, text);
        var chosen = (most > 0 ? matches.Take(most) : matches).ToImmutableArray();
        if (call.Has(5) && call.Int(5) is var wanted and > 0 && chosen.Length != wanted)
        {
            throw call.Error($"'{call.Text(0, "")}' should match {wanted} times, but matches {chosen.Length} times");
        }
        var result = new StringBuilder();
        var at = 0;
        foreach (var match in chosen)
        {
            result.Append(text, at, match.Index - at).Append(regex.Expand(call.Evaluator, call.Text(1, ""), match));
            call.Evaluator.LimitText(result.Length);
            at = match.Index + match.Length;
        }
        return Value.Of(result.Append(text, at, text.Length - at).ToString());
    }
}
