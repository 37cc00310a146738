using FlaskDeploy.Agent.Runs;
using FlaskDeploy.Agent.State;
using FlaskDeploy.Language.Values;
using FlaskDeploy.Protocol;
using FlaskDeploy.V1;
using Google.Protobuf;
using BoolValue = FlaskDeploy.Language.Values.BoolValue;
using ListValue = FlaskDeploy.Language.Values.ListValue;
using MapValue = FlaskDeploy.Language.Values.MapValue;
using Standing = FlaskDeploy.Agent.Runs.Standing;
using TaskNode = FlaskDeploy.Language.Bundles.TaskNode;
using TaskStatus = FlaskDeploy.Agent.Runs.TaskStatus;
using Value = FlaskDeploy.Language.Values.Value;

namespace FlaskDeploy.Agent.Wire;

/// <summary>Tells one run: what happened becomes numbered events, and the counts of the recap. The one place where a run's records become messages.</summary>
internal sealed class RunReporter(EventLog log, string deployment, ulong sequence, RunRequest request, TimeProvider time, Lazy<Secrets>? secrets = null)
{
    private const int LongestText = 64 * 1024;
    private const int LargestEvent = 1024 * 1024;

    private readonly long _started = time.GetTimestamp();
    private readonly TimeSpan _cpuAtStart = Environment.CpuUsage.TotalTime;
    private readonly List<(string Id, string Name)> _corrected = [];
    private bool _begun;

    public Counts Counts { get; } = new();

    /// <summary>The names of the tasks whose drift was corrected.</summary>
    public IEnumerable<string> Corrected => _corrected.Select(task => task.Name);

    /// <summary>Null: not begun.</summary>
    public RunPass? Pass { get; private set; }

    /// <summary>Without what is secret.</summary>
    public string Redact(string text) => secrets?.Value.Redact(text) ?? text;

    /// <summary>Says it once; later calls change nothing. Until something is worth telling, a run of the agent's own is not told at all.</summary>
    public void Begin(RunPass pass, int tasks)
    {
        if (!_begun)
        {
            _begun = true;
            Pass = pass;
            Append(new Event { RunStarted = new RunStarted { Kind = KindOf(pass), Tasks = (uint)tasks, Cause = request.Cause } });
        }
    }

    public void TaskStarts(TaskNode node, string name, string play) =>
        Append(new Event { TaskStarted = new TaskStarted { Task = node.Id, Name = Cut(name), Play = play } });

    public void TaskEnds(TaskInstance instance, TaskResult result, bool corrective, bool handler)
    {
        if (corrective && result.Status == TaskStatus.Changed && _corrected.All(task => task.Id != instance.Node.Id))
        {
            _corrected.Add((instance.Node.Id, instance.Name));
        }
        var censored = result.IsCensored;
        var entry = new Event
        {
            TaskFinished = new TaskFinished
            {
                Task = instance.Node.Id,
                Name = Cut(instance.Name),
                Play = instance.PlayName,
                Module = instance.Call.Module,
                Status = StatusOf(result.Status),
                Because = Cut(result.Shown),
                Item = censored ? "" : Cut(instance.ItemLabel ?? ""),
                HasItem = instance.Item is not null,
                Result = ValueCodec.EncodeForEvent(censored ? MapValue.From(("censored", Value.Of("the output has been hidden by no_log")), ("changed", result.Registered["changed"] is BoolValue changed ? changed : Value.False)) : Bounded(secrets?.Value.Redact(result.Registered) ?? result.Registered)),
                Diff = censored ? "" : Cut(result.Diff ?? ""),
                Micros = (ulong)(result.Duration.Ticks / TimeSpan.TicksPerMicrosecond),
                Location = instance.Node.Span.ToString(),
                Corrective = corrective,
                Handler = handler,
            },
        };
        if (entry.CalculateSize() > LargestEvent)
        {
            entry.TaskFinished.Result = ValueCodec.EncodeForEvent(MapValue.From(
                new[] { "changed", "failed", "rc" }.Where(name => result.Registered[name] is not null).Select(name => (name, result.Registered[name]!))
                    .Append(("msg", Value.Of("the result is too large to be told")))));
        }
        Append(entry);
    }

    /// <summary>Counts a whole task, its items together, as Ansible's recap does.</summary>
    /// <param name="hasChanged">What failed and was ignored may have changed something before.</param>
    public void Count(TaskStatus status, bool hasChanged = false)
    {
        _ = status switch
        {
            TaskStatus.Ok => Counts.Ok++,
            // What was changed is ok as well, and so is what failed and was ignored.
            TaskStatus.Changed => Counts.Changed++ + Counts.Ok++,
            TaskStatus.Skipped => Counts.Skipped++,
            TaskStatus.Failed => Counts.Failed++,
            TaskStatus.Ignored => Counts.Ignored++ + Counts.Ok++ + (hasChanged ? Counts.Changed++ : 0),
            TaskStatus.Rescued => Counts.Rescued++,
            _ => Counts.Unknown++,
        };
    }

