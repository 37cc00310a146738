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
        new("regex_escape", "re_type", call => Value.Of(call.Text(0, "python") switch
        {
            "python" => PythonRegex.Escape(call.SubjectText),
            "posix_basic" => string.Concat(call.SubjectText.Select(c => "].[^$*\\".Contains(c) ? $"\\{c}" : c.ToString())),
            "posix_extended" => throw call.Said("Regex type (posix_extended) not yet implemented"),
            var other => throw call.Said($"Invalid regex type ({other})"),
        })),
    ];

    private static Value Search(Call call)
    {
        var regex = PythonRegex.Get(call.Evaluator, call.Text(0), call.KeywordFlag("ignorecase"), call.KeywordFlag("multiline"));
        var names = call.Rest.Select(argument => call.Evaluator.Text(argument) switch
        {
            ['\\', 'g', '<', .. var name, '>'] => name,
            ['\\', .. var number] when number.Length > 0 && char.IsAsciiDigit(number[0]) => string.Concat(number.TakeWhile(char.IsAsciiDigit)),
            _ => throw call.Said("Unknown argument"),
        }).ToList();
        if (regex.Search(call.Evaluator, call.SubjectText) is not { } match)
        {
            return Value.Null;
        }
        if (names.Count == 0)
        {
            return Value.Of(match.Value);
        }
        return new ListValue([.. names.Select(name =>
        {
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
        // What is wrong with the replacement is wrong without a match too.
        regex.Expand(call.Evaluator, call.Text(1, ""), Match.Empty);
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
