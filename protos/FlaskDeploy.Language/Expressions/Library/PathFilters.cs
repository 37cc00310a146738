using FlaskDeploy.Language.Values;

namespace FlaskDeploy.Language.Expressions;

/// <summary>Filters on paths and URLs. They look at the text only, not at the disk: links are not resolved.</summary>
internal static class PathFilters
{
    internal static Function[] All { get; } =
    [
        new("basename", "", call => Value.Of(BaseName(call.SubjectText))),
        new("dirname", "", call => Value.Of(DirectoryName(call.SubjectText))),
        new("splitext", "", call => SplitExtension(call.SubjectText)),
        new("realpath", "", call => Value.Of(Normal(Absolute(call, call.SubjectText)))),
        new("relpath", "start", call => Value.Of(Relative(Normal(Absolute(call, call.SubjectText)), Normal(Absolute(call, call.Text(0, ".")))))),
        new("normpath", "", call => Value.Of(Normal(call.SubjectText))),
        new("path_join", "", call => Value.Of(call.Subject is TextValue text ? text.Text : call.SubjectItems.Select(call.Evaluator.Text).Aggregate("", Join))),
        new("expanduser", "", call => Value.Of(ExpandUser(call, call.SubjectText))),
        new("expandvars", "", call => Value.Of(call.SubjectText.Contains('$') ? throw call.Error("there is no environment here; use lookup('env', ...)") : call.SubjectText)),
        new("win_basename", "", call => Value.Of(call.SubjectText[(call.SubjectText.LastIndexOfAny(['\\', '/']) + 1)..])),
        new("urlsplit", "query", UrlSplit),
    ];

    private static string BaseName(string path) => path[(path.LastIndexOf('/') + 1)..];

    private static string DirectoryName(string path)
    {
        var head = path[..(path.LastIndexOf('/') + 1)];
        return head.Trim('/').Length > 0 ? head.TrimEnd('/') : head;
    }

    private static TupleValue SplitExtension(string path)
    {
        var start = path.LastIndexOf('/') + 1;
        var dot = path.LastIndexOf('.');
        var hasName = dot > start && path.AsSpan(start, dot - start).ContainsAnyExcept('.');
        return new TupleValue(hasName ? [Value.Of(path[..dot]), Value.Of(path[dot..])] : [Value.Of(path), Value.Of("")]);
    }

    private static string Join(string left, string right) =>
        right.StartsWith('/') || left.Length == 0 ? right : left.EndsWith('/') ? left + right : $"{left}/{right}";

    private static string Absolute(Call call, string path) =>
        path.StartsWith('/') ? path
        : call.Evaluator.FindVariable("playbook_dir") is { } directory ? Join(call.Evaluator.Text(directory), path)
        : Join("/", path);

    internal static string Normal(string path)
    {
        if (path.Length == 0)
        {
            return ".";
        }
        var root = path.StartsWith("//", StringComparison.Ordinal) && !path.StartsWith("///", StringComparison.Ordinal) ? "//" : path.StartsWith('/') ? "/" : "";
        var parts = new List<string>();
        foreach (var part in path.Split('/'))
        {
            if (part is "" or ".")
            {
                continue;
            }
            if (part != ".." || root.Length == 0 && (parts.Count == 0 || parts[^1] == ".."))
            {
                parts.Add(part);
            }
            else if (parts.Count > 0)
            {
                parts.RemoveAt(parts.Count - 1);
            }
        }
        var result = root + string.Join('/', parts);
        return result.Length == 0 ? "." : result;
    }

    private static string Relative(string path, string start)
    {
        var (a, b) = (path.Split('/', StringSplitOptions.RemoveEmptyEntries), start.Split('/', StringSplitOptions.RemoveEmptyEntries));
        var common = a.Zip(b).TakeWhile(pair => pair.First == pair.Second).Count();
        var parts = Enumerable.Repeat("..", b.Length - common).Concat(a.Skip(common));
        return string.Join('/', parts) is { Length: > 0 } result ? result : ".";
    }

    // Homes are known as facts only: of the user that facts were gathered for, and of root.
    private static string ExpandUser(Call call, string path)
    {
        if (!path.StartsWith('~'))
        {
            return path;
        }
        var name = path.Split('/')[0];
        var home = name switch
        {
            "~root" => "/root",
            "~" => call.Evaluator.FindVariable("ansible_user_dir") is { } directory ? call.Evaluator.Text(directory) : null,
            _ => null,
        };
        return home is null ? path : home.TrimEnd('/') + path[name.Length..];
    }

    private static Value UrlSplit(Call call)
    {
        var url = call.SubjectText;
        var parts = new Dictionary<string, Value>();
        (url, var fragment) = Cut(url, '#');
        var scheme = "";
        if (url.IndexOf(':') is var colon and > 0 && char.IsAsciiLetter(url[0]) && url[..colon].All(c => char.IsAsciiLetterOrDigit(c) || c is '+' or '-' or '.'))
        {
            (scheme, url) = (url[..colon].ToLowerInvariant(), url[(colon + 1)..]);
        }
        var authority = "";
        if (url.StartsWith("//", StringComparison.Ordinal))
        {
            var end = url.AsSpan(2).IndexOfAny('/', '?') is var at and >= 0 ? at + 2 : url.Length;
            (authority, url) = (url[2..end], url[end..]);
        }
        (url, var query) = Cut(url, '?');
        var account = authority.LastIndexOf('@') is var sign and >= 0 ? authority[..sign] : null;
        var host = authority[(authority.LastIndexOf('@') + 1)..];
        var portAt = host.LastIndexOf(':') is var last and >= 0 && !host[last..].Contains(']') ? last : -1;
        var port = portAt >= 0 && int.TryParse(host[(portAt + 1)..], System.Globalization.CultureInfo.InvariantCulture, out var number) ? Value.Of(number) : Value.Null;
        var name = (portAt >= 0 ? host[..portAt] : host).Trim('[', ']').ToLowerInvariant();
        parts["fragment"] = Value.Of(fragment);
        parts["hostname"] = name.Length > 0 ? Value.Of(name) : Value.Null;
        parts["netloc"] = Value.Of(authority);
        parts["password"] = account?.IndexOf(':') is { } p and >= 0 ? Value.Of(account[(p + 1)..]) : Value.Null;
        parts["path"] = Value.Of(url);
        parts["port"] = port;
        parts["query"] = Value.Of(query);
        parts["scheme"] = Value.Of(scheme);
        parts["username"] = account is null ? Value.Null : Value.Of(account.Split(':')[0]);
        if (call.OptionalText(0) is not { Length: > 0 } wanted)
        {
            return new MapValue(parts.Select(pair => KeyValuePair.Create((Value)Value.Of(pair.Key), pair.Value)));
        }
        return parts.TryGetValue(wanted, out var part) ? part : throw call.Error($"there is no component '{wanted}'; components are {string.Join(", ", parts.Keys)}");

        static (string Before, string After) Cut(string text, char at) => text.IndexOf(at) is var i and >= 0 ? (text[..i], text[(i + 1)..]) : (text, "");
    }
}
