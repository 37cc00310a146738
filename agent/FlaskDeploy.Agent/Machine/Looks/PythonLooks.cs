using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Text.RegularExpressions;
using FlaskDeploy.Agent.Machine.Native;

namespace FlaskDeploy.Agent.Machine.Looks;

/// <summary>
/// Python distributions from their metadata (PEP 376, PEP 427, and the older egg-info), without starting pip. Only where
/// a system interpreter's search path is asked for is that interpreter started, once for as long as it stays the same file.
/// </summary>
internal sealed partial class PythonLooks(TimeProvider? time = null)
{
    private const int HeadOfMetadata = 64 * 1024;

    // The user's own site directory (PEP 370), where pip puts what it may not put into the system's, is on the path only
    // from when it exists: asked for by name, it is looked into from its first package on.
    private const string PrintSearchPath = "import sys, site; print('\\n'.join(([site.getusersitepackages()] if site.ENABLE_USER_SITE else []) + sys.path))";
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(20);
    private static readonly ImmutableArray<string> Interpreters = ["python3", "python", "python2", "platform-python"];

    private readonly ConcurrentDictionary<(string Interpreter, string Home), (string? Movement, ImmutableArray<string> Directories)> _searchPaths = new();

    public async ValueTask<PythonPackagesAnswer> Packages(string? python, TaskEnvironment environment, CancellationToken cancellation)
    {
        var directories = EnvironmentRoot(python) is { } root ? SitePackages(root) : await SearchPath(python, environment, cancellation);
        if (directories is not { } places)
        {
            return new PythonPackagesAnswer(false, ImmutableSortedDictionary<string, string>.Empty);
        }
        var packages = ImmutableSortedDictionary.CreateBuilder<string, string>(StringComparer.Ordinal);
        foreach (var directory in places)
        {
            foreach (var (name, version) in Distributions(directory))
            {
                // The first on the search path is the one that an import finds.
                packages.TryAdd(name, version);
            }
        }
        return new PythonPackagesAnswer(true, packages.ToImmutable());
    }

    /// <summary>
    /// The stats that stand for <see cref="Packages"/>: of the directories that it lists, and of each file of metadata, which
    /// pip replaces together with its directory and a person's hand in place.
    /// </summary>
    /// <returns>False: the interpreter has to be asked first where its packages are.</returns>
    public bool Follow(string? python, TaskEnvironment environment, StatTrail trail)
    {
        ImmutableArray<string>? directories;
        if (EnvironmentRoot(python) is { } root)
        {
            directories = SitePackages(root);
            trail.Add(root);
            foreach (var mark in (string[])["pyvenv.cfg", "bin/activate", "bin/python", "bin/python3"])
            {
                trail.AddIdentity($"{root}/{mark}");
            }
        }
        else if (!trail.IsOfRoot)
        {
            // The search path is this user's, and only a worker of that user may start what the user's PATH names.
            return false;
        }
        else if (Interpreter(python, environment) is not { } interpreter)
        {
            directories = null;
        }
        else if (_searchPaths.TryGetValue((interpreter, HomeOf(environment)), out var known) && known.Movement is not null && known.Movement == SearchPathMovement(interpreter, known.Directories))
        {
            directories = known.Directories;
            trail.Add(interpreter);
            trail.AddIdentity(interpreter);
        }
        else
        {
            return false;
        }
        foreach (var directory in directories ?? [])
        {
            if (trail.AddWhole(directory) is { Kind: PathKind.Directory })
            {
                foreach (var metadata in Metadata(directory))
                {
                    trail.Add(metadata);
                    trail.AddWhole(metadata);
                }
            }
        }
        trail.Add(directories is null ? "absent" : "");
        return true;
    }

    /// <summary>PEP 503: lower case, runs of <c>-_.</c> are one dash.</summary>
    public static string Normalise(string name) => Separators().Replace(name, "-").ToLowerInvariant();

    /// <summary>The root of a virtual environment, from itself or from its interpreter or pip; null for anything else.</summary>
    private static string? EnvironmentRoot(string? python)
    {
        if (python is null || !python.StartsWith('/'))
        {
            return null;
        }
        var bin = Path.GetDirectoryName(python);
        var candidate = Path.GetFileName(bin) == "bin" ? Path.GetDirectoryName(bin)! : python.TrimEnd('/');
        // virtualenv of CentOS 7 writes no pyvenv.cfg; both have an activation script.
        return candidate is "/usr" or "/usr/local" ? null
            : Exists($"{candidate}/pyvenv.cfg") || Exists($"{candidate}/bin/activate") ? candidate
            : Exists(python) && Path.GetFileName(bin) == "bin" ? null
            : candidate == python.TrimEnd('/') ? candidate : null;
    }

    private static ImmutableArray<string>? SitePackages(string root) => Exists($"{root}/bin/python") || Exists($"{root}/bin/python3")
        ? [.. ((string[])["lib", "lib64"])
            .Where(lib => Libc.Status($"{root}/{lib}", followLinks: false) is { Kind: PathKind.Directory })
            .SelectMany(lib => Glob.Find($"{root}/{lib}/python*/site-packages"))]
        : null;

