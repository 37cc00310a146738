using FlaskDeploy.Language.Values;

namespace FlaskDeploy.Language.Expressions;

/// <summary>The filters on paths of Windows, as Python's ntpath has them.</summary>
internal static class WindowsPaths
{
    internal static Function[] All { get; } =
    [
        new("win_basename", "", call => Value.Of(Split(call).Tail)),
        new("win_dirname", "", call => Value.Of(Split(call).Head)),
        new("win_splitdrive", "", call => SplitDrive(PathFilters.PathOf(call)) is var (drive, rest) ? new TupleValue([Value.Of(drive), Value.Of(rest)]) : Value.Null),
    ];

    private static (string Head, string Tail) Split(Call call)
    {
        var (drive, rest) = SplitDrive(PathFilters.PathOf(call));
        var cut = rest.LastIndexOfAny(['\\', '/']) + 1;
        var head = rest[..cut];
        return (drive + (head.TrimEnd('\\', '/') is { Length: > 0 } bare ? bare : head), rest[cut..]);
    }

    // A drive is a letter with a colon, or a machine and what it shares.
    private static (string Drive, string Path) SplitDrive(string path)
    {
        var plain = path.Replace('/', '\\');
        if (plain.StartsWith(@"\\", StringComparison.Ordinal) && !plain.StartsWith(@"\\\", StringComparison.Ordinal))
        {
            var machine = plain.IndexOf('\\', 2);
            if (machine < 0)
            {
                return ("", path);
            }
            var share = plain.IndexOf('\\', machine + 1);
            return share == machine + 1 ? ("", path) : share < 0 ? (path, "") : (path[..share], path[share..]);
        }
        return plain.Length > 1 && plain[1] == ':' ? (path[..2], path[2..]) : ("", path);
    }
}
