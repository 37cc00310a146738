using System.Collections.Immutable;
using FlaskDeploy.Agent.Machine;

namespace FlaskDeploy.Agent.Tests.Machine;

/// <summary>The machine's own Python and its virtual environments, with a package index.</summary>
internal sealed class FakePython(FakeMachine machine)
{
    private readonly Dictionary<string, Dictionary<string, string>> _environments = new() { [""] = [] };

    /// <summary>Normalised name to the newest version.</summary>
    public Dictionary<string, string> Index { get; } = [];

    /// <summary>What is installed: of a virtual environment, by its root; of the machine itself, by null.</summary>
    public Dictionary<string, string> Installed(string? environment) => _environments[Root(environment)];

    public void MakeEnvironment(string root)
    {
        _environments[root] = [];
        machine.WithFile($"{root}/bin/activate", "").WithFile($"{root}/bin/python", "", 0x1ED).WithFile($"{root}/bin/pip", "", 0x1ED);
    }

    public PythonPackagesAnswer Packages(string? python)
    {
        var root = Root(python);
        return _environments.TryGetValue(root, out var packages) && (root.Length == 0 || machine.Files.Stat(root, true).Exists)
            ? new PythonPackagesAnswer(true, packages.ToImmutableSortedDictionary())
            : new PythonPackagesAnswer(false, ImmutableSortedDictionary<string, string>.Empty);
    }

    /// <summary>virtualenv, <c>python -m venv</c> and pip, by their command lines; null for anything else.</summary>
    public CommandResult? Run(IReadOnlyList<string> arguments, string directory)
    {
        var words = arguments.Where(word => !word.StartsWith("--python", StringComparison.Ordinal)).ToList();
        var program = words[0][(words[0].LastIndexOf('/') + 1)..];
        if (program.StartsWith("virtualenv", StringComparison.Ordinal) || words is [_, "-m", "venv" or "virtualenv", ..])
        {
            MakeEnvironment(Absolute(words[^1], directory));
            return Result(0, "New python executable");
        }
        var viaModule = words is [_, "-m", "pip", ..];
        return program.StartsWith("pip", StringComparison.Ordinal) || viaModule
            ? Pip(Root(words[0]), words[(viaModule ? 3 : 1)..], directory)
            : null;
    }

    private CommandResult Pip(string root, List<string> words, string directory)
    {
        if (!_environments.TryGetValue(root, out var packages))
        {
            return Result(127, "", $"{root}/bin/pip: No such file or directory");
        }
        string[] before = [.. packages.Select(package => $"{package}")];
        var upgrade = words.Exists(word => word is "-U" or "--upgrade" or "--force-reinstall");
        foreach (var requirement in Requirements(words, directory))
        {
            var (name, version) = requirement.Split("==") is [var n, var v] ? (Normal(n), v) : (Normal(requirement), null);
            if (words[0] == "uninstall")
            {
                packages.Remove(name);
                continue;
            }
            if (version is null && !Index.TryGetValue(name, out version))
            {
                return Result(1, "", $"No matching distribution found for {requirement}");
            }
            if (upgrade || !packages.ContainsKey(name) || requirement.Contains("==", StringComparison.Ordinal))
            {
                packages[name] = version;
            }
        }
        return Result(0, !before.Order().SequenceEqual(packages.Select(package => $"{package}").Order()) || words.Contains("--force-reinstall") ? $"Successfully {words[0]}ed" : "Requirement already satisfied");
    }

    private IEnumerable<string> Requirements(List<string> words, string directory)
    {
        for (var i = 1; i < words.Count; i++)
        {
            if (words[i] is "-r" or "--requirement")
            {
                foreach (var line in machine.Files.Text(Absolute(words[++i], directory))?.Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries) ?? [])
                {
                    yield return line;
                }
            }
            else if (!words[i].StartsWith('-'))
            {
                yield return words[i];
            }
        }
    }

    /// <summary>The environment that an interpreter, its pip or its root names; empty for the machine's own.</summary>
    private string Root(string? python)
    {
        if (python is null)
        {
            return "";
        }
        if (_environments.ContainsKey(python))
        {
            return python;
        }
        var bin = python.LastIndexOf("/bin/", StringComparison.Ordinal);
        var root = bin < 0 ? python : python[..bin];
        return root is "" or "/usr" or "/usr/local" || !python.Contains('/', StringComparison.Ordinal) ? "" : root;
    }

    private static string Absolute(string path, string directory) => path.StartsWith('/') ? path : $"{directory}/{path}";

    private static string Normal(string name) => name.Split('[')[0].ToLowerInvariant().Replace('_', '-').Replace('.', '-');

    private CommandResult Result(int exitCode, string output, string error = "") => new(exitCode, output, error, machine.Clock.GetUtcNow(), TimeSpan.FromSeconds(1));
}
