using System.Collections.Immutable;
using System.Text;
using FlaskDeploy.Compiler.Files;
using FlaskDeploy.Language.Bundles;

namespace FlaskDeploy.Compiler.Tests;

/// <summary>An operator's machine out of texts. Directories are there because something lies in them.</summary>
internal sealed class FakeOperatorMachine : IOperatorMachine
{
    private readonly SortedDictionary<string, byte[]> _files = new(StringComparer.Ordinal);
    private readonly Dictionary<string, string> _links = new(StringComparer.Ordinal);

    public Dictionary<string, string> Variables { get; } = new(StringComparer.Ordinal);

    public string Home => "/home/op";

    public string CurrentDirectory { get; init; } = "/site";

    /// <param name="path">Relative ones start at /site.</param>
    public FakeOperatorMachine With(string path, string content) => With(path, Encoding.UTF8.GetBytes(content));

    public FakeOperatorMachine With(string path, byte[] content)
    {
        _files[Path.GetFullPath(path, "/site")] = content;
        return this;
    }

    public FakeOperatorMachine WithLink(string path, string target)
    {
        _links[Path.GetFullPath(path, "/site")] = Path.GetFullPath(target, "/site");
        return this;
    }

    public string? Environment(string name) => Variables.GetValueOrDefault(name);

    /// <summary>What programs print, by their arguments.</summary>
    public Dictionary<string, string> Answers { get; } = new(StringComparer.Ordinal);

    public HashSet<string> Executable { get; } = new(StringComparer.Ordinal);

    public (string? Output, string? Problem) Run(string path, ImmutableArray<string> arguments) =>
        Answers.TryGetValue(string.Join(' ', arguments), out var output) ? (output, null) : (null, "it ended with status 1: no such host");

    /// <summary>What lines of the shell print; another line fails.</summary>
    public Dictionary<string, string> Shell { get; } = new(StringComparer.Ordinal);

    /// <summary>What lookups asked, in order.</summary>
    public List<string> Asked { get; } = [];

    public IOperatorQuestions Questions(string directory) => new FakeQuestions(this);

    public Stream OpenRead(string path) => _files.TryGetValue(Real(path), out var content) ? new MemoryStream(content, writable: false) : throw new FileNotFoundException(path);

    public OperatorEntry? Look(string path)
    {
        var real = Real(path);
        return _files.TryGetValue(real, out var content) ? new OperatorEntry(OperatorEntryKind.File, real, content.Length, Executable.Contains(path) ? 0x1ED : 0x1A4)
            : _files.Keys.Concat(_links.Keys).Any(file => file.StartsWith(real.TrimEnd('/') + "/", StringComparison.Ordinal)) ? new OperatorEntry(OperatorEntryKind.Directory, real, 0, 0x1ED)
            : null;
    }

    public ImmutableArray<string> ListDirectory(string path)
    {
        var start = Real(path).TrimEnd('/') + "/";
        var names = _files.Keys.Concat(_links.Keys).Where(file => file.StartsWith(start, StringComparison.Ordinal)).Select(file => file[start.Length..].Split('/')[0]);
        return [.. names.Distinct().Order(StringComparer.Ordinal)];
    }

    private sealed class FakeQuestions(FakeOperatorMachine machine) : IOperatorQuestions
    {
        private readonly Dictionary<string, string> _kept = new(StringComparer.Ordinal);

        public string? Environment(string name) => machine.Environment(name);

        public OperatorReply Shell(string line)
        {
            machine.Asked.Add(line);
            return machine.Shell.TryGetValue(line, out var output) ? OperatorReply.Of(output) : OperatorReply.Failed("returned 127");
        }

        public OperatorReply Read(string path) => OperatorReply.Of(_kept.GetValueOrDefault(path));

        public OperatorReply Keep(string path, string text, bool replaces)
        {
            machine.Asked.Add(path);
            return OperatorReply.Of(_kept[path] = text);
        }

        public OperatorReply Get(OperatorRequest request)
        {
            machine.Asked.Add(request.Url.AbsoluteUri);
            return OperatorReply.Of($"page of {request.Url.AbsolutePath}\n");
        }
    }

    private string Real(string path)
    {
        for (var hops = 0; hops < 10; hops++)
        {
            var link = _links.Keys.FirstOrDefault(link => path == link || path.StartsWith(link + "/", StringComparison.Ordinal));
            if (link is null)
            {
                return path;
            }
            path = _links[link] + path[link.Length..];
        }
        return path;
    }
}