    /// <summary>A failure that a block rescued is a failure no more.</summary>
    public void Rescued()
    {
        Counts.Failed--;
        Counts.Rescued++;
    }

    /// <summary>The tasks that a reconvergence found as they were, less those that it counted itself.</summary>
    public void CountUntouched(int tasks, int skipped)
    {
        var counted = Counts.Ok + Counts.Failed + Counts.Skipped + Counts.Unknown;
        Counts.Skipped += (uint)skipped;
        Counts.Ok += (uint)Math.Max(0, tasks - skipped - (int)counted);
    }

    public void Drift(TaskNode node, string name, string what) =>
        Append(new Event { DriftFound = new DriftFound { Task = node.Id, Name = Cut(name), What = Cut(secrets?.Value.WithoutDigests(what) ?? what), Noticed = request.Cause } });

    /// <summary>Durable when this returns: it is told once.</summary>
    public void Standing(Standing standing) => Append(new Event { Standing = StandingCodec.Encode(standing) }, sync: true);

    public void LeftOver(string what, int pid, int port, ulong since) =>
        Append(new Event { LeftOver = new LeftOver { What = Cut(what), Pid = (uint)pid, Port = (uint)port, SinceSequence = since } });

    public void Superseded(ulong byOrder) => Append(new Event { Superseded = new Superseded { ByOrder = byOrder } });

    public void Refused(string reason, string remedy) => Append(new Event { RunRefused = new RunRefused { Reason = reason, Remedy = remedy } }, sync: true);

    /// <summary>The last event of the run, for whoever keeps it before it is told; null: the run is not worth telling.</summary>
    public byte[]? LastEvent(RunEnd end, string because) => !_begun ? null : Addressed(new Event
    {
        RunFinished = new RunFinished
        {
            Result = ResultOf(end),
            Counts = Counts,
            Because = Cut(because),
            Micros = (ulong)(time.GetElapsedTime(_started).Ticks / TimeSpan.TicksPerMicrosecond),
            CpuMicros = (ulong)((Environment.CpuUsage.TotalTime - _cpuAtStart).Ticks / TimeSpan.TicksPerMicrosecond),
            Corrected = { _corrected.Select(task => task.Id) },
        },
    }).ToByteArray();

    /// <summary>Durable when this returns.</summary>
    public void End(RunEnd end, string because)
    {
        if (LastEvent(end, because) is { } last)
        {
            log.AppendEncoded(last);
        }
    }

    private void Append(Event entry, bool sync = false) => log.Append(Addressed(entry), sync);

    private Event Addressed(Event entry)
    {
        entry.Deployment = deployment;
        entry.Sequence = sequence;
        entry.Run = request.Run;
        entry.Order = request.Order;
        return entry;
    }

    private static RunKind KindOf(RunPass pass) => pass switch
    {
        RunPass.Apply => RunKind.RunApply,
        RunPass.Check => RunKind.RunCheck,
        _ => RunKind.RunCorrect,
    };

    private static RunResult ResultOf(RunEnd end) => end switch
    {
        RunEnd.Unchanged => RunResult.RunUnchanged,
        RunEnd.Changed => RunResult.RunChanged,
        RunEnd.Failed => RunResult.RunFailed,
        RunEnd.Drifted => RunResult.RunDrifted,
        _ => RunResult.RunInterrupted,
    };

    private static V1.TaskStatus StatusOf(TaskStatus status) => status switch
    {
        TaskStatus.Ok => V1.TaskStatus.TaskOk,
        TaskStatus.Changed => V1.TaskStatus.TaskChanged,
        TaskStatus.Skipped => V1.TaskStatus.TaskSkipped,
        TaskStatus.Failed => V1.TaskStatus.TaskFailed,
        TaskStatus.Ignored => V1.TaskStatus.TaskIgnored,
        TaskStatus.Rescued => V1.TaskStatus.TaskRescued,
        _ => V1.TaskStatus.TaskUnknown,
    };

    private string Cut(string whole) => Shorten(secrets?.Value.Redact(whole) ?? whole);

    private static string Shorten(string text) => text.Length <= LongestText ? text : $"{text.AsSpan(0, LongestText)}… ({text.Length - LongestText} characters more)";

    private static Value Bounded(Value value) => value switch
    {
        TextValue text => text.Text.Length <= LongestText ? text : Value.Of(Shorten(text.Text)),
        ListValue list => new ListValue([.. list.Items.Take(1000).Select(Bounded)]),
        MapValue map => new MapValue(map.Entries.Select(entry => KeyValuePair.Create(entry.Key, Bounded(entry.Value)))),
        _ => value,
    };
}
