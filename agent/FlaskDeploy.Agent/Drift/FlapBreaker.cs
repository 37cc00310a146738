using System.Collections.Immutable;

namespace FlaskDeploy.Agent.Drift;

/// <summary>How often a task, or a stretch by its first task, was corrected of late.</summary>
internal sealed record Corrections(string Task, string Name, ImmutableArray<DateTimeOffset> Times);

/// <summary>
/// What is corrected again and again is undone by somebody: after so many times within a window it is left as it is and
/// reported, until a push, a resume, or a whole window without a correction. Everything else goes on being corrected. Pure.
/// </summary>
internal sealed record FlapBreaker(int Limit, TimeSpan Window)
{
    public static FlapBreaker Default { get; } = new(5, TimeSpan.FromHours(1));

    public bool IsHeld(Corrections task, DateTimeOffset now) =>
        task.Times.Length >= Limit && task.Times[^1] - task.Times[^Limit] <= Window && now < task.Times[^1] + Window;

    public ImmutableArray<Corrections> Held(ImmutableArray<Corrections> tasks, DateTimeOffset now) => [.. tasks.Where(task => IsHeld(task, now))];

    /// <summary>"corrected 5 times within 1h".</summary>
    public string Because => $"corrected {Limit} times within {Span(Window)}";

    /// <summary>When a task that is held is tried again.</summary>
    public DateTimeOffset Until(Corrections task) => task.Times[^1] + Window;

    /// <returns>The same array where nothing is to be remembered or forgotten.</returns>
    public ImmutableArray<Corrections> After(ImmutableArray<Corrections> before, IReadOnlyCollection<(string Task, string Name)> corrected, DateTimeOffset now)
    {
        if (corrected.Count == 0 && before.All(task => IsRecent(task, now)))
        {
            return before;
        }
        var names = corrected.DistinctBy(task => task.Task).ToDictionary(task => task.Task, task => task.Name, StringComparer.Ordinal);
        var known = before.Where(task => IsRecent(task, now)).ToList();
        return
        [
            .. known.Select(task => names.Remove(task.Task) ? task with { Times = [.. task.Times.Add(now).TakeLast(Limit)] } : task),
            .. names.Select(name => new Corrections(name.Key, name.Value, [now])),
        ];
    }

    // What a clock that was set back since has put into the future is of no window.
    private bool IsRecent(Corrections task, DateTimeOffset now) => now < task.Times[^1] + Window && task.Times[^1] <= now + Window;

    private static string Span(TimeSpan span) =>
        span.TotalHours >= 1 && span.TotalHours == Math.Floor(span.TotalHours) ? $"{span.TotalHours:0}h" : span.TotalMinutes >= 1 ? $"{span.TotalMinutes:0.#}m" : $"{span.TotalSeconds:0.#}s";
}
