using System.Globalization;
using FlaskDeploy.Cli.Display;
using FlaskDeploy.Language.Values;

namespace FlaskDeploy.Cli.Rollouts;

internal sealed record RenderOptions
{
    public Style Style { get; init; } = Style.None;

    public int Verbosity { get; init; }

    public bool Diff { get; init; }

    /// <summary>Many hosts: only what changed, failed or is unknown, each on one line that names its task.</summary>
    public bool Brief { get; init; }
}

/// <summary>
/// Prints updates as Ansible prints them under its <c>free</c> strategy: hosts run by themselves, so the heading of a task
/// comes again whenever the line below belongs to another task than the one above. The same updates give the same lines.
/// </summary>
internal sealed class TextRenderer(RenderOptions options)
{
    private const int Width = 79;

    private readonly HashSet<string> _plays = [];
    private readonly HashSet<string> _refused = [];
    private string _heading = "";

    private Style Style => options.Style;

    public IEnumerable<string> Render(RolloutUpdate update) => update switch
    {
        RolloutUpdate.Reported { Event.What: Happening.StandingTold { Standing.Paused: not null } told } reported =>
            [Style.Paint(Tone.Changed, $"{Safe.Line(reported.Host)}: {Safe.Line(told.Standing.Lines().First())}; 'flaskdeploy resume {Safe.Line(reported.Event.Deployment)}' ends that")],
        RolloutUpdate.Reported { Event.What: var what } reported => Render(Safe.Line(reported.Host), what),
        RolloutUpdate.Moved moved => Render(moved),
        _ => [],
    };

    public static string Heading(string text) => $"{text} {new string('*', Math.Max(3, Width - text.Length))}";

    private IEnumerable<string> Render(string host, Happening what) => what switch
    {
        Happening.TaskFinished task => Task(host, task),
        Happening.RunStarted started when options.Verbosity > 0 => [Style.Paint(Tone.Faint, $"{host}: {Describe(started)}")],
        Happening.RunFinished end => End(host, end),
        Happening.RunRefused refusal when _refused.Add(host) => [Style.Paint(Tone.Failed, $"fatal: [{host}]: REFUSED! => {Safe.Lines(refusal.Reason)}"), .. Remedy(refusal.Remedy)],
        Happening.DriftFound drift => [Style.Paint(Tone.Changed, $"drift: [{host}] => {Safe.Line(drift.What)} ({Safe.Line(drift.Name)})")],
        Happening.AgentStarted started when started.InterruptedRun.Length > 0 =>
            [Style.Paint(Tone.Unknown, $"{host}: the agent was started anew in the middle of the run; what was interrupted is planned again")],
        _ => [],
    };

    private IEnumerable<string> Render(RolloutUpdate.Moved moved)
    {
        var host = Safe.Line(moved.Host);
        return moved.Phase switch
        {
            HostPhase.Waiting when moved.Detail.Length > 0 => [Style.Paint(Tone.Unreachable, $"{host}: {Safe.Line(moved.Detail)}")],
            HostPhase.NotEnrolled => [Style.Paint(Tone.Unreachable, $"fatal: [{host}]: UNREACHABLE! => {Safe.Line(moved.Detail)}")],
            // What the host gave as its reason is said once.
            HostPhase.Refused when _refused.Add(host) => [Style.Paint(Tone.Failed, $"fatal: [{host}]: REFUSED! => {Safe.Lines(moved.Detail)}")],
            _ => [],
        };
    }

    private static string Describe(Happening.RunStarted started) => started.Kind switch
    {
        RunKind.Check => $"checks {started.Tasks} tasks",
        RunKind.Correct => $"looks for drift in {started.Tasks} tasks",
        _ => $"applies {started.Tasks} tasks",
    };

    private List<string> Task(string host, Happening.TaskFinished task)
    {
        List<string> lines = [];
        if (options.Brief && task.Status is TaskOutcome.Ok or TaskOutcome.Skipped)
        {
            return lines;
        }
        if (!options.Brief)
        {
            AddHeadings(lines, task);
        }
        if (options.Diff && task.Diff.Length > 0)
        {
            lines.AddRange(Safe.Lines(task.Diff.TrimEnd('\n')).Split('\n').Select(Diff));
        }
        var (word, tone) = Word(task);
        var name = options.Brief ? $" {Safe.Line(task.Name)}" : "";
        var item = task.Item is null ? "" : $" => (item={Safe.Line(task.Item)})";
        var line = task.Status is TaskOutcome.Failed or TaskOutcome.Ignored
            ? task.Item is null ? $"fatal: [{host}]:{name} FAILED! => {Failure(task)}" : $"failed: [{host}]{name} (item={Safe.Line(task.Item)}) => {Failure(task)}"
            : $"{word}: [{host}]{name}{item}{Detail(task)}";
        lines.AddRange(line.Split('\n').Select(part => Style.Paint(tone, part)));
        if (task.Status is TaskOutcome.Failed && task.Location.Length > 0)
        {
            lines.Add(Style.Paint(tone, $"    at {Safe.Line(task.Location)}"));
        }
        if (task.Status is TaskOutcome.Ignored)
        {
            lines.Add(Style.Paint(Tone.Skipped, "...ignoring"));
        }
        return lines;
    }

