using System.Collections.Immutable;
using FlaskDeploy.Compiler.Vaults;
using FlaskDeploy.Language.Bundles;
using FlaskDeploy.Language.Diagnostics;

namespace FlaskDeploy.Compiler.Files;

/// <summary>
/// The operator's files that a playbook uses: found on the machine in the order of <see cref="OperatorTree"/>, entered into
/// the bundle's tree and hashed once. What cannot be taken is said where it was asked for, and left out.
/// </summary>
internal sealed class OperatorFiles(IOperatorMachine machine, SourceFiles sources, DiagnosticBag diagnostics, WidenedNames widened)
{
    private const int MaxEntries = 50_000;
    private const int MaxDepth = 64;
    private const long MaxSize = 4L * 1024 * 1024 * 1024;

    // What a name that is known on the host only must never reach.
    private static readonly ImmutableArray<string> Private = ["host_vars", "group_vars"];

    private readonly SortedDictionary<string, TreeEntry> _tree = new(StringComparer.Ordinal);
    private readonly SortedDictionary<Digest, BlobSource> _blobs = [];
    private readonly Dictionary<string, string> _closed = new(StringComparer.Ordinal);

    // Beside those: the same content may lie in a vault and open.
    private readonly SortedDictionary<Digest, BlobSource> _opened = [];
    private readonly HashSet<string> _refused = new(StringComparer.Ordinal);
    private readonly HashSet<string> _whole = new(StringComparer.Ordinal);
    private readonly HashSet<string> _asTheyAre = new(StringComparer.Ordinal);

    private readonly List<OperatorAnswer> _answers = [];

    public ImmutableArray<OperatorAnswer> Answers => [.. _answers.OrderBy(answer => answer.Test, StringComparer.Ordinal).ThenBy(answer => string.Join('\0', answer.Paths), StringComparer.Ordinal)];

    /// <summary>What a test of paths says on this machine; the answer is kept, so that it is the same on every host.</summary>
    public bool Ask(string test, IReadOnlyList<string> paths)
    {
        if (_answers.Find(known => known.IsAbout(test, paths)) is { } known)
        {
            return known.Holds;
        }
        OperatorPath? Look(string place) => machine.Look(place) is { } found ? new OperatorPath(found.Kind == OperatorEntryKind.File, found.Kind == OperatorEntryKind.Directory, found.RealPath) : null;
        var holds = OperatorPaths.Holds(test, [.. paths.Select(OnMachine)], Look, place => IsNamed(place) && Look(place)?.RealPath != RealPlace(place));
        var answer = new OperatorAnswer(test, [.. paths], holds ?? throw new System.Diagnostics.UnreachableException());
        _answers.Add(answer);
        return answer.Holds;
    }

    // Whether there is such a name, wherever it leads.
    private bool IsNamed(string path) => path != "/" && OperatorListing.Names(machine, Path.GetDirectoryName(path) ?? "/").Contains(Path.GetFileName(path));

    private string? RealPlace(string path) => machine.Look(Path.GetDirectoryName(path) ?? "/") is { } directory ? Path.Combine(directory.RealPath, Path.GetFileName(path)) : null;

    public ImmutableArray<TreeEntry> Tree => [.. _tree.Values];

    public ImmutableArray<BlobSource> Blobs => [.. _blobs.Values, .. _opened.Values];

    /// <summary>The file or directory that a name means, with everything below it. Empty: it is not there.</summary>
    public ImmutableArray<TreeEntry> Find(string path, string directory, OperatorFileKind kind, SourceSpan span)
    {
        foreach (var candidate in OperatorTree.Candidates(path, directory, kind))
        {
            if (machine.Look(OnMachine(candidate)) is { } entry)
            {
                return Take(candidate, entry, span);
            }
        }
        return [];
    }

    /// <summary>It is there and cannot be taken, which was said.</summary>
    public bool WasRefused(string path, string directory, OperatorFileKind kind) => OperatorTree.Candidates(path, directory, kind).Any(_refused.Contains);

