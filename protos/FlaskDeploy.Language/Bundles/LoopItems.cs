using System.Collections.Immutable;
using System.Globalization;
using System.Text.RegularExpressions;
using FlaskDeploy.Language.Diagnostics;
using FlaskDeploy.Language.Expressions;
using FlaskDeploy.Language.Values;

namespace FlaskDeploy.Language.Bundles;

/// <summary>
/// What a loop goes over. The compiler asks it to find the files that a loop names, the agent to run the loop; both must
/// come to the same items.
/// </summary>
public static partial class LoopItems
{
    private const int MaxItems = 100_000;

    /// <summary>A list, or an unknown value where the items are not known yet, or what is wrong.</summary>
    /// <param name="items">Rendered.</param>
    /// <param name="glob">Paths in the operator's tree that a pattern of <c>with_fileglob</c> matches.</param>
    /// <param name="find">The path that a name of <c>with_first_found</c> means; null: there is no such file.</param>
    /// <param name="lookup">What any other lookup gives for these terms, <c>with_file</c>, <c>with_lines</c>; null: it is none.</param>
    public static Evaluation Expand(string kind, Value items, Func<string, IEnumerable<string>> glob, SourceSpan span, Func<string, string?>? find = null, Func<string, IReadOnlyList<Value>, Evaluation?>? lookup = null)
    {
        var value = items.Reveal();
        if (value is UnknownValue)
        {
            return Evaluation.Of(value);
        }
        if (value is UndefinedValue undefined)
        {
            return Failed(DiagnosticCodes.UndefinedVariable, undefined.What, span);
        }
        return kind switch
        {
            "loop" => value is ListValue ? Evaluation.Of(value) : Failed(DiagnosticCodes.EvaluationFailed, $"a loop goes over a list, and this is a {value.TypeName}", span),
            "list" => value is ListValue ? Evaluation.Of(value) : Failed(DiagnosticCodes.EvaluationFailed, $"with_list expects a list, and this is a {value.TypeName}", span),
            "items" => List(AsList(value).SelectMany(item => item is ListValue inner ? inner.Items : [item]), span),
            "flattened" => List(Flatten(value), span),
            "fileglob" => Glob(AsList(value), glob, span),
            "first_found" => First(AsList(value), find ?? (_ => null), span),
            "dict" => Dict(value, span),
            "nested" or "cartesian" => Product(AsList(value), span),
            "together" => Together(AsList(value), span),
            "indexed_items" => List(AsList(value).SelectMany(item => item is ListValue inner ? inner.Items : [item]).Select((item, index) => Value.Of([Value.Of(index), item])), span),
            "subelements" => Subelements(AsList(value), span),
            "sequence" => Sequence(AsList(value), span),
            _ => Looked(lookup?.Invoke(kind, AsList(value))) ?? Failed(DiagnosticCodes.EvaluationFailed, $"'with_{kind}' is unknown", span),
        };
    }

    // Each item of a secret list is a secret, and how many there are is none.
    private static Evaluation? Looked(Evaluation? result) =>
        result is { Value: SecretValue secret } && secret.Reveal() is ListValue list ? Evaluation.Of(Value.Of(list.Items.Select(item => (Value)new SecretValue(item)))) : result;

    private static ImmutableArray<Value> AsList(Value value) => value switch
    {
        ListValue list => list.Items,
        NullValue => [],
        _ => [value],
    };

    private static IEnumerable<Value> Flatten(Value value) => value switch
    {
        ListValue list => list.Items.SelectMany(Flatten),
        NullValue => [],
        _ => [value],
    };

    private static Evaluation Glob(ImmutableArray<Value> patterns, Func<string, IEnumerable<string>> glob, SourceSpan span)
    {
        if (patterns.FirstOrDefault(pattern => pattern.IsUnknown) is { } unknown)
        {
            return Evaluation.Of(unknown is UnknownValue ? unknown : new UnknownValue("a part of a pattern is unknown"));
        }
        return List(patterns.SelectMany(Flatten).SelectMany(pattern => glob(pattern.Reveal().ToString())).Select(Value.Of), span);
    }