    private void AddHeadings(List<string> lines, Happening.TaskFinished task)
    {
        if (_plays.Add(task.Play))
        {
            lines.AddRange(["", Heading($"PLAY [{Safe.Line(task.Play)}]")]);
        }
        var heading = $"{(task.Handler ? "RUNNING HANDLER" : "TASK")} [{Safe.Line(task.Name)}]";
        if (heading + task.Task != _heading)
        {
            _heading = heading + task.Task;
            lines.AddRange(["", Heading(heading)]);
            if (options.Verbosity > 1 && task.Location.Length > 0)
            {
                lines.Add(Style.Paint(Tone.Faint, $"task path: {Safe.Line(task.Location)}"));
            }
        }
    }

    private static (string Word, Tone Tone) Word(Happening.TaskFinished task) => task.Status switch
    {
        TaskOutcome.Ok => ("ok", Tone.Ok),
        TaskOutcome.Changed => ("changed", Tone.Changed),
        TaskOutcome.Skipped => ("skipping", Tone.Skipped),
        TaskOutcome.Rescued => ("rescued", Tone.Skipped),
        TaskOutcome.Unknown => ("unknown", Tone.Unknown),
        _ => ("fatal", Tone.Failed),
    };

    // What Ansible hides unless asked: the reason from -v on, the registered result from -vv, the time from -vvv.
    private string Detail(Happening.TaskFinished task)
    {
        if (task is { Module: "debug", Status: TaskOutcome.Ok, Result: MapValue shown })
        {
            // The message is what a debug task is for; what every result has is not shown with it.
            var said = new MapValue(shown.Entries.Where(entry => entry.Key.ToString() is not ("changed" or "failed" or "skipped")));
            return $" => {ValueJson.Print(said, indented: true)}";
        }
        var because = task.Because.Length > 0 && (options.Verbosity > 0 || task.Corrective || task.Status == TaskOutcome.Unknown) ? $" => {Safe.Line(task.Because)}" : "";
        var corrected = task is { Corrective: true, Status: TaskOutcome.Changed } ? " (drift corrected)" : "";
        var result = options.Verbosity > 1 && task.Result is MapValue { Entries.Length: > 0 } ? $" => {ValueJson.Print(task.Result, indented: false)}" : "";
        var time = options.Verbosity > 2 ? string.Create(CultureInfo.InvariantCulture, $" [{task.Micros / 1e6:0.000} s]") : "";
        return corrected + because + result + time;
    }

    private static string Failure(Happening.TaskFinished task)
    {
        var result = task.Result as MapValue ?? MapValue.Empty;
        if (result["changed"] is null)
        {
            result = MapValue.From(("changed", Value.False)).Merge(result);
        }
        if (result["msg"] is null && task.Because.Length > 0)
        {
            result = result.With("msg", Value.Of(task.Because));
        }
        // What is to be seen of a difference has been shown above, where it was asked for.
        return ValueJson.Print(result.Without("diff"), indented: false);
    }

    private string Diff(string line) => line switch
    {
        ['+', ..] => Style.Paint(Tone.Added, line),
        ['-', ..] => Style.Paint(Tone.Removed, line),
        ['@', ..] => Style.Paint(Tone.Skipped, line),
        _ => line,
    };

    private IEnumerable<string> End(string host, Happening.RunFinished end)
    {
        var because = end.Because.Length > 0 ? Safe.Line(end.Because) : "";
        return end.Result switch
        {
            RunResult.Unchanged when because.Length > 0 && !options.Brief => [Style.Paint(Tone.Ok, $"{host}: {because}")],
            RunResult.Drifted => [Style.Paint(Tone.Changed, $"{host}: drifted{Behind(because)}")],
            RunResult.Interrupted => [Style.Paint(Tone.Unknown, $"{host}: interrupted{Behind(because)}")],
            RunResult.Failed when because.Length > 0 => [Style.Paint(Tone.Failed, $"{host}: {because}")],
            _ => [],
        };
    }

    private static string Behind(string because) => because.Length > 0 ? $": {because}" : "";

    private static IEnumerable<string> Remedy(string remedy) => remedy.Length > 0 ? [$"    {Safe.Line(remedy)}"] : [];
}
