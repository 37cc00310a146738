using System.Net;
using System.Text;
using System.Text.RegularExpressions;
using FlaskDeploy.Language.Values;

namespace FlaskDeploy.Language.Expressions;

/// <summary>Filters for HTML and URLs.</summary>
internal static partial class HtmlFilters
{
    internal static Function[] All { get; } =
    [
        new("escape", "", call => Markup.Escape(call.Evaluator, call.Subject)),
        new("e", "", call => Markup.Escape(call.Evaluator, call.Subject)),
        new("forceescape", "", call => Markup.Of(Markup.Escaped(call.SubjectText))),
        new("safe", "", call => Markup.Of(call.SubjectText)),
        new("striptags", "", call => Value.Of(StripTags(call.SubjectText))),
        new("xmlattr", "autospace", XmlAttributes),
        new("urlencode", "", UrlEncode),
        new("urldecode", "", call => call.Subject is TextValue text ? Value.Of(Uri.UnescapeDataString(text.Text.Replace('+', ' '))) : throw call.Error($"wants a text, not {call.Subject.TypeName}")),
        new("urlize", "trim_url_limit nofollow target rel extra_schemes", Urlize),
    ];

    [GeneratedRegex(@"<!--.*?-->|<[^>]*>", RegexOptions.Singleline)]
    private static partial Regex Tag { get; }

    [GeneratedRegex(@"\s+")]
    private static partial Regex Blanks { get; }

