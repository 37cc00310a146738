using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Json.Serialization;
using FlaskDeploy.Agent.Machine;
using FlaskDeploy.Agent.State;
using FlaskDeploy.Language.Bundles;

namespace FlaskDeploy.Agent.Runs;

/// <summary>One line of the journal. The set is closed.</summary>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "entry")]
[JsonDerivedType(typeof(RunBegan), "run-began")]
[JsonDerivedType(typeof(StepBegan), "step-began")]
[JsonDerivedType(typeof(StepDone), "step-ended")]
[JsonDerivedType(typeof(InstanceDone), "instance-done")]
[JsonDerivedType(typeof(RunEnded), "run-ended")]
internal abstract record JournalEntry;

internal sealed record RunBegan(string Run, string Deployment, ulong Sequence, ulong Order, OrderMode Mode, string Cause) : JournalEntry
{
    public string[] Tags { get; init; } = [];

    public string[] SkipTags { get; init; } = [];

    public string? StartAtTask { get; init; }

    public string? Limit { get; init; }

    public int Verbosity { get; init; }

    /// <summary>Drift is corrected: resumed, it must not become a pass over all tasks.</summary>
    public bool IsCorrection { get; init; }
}

internal sealed record StepBegan(string Instance, int Index, Step Step) : JournalEntry;

/// <param name="Command">Of a command: all that is known of how it went, so that it need not be run again.</param>
internal sealed record StepDone(string Instance, int Index, StepStatus Status, string? Problem, CommandResult? Command) : JournalEntry;

/// <summary>An instance is finished; what it registered is kept as bytes, so that a resumed run need not repeat a command.</summary>
internal sealed record InstanceDone(string Instance, TaskStatus Status, byte[] Registered) : JournalEntry;

internal sealed record RunEnded(string Run) : JournalEntry;

/// <summary>What an interrupted run had done.</summary>
internal sealed record InterruptedRun(RunBegan Began)
{
    public IReadOnlyDictionary<string, InstanceDone> Done { get; init; } = ImmutableDictionary<string, InstanceDone>.Empty;

    /// <summary>Of instances that were not finished: the last command that was, by instance.</summary>
    public IReadOnlyDictionary<string, StepDone> Commands { get; init; } = ImmutableDictionary<string, StepDone>.Empty;

    /// <summary>Instances that began to change something: looked at again they may be in sync, and have changed all the same.</summary>
    public IReadOnlySet<string> Touched { get; init; } = ImmutableHashSet<string>.Empty;

    /// <summary>The paths whose content those may have changed.</summary>
    public ImmutableArray<string> ContentPaths { get; init; } = [];

    public StepBegan? InMidStep { get; init; }
}

/// <summary>
/// Says before each step what is about to be done and after it how it went, durably: what was cut by a crash is known,
/// never guessed. One run at a time.
/// </summary>
internal sealed class RunJournal : IDisposable
{
    private readonly RecordFile _file;
    private readonly StateSeal? _seal;
    private RunBegan? _pending;
    private bool _open;

    /// <param name="seal">Null: this host has no key, and the journal lies open.</param>
    public RunJournal(string directory, StateSeal? seal = null)
    {
        DurableFile.MakeDirectory(directory);
        _seal = seal;
        var reader = new Reader(seal);
        _file = RecordFile.Open(Path.Combine(directory, "journal"), record => reader.Read(record.Span));
        Interrupted = reader.Interrupted;
    }

    /// <summary>The run that the agent's last life did not finish.</summary>
    public InterruptedRun? Interrupted { get; private set; }

    /// <param name="resumes">The interrupted run goes on: what it had done stays in the journal.</param>
    /// <param name="now">
    /// Durable when it returns, as an order must be before it counts as taken up. Else written with the first step: a
    /// reconvergence that finds nothing writes nothing.
    /// </param>
    public void RunBegins(RunBegan entry, bool resumes, bool now)
    {
        _pending = resumes ? null : entry;
        _open = true;
        Interrupted = null;
        if (now)
        {
            WritePending();
        }
    }

    public void StepBegins(string instance, int index, Step step) => Write(new StepBegan(instance, index, WithoutContent(step)), sync: true);

