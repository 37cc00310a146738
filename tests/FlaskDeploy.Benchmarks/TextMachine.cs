using System.Collections.Immutable;
using System.Text;
using FlaskDeploy.Compiler.Files;

namespace FlaskDeploy.Benchmarks;

/// <summary>An operator's machine out of texts below /site: what is measured is the compiler, not a disk.</summary>
internal sealed class TextMachine : IOperatorMachine
{
    private const string Root = "/site";

    private readonly SortedDictionary<string, byte[]> _files = new(StringComparer.Ordinal);
    private readonly SortedDictionary<string, SortedSet<string>> _directories = new(StringComparer.Ordinal);

    public string Home => "/home/operator";

    public string CurrentDirectory => Root;

    public TextMachine With(string name, string content)
    {
        var path = Path.GetFullPath(name, Root);
        _files[path] = Encoding.UTF8.GetBytes(content);
        for (var (entry, parent) = (path, Path.GetDirectoryName(path)); parent is not null; (entry, parent) = (parent, Path.GetDirectoryName(parent)))
        {
            _directories.TryAdd(parent, new SortedSet<string>(StringComparer.Ordinal));
            _directories[parent].Add(Path.GetFileName(entry));
        }
        return this;
    }

    /// <summary>With what the project carries of that name.</summary>
    public TextMachine WithSample(string name, string resource)
    {
        using var stream = typeof(TextMachine).Assembly.GetManifestResourceStream(resource) ?? throw new InvalidOperationException($"the project carries no {resource}");
        using var reader = new StreamReader(stream, Encoding.UTF8);
        return With(name, reader.ReadToEnd());
    }

    public OperatorEntry? Look(string path) =>
        _files.TryGetValue(path, out var content) ? new OperatorEntry(OperatorEntryKind.File, path, content.Length, 0x1A4)
        : _directories.ContainsKey(path) ? new OperatorEntry(OperatorEntryKind.Directory, path, 0, 0x1ED)
        : null;

    public Stream OpenRead(string path) => _files.TryGetValue(path, out var content) ? new MemoryStream(content, writable: false) : throw new FileNotFoundException(path);

    public ImmutableArray<string> ListDirectory(string path) => _directories.TryGetValue(path, out var names) ? [.. names] : throw new DirectoryNotFoundException(path);

    public string? Environment(string name) => null;
}