    private async ValueTask<ImmutableArray<string>?> SearchPath(string? python, TaskEnvironment environment, CancellationToken cancellation)
    {
        if (Interpreter(python, environment) is not { } interpreter || Libc.Status(interpreter, followLinks: true) is null)
        {
            return null;
        }
if (_searchPaths.TryGetValue((interpreter, HomeOf(environment)), out var known) && known.Movement is not null && known.Movement == SearchPathMovement(interpreter, known.Directories))
        {
            return known.Directories;
        }
        var result = await BoundedTool.Run("env", [$"HOME={HomeOf(environment)}", interpreter, "-c", PrintSearchPath], Deadline, cancellation);
        if (!result.Succeeded)
        {
            throw new IOException($"{interpreter}: {result.Failure}");
        }
        ImmutableArray<string> directories = [.. result.Output.Split('\n').Where(path => path.StartsWith('/')).Distinct(StringComparer.Ordinal)];
        _searchPaths[(interpreter, HomeOf(environment))] = (SearchPathMovement(interpreter, directories), directories);
        return directories;
    }

    // Of another home the user's own directory is another one.
    private static string HomeOf(TaskEnvironment environment) => environment.Variables.GetValueOrDefault("HOME", "/");

    // The interpreter, and the .pth files that add to its search path, as its module site reads them.
    private string? SearchPathMovement(string interpreter, ImmutableArray<string> directories)
    {
        var trail = new StatTrail((time ?? TimeProvider.System).GetUtcNow());
        trail.Begin(Account.Root);
        trail.AddWhole(interpreter);
        foreach (var path in directories.SelectMany(directory => Glob.Find($"{directory}/*.pth")))
        {
            trail.Add(path);
            trail.AddWhole(path);
        }
        return trail.End();
    }

    // Of a pip: what its first line says; of the system: the first interpreter there is, which is the one its pip has.
    private static string? Interpreter(string? python, TaskEnvironment environment)
    {
        if (python is null)
        {
            return PathLooks.Program(["pip", "pip3", "pip2"], environment.Path).Paths is [var pip, ..] && Shebang(pip) is { } ofPip
                ? ofPip
                : PathLooks.Program([.. Interpreters, "/usr/libexec/platform-python"], environment.Path).Paths.FirstOrDefault();
        }
        var path = PathLooks.Program([python], environment.Path).Paths.FirstOrDefault();
        return path is not null && Path.GetFileName(path).StartsWith("pip", StringComparison.Ordinal) ? Shebang(path) : path;
    }

    private static string? Shebang(string script)
    {
        using var reader = new StreamReader(script);
        var words = reader.ReadLine()?.TrimStart('#', '!').Split(' ', StringSplitOptions.RemoveEmptyEntries) ?? [];
        return words switch
        {
            ["/usr/bin/env", var name, ..] => PathLooks.Program([name], TaskEnvironment.DefaultPath).Paths.FirstOrDefault(),
            [var path, ..] when path.StartsWith('/') && path.Contains("python", StringComparison.Ordinal) => path,
            _ => null,
        };
    }

    private static IEnumerable<(string Name, string Version)> Distributions(string directory)
    {
        if (Libc.Status(directory, followLinks: true) is not { Kind: PathKind.Directory })
        {
            yield break;
        }
        foreach (var metadata in Metadata(directory))
        {
            if (Exists(metadata) && Head(metadata) is { } distribution)
            {
                yield return distribution;
            }
        }
    }

    // The file that names each distribution, whether it is there or not, in the order of the directory's names.
    private static IEnumerable<string> Metadata(string directory)
    {
        foreach (var name in PathLooks.Names(directory).Order(StringComparer.Ordinal))
        {
            var metadata = name.EndsWith(".dist-info", StringComparison.Ordinal) ? $"{directory}/{name}/METADATA"
                : name.EndsWith(".egg-info", StringComparison.Ordinal) ? EggMetadata($"{directory}/{name}")
                : name.EndsWith(".egg", StringComparison.Ordinal) ? $"{directory}/{name}/EGG-INFO/PKG-INFO"
                : name.EndsWith(".egg-link", StringComparison.Ordinal) ? Linked($"{directory}/{name}")
                : null;
            if (metadata is not null)
            {
                yield return metadata;
            }
        }
    }

    private static string EggMetadata(string path) =>
        Libc.Status(path, followLinks: true) is { Kind: PathKind.Directory } ? $"{path}/PKG-INFO" : path;

    // An editable installation of older tools: the file names the source tree.
    private static string? Linked(string link)
    {
        var source = File.ReadLines(link).FirstOrDefault()?.Trim();
        return source is { Length: > 0 } ? Glob.Find($"{source}/*.egg-info/PKG-INFO").FirstOrDefault() : null;
    }

    private static (string Name, string Version)? Head(string metadata)
    {
        using var reader = new StreamReader(metadata);
        string? name = null, version = null;
        for (var read = 0; read < HeadOfMetadata && (name is null || version is null) && reader.ReadLine() is { Length: > 0 } line; read += line.Length)
        {
            name ??= Field(line, "Name:");
            version ??= Field(line, "Version:");
        }
        return name is null || version is null ? null : (Normalise(name), version);
    }

    private static string? Field(string line, string name) => line.StartsWith(name, StringComparison.OrdinalIgnoreCase) ? line[name.Length..].Trim() : null;

    private static bool Exists(string path) => Libc.Status(path, followLinks: true) is not null;

    [GeneratedRegex("[-_.]+")]
    private static partial Regex Separators();
}