    private static Evaluation First(ImmutableArray<Value> terms, Func<string, string?> find, SourceSpan span)
    {
        var (names, mayBeMissing) = FirstFound.Names(terms);
        foreach (var name in names)
        {
            if (name.IsUnknown)
            {
                return Evaluation.Of(name is UnknownValue ? name : new UnknownValue("a part of a file's name is unknown"));
            }
            if (find(name.Reveal().ToString()) is { } path)
            {
                return List([Value.Of(path)], span);
            }
        }
        return mayBeMissing ? List([], span) : Failed(DiagnosticCodes.EvaluationFailed, $"none of the files was found: {string.Join(", ", names)}", span);
    }

    private static Evaluation Dict(Value value, SourceSpan span) => value is MapValue map
        ? List(map.Entries.Select(entry => (Value)MapValue.From(("key", entry.Key), ("value", entry.Value))), span)
        : Failed(DiagnosticCodes.EvaluationFailed, $"with_dict expects a dict, and this is a {value.TypeName}", span);

    private static Evaluation Product(ImmutableArray<Value> lists, SourceSpan span)
    {
        if (lists.FirstOrDefault(list => list is UnknownValue) is { } unknown)
        {
            return Evaluation.Of(unknown);
        }
        if (lists.Aggregate(1L, (count, list) => Math.Min(count * AsList(list).Length, MaxItems + 1L)) > MaxItems)
        {
            return TooMany(span);
        }
        IEnumerable<ImmutableArray<Value>> rows = [[]];
        foreach (var list in lists)
        {
            rows = rows.SelectMany(row => AsList(list).Select(item => row.Add(item)));
        }
        return lists.Length == 0 ? Evaluation.Of(ListValue.Empty) : List(rows.Select(row => Value.Of(row)), span);
    }

    private static Evaluation Together(ImmutableArray<Value> lists, SourceSpan span)
    {
        if (lists.FirstOrDefault(list => list is UnknownValue) is { } unknown)
        {
            return Evaluation.Of(unknown);
        }
        var columns = lists.Select(AsList).ToList();
        var length = columns.Count == 0 ? 0 : columns.Max(column => column.Length);
        return List(Enumerable.Range(0, length).Select(row => Value.Of(columns.Select(column => row < column.Length ? column[row] : Value.Null))), span);
    }

    private static Evaluation Subelements(ImmutableArray<Value> terms, SourceSpan span)
    {
        if (terms.Any(term => term is UnknownValue))
        {
            return Evaluation.Of(terms.First(term => term is UnknownValue));
        }
        if (terms is not [ListValue or MapValue, TextValue path, ..])
        {
            return Failed(DiagnosticCodes.EvaluationFailed, "with_subelements takes a list and the name of a key that holds a list", span);
        }
        var mayBeMissing = terms.Length > 2 && terms[2] is MapValue flags && flags["skip_missing"] is { IsTruthy: true };
        var result = new List<Value>();
        foreach (var item in terms[0] is MapValue map ? map.Entries.Select(entry => entry.Value) : ((ListValue)terms[0]).Items)
        {
            var inner = path.Text.Split('.').Aggregate((Value?)item, (at, key) => (at as MapValue)?[key]);
            if (inner is UnknownValue)
            {
                return Evaluation.Of(inner);
            }
            if (inner is ListValue list)
            {
                var outer = Without(item, path.Text.Split('.'));
                result.AddRange(list.Items.Select(element => Value.Of([outer, element])));
            }
            else if (!mayBeMissing)
            {
                return Failed(DiagnosticCodes.EvaluationFailed, $"with_subelements: an element has no list '{path.Text}'", span);
            }
        }
        return List(result, span);
    }

    // As Ansible has it: what is gone over is no longer in what it came from.
    private static Value Without(Value item, ReadOnlySpan<string> path) =>
        item is not MapValue map ? item : path is [var key] ? map.Without(key) : map.With(path[0], Without(map[path[0]]!, path[1..]));