    public void StepEnded(string instance, int index, StepOutcome outcome) => Write(new StepDone(instance, index, outcome.Status, outcome.Problem, outcome.Command), sync: true);

    public void InstanceEnds(string instance, TaskStatus status, byte[] registered)
    {
        // Only with a step before it is there anything to resume.
        if (_pending is null)
        {
            Write(new InstanceDone(instance, status, registered), sync: false);
        }
    }

    public void RunEnds(string run)
    {
        if (_pending is null)
        {
            Write(new RunEnded(run), sync: true);
        }
        (_pending, _open) = (null, false);
    }

    /// <summary>The interrupted run will not go on: its revision is no longer the host's, or it was over.</summary>
    public void Forget()
    {
        _file.Clear();
        Interrupted = null;
    }

    public void Dispose() => _file.Dispose();

    // What is written is known by its digest; the bytes would be written twice.
    private static Step WithoutContent(Step step) => step switch
    {
        WriteFile write => write with { Content = write.Content with { Inline = null } },
        RunTool tool => tool with { Input = null },
        SendRequest send => send with { Request = send.Request.WithoutSecrets() },
        Download download => download with { Request = download.Request.WithoutSecrets(), ChecksumList = download.ChecksumList?.WithoutSecrets() },
        _ => step,
    };

    // A run that is not journaled (a check) writes nothing.
    private void Write(JournalEntry entry, bool sync)
    {
        if (_open)
        {
            WritePending();
            Append(entry, sync);
        }
    }

    private void WritePending()
    {
        if (_pending is { } began)
        {
            _file.Clear();
            Append(began, sync: true);
            _pending = null;
        }
    }

    private void Append(JournalEntry entry, bool sync) => _file.Append(_seal?.Close(Serialized(entry)) ?? Serialized(entry), sync);

    private static byte[] Serialized(JournalEntry entry) => JsonSerializer.SerializeToUtf8Bytes(entry, AgentJson.Default.JournalEntry);

    private sealed class Reader(StateSeal? seal)
    {
        private readonly Dictionary<string, InstanceDone> _done = new(StringComparer.Ordinal);
        private readonly Dictionary<string, StepDone> _commands = new(StringComparer.Ordinal);
        private readonly HashSet<string> _touched = new(StringComparer.Ordinal);
        private readonly List<string> _paths = [];
        private RunBegan? _began;
        private StepBegan? _step;

        public InterruptedRun? Interrupted => _began is null ? null : new InterruptedRun(_began)
        {
            Done = _done,
            Commands = _commands,
            Touched = _touched,
            ContentPaths = [.. _paths.Distinct(StringComparer.Ordinal)],
            InMidStep = _step,
        };

        public void Read(ReadOnlySpan<byte> record)
        {
            switch ((seal is null ? record.ToArray() : seal.Open(record)) is { } open ? Parse(open) : null)
            {
                case RunBegan entry:
                    (_began, _step) = (entry, null);
                    _done.Clear();
                    _commands.Clear();
                    _touched.Clear();
                    _paths.Clear();
                    break;
                case StepBegan entry:
                    _step = entry;
                    if (entry.Step is not WaitUntil)
                    {
                        _touched.Add(entry.Instance);
                        _paths.AddRange(entry.Step.ContentPaths);
                    }
                    break;
                case StepDone entry:
                    if (_step?.Step is RunCommand && entry.Command is not null)
                    {
                        _commands[entry.Instance] = entry;
                    }
                    _step = null;
                    break;
                case InstanceDone entry:
                    _done[entry.Instance] = entry;
                    _commands.Remove(entry.Instance);
                    break;
                case RunEnded:
                    (_began, _step) = (null, null);
                    break;
            }
        }

        private static JournalEntry? Parse(ReadOnlySpan<byte> record)
        {
            try
            {
                return JsonSerializer.Deserialize(record, AgentJson.Default.JournalEntry);
            }
            catch (JsonException)
            {
                // Of a newer agent, with a step that this one does not know: what it was about is planned again.
                return null;
            }
        }
    }
}
