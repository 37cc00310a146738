using FlaskDeploy.Agent.Drift;
using FlaskDeploy.Agent.State;
using FlaskDeploy.Agent.Wire;
using FlaskDeploy.Language.Bundles;
using Google.Protobuf;

namespace FlaskDeploy.Agent.Runs;

/// <summary>How drift of a deployment is treated on this host: what keeps it from being corrected, and telling that when it changes.</summary>
internal sealed class DriftStanding(DeploymentStore store, EventLog events, AgentConfiguration configuration, TimeProvider time)
{
    private readonly SteadyClock _clock = new(time);

    /// <summary>For what lasts: pauses, and what is held.</summary>
    public DateTimeOffset Now => _clock.Now;

    public FlapBreaker Flapping => configuration.Flapping;

    public CorrectionPolicy PolicyOf(string deployment, ReleaseContent release) =>
        new(release.Policy, PauseOf(store.Get(deployment)), release.Windows, configuration.Windows, time.LocalTimeZone);

    /// <summary>Null: it is not paused, or not any more.</summary>
    public Pause? PauseOf(DeploymentRecord record) => record.Pause is { } pause && !pause.IsOver(Now) ? pause : null;

    /// <summary>Against the clock on the wall.</summary>
    public string? WhyNotAct(string deployment, ReleaseContent release, RunRequest request) => PolicyOf(deployment, release).WhyNotAct(request, time.GetUtcNow());

    public string? WhyNotCorrect(string deployment, ReleaseContent release, RunRequest request, bool isDisturbed) =>
        PolicyOf(deployment, release).WhyNotCorrect(request, isDisturbed, time.GetUtcNow());

    /// <summary>When what is withheld now may be done: the end of a pause, the opening of a window, the end of a hold. Null: nothing changes by itself.</summary>
    public TimeSpan? UntilChange(string deployment, ReleaseContent release)
    {
        var record = store.Get(deployment);
        var policy = PolicyOf(deployment, release);
        var wall = time.GetUtcNow();
        TimeSpan?[] changes =
        [
            policy.Pause?.Until is { } until ? until - Now : null,
            policy.Pause is null && !policy.IsOpen(wall) && policy.NextOpening(wall) is { } opening ? opening - wall : null,
            .. Flapping.Held(record.Corrections, Now).Select(held => (TimeSpan?)(Flapping.Until(held) - Now)),
        ];
        return changes.Min();
    }

    /// <summary>It was closed when the host was last looked at, and is open now.</summary>
    public bool HasOpened(string deployment, ReleaseContent release)
    {
        var policy = PolicyOf(deployment, release);
        return store.Get(deployment).LastCheck is { } last && !policy.IsOpen(last) && policy.IsOpen(time.GetUtcNow());
    }

    /// <summary>Idempotent: the same pause again changes nothing but its words.</summary>
    public void Pause(string deployment, string reason, string by, TimeSpan? length) =>
        store.Update(deployment, record => record with { Pause = new Pause(reason, by, Now, length is { } span ? Now + span : null) });

    /// <summary>Ends a pause, and lets go what is held; idempotent.</summary>
    public void Resume(string deployment) => store.Update(deployment, record => record with { Pause = null, Corrections = [], IsHeld = false, Failures = 0, RetryAt = null });

    /// <summary>A pause that is over is forgotten; what is different from what was last told is told.</summary>
    public void Tell(string deployment, ulong sequence, ReleaseContent release)
    {
        var record = store.Get(deployment);
        var standing = Of(record, release);
        var bytes = StandingCodec.Encode(standing).ToByteArray();
        if (bytes.AsSpan().SequenceEqual(record.ToldStanding ?? []))
        {
            return;
        }
        new RunReporter(events, deployment, sequence, new RunRequest("", OrderMode.Converge, ""), time).Standing(standing);
        store.Update(deployment, now => now with { ToldStanding = bytes, Pause = PauseOf(now) });
    }

    public Standing Of(DeploymentRecord record, ReleaseContent release)
    {
        if (record.IsRetired || release.Retired)
        {
            return new Standing(Policy.Correct, "");
        }
        var policy = PolicyOf(record.Name, release);
        return new Standing(release.Policy, policy.WindowsText)
        {
            Pause = policy.Pause,
            Held = [.. Flapping.Held(record.Corrections, Now).Select(task => new HeldTask(task.Task, task.Name, Flapping.Because, Flapping.Until(task)))],
        };
    }
}
