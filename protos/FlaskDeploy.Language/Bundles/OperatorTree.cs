using System.Collections.Immutable;

namespace FlaskDeploy.Language.Bundles;

/// <summary>In which subdirectory a kind of file is looked for first.</summary>
public enum OperatorFileKind
{
    /// <summary><c>files/</c></summary>
    File,

    /// <summary><c>templates/</c></summary>
    Template,

    /// <summary><c>vars/</c></summary>
    Vars,
}

/// <summary>The machine where the operator's files lie, where a tree can ask it.</summary>
public interface IOperatorDisk
{
    /// <summary>That of the playbook: where relative paths of the tree start.</summary>
    string Directory { get; }

    /// <summary>What is at a path of the tree now.</summary>
    /// <param name="known">What was there when the playbook was compiled.</param>
    TreeEntry? Find(string path, TreeEntry? known);

    /// <summary>What lies directly in a directory now, sorted by path. A link that leads nowhere, or back to where it lies, is told as such.</summary>
    ImmutableArray<TreeEntry> Children(string path, Func<string, TreeEntry?> known);

    /// <summary>Where a path of the tree, or one of the operator's machine, is.</summary>
    string PlaceOf(string path);
}

/// <summary>
/// The operator's files as a bundle carries them, and how a name that a task writes is found among them. The compiler
/// collects the files with <see cref="Candidates"/> and <see cref="GlobCandidates"/> on the operator's machine; the agent
/// asks the same questions of the tree, so both find the same file. Only text is compared: no path is resolved against
/// the machine that this runs on.
/// </summary>
/// <remarks>
/// A path in the tree is relative to the playbook's directory, with '/' and without '.' or a '..' that is not in front. A
/// path that a playbook writes absolutely, or from <c>~</c>, stays so.
/// </remarks>
public sealed class OperatorTree
{
    /// <summary>What <c>playbook_dir</c> is in every expression: with it in front, a path is relative to the playbook.</summary>
    public const string PlaybookDirectory = ".";

    private readonly Dictionary<string, TreeEntry> _entries = new(StringComparer.Ordinal);
    private readonly Dictionary<string, List<TreeEntry>> _children = new(StringComparer.Ordinal);

    /// <param name="disk">Where the operator's machine is this one; null: only what was entered is there.</param>
    public OperatorTree(ImmutableArray<TreeEntry> entries, IOperatorDisk? disk = null)
    {
        Disk = disk;
        foreach (var entry in entries.OrderBy(entry => entry.Path, StringComparer.Ordinal))
        {
            if (_entries.TryAdd(entry.Path, entry) && entry.Path.Length > 0)
            {
                var parent = ParentOf(entry.Path);
                if (!_children.TryGetValue(parent, out var siblings))
                {
                    _children[parent] = siblings = [];
                }
                siblings.Add(entry);
            }
        }
    }

    /// <summary>Null: the operator's machine is another one.</summary>
    public IOperatorDisk? Disk { get; }

    /// <summary>The file or directory that a task means. Null: the tree does not have it.</summary>
    /// <param name="path">As the task writes it.</param>
    /// <param name="directory">Of the file that wrote the task: <see cref="ModuleCall.Directory"/>.</param>
    public TreeEntry? Find(string path, string directory, OperatorFileKind kind)
    {
        foreach (var candidate in Candidates(path, directory, kind))
        {
            if (At(candidate) is { } entry)
            {
                return entry;
            }
        }
        return null;
    }

    /// <summary>By its path in the tree.</summary>
    public TreeEntry? At(string path)
    {
        var normal = Normalize(path);
        var known = _entries.GetValueOrDefault(normal);
        return Disk is null ? known : Disk.Find(normal, known);
    }

    /// <summary>The files that <c>with_fileglob</c> gives, sorted: plain files of one directory, hidden ones only where the pattern starts with a dot.</summary>
    public ImmutableArray<TreeEntry> Glob(string pattern, string directory)
    {
        foreach (var (candidate, name) in GlobCandidates(pattern, directory))
        {
            ImmutableArray<TreeEntry> found = [.. Children(candidate).Where(entry => entry.Digest is not null && IsMatch(NameOf(entry.Path), name))];
            if (found.Length > 0)
            {
                return found;
            }
        }
        return [];
    }

    /// <summary>What lies directly in a directory, sorted by path.</summary>
    public ImmutableArray<TreeEntry> Children(string path)
    {
        var normal = Normalize(path);
        return Disk is not null ? Disk.Children(normal, below => _entries.GetValueOrDefault(below)) : _children.TryGetValue(normal, out var children) ? [.. children] : [];
    }

    /// <summary>Everything below a directory, each directory before what is in it.</summary>
    public IEnumerable<TreeEntry> Descendants(string path)
    {
        foreach (var child in Children(path))
        {
            yield return child;
            if (!child.IsDirectory)
            {
                continue;
            }
            foreach (var below in Descendants(child.Path))
            {
                yield return below;
            }
        }
    }

