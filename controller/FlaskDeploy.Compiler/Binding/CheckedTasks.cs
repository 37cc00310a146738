using FlaskDeploy.Language.Bundles;
using FlaskDeploy.Language.Diagnostics;

namespace FlaskDeploy.Compiler.Binding;

/// <summary>What checking a task came to for one host: what has to be said again for another that reads the same.</summary>
internal sealed class TaskFindings
{
    public HashSet<Digest> Digests { get; } = [];

    public List<(SourceSpan Span, string Name)> Undefined { get; } = [];
}

/// <summary>
/// The tasks of one play as hosts were checked against them. A task reads few names, and those mean the same on most hosts
/// of a thousand: what it came to for one of them is what it comes to for all.
/// </summary>
internal sealed class CheckedTasks
{
    // A task that names its host is another one for each: what is not found among the last few is checked.
    private const int MostPerTask = 16;

    private readonly List<List<Entry>> _tasks = [];

    private sealed record Entry(HostFrame Host, IReadOnlyCollection<string> Reads, TaskFindings Findings);

    /// <param name="task">The how-manieth of the play; its tasks are gone through in the same order for each host.</param>
    public TaskFindings? Find(int task, HostFrame host)
    {
        if (task >= _tasks.Count)
        {
            return null;
        }
        var known = _tasks[task];
        // The last first: neighbours in an inventory are alike.
        for (var i = known.Count - 1; i >= 0; i--)
        {
            var entry = known[i];
            if (entry.Reads.All(name => host.IsSame(name, entry.Host)))
            {
                known.RemoveAt(i);
                known.Add(entry);
                return entry.Findings;
            }
        }
        return null;
    }

    public void Add(int task, HostFrame host, IReadOnlyCollection<string> reads, TaskFindings findings)
    {
        while (task >= _tasks.Count)
        {
            _tasks.Add([]);
        }
        if (_tasks[task].Count == MostPerTask)
        {
            _tasks[task].RemoveAt(0);
        }
        _tasks[task].Add(new Entry(host, reads, findings));
    }
}
