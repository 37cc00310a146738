using System.Collections.Immutable;
using System.Text;
using FlaskDeploy.Compiler.Files;
using FlaskDeploy.Compiler.Yaml;
using FlaskDeploy.Language.Diagnostics;

namespace FlaskDeploy.Compiler.Linting;

/// <summary>
/// The operator's machine with two differences: files of YAML that cannot be read come without the items that stop the
/// reading (what was wrong with each is kept), so that one slip does not hide all others; and texts that lint makes up
/// itself, a playbook around a role or an inventory, lie there as files. Nothing is written.
/// </summary>
/// <param name="passwords">Of vaults: what they hold is linted too.</param>
internal sealed class MendedMachine(IOperatorMachine machine, ImmutableArray<Vaults.VaultPassword> passwords) : IOperatorMachine
{
    private const int MostItems = 25;
    private const long Largest = 4 * 1024 * 1024;

    private readonly Dictionary<string, Mended> _files = new(StringComparer.Ordinal);
    private readonly Dictionary<string, byte[]> _own = new(StringComparer.Ordinal);

    /// <param name="Text">Of the disk. Null: it cannot be read, or it is no text.</param>
    /// <param name="Root">Of what was left of it.</param>
    /// <param name="IsClosed">It lies in a vault that no password opens: nothing in it is looked at.</param>
    internal sealed record Mended(string? Text, string Rest, YamlNode? Root, ImmutableArray<Diagnostic> Problems, bool IsClosed = false);

    /// <summary>Files that lie in vaults which stay closed.</summary>
    public IEnumerable<string> Closed => _files.Where(file => file.Value.IsClosed).Select(file => file.Key);

    public string Home => machine.Home;

    public string CurrentDirectory => machine.CurrentDirectory;

    /// <summary>Files that were read with something left out, or not at all.</summary>
    public IEnumerable<string> Broken => _files.Where(file => !file.Value.Problems.IsEmpty).Select(file => file.Key);

    public void Add(string path, string text) => _own[path] = Encoding.UTF8.GetBytes(text);

    public bool IsOwn(string path) => _own.ContainsKey(path);

    public bool HasRead(string path) => _files.ContainsKey(path);

    /// <summary>Each file is read once.</summary>
    public Mended Read(string path)
    {
        if (!_files.TryGetValue(path, out var known))
        {
            _files.Add(path, known = Mend(path));
        }
        return known;
    }

    public string? Environment(string name) => machine.Environment(name);

    public ImmutableArray<string> ListDirectory(string path) => machine.ListDirectory(path);

    public string? LinkAt(string path) => machine.LinkAt(path);

    public OperatorEntry? Look(string path) => _own.TryGetValue(path, out var own) ? new OperatorEntry(OperatorEntryKind.File, path, own.Length, 0x1A4) : machine.Look(path);

    public (string? Output, string? Problem) Run(string path, ImmutableArray<string> arguments) => machine.Run(path, arguments);

    public Stream OpenRead(string path) => _own.TryGetValue(path, out var own) ? new MemoryStream(own, writable: false)
        : IsEmpty(path) ? new MemoryStream([], writable: false)
        : IsYaml(path) && Read(path) is { Problems.IsEmpty: false, Text: not null } mended ? new MemoryStream(Encoding.UTF8.GetBytes(mended.Rest), writable: false)
        : machine.OpenRead(path);

    // A pipe or a device that lies among the files has no size: opening one can take for ever. What the shell hands over is read.
    private bool IsEmpty(string path) => !path.StartsWith("/dev/", StringComparison.Ordinal) && !path.StartsWith("/proc/", StringComparison.Ordinal) && machine.Look(path) is { Kind: OperatorEntryKind.File, Size: 0 };

    public static bool IsYaml(string path) => path.EndsWith(".yml", StringComparison.Ordinal) || path.EndsWith(".yaml", StringComparison.Ordinal);

    /// <summary>Null: it cannot be read, or it is no text, or far too long for one.</summary>
    public string? TextOf(string path) => ReadText(path).Text;

    private (string? Text, Diagnostic? Problem) ReadText(string path)
    {
        if (Look(path) is not { Kind: OperatorEntryKind.File } entry)
        {
            return (null, null);
        }
        if (entry.Size > Largest)
        {
            return (null, Unreadable(path, $"it is larger than {Largest / 1024 / 1024} MB: lint looks at no such file"));
        }
        try
        {
            using var stream = _own.TryGetValue(path, out var own) ? new MemoryStream(own) : IsEmpty(path) ? new MemoryStream() : machine.OpenRead(path);
            using var kept = new MemoryStream();
            stream.CopyTo(kept);
            var bytes = kept.ToArray();
            return bytes.AsSpan().StartsWith(Encoding.UTF8.Preamble) || System.Text.Unicode.Utf8.IsValid(bytes)
                ? (new StreamReader(new MemoryStream(bytes), new UTF8Encoding(false, throwOnInvalidBytes: true)).ReadToEnd(), null)
                : (null, NotUtf8.In(path, bytes));
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException or DecoderFallbackException)
        {
            return (null, Unreadable(path, $"it cannot be read: {problem.Message}"));
        }
    }

    private static Diagnostic Unreadable(string path, string why) => new(CompilerCodes.UnreadableFile, Severity.Error, new SourceSpan(path, 0, 0), why);

    private Mended Mend(string path)
    {
        var (text, problem) = ReadText(path);
        if (text is not null && Vaults.AnsibleVault.IsVault(text))
        {
            // What the vault holds is read as it is: nothing is left out of what the compiler opens itself.
            text = Vaults.AnsibleVault.Decrypt(text, passwords).Plain is { } plain ? Encoding.UTF8.GetString(plain) : null;
            return text is null || YamlReader.Read(path, text, new DiagnosticBag()) is not { } opened ? new Mended(text, "", null, [], IsClosed: text is null) : new Mended(text, text, opened, []);
        }
        if (text is null)
        {
            return new Mended(null, "", null, problem is null ? [] : [problem]);
        }
        var problems = new List<Diagnostic>();
        var rest = text;
        for (var tries = 0; ; tries++)
        {
            var bag = new DiagnosticBag();
            var root = YamlReader.Read(path, rest, bag);
            if (root is not null || !bag.HasErrors)
            {
                return new Mended(text, rest, root, [.. problems]);
            }
            problems.AddRange(bag.ToSorted().Where(found => !problems.Contains(found)));
            if (tries == MostItems || Without(rest, problems[^1].Span.Line) is not { } shorter)
            {
                return new Mended(text, "", null, [.. problems]);
            }
            rest = shorter;
        }
    }

    // The innermost item of a list around the line, blanked: lines keep their numbers. Null: there is none.
    private static string? Without(string text, int line)
    {
        var lines = text.Split('\n');
        var at = Math.Clamp(line, 1, lines.Length) - 1;
        while (at > 0 && lines[at].Trim().Length == 0)
        {
            at--;
        }
        var inside = Indent(lines[at]);
        var start = at;
        while (start >= 0 && !(lines[start].TrimStart().StartsWith("- ", StringComparison.Ordinal) && Indent(lines[start]) <= inside))
        {
            start--;
        }
        if (start < 0)
        {
            return null;
        }
        var indent = Indent(lines[start]);
        var end = start + 1;
        while (end < lines.Length && (end <= at || lines[end].Trim().Length == 0 || Indent(lines[end]) > indent))
        {
            end++;
        }
        Array.Fill(lines, "", start, end - start);
        return string.Join('\n', lines);
    }

    private static int Indent(string line) => line.Length - line.TrimStart(' ', '\t').Length;
}
