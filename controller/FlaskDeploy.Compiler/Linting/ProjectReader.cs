using System.Collections.Immutable;
using FlaskDeploy.Compiler.Files;
using FlaskDeploy.Compiler.Linting.Model;

namespace FlaskDeploy.Compiler.Linting;

/// <summary>Makes a project out of the files that were reached: each with what the files beside it say, and the texts of templates.</summary>
internal sealed class ProjectReader(MendedMachine machine, ModuleSet modules)
{
    private const int MostTexts = 2_000;
    private const long LongestText = 256 * 1024;

    private readonly Dictionary<string, Dictionary<string, string>> _variables = new(StringComparer.Ordinal);

    public LintProject Read(IEnumerable<string> paths)
    {
        var model = new FileModel(modules);
        var files = ImmutableArray.CreateBuilder<LintFile>();
        foreach (var path in paths.Order(StringComparer.Ordinal))
        {
            var mended = machine.Read(path);
            if (mended.Text is { } text)
            {
                files.Add(model.Read(path, text, mended.Root, VariablesFor(path)));
            }
        }
        var roots = files.Select(file => RootOf(file.Path)).Distinct(StringComparer.Ordinal).ToList();
        return new LintProject(files.ToImmutable(), [.. TextsOf(roots)], name => Find(name, roots));
    }

    // Of a role or a playbook: the directory that templates and files lie in.
    private static string RootOf(string path)
    {
        var directory = Path.GetDirectoryName(path) ?? "/";
        while (Path.GetFileName(directory) is "tasks" or "handlers" or "vars" or "defaults" or "meta" or "group_vars" or "host_vars")
        {
            directory = Path.GetDirectoryName(directory) ?? "/";
        }
        return directory;
    }

    // Defaults and vars of the role, and the variables of all beside the playbook.
    private Dictionary<string, string> VariablesFor(string path)
    {
        var root = RootOf(path);
        if (_variables.TryGetValue(root, out var known))
        {
            return known;
        }
        var variables = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var place in (ReadOnlySpan<string>)["group_vars/all", "group_vars/all/main", "defaults/main", "vars/main"])
        {
            foreach (var ending in (ReadOnlySpan<string>)["", ".yml", ".yaml"])
            {
                var file = Path.Combine(root, place + ending);
                if (machine.Look(file)?.Kind == OperatorEntryKind.File)
                {
                    FileModel.Collect(machine.Read(file).Root, variables);
                }
            }
        }
        _variables.Add(root, variables);
        return variables;
    }

    private IEnumerable<string> TextsOf(IEnumerable<string> roots)
    {
        var left = MostTexts;
        foreach (var root in roots)
        {
            foreach (var place in (string[])["templates", "files", "tasks", "handlers", "vars", "defaults", "group_vars", "host_vars", "meta"])
            {
                foreach (var path in Below(Path.Combine(root, place), 6))
                {
                    if (--left < 0)
                    {
                        yield break;
                    }
                    if (!machine.HasRead(path) && machine.Look(path) is { Size: <= LongestText } && machine.TextOf(path) is { } text)
                    {
                        yield return text;
                    }
                }
            }
            foreach (var name in OperatorListing.Names(machine, root).Where(name => name.EndsWith(".j2", StringComparison.Ordinal)))
            {
                if (machine.TextOf(Path.Combine(root, name)) is { } text)
                {
                    yield return text;
                }
            }
        }
    }

    private (string Path, string Text)? Find(string name, IEnumerable<string> roots)
    {
        var found = roots.SelectMany(root => Below(root, 3)).Where(path => Path.GetFileName(path) == name).Distinct(StringComparer.Ordinal).Take(2).ToList();
        return found is [var only] && machine.Look(only) is { Size: <= LongestText } && machine.TextOf(only) is { } text ? (only, text) : null;
    }

    private IEnumerable<string> Below(string directory, int depth)
    {
        if (depth == 0 || machine.Look(directory) is not { Kind: OperatorEntryKind.Directory } entry || entry.RealPath != directory)
        {
            yield break;
        }
        foreach (var name in OperatorListing.Names(machine, directory).Where(name => !name.StartsWith('.')))
        {
            var path = Path.Combine(directory, name);
            if (machine.Look(path)?.Kind == OperatorEntryKind.File)
            {
                yield return path;
            }
            else
            {
                foreach (var inner in Below(path, depth - 1))
                {
                    yield return inner;
                }
            }
        }
    }
}
