using System.Collections.Immutable;
using System.Text.RegularExpressions;
using FlaskDeploy.Compiler.Files;
using FlaskDeploy.Compiler.Linting.Model;
using FlaskDeploy.Compiler.Yaml;
using FlaskDeploy.Language.Diagnostics;

namespace FlaskDeploy.Compiler.Linting;

/// <summary>
/// What a project has decided for ansible-lint and what has a meaning here: <c>skip_list</c> and <c>warn_list</c> where their
/// names are those of rules (see <see cref="AnsibleLintNames"/>) or codes, and <c>exclude_paths</c>, relative to the project.
/// Beside it, <c>.ansible-lint-ignore</c> has lines of a file and a rule. All else in it is ansible-lint's own.
/// </summary>
/// <param name="Directory">That its paths are relative to.</param>
internal sealed record AnsibleLintConfiguration(string Directory, ImmutableArray<string> Skip, ImmutableArray<string> Warn, ImmutableArray<Regex> Excluded, ILookup<string, string> Ignored)
{
    public bool Excludes(string path) => path.StartsWith(Directory.TrimEnd('/') + "/", StringComparison.Ordinal) && path[(Directory.TrimEnd('/').Length + 1)..] is var relative && Excluded.Any(pattern => pattern.IsMatch(relative));
}

/// <summary>
/// Finds the configuration that counts for a file: the nearest one above it, as far as the root of its repository. Each
/// directory is looked at once.
/// </summary>
/// <param name="named">This one for all files, with paths relative to the current directory. Null: those that lie there.</param>
internal sealed class AnsibleLintConfigurations
{
    private static readonly ImmutableArray<string> Names = [".ansible-lint", ".ansible-lint.yml", ".ansible-lint.yaml", ".config/ansible-lint.yml", ".config/ansible-lint.yaml"];
    private static readonly ImmutableArray<string> IgnoreNames = [".ansible-lint-ignore", ".config/ansible-lint-ignore.txt"];
    private const long Largest = 1024 * 1024;

    private readonly Dictionary<string, AnsibleLintConfiguration?> _found = new(StringComparer.Ordinal);
    private readonly IOperatorMachine _machine;
    private readonly AnsibleLintConfiguration? _named;

    public AnsibleLintConfigurations(IOperatorMachine machine, string? named)
    {
        _machine = machine;
        _named = named is null ? null : Read(machine.CurrentDirectory, Path.GetFullPath(named, machine.CurrentDirectory), null);
    }

    /// <summary>Files that were meant to be read and could not be.</summary>
    public List<string> Problems { get; } = [];

    public AnsibleLintConfiguration? For(string path) => _named ?? (Path.GetDirectoryName(path) is { } directory ? In(directory) : null);

    private AnsibleLintConfiguration? In(string directory)
    {
        if (_found.TryGetValue(directory, out var known))
        {
            return known;
        }
        var file = Names.Select(name => Path.Combine(directory, name)).FirstOrDefault(IsFile);
        var ignore = IgnoreNames.Select(name => Path.Combine(directory, name)).FirstOrDefault(IsFile);
        var found = file is not null || ignore is not null ? Read(directory, file, ignore)
            : _machine.Look(Path.Combine(directory, ".git")) is null && Path.GetDirectoryName(directory) is { } above ? In(above) : null;
        _found[directory] = found;
        return found;
    }

    private bool IsFile(string path) => _machine.Look(path) is { Kind: OperatorEntryKind.File };

    private AnsibleLintConfiguration Read(string directory, string? file, string? ignore)
    {
        var root = file is not null && TextOf(file) is { } text ? Parse(file, text) : null;
        return new AnsibleLintConfiguration(directory, Words(root, "skip_list"), Words(root, "warn_list"), [.. Words(root, "exclude_paths").Select(Pattern).OfType<Regex>()],
            (ignore is null ? null : TextOf(ignore) ?? "").AsIgnored(directory));
    }

    private YamlMapping? Parse(string file, string text)
    {
        var bag = new DiagnosticBag();
        var root = YamlReader.Read(file, text, bag);
        if (bag.HasErrors || root is not (null or YamlMapping or YamlScalar { IsNull: true }))
        {
            Problems.Add($"{file}: its lists are passed over: {bag.ToSorted().FirstOrDefault()?.Summary ?? "it is no mapping"}");
        }
        return root as YamlMapping;
    }

    private string? TextOf(string file)
    {
        try
        {
            if (_machine.Look(file) is { Kind: OperatorEntryKind.File, Size: <= Largest })
            {
                using var reader = new StreamReader(_machine.OpenRead(file));
                return reader.ReadToEnd();
            }
            // /dev/null says that there is none.
            return _machine.Look(file) is null ? Refuse(file, "there is no such file") : null;
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException)
        {
            return Refuse(file, problem.Message);
        }
    }

    private string? Refuse(string file, string why)
    {
        Problems.Add($"{file}: {why}");
        return null;
    }

    private static ImmutableArray<string> Words(YamlMapping? root, string name) =>
        [.. root?[name] is { } node ? YamlWalk.Scalars(node).Select(scalar => scalar.Text.Trim()).Where(text => text.Length > 0) : []];

    // A directory stands for all below it; '*' and '**' as shells have them. A name without a slash counts at any depth.
    private static Regex? Pattern(string path)
    {
        path = path.StartsWith("./", StringComparison.Ordinal) ? path[2..] : path;
        var isAnywhere = !path.TrimEnd('/').Contains('/');
        var pattern = Regex.Escape(path.Trim('/')).Replace(@"\*\*/", "(.*/)?", StringComparison.Ordinal).Replace(@"\*\*", ".*", StringComparison.Ordinal).Replace(@"\*", "[^/]*", StringComparison.Ordinal).Replace(@"\?", "[^/]", StringComparison.Ordinal);
        return pattern.Length == 0 ? null : new Regex($"^{(isAnywhere ? "(.*/)?" : "")}{pattern}(/.*)?$", RegexOptions.CultureInvariant | RegexOptions.NonBacktracking);
    }
}

file static class Ignoring
{
    // 'site.yml package-latest  # why': a file, relative to the project, and a rule.
    public static ILookup<string, string> AsIgnored(this string? text, string directory) => (text ?? "").Split('\n')
        .Select(line => line.Split('#')[0].Split([' ', '\t', '\r'], StringSplitOptions.RemoveEmptyEntries))
        .Where(words => words.Length >= 2)
        .ToLookup(words => Path.GetFullPath(words[0], directory), words => words[1], StringComparer.Ordinal);
}
