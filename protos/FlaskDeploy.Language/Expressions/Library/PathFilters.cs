using FlaskDeploy.Language.Values;

namespace FlaskDeploy.Language.Expressions;

/// <summary>Filters on paths and URLs. They look at the text only, not at the disk: links are not resolved.</summary>
internal static class PathFilters
{
    internal static Function[] All { get; } =
    [
        new("basename", "", call => Value.Of(BaseName(PathOf(call)))),
        new("dirname", "", call => Value.Of(DirectoryName(PathOf(call)))),
        new("splitext", "", call => SplitExtension(PathOf(call))),
        new("realpath", "", call => Value.Of(Normal(Absolute(call, PathOf(call))))),
        new("relpath", "start", call => Value.Of(Relative(Normal(Absolute(call, PathOf(call))), Normal(Absolute(call, call.Text(0, ".")))))),
        new("normpath", "", call => Value.Of(Normal(PathOf(call)))),
        new("path_join", "", call => Value.Of(call.Subject switch
        {
            TextValue text => text.Text,
            ListValue or TupleValue or RangeValue => call.SubjectItems.Select(call.Evaluator.Text).Aggregate("", Join),
            var other => throw call.Said($"|path_join expects string or sequence, got {other.TypeName} instead."),
        })),
        new("expanduser", "", call => Value.Of(ExpandUser(call, PathOf(call)))),
        new("expandvars", "", call => Value.Of(PathOf(call).Contains('$') ? throw call.Error("there is no environment here; use lookup('env', ...)") : PathOf(call))),
        .. WindowsPaths.All,
        new("urlsplit", "query", UrlSplit),
        new("fileglob", "", Lookups.FileGlob),
    ];

    internal static string PathOf(Call call) => call.Subject is TextValue text ? text.Text : throw call.Error($"wants a path, not {call.Subject.TypeName}");

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
        var url = UrlParts.Read(call.SubjectText) ?? throw call.Error("Invalid IPv6 URL");
        var parts = new Dictionary<string, Value>
        {
            ["fragment"] = Value.Of(url.Fragment),
            ["hostname"] = url.HostName,
            ["netloc"] = Value.Of(url.Authority),
            ["password"] = url.Password,
            ["path"] = Value.Of(url.Path),
            ["port"] = url.Port ?? throw call.Error("the port is no number, or none up to 65535"),
            ["query"] = Value.Of(url.Query),
            ["scheme"] = Value.Of(url.Scheme),
            ["username"] = url.UserName,
        };
        if (call.OptionalText(0) is not { Length: > 0 } wanted)
        {
            return new MapValue(parts.Select(pair => KeyValuePair.Create((Value)Value.Of(pair.Key), pair.Value)));
        }
        return parts.TryGetValue(wanted, out var part) ? part : throw call.Error($"there is no component '{wanted}'; components are {string.Join(", ", parts.Keys)}");
    }
}
