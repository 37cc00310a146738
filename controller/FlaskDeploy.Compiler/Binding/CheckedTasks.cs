using FlaskDeploy.Language.Bundles;
using FlaskDeploy.Language.Diagnostics;

namespace FlaskDeploy.Compiler.Binding;

/// <summary>What checking a task came to for one host: what has to be said again for another that reads the same.</summary>
internal sealed class TaskFindings
{
    public HashSet<Digest> Digests { get; } = [];

    public HashSet<LookupAnswer> Answers { get; } = [];

    public List<(SourceSpan Span, string Name, Severity Severity)> Undefined { get; } = [];
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

    // Of the host that is asked for: by whom it is compared with and in what. Tasks read the same names over and over.
    private readonly Dictionary<(HostFrame Other, string Name), bool> _same = [];
    private HostFrame? _host;

    private sealed record Entry(HostFrame Host, string[] Reads, TaskFindings Findings);

    /// <param name="task">The how-manieth of the play; its tasks are gone through in the same order for each host.</param>
    public TaskFindings? Find(int task, HostFrame host)
    {
        if (task >= _tasks.Count)
        {
            return null;
        }
        if (_host != host)
        {
            _host = host;
            _same.Clear();
        }
        var known = _tasks[task];
        // The last first: neighbours in an inventory are alike.
        for (var i = known.Count - 1; i >= 0; i--)
        {
            var entry = known[i];
            if (IsSame(entry, host))
            {
                (known[i], known[^1]) = (known[^1], entry);
                return entry.Findings;
            }
        }
        return null;
    }

    private bool IsSame(Entry entry, HostFrame host)
    {
        foreach (var name in entry.Reads)
        {
            if (!_same.TryGetValue((entry.Host, name), out var same))
            {
                same = host.IsSame(name, entry.Host);
                _same.Add((entry.Host, name), same);
            }
            if (!same)
            {
                return false;
            }
        }
        return true;
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
        _tasks[task].Add(new Entry(host, [.. reads], findings));
    }
}