    /// <summary>Where a name is looked for, in order: beside the file that wrote the task, then beside the playbook; in the kind's own directory first.</summary>
    public static ImmutableArray<string> Candidates(string path, string directory, OperatorFileKind kind)
    {
        if (IsAnchored(path))
        {
            return [Normalize(path)];
        }
        var own = kind switch
        {
            OperatorFileKind.File => "files",
            OperatorFileKind.Template => "templates",
            OperatorFileKind.Vars => "vars",
            _ => throw new System.Diagnostics.UnreachableException(),
        };
        return [.. Bases(directory).SelectMany(start => new[] { Join(Join(start, own), path), Join(start, path) }).Distinct()];
    }

    /// <summary>Where a file of tasks is looked for, in order: beside the file that names it, among its role's tasks, beside the playbook.</summary>
    public static ImmutableArray<string> TaskCandidates(string path, string directory)
    {
        if (IsAnchored(path))
        {
            return [Normalize(path)];
        }
        var start = Normalize(directory);
        var above = TasksAbove(start);
        IEnumerable<string> places = [start, Join(start, "tasks"), .. above is { } own ? new[] { own, ParentOf(own), Join(ParentOf(own), "tasks") } : [], "tasks", ""];
        return [.. places.Select(place => Join(place, path)).Distinct()];
    }

    /// <summary>The directories that a pattern is tried in, with the pattern for names; the first with a match counts.</summary>
    public static ImmutableArray<(string Directory, string Name)> GlobCandidates(string pattern, string directory)
    {
        var cut = pattern.LastIndexOf('/');
        var (path, name) = cut < 0 ? ("", pattern) : (cut == 0 ? "/" : pattern[..cut], pattern[(cut + 1)..]);
        return [.. Candidates(path, directory, OperatorFileKind.File).Select(candidate => (candidate, name))];
    }

    /// <summary>Whether a name matches a shell pattern of <c>*</c>, <c>?</c> and <c>[...]</c>.</summary>
    public static bool IsMatch(string name, string pattern) =>
        (!name.StartsWith('.') || pattern.StartsWith('.')) && IsMatch(name.AsSpan(), pattern.AsSpan());

    /// <summary>The way paths are written in a tree.</summary>
    public static string Normalize(string path)
    {
        var isAbsolute = path.StartsWith('/');
        var parts = new List<string>();
        foreach (var part in path.Split('/', StringSplitOptions.RemoveEmptyEntries))
        {
            if (part == ".." && parts.Count > 0 && parts[^1] is not (".." or "~"))
            {
                parts.RemoveAt(parts.Count - 1);
            }
            else if (part == ".." ? !isAbsolute : part != ".")
            {
                parts.Add(part);
            }
        }
        return (isAbsolute ? "/" : "") + string.Join('/', parts);
    }

    private static bool IsAnchored(string path) => path.StartsWith('/') || path == "~" || path.StartsWith("~/", StringComparison.Ordinal);

    // Task files in a directory called tasks have their files beside that directory, as roles do.
    private static IEnumerable<string> Bases(string directory)
    {
        var start = Normalize(directory);
        if (TasksAbove(start) is { } tasks)
        {
            yield return ParentOf(tasks);
        }
        yield return start;
        yield return "";
    }

    // The innermost directory called tasks (or handlers) that this one is or lies in.
    private static string? TasksAbove(string directory)
    {
        for (var at = directory; at.Length > 0 && at != "/"; at = ParentOf(at))
        {
            if (NameOf(at) is "tasks" or "handlers")
            {
                return at;
            }
        }
        return null;
    }

    private static string Join(string directory, string path) => Normalize(directory.Length == 0 ? path : $"{directory}/{path}");

    private static string NameOf(string path) => path[(path.LastIndexOf('/') + 1)..];

    private static string ParentOf(string path)
    {
        var cut = path.LastIndexOf('/');
        return cut < 0 ? "" : cut == 0 ? "/" : path[..cut];
    }

    // Goes back to the last star only: that is enough, and it cannot take exponential time.
    private static bool IsMatch(ReadOnlySpan<char> name, ReadOnlySpan<char> pattern)
    {
        var (n, p, star, resume) = (0, 0, -1, 0);
        while (n < name.Length)
        {
            if (p < pattern.Length && pattern[p] == '*')
            {
                (star, resume) = (p++, n);
            }
            else if (p < pattern.Length && MatchOne(name[n], pattern[p..], out var length))
            {
                n++;
                p += length;
            }
            else if (star >= 0)
            {
                p = star + 1;
                n = ++resume;
            }
            else
            {
                return false;
            }
        }
        return pattern[p..].TrimStart('*').IsEmpty;
    }

    private static bool MatchOne(char c, ReadOnlySpan<char> pattern, out int length)
    {
        var close = pattern[0] == '[' && pattern.Length > 2 ? pattern[2..].IndexOf(']') : -1;
        length = close < 0 ? 1 : close + 3;
        return close >= 0 ? IsInSet(c, pattern[1..(close + 2)]) : pattern[0] == '?' || pattern[0] == c;
    }

    private static bool IsInSet(char c, ReadOnlySpan<char> set)
    {
        var isNegated = set[0] == '!' && set.Length > 1;
        set = isNegated ? set[1..] : set;
        var isIn = false;
        for (var i = 0; i < set.Length; i++)
        {
            var isRange = i + 2 < set.Length && set[i + 1] == '-';
            isIn |= isRange ? c >= set[i] && c <= set[i + 2] : c == set[i];
            i += isRange ? 2 : 0;
        }
        return isIn != isNegated;
    }
}