    // As Jinja2 tells addresses from other words.
    [GeneratedRegex(@"^(?:(?:https?://|www\.)(?:(?:[\w%-]+\.)+)?(?:[a-z]{2,63}|xn--[\w%]{2,59})|(?:[\w%-]{2,63}\.)+(?:com|net|int|edu|gov|org|info|mil)|https?://(?:[0-9]{1,3}(?:\.[0-9]{1,3}){3}|\[(?:[0-9a-f]{0,4}:){2}(?:[0-9a-f]{0,4}:?){1,6}\]))(?::[0-9]{1,5})?(?:[/?#]\S*)?$", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Address { get; }

    [GeneratedRegex(@"^\S+@\w[\w.-]*\.\w+$", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Mail { get; }

    [GeneratedRegex(@"^[\w.+-]{2,}:/{0,2}\z")]
    private static partial Regex Scheme { get; }

    [GeneratedRegex(@"^(?:[(<]|&lt;)+")]
    private static partial Regex Opening { get; }

    [GeneratedRegex(@"(?:[)>.,\n]|&gt;)+$", RegexOptions.RightToLeft)]
    private static partial Regex Closing { get; }

    [GeneratedRegex(@"[ />=\u0000-\u0020]")]
    private static partial Regex BadAttribute { get; }

    [GeneratedRegex(@"\S+")]
    private static partial Regex Word { get; }

    private static string StripTags(string text) => WebUtility.HtmlDecode(Blanks.Replace(Tag.Replace(text, ""), " ").Trim());

    private static Value XmlAttributes(Call call)
    {
        var attributes = new StringBuilder();
        foreach (var (key, value) in call.SubjectMap.Entries)
        {
            if (value is NullValue or UndefinedValue)
            {
                continue;
            }
            var name = key is TextValue text ? text.Text : throw call.Error($"the name of an attribute is a text, not {key.TypeName}");
            if (BadAttribute.IsMatch(name))
            {
                throw call.Error($"invalid character in attribute name: {PythonText.Quote(name)}");
            }
            attributes.Append(attributes.Length == 0 ? "" : " ")
                .Append(Markup.Escaped(name)).Append("=\"").Append(Markup.Escape(call.Evaluator, value).Text).Append('"');
        }
        return Value.Of((call.Flag(0, true) && attributes.Length > 0 ? " " : "") + attributes);
    }

    private static Value UrlEncode(Call call)
    {
        if (call.Subject is TextValue text)
        {
            return Value.Of(Percent(text.Text, isQuery: false));
        }
        if (call.Subject is not MapValue && !Evaluator.TrySequence(call.Subject, out _))
        {
            return Value.Of(Percent(call.SubjectText, isQuery: false));
        }
        var pairs = call.Subject is MapValue map
            ? map.Entries.Select(entry => (entry.Key, entry.Value))
            : call.SubjectItems.Select(item => call.Evaluator.Items(item) is { Length: 2 } pair ? (pair[0], pair[1]) : throw call.Error("wants pairs"));
        return Value.Of(string.Join('&', pairs.Select(pair => $"{Percent(call.Evaluator.Text(pair.Item1), true)}={Percent(call.Evaluator.Text(pair.Item2), true)}")));
    }

    /// <summary>As urllib.parse.quote; in a query blanks become <c>+</c> and slashes are quoted.</summary>
    internal static string Percent(string text, bool isQuery)
    {
        var result = new StringBuilder();
        foreach (var b in Encoding.UTF8.GetBytes(text))
        {
            var c = (char)b;
            _ = char.IsAsciiLetterOrDigit(c) || c is '_' or '.' or '-' or '~' || c == '/' && !isQuery ? result.Append(c)
                : c == ' ' && isQuery ? result.Append('+')
                : result.Append($"%{b:X2}");
        }
        return result.ToString();
    }

    private static Value Urlize(Call call)
    {
        var limit = call.OptionalInt(0);
        var relations = new SortedSet<string>(["noopener"], StringComparer.Ordinal);
        relations.UnionWith(call.OptionalText(3)?.Split(' ', StringSplitOptions.RemoveEmptyEntries) ?? []);
        if (call.Flag(1))
        {
            relations.Add("nofollow");
        }
        var attributes = $" rel=\"{Markup.Escaped(string.Join(' ', relations))}\"" + (call.OptionalText(2) is { } target ? $" target=\"{Markup.Escaped(target)}\"" : "");
        var schemes = call.Has(4) ? call.Items(4).Select(call.Evaluator.Text).ToList() : [];
        if (schemes.Find(scheme => !Scheme.IsMatch(scheme)) is { } wrong)
        {
            throw call.Error($"{PythonText.Quote(wrong)} is not a valid URI scheme prefix");
        }
        return Value.Of(Word.Replace(Markup.Escaped(call.SubjectText), found =>
        {
            var (head, middle, tail) = Bare(found.Value);
            return $"{head}{Linked(middle)}{tail}";
        }));

        string Linked(string word)
        {
            if (Address.IsMatch(word))
            {
                var shown = limit is { } most && word.Length > most ? word[..most] + "..." : word;
                var isWhole = word.StartsWith("https://", StringComparison.Ordinal) || word.StartsWith("http://", StringComparison.Ordinal);
                return $"<a href=\"{(isWhole ? "" : "https://")}{word}\"{attributes}>{shown}</a>";
            }
            if (word.StartsWith("mailto:", StringComparison.Ordinal) && Mail.IsMatch(word[7..]))
            {
                return $"<a href=\"{word}\">{word[7..]}</a>";
            }
            if (!word.StartsWith("www.", StringComparison.Ordinal) && !word.Contains(':') && Mail.IsMatch(word))
            {
                return $"<a href=\"mailto:{word}\">{word}</a>";
            }
            return schemes.Exists(scheme => word != scheme && word.StartsWith(scheme, StringComparison.Ordinal)) ? $"<a href=\"{word}\"{attributes}>{word}</a>" : word;
        }
    }

    // A word without what only stands around it; brackets that it opens itself stay closed.
    private static (string Head, string Word, string Tail) Bare(string word)
    {
        var head = Opening.Match(word).Value;
        var middle = word[head.Length..];
        var tail = Closing.Match(middle).Value;
        middle = middle[..^tail.Length];
        foreach (var (open, close) in (ReadOnlySpan<(string, string)>)[("(", ")"), ("<", ">"), ("&lt;", "&gt;")])
        {
            var opened = Count(middle, open);
            for (var more = opened > Count(middle, close) ? Math.Min(opened, Count(tail, close)) : 0; more > 0; more--)
            {
                var end = tail.IndexOf(close, StringComparison.Ordinal) + close.Length;
                (middle, tail) = (middle + tail[..end], tail[end..]);
            }
        }
        return (head, middle, tail);

        static int Count(string text, string part) => text.Split(part).Length - 1;
    }
}