    private static Evaluation Sequence(ImmutableArray<Value> terms, SourceSpan span)
    {
        if (terms.FirstOrDefault(term => term.IsUnknown) is { } unknown)
        {
            return Evaluation.Of(unknown is UnknownValue ? unknown : new UnknownValue("a part of a sequence is unknown"));
        }
        var result = new List<Value>();
        foreach (var term in terms)
        {
            if (ReadSequence(term) is not { } sequence)
            {
                return Failed(DiagnosticCodes.EvaluationFailed, $"with_sequence does not understand '{term}'; write start=1 end=9 stride=1 format=web%02d", span);
            }
            var (start, end, stride, format) = sequence;
            if (stride != 0 && Math.Abs((end - start) / stride) > MaxItems)
            {
                return TooMany(span);
            }
            for (var i = start; stride > 0 ? i <= end : stride < 0 && i >= end; i += stride)
            {
                result.Add(Value.Of(Print(format, i)));
            }
        }
        return List(result, span);
    }

    private static (long Start, long End, long Stride, string Format)? ReadSequence(Value term)
    {
        var options = term is MapValue map
            ? map.Entries.ToDictionary(entry => entry.Key.ToString(), entry => entry.Value.ToString(), StringComparer.Ordinal)
            : term.ToString().Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(word => word.Split('=', 2)).Where(pair => pair.Length == 2)
                .GroupBy(pair => pair[0]).ToDictionary(group => group.Key, group => group.Last()[1], StringComparer.Ordinal);
        if (options.Count == 0 && Shortcut().Match(term.ToString()) is { Success: true } match)
        {
            foreach (var name in (string[])["start", "end", "stride", "format"])
            {
                if (match.Groups[name].Success)
                {
                    options[name] = match.Groups[name].Value;
                }
            }
        }
        long? Number(string name) => options.TryGetValue(name, out var text) && long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) ? number : null;
        var start = Number("start") ?? 1;
        var stride = Number("stride") ?? 1;
        var end = Number("end") ?? (Number("count") is { } count ? start + stride * (count - 1) : null);
        return end is null ? null : (start, end.Value, stride, options.GetValueOrDefault("format", "%d"));
    }

    // The part of printf that numbers need: %d, %02d, %x, %o.
    private static string Print(string format, long number) => Verb().Replace(format, match =>
    {
        var text = match.Groups["verb"].Value switch
        {
            "x" => number.ToString("x", CultureInfo.InvariantCulture),
            "X" => number.ToString("X", CultureInfo.InvariantCulture),
            "o" => Convert.ToString(number, 8),
            _ => number.ToString(CultureInfo.InvariantCulture),
        };
        var width = match.Groups["width"].Success && int.TryParse(match.Groups["width"].Value, CultureInfo.InvariantCulture, out var parsed) ? Math.Min(parsed, 1000) : 0;
        return match.Groups["zero"].Value == "0" ? text.PadLeft(width, '0') : text.PadLeft(width);
    });

    private static Evaluation List(IEnumerable<Value> items, SourceSpan span)
    {
        var list = items.Take(MaxItems + 1).ToImmutableArray();
        return list.Length > MaxItems ? TooMany(span) : Evaluation.Of(new ListValue(list));
    }

    private static Evaluation TooMany(SourceSpan span) => Failed(DiagnosticCodes.BudgetExceeded, $"the loop has more than {MaxItems} items", span);

    private static Evaluation Failed(string code, string summary, SourceSpan span) => Evaluation.Failed(new Diagnostic(code, Severity.Error, span, summary));

    [GeneratedRegex(@"^((?<start>\d+)-)?(?<end>\d+)(/(?<stride>\d+))?(:(?<format>.+))?\z", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture)]
    private static partial Regex Shortcut();

    [GeneratedRegex(@"%(?<zero>0?)(?<width>\d+)?(?<verb>[dixXo])", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture)]
    private static partial Regex Verb();
}
