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
}

internal sealed record StepBegan(string Instance, int Index, Step Step) : JournalEntry;

internal sealed record StepDone(string Instance, int Index, StepStatus Status, string? Problem) : JournalEntry;

/// <summary>An instance is finished; what it registered is kept as bytes, so that a resumed run need not repeat a command.</summary>
internal sealed record InstanceDone(string Instance, TaskStatus Status, byte[] Registered) : JournalEntry;

internal sealed record RunEnded(string Run) : JournalEntry;

/// <summary>What an interrupted run had done.</summary>
internal sealed record InterruptedRun(RunBegan Began, IReadOnlyDictionary<string, InstanceDone> Done, StepBegan? InMidStep);

/// <summary>
/// Says before each step what is about to be done and after it how it went, durably: what was cut by a crash is known,
/// never guessed. One run at a time.
/// </summary>
internal sealed class RunJournal : IDisposable
{
    private readonly RecordFile _file;
    private RunBegan? _pending;
    private bool _open;

    public RunJournal(string directory)
    {
        DurableFile.MakeDirectory(directory);
        RunBegan? began = null;
        StepBegan? step = null;
        var done = new Dictionary<string, InstanceDone>(StringComparer.Ordinal);
        _file = RecordFile.Open(Path.Combine(directory, "journal"), record =>
        {
            switch (JsonSerializer.Deserialize(record.Span, AgentJson.Default.JournalEntry))
            {
                case RunBegan entry:
                    (began, step) = (entry, null);
                    done.Clear();
                    break;
                case StepBegan entry:
                    step = entry;
                    break;
                case StepDone:
                    step = null;
                    break;
                case InstanceDone entry:
                    done[entry.Instance] = entry;
                    break;
                case RunEnded:
                    (began, step) = (null, null);
                    break;
            }
        });
        Interrupted = began is null ? null : new InterruptedRun(began, done, step);
    }

    /// <summary>The run that the agent's last life did not finish.</summary>
    public InterruptedRun? Interrupted { get; private set; }

    /// <summary>Written with the first step: a reconvergence that finds nothing writes nothing.</summary>
    /// <param name="resumes">The interrupted run goes on: what it had done stays in the journal.</param>
    public void RunBegins(RunBegan entry, bool resumes)
    {
        _pending = resumes ? null : entry;
        _open = true;
        Interrupted = null;
    }

    public void StepBegins(string instance, int index, Step step) => Write(new StepBegan(instance, index, WithoutContent(step)), sync: true);

    public void StepEnded(string instance, int index, StepOutcome outcome) => Write(new StepDone(instance, index, outcome.Status, outcome.Problem), sync: true);

    public void InstanceEnds(string instance, TaskStatus status, byte[] registered) => Write(new InstanceDone(instance, status, registered), sync: false);

    public void RunEnds(string run)
    {
        if (_pending is null)
        {
            Write(new RunEnded(run), sync: true);
        }
        (_pending, _open) = (null, false);
    }

    /// <summary>The interrupted run will not go on: its revision is no longer the host's.</summary>
    public void Forget()
    {
        _file.Clear();
        Interrupted = null;
    }

    public void Dispose() => _file.Dispose();

    // What is written is known by its digest; the bytes would be written twice.
    private static Step WithoutContent(Step step) => step is WriteFile write ? write with { Content = write.Content with { Inline = null } } : step;

    // A run that is not journaled (a check) writes nothing.
    private void Write(JournalEntry entry, bool sync)
    {
        if (!_open)
        {
            return;
        }
        if (_pending is { } began)
        {
            _pending = null;
            _file.Clear();
            Append(began, sync: true);
        }
        Append(entry, sync);
    }

    private void Append(JournalEntry entry, bool sync) => _file.Append(JsonSerializer.SerializeToUtf8Bytes(entry, AgentJson.Default.JournalEntry), sync);
}