    /// <summary>Where <see cref="Find"/> looks, as the operator would name it.</summary>
    public ImmutableArray<string> Places(string path, string directory, OperatorFileKind kind) =>
        [.. OperatorTree.Candidates(path, directory, kind).Select(candidate => candidate.StartsWith('/') || candidate.StartsWith('~') ? candidate : "./" + candidate)];

    /// <summary>The names beside a missing one, for suggestions.</summary>
    public IEnumerable<string> Beside(string path, string directory, OperatorFileKind kind) =>
        OperatorTree.GlobCandidates(path, directory).Concat(kind == OperatorFileKind.Template ? OperatorTree.Candidates(path, directory, kind).Select(candidate => (Path.GetDirectoryName(candidate) ?? "", "")) : [])
            .SelectMany(place => OperatorListing.Names(machine, OnMachine(place.Item1)))
            .Select(name => path.Contains('/') ? path[..(path.LastIndexOf('/') + 1)] + name : name).Distinct();

    /// <summary>What <c>with_fileglob</c> goes over: paths in the tree, sorted. The files enter the tree, so that the agent's glob finds them.</summary>
    public ImmutableArray<string> Glob(string pattern, string directory, SourceSpan span)
    {
        foreach (var (candidate, name) in OperatorTree.GlobCandidates(pattern, directory))
        {
            ImmutableArray<string> found =
            [
                .. OperatorListing.Names(machine, OnMachine(candidate)).Where(entry => OperatorTree.IsMatch(entry, name))
                    .Select(entry => Below(candidate, entry)).Where(path => machine.Look(OnMachine(path))?.Kind == OperatorEntryKind.File),
            ];
            if (found.Length > 0)
            {
                return [.. found.Where(path => !Take(path, machine.Look(OnMachine(path))!, span).IsEmpty)];
            }
        }
        return [];
    }

    /// <summary>Every file that a name with a known beginning and end can come to mean.</summary>
    public ImmutableArray<TreeEntry> Widen(string prefix, string suffix, string directory, OperatorFileKind kind, SourceSpan span)
    {
        var result = ImmutableArray.CreateBuilder<TreeEntry>();
        foreach (var (candidate, name) in OperatorTree.Candidates(prefix + "\u0001", directory, kind).Select(Split))
        {
            // Where nothing of the name is known, only what lies in a directory for such files can be meant.
            if (prefix.Length == 0 && suffix.Length == 0 && Path.GetFileName(candidate) is not ("files" or "templates" or "vars") || !IsOfThePlaybook(candidate, directory))
            {
                continue;
            }
            Widen(candidate, name, suffix, isDeep: candidate.Length > 0, span, result, 0);
        }
        widened.Add(span, prefix, suffix, result.Where(entry => entry.Digest is not null).Select(entry => entry.Path));
        return result.ToImmutable();
    }

    // What lies beside the playbook, or in the role of the task, wherever that is.
    private static bool IsOfThePlaybook(string candidate, string directory) =>
        !candidate.StartsWith('/') && !candidate.StartsWith("..", StringComparison.Ordinal) && !candidate.StartsWith('~')
        || OperatorTree.Candidates("", directory, OperatorFileKind.File) is [_, var own, ..] && own.Length > 1 && candidate.StartsWith(own + "/", StringComparison.Ordinal);

    /// <summary>The text of a file in the tree. Null: it is none.</summary>
    public string? ReadText(TreeEntry entry, SourceSpan span)
    {
        if (entry is { IsSecret: true, Digest: { } digest } && _opened[digest].Opened is { } opened)
        {
            return sources.TextOf(opened, entry.Path);
        }
        if (ClosedBecause(entry) is { } problem)
        {
            diagnostics.Add(problem with { Span = span });
            return null;
        }
        return sources.ReadText(OnMachine(entry.Path), span);
    }

