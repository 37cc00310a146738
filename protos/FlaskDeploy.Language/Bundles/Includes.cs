using System.Collections.Immutable;
using FlaskDeploy.Language.Values;

namespace FlaskDeploy.Language.Bundles;

/// <summary>What the tasks of a role have from it, with what its dependencies and the roles that depend on it give.</summary>
/// <param name="Path">In the tree: what <c>role_path</c> shows.</param>
public sealed record RoleScope(string Name, string Path)
{
    /// <summary>Below everything else.</summary>
    public ImmutableArray<KeyValuePair<string, Value>> Defaults { get; init; } = [];

    /// <summary>Above the play's variables, below those of blocks and tasks.</summary>
    public ImmutableArray<KeyValuePair<string, Value>> Vars { get; init; } = [];

    /// <summary>Given where the role is named: above what tasks register and set.</summary>
    public ImmutableArray<KeyValuePair<string, Value>> Params { get; init; } = [];

    /// <summary>Of several blocks with this key only the first is gone over in a play; null: this one always is.</summary>
    public string? Once { get; init; }
}

public enum IncludeKind
{
    Tasks,
    Role,
}

/// <summary>Tasks that are chosen on the host when the include is reached, out of <see cref="Bundle.TaskFiles"/>.</summary>
/// <param name="Name">Of a file of tasks or of a role; may be a template.</param>
/// <param name="Directory">Of the file that wrote the include.</param>
public sealed record Include(IncludeKind Kind, Value Name, string Directory) : TaskAction
{
    /// <summary>Of a role; null: <c>main</c>.</summary>
    public Value? TasksFrom { get; init; }

    /// <summary>Of a role: which files other than <c>main</c> give its variables.</summary>
    public string Variant { get; init; } = "";

    /// <summary>The play sees the role's variables from then on.</summary>
    public bool IsPublic { get; init; }

    /// <summary>Variables behind the file's name, as 1.9 has them: rendered when the include is reached.</summary>
    public ImmutableArray<KeyValuePair<string, Value>> Given { get; init; } = [];

    /// <summary>Keywords for every task that is included: a block without tasks. Null: none.</summary>
    public TaskNode? Apply { get; init; }

    /// <summary>The keys to look for, the first that is there counts.</summary>
    /// <param name="name">Rendered.</param>
    /// <param name="tasksFrom">Rendered.</param>
    public ImmutableArray<string> Keys(string name, string? tasksFrom) => Kind == IncludeKind.Role ? [RoleKey(name, tasksFrom ?? "main", Variant)] : TaskFile.Candidates(name, Directory);

    public static string RoleKey(string name, string tasksFrom, string variant) => $"role {name} {WithoutExtension(tasksFrom)}{(variant.Length > 0 ? " " + variant : "")}";

    private static string WithoutExtension(string name) =>
        name.EndsWith(".yml", StringComparison.Ordinal) ? name[..^4] : name.EndsWith(".yaml", StringComparison.Ordinal) ? name[..^5] : name;
}

/// <summary>A compiled file of tasks, or a role as <c>include_role</c> takes it.</summary>
/// <param name="Key">Of tasks their path in the tree; of a role <see cref="Include.RoleKey"/>.</param>
/// <param name="Tasks">Their ids are relative: whoever includes them puts its own in front.</param>
public sealed record TaskFile(string Key, ImmutableArray<TaskNode> Tasks)
{
    /// <summary>Of a role: the play has them once the role was included.</summary>
    public ImmutableArray<TaskNode> Handlers { get; init; } = [];

    /// <summary>Why it cannot be run, for the host that chooses it all the same; null: it can.</summary>
    public string? Problem { get; init; }

    /// <summary>Where a file of tasks is looked for: beside the file that names it, in its role, beside the playbook.</summary>
    public static ImmutableArray<string> Candidates(string path, string directory) => OperatorTree.TaskCandidates(path, directory);
}

/// <summary>A compiled file of variables.</summary>
public sealed record VarsFile(string Path, ImmutableArray<KeyValuePair<string, Value>> Vars)
{
    /// <summary>Why it cannot be read; null: it can.</summary>
    public string? Problem { get; init; }
}

/// <summary>Of these files the first that exists.</summary>
/// <param name="Names">May be templates.</param>
/// <param name="Directory">Where relative names start.</param>
public sealed record VarsChoice(ImmutableArray<Value> Names, string Directory);
