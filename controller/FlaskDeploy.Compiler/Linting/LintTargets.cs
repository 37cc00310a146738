using System.Collections.Immutable;
using FlaskDeploy.Compiler.Files;
using FlaskDeploy.Compiler.Linting.Model;

namespace FlaskDeploy.Compiler.Linting;

/// <summary>What the paths of a request come to: playbooks, roles and single files, all absolute.</summary>
internal sealed class LintTargets(MendedMachine machine, AnsibleLintConfigurations configurations)
{
    private const int MostFiles = 20_000;

    // What is no playbook although it is YAML: other tools', other people's, and what tests a role.
    private static readonly ImmutableArray<string> Skipped = ["molecule", "collections", "node_modules", "venv", "env", "__pycache__", "site-packages", "ansible_collections"];

    private readonly List<string> _playbooks = [];
    private readonly List<string> _roles = [];
    private readonly List<string> _files = [];
    private readonly List<string> _problems = [];
    private readonly HashSet<string> _unreadable = new(StringComparer.Ordinal);
    private readonly HashSet<string> _named = new(StringComparer.Ordinal);
    private int _seen;

    public IReadOnlyList<string> Playbooks => _playbooks;

    /// <summary>Directories of roles.</summary>
    public IReadOnlyList<string> Roles => _roles;

    /// <summary>Files of tasks and variables that stand alone.</summary>
    public IReadOnlyList<string> Files => _files;

    /// <summary>Files that are no text, whatever they would have been.</summary>
    public IReadOnlySet<string> Unreadable => _unreadable;

    public IReadOnlyList<string> Problems => _problems;

    /// <summary>Whether this very file was asked for: then nothing excludes it.</summary>
    public bool IsNamed(string path) => _named.Contains(path);

    public void Add(string shown, string path)
    {
        _named.Add(path);
        switch (machine.Look(path)?.Kind)
        {
            case OperatorEntryKind.Directory:
                var before = _playbooks.Count + _roles.Count + _files.Count + _unreadable.Count;
                AddDirectory(path);
                if (_playbooks.Count + _roles.Count + _files.Count + _unreadable.Count == before)
                {
                    _problems.Add($"{shown}: no playbook, role or file of tasks lies there");
                }
                break;
            case OperatorEntryKind.File:
                AddFile(path, isNamed: true);
                break;
            default:
                _problems.Add($"{shown}: there is no such file");
                break;
        }
    }

    private void AddDirectory(string path)
    {
        if (IsRole(path))
        {
            Once(_roles, path);
            return;
        }
        foreach (var name in OperatorListing.Names(machine, path).Where(name => !name.StartsWith('.') && !Skipped.Contains(name)))
        {
            var inner = System.IO.Path.Combine(path, name);
            if (++_seen > MostFiles)
            {
                return;
            }
            // Links lead out of the tree, or around in it.
            if (machine.Look(inner) is not { } entry || entry.RealPath != inner && entry.Kind == OperatorEntryKind.Directory || configurations.For(inner)?.Excludes(inner) == true)
            {
                continue;
            }
            if (entry.Kind == OperatorEntryKind.Directory)
            {
                AddDirectory(inner);
            }
            else if (MendedMachine.IsYaml(inner))
            {
                AddFile(inner, isNamed: false);
            }
        }
    }

    private bool IsRole(string path) => ((ReadOnlySpan<string>)["tasks/main.yml", "tasks/main.yaml", "meta/main.yml", "handlers/main.yml"]).ToArray()
        .Any(file => machine.Look(System.IO.Path.Combine(path, file))?.Kind == OperatorEntryKind.File)
        && !((ReadOnlySpan<string>)["roles", "site.yml", "hosts"]).ToArray().Any(name => machine.Look(System.IO.Path.Combine(path, name)) is not null && machine.Look(System.IO.Path.Combine(path, "meta")) is null);

    private void AddFile(string path, bool isNamed)
    {
        var mended = machine.Read(path);
        if (mended is { Text: null, IsClosed: false })
        {
            _unreadable.Add(path);
            return;
        }
        var kind = FileModel.KindOf(path, mended.Root);
        var directory = System.IO.Path.GetFileName(System.IO.Path.GetDirectoryName(path));
        if (kind == LintFileKind.Playbook)
        {
            Once(_playbooks, path);
        }
        else if (isNamed || !mended.Problems.IsEmpty || kind == LintFileKind.Variables || kind == LintFileKind.Tasks && directory is "tasks" || kind == LintFileKind.Handlers)
        {
            Once(_files, path);
        }
    }

    private static void Once(List<string> list, string path)
    {
        if (!list.Contains(path))
        {
            list.Add(path);
        }
    }
}