    /// <summary>That a file lies in a vault which no password opens, for who needs what is in it; null: it does not. What is carried then is the vault.</summary>
    public Diagnostic? ClosedBecause(TreeEntry entry) => !_closed.TryGetValue(entry.Path, out var problem) ? null
        : new Diagnostic(CompilerCodes.Encrypted, Severity.Error, default, $"{entry.Path} lies in a vault, which cannot be opened: {problem}") { Remedy = sources.VaultRemedy };

    private static (string Directory, string Name) Split(string candidate)
    {
        var cut = candidate.LastIndexOf('/');
        return (cut < 0 ? "" : candidate[..cut], candidate[(cut + 1)..^1]);
    }

    private void Widen(string directory, string prefix, string suffix, bool isDeep, SourceSpan span, ImmutableArray<TreeEntry>.Builder into, int depth)
    {
        foreach (var name in OperatorListing.Names(machine, OnMachine(directory)))
        {
            var path = Below(directory, name);
            if (!name.StartsWith(prefix, StringComparison.Ordinal) || name.StartsWith('.') && !prefix.StartsWith('.') || Private.Contains(name) || machine.Look(OnMachine(path)) is not { } entry)
            {
                continue;
            }
            if (entry.Kind == OperatorEntryKind.File && name.EndsWith(suffix, StringComparison.Ordinal))
            {
                into.AddRange(Take(path, entry, span));
            }
            else if (entry.Kind == OperatorEntryKind.Directory && isDeep && depth < MaxDepth)
            {
                Widen(path, "", suffix, isDeep, span, into, depth + 1);
            }
        }
    }

    private ImmutableArray<TreeEntry> Take(string path, OperatorEntry entry, SourceSpan span)
    {
        var result = ImmutableArray.CreateBuilder<TreeEntry>();
        Take(path, entry, span, result, []);
        return result.ToImmutable();
    }

    private void Take(string path, OperatorEntry entry, SourceSpan span, ImmutableArray<TreeEntry>.Builder into, ImmutableArray<string> above)
    {
        if (entry.Kind == OperatorEntryKind.Directory)
        {
            TakeDirectory(path, entry, span, into, above);
        }
        else if (TakeFile(path, entry, span) is { } file)
        {
            into.Add(file);
        }
    }

    private void TakeDirectory(string path, OperatorEntry entry, SourceSpan span, ImmutableArray<TreeEntry>.Builder into, ImmutableArray<string> above)
    {
        if (above.Contains(entry.RealPath) && TakeLink(path, span, into))
        {
            return;
        }
        if (above.Contains(entry.RealPath) || above.Length > MaxDepth)
        {
            Refuse(path, span, CompilerCodes.TooManyFiles, "a link leads back to a directory above it");
            return;
        }
        if (_whole.Contains(path))
        {
            into.AddRange(_tree.Values.Where(known => known.Path == path || known.Path.StartsWith(path + "/", StringComparison.Ordinal)));
            return;
        }
        if (!Enter(new TreeEntry(path, null, 0, entry.Mode) { Link = machine.LinkAt(OnMachine(path)) }, span))
        {
            return;
        }
        into.Add(_tree[path]);
        foreach (var name in OperatorListing.Names(machine, OnMachine(path)))
        {
            var below = Below(path, name);
            if (machine.Look(OnMachine(below)) is { } child)
            {
                Take(below, child, span, into, above.Add(entry.RealPath));
            }
            else if (!TakeLink(below, span, into))
            {
                Refuse(below, span, CompilerCodes.UnreadableOperatorFile, "it may not be seen");
            }
        }
        _whole.Add(path);
    }

    // What it would lead to is not there, or is what it lies in: copied, it is a link again.
    private bool TakeLink(string path, SourceSpan span, ImmutableArray<TreeEntry>.Builder into)
    {
        if (machine.LinkAt(OnMachine(path)) is not { } target || !Enter(new TreeEntry(path, null, 0, 0) { Link = target, IsDangling = true }, span))
        {
            return false;
        }
        into.Add(_tree[path]);
        return true;
    }

