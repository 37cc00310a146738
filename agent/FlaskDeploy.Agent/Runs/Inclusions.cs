using System.Collections.Immutable;
using System.Globalization;
using FlaskDeploy.Agent.Wire;
using FlaskDeploy.Language.Bundles;
using FlaskDeploy.Language.Values;

namespace FlaskDeploy.Agent.Runs;

/// <summary>What an include came to on this host, with one item of its loop or none. Kept with the baseline: later its tasks are this host's, those it did not choose are nobody's.</summary>
/// <param name="Include">The id of the include.</param>
/// <param name="Key">Of the file of tasks, or of the role.</param>
/// <param name="IsPublic">The play sees the role's variables.</param>
/// <param name="Vars">The loop's variables, encoded.</param>
internal sealed record Inclusion(string Include, int Item, string Key, bool IsPublic, byte[] Vars);

/// <summary>The includes that were carried out in a play, and the tasks that they brought.</summary>
internal sealed class Inclusions(Bundle bundle)
{
    private readonly Dictionary<string, int> _files = bundle.TaskFiles.Select((file, index) => (file.Key, index)).GroupBy(pair => pair.Key).ToDictionary(group => group.Key, group => group.First().index, StringComparer.Ordinal);
    private readonly Dictionary<string, TaskNode?> _nodes = new(StringComparer.Ordinal);
    private readonly Dictionary<string, List<Inclusion>> _made = new(StringComparer.Ordinal);

    public static Inclusions Restore(Bundle bundle, IEnumerable<Inclusion> made)
    {
        var result = new Inclusions(bundle);
        foreach (var inclusion in made.Where(inclusion => result.Find(inclusion.Key) is not null))
        {
            result.Add(inclusion);
        }
        return result;
    }

    public IEnumerable<Inclusion> All => _made.Values.SelectMany(inclusions => inclusions);

    /// <summary>Null: the bundle does not carry it.</summary>
    public TaskFile? Find(string key) => _files.TryGetValue(key, out var index) ? bundle.TaskFiles[index] : null;

    /// <summary>The include is reached: what it came to before counts no more.</summary>
    public void Begin(string include) => _made.Remove(include);

    public void Add(Inclusion inclusion)
    {
        if (!_made.TryGetValue(inclusion.Include, out var made))
        {
            _made[inclusion.Include] = made = [];
        }
        made.Add(inclusion);
    }

    /// <summary>The tasks that an inclusion brings, and what they have from above.</summary>
    /// <param name="above">Of the include itself: its own keywords, but for its variables, are not its tasks'.</param>
    public (ImmutableArray<TaskNode> Tasks, Inherited Keywords) Open(TaskNode include, Inclusion inclusion, Inherited above)
    {
        var prefix = PrefixOf(inclusion);
        var vars = StoredValues.Decode(inclusion.Vars) ?? MapValue.Empty;
        return ([.. Find(inclusion.Key)!.Tasks.Select(task => Below(prefix, task))], above.Including(include, vars.Entries.Select(entry => KeyValuePair.Create(entry.Key.ToString(), entry.Value))));
    }

    /// <summary>Everything that an include has brought.</summary>
    public IEnumerable<(ImmutableArray<TaskNode> Tasks, Inherited Keywords)> Under(TaskNode include, Inherited above) =>
        _made.TryGetValue(include.Id, out var made) ? made.Select(inclusion => Open(include, inclusion, above)) : [];

    /// <summary>The handlers that included roles brought, with what their includes give: a role that is included twice has its handlers twice.</summary>
    /// <param name="above">The play's keywords.</param>
    public IEnumerable<(ImmutableArray<TaskNode> Handlers, Inherited Keywords)> Handlers(Inherited above) => All.Where(inclusion => !Find(inclusion.Key)!.Handlers.IsEmpty).Select(inclusion =>
    {
        var vars = (StoredValues.Decode(inclusion.Vars) ?? MapValue.Empty).Entries.Select(entry => KeyValuePair.Create(entry.Key.ToString(), entry.Value));
        return (Below(PrefixOf(inclusion), Find(inclusion.Key)!.Handlers), NodeOf(inclusion.Include) is { } include ? above.Including(include with { Action = new Block([], [], []) }, vars) : above);
    });

    // Where an include is written.
    private TaskNode? NodeOf(string include)
    {
        if (!_nodes.TryGetValue(include, out var node))
        {
            var (file, id) = Origin(bundle, include);
            var written = file is null ? bundle.Plays.SelectMany(play => play.Tasks.Concat(play.Handlers)) : file.Tasks.Concat(file.Handlers);
            _nodes[include] = node = Flat(written).FirstOrDefault(one => one.Id == (file is null ? include : id));
        }
        return node;
    }

    private static IEnumerable<TaskNode> Flat(IEnumerable<TaskNode> nodes) =>
        nodes.SelectMany(node => node.Action is Block block ? Flat(block.Tasks.Concat(block.Rescue).Concat(block.Always)) : [node]);

    /// <summary>The variables of the roles that were included for all to see.</summary>
    public static IEnumerable<RoleScope> Exposed(TaskFile file) => file.Tasks.Select(task => task.Role).OfType<RoleScope>();

    /// <summary>The file that an included task is of, and its id in it. Null: the task was not included.</summary>
    public static (TaskFile? File, string Id) Origin(Bundle bundle, string id)
    {
        var parts = id[(id.LastIndexOf('>') + 1)..].Split('/', 2);
        var isIncluded = id.Contains('>') && parts.Length == 2 && int.TryParse(parts[0][(parts[0].IndexOf('.') + 1)..], NumberStyles.None, CultureInfo.InvariantCulture, out var index) && index < bundle.TaskFiles.Length;
        return isIncluded ? (bundle.TaskFiles[int.Parse(parts[0][(parts[0].IndexOf('.') + 1)..], CultureInfo.InvariantCulture)], parts[1]) : (null, "");
    }

    // The file is part of the name: another choice is another task.
    private string PrefixOf(Inclusion inclusion) => $"{inclusion.Include}>{inclusion.Item}.{_files[inclusion.Key]}";

    private static TaskNode Below(string prefix, TaskNode node) => node with
    {
        Id = $"{prefix}/{node.Id}",
        Action = node.Action is Block block ? block with { Tasks = Below(prefix, block.Tasks), Rescue = Below(prefix, block.Rescue), Always = Below(prefix, block.Always) } : node.Action,
    };

    private static ImmutableArray<TaskNode> Below(string prefix, ImmutableArray<TaskNode> nodes) => [.. nodes.Select(node => Below(prefix, node))];
}