    private TreeEntry? TakeFile(string path, OperatorEntry entry, SourceSpan span)
    {
        if (_tree.TryGetValue(path, out var known))
        {
            return known;
        }
        if (_refused.Contains(path))
        {
            return null;
        }
        if (entry.Kind != OperatorEntryKind.File)
        {
            return Refuse(path, span, CompilerCodes.UnreadableOperatorFile, "it is no plain file");
        }
        if (entry.Size > MaxSize)
        {
            return Refuse(path, span, CompilerCodes.TooManyFiles, $"it has more than {MaxSize >> 30} GiB");
        }
        try
        {
            using var stream = machine.OpenRead(OnMachine(path));
            if (IsVault(stream) && !_asTheyAre.Any(known => path == known || path.StartsWith(known + "/", StringComparison.Ordinal)))
            {
                var (plain, problem) = sources.OpenFile(OnMachine(path));
                if (plain is not null)
                {
                    return TakeOpened(path, entry, plain, span);
                }
                _closed[path] = problem!;
            }
            stream.Position = 0;
            var digest = Digest.Of(stream);
            var file = new TreeEntry(path, digest, entry.Size, entry.Mode) { Link = machine.LinkAt(OnMachine(path)) };
            _blobs.TryAdd(digest, new BlobSource(digest, OnMachine(path), entry.Size));
            return Enter(file, span) ? file : null;
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException)
        {
            return Refuse(path, span, CompilerCodes.UnreadableOperatorFile, problem is UnauthorizedAccessException ? "it may not be read" : problem.Message);
        }
    }

    // What a vault holds; the vault itself goes nowhere.
    private TreeEntry? TakeOpened(string path, OperatorEntry entry, byte[] plain, SourceSpan span)
    {
        var digest = Digest.Of(plain);
        _opened.TryAdd(digest, new BlobSource(digest, OnMachine(path), plain.Length) { Opened = plain });
        var file = new TreeEntry(path, digest, plain.Length, entry.Mode) { IsSecret = true };
        return Enter(file, span) ? file : null;
    }

    /// <summary>A file that is wanted as it lies there, vault or not, as <c>decrypt: no</c> has it. Said before it is looked for.</summary>
    public void TakeAsIs(string path, string directory, OperatorFileKind kind, SourceSpan span)
    {
        foreach (var candidate in OperatorTree.Candidates(path, directory, kind).Where(candidate => machine.Look(OnMachine(candidate)) is not null).Take(1))
        {
            if (_tree.GetValueOrDefault(candidate) is { IsSecret: true })
            {
                diagnostics.Error(CompilerCodes.NotSupportedYet, span, $"'{candidate}' is wanted both as its vault is and opened, and a bundle carries it once", "keep a copy of the vault under another name");
            }
            _asTheyAre.Add(candidate);
        }
    }

    private static bool IsVault(Stream stream)
    {
        Span<byte> start = stackalloc byte[16];
        var read = stream.ReadAtLeast(start, start.Length, throwOnEndOfStream: false);
        return AnsibleVault.IsVault(System.Text.Encoding.ASCII.GetString(start[..read]));
    }

    private bool Enter(TreeEntry entry, SourceSpan span)
    {
        if (_tree.Count < MaxEntries)
        {
            _tree[entry.Path] = entry;
            return true;
        }
        diagnostics.Error(CompilerCodes.TooManyFiles, span, $"the playbook uses more than {MaxEntries} files", "pack them into an archive");
        return false;
    }

    private TreeEntry? Refuse(string path, SourceSpan span, string code, string because)
    {
        _refused.Add(path);
        diagnostics.Error(code, span, $"'{path}' cannot be taken: {because}");
        return null;
    }

    private string OnMachine(string path) => sources.Absolute(path.Length == 0 ? "." : path, sources.PlaybookDirectory);

    private static string Below(string directory, string name) => directory.Length == 0 ? name : directory == "/" ? "/" + name : $"{directory}/{name}";
}
