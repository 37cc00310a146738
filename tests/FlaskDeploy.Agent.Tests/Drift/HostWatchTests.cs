using FlaskDeploy.Agent.Drift;
using FlaskDeploy.Agent.Machine;
using FlaskDeploy.Agent.Machine.Watching;
using FlaskDeploy.Agent.Tests.Runs;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace FlaskDeploy.Agent.Tests.Drift;

public sealed class HostWatchTests : IDisposable
{
    private static readonly TimeSpan Rest = TimeSpan.FromMilliseconds(200);

    private readonly ManualTime _time = new();
    private readonly MovementLog _log;
    private readonly HostWatch _watch;
    private readonly List<string> _nudged = [];
    private TimeSpan _processorTime;

    public HostWatchTests()
    {
        _log = new MovementLog(_time);
        _watch = new HostWatch(new EvidenceTargets(null), _log, _time, NullLogger.Instance, () => _processorTime);
        _watch.Moved += _nudged.Add;
    }

    public void Dispose() => _watch.Dispose();

    [Fact]
    public void One_edit_is_one_nudge_for_each_deployment_that_looked()
    {
        _watch.Follow("site", Baseline("/srv/a", "/srv/b"));
        _watch.Follow("other", Baseline("/srv/b"));
        _watch.Follow("third", Baseline("/srv/c"));

        Move("/srv/b");
        Move("/srv/b");
        _time.Advance(Rest);

        Assert.Equal(["other", "site"], _nudged.Order(StringComparer.Ordinal));
        _time.Advance(TimeSpan.FromHours(1));
        Assert.Equal(2, _nudged.Count);
    }

    [Fact]
    public void What_moves_during_a_run_is_looked_at_once_after_it()
    {
        var baseline = Baseline("/srv/a");
        _watch.Follow("site", baseline);
        _watch.RunBegins(isNudged: false);
        Move("/srv/a");
        Move("/srv/a");
        _time.Advance(Rest);
        Assert.Empty(_nudged);

        _watch.RunEnds("site", baseline);
        _time.Advance(Rest);
        Assert.Equal(["site"], _nudged);

        // The look that follows changes nothing: it ends there.
        _watch.RunBegins(isNudged: true);
        _watch.RunEnds("site", baseline);
        _time.Advance(TimeSpan.FromHours(1));
        Assert.Single(_nudged);
        Assert.True(Assert.Single(_log.Of("site")).DuringRun);
    }

    [Fact]
    public void What_became_evidence_by_a_run_is_looked_at_once_it_is_watched()
    {
        _watch.Follow("site", Baseline("/srv/a"));
        _watch.RunBegins(isNudged: false);
        _watch.RunEnds("site", Baseline("/srv/a", "/srv/new"));
        _time.Advance(Rest);
        Assert.Empty(_nudged);

        _watch.Armed([Target("/srv/new")]);
        _time.Advance(Rest);
        _watch.Armed([Target("/srv/a")]);
        _time.Advance(Rest);

        Assert.Equal(["site"], _nudged);
    }

    [Fact]
    public void A_baseline_with_the_same_evidence_is_no_reason_to_look()
    {
        _watch.Follow("site", Baseline("/srv/a"));
        _watch.RunBegins(isNudged: true);
        _watch.RunEnds("site", Baseline("/srv/a"));

        _watch.Armed([Target("/srv/a")]);
        _time.Advance(TimeSpan.FromHours(1));

        Assert.Empty(_nudged);
    }

    [Fact]
    public void A_retired_deployment_is_not_spoken_of()
    {
        _watch.Follow("site", Baseline("/srv/a"));
        Move("/srv/a");
        _watch.RunBegins(isNudged: false);
        _watch.RunEnds("site", null);

        Move("/srv/a");
        _time.Advance(TimeSpan.FromHours(1));

        Assert.Empty(_nudged);
        Assert.Empty(_log.Of("site"));
    }

    [Fact]
    public void Whoever_edits_without_end_is_looked_after_for_a_share_of_the_processor()
    {
        var baseline = Baseline("/srv/a");
        _watch.Follow("site", baseline);
        _watch.Moved += _ =>
        {
            _watch.RunBegins(isNudged: true);
            _processorTime += TimeSpan.FromMilliseconds(100);
            _watch.RunEnds("site", baseline);
        };
        var hour = TimeSpan.FromHours(1);
        for (var passed = TimeSpan.Zero; passed < hour; passed += Rest)
        {
            Move("/srv/a");
            _time.Advance(Rest);
        }

        Assert.InRange(_processorTime, hour * NudgeGate.Share * 0.9, (hour * NudgeGate.Share) + NudgeGate.Savings + TimeSpan.FromSeconds(1));
        Assert.Single(_log.Of("site"));
    }

    [Fact]
    public void What_cannot_be_watched_is_logged_once_and_shown_for_as_long_as_it_lasts()
    {
        var logged = new Warnings();
        using var watch = new HostWatch(new EvidenceTargets(null), _log, _time, logged);

        watch.Told(["no inotify watches are left"]);
        watch.Told([]);
        Assert.Empty(watch.Problems);
        watch.Told(["/srv may not be watched", "no inotify watches are left"]);

        Assert.Equal(2, watch.Problems.Length);
        Assert.Equal(2, logged.Count);
    }

    [Fact]
    public void The_log_keeps_the_last_movements_of_each_deployment_with_how_and_who()
    {
        for (var i = 0; i < MovementLog.Kept + 10; i++)
        {
            _log.Add("site", $"/srv/{i}", $"/srv/{i}", NoticedBy.Inotify, uid: 1000);
        }
        _log.Add("site", "port 5000", "process 7", NoticedBy.Pidfd);
        _log.Add("site", "port 5000", "process 7", NoticedBy.Pidfd);

        var kept = _log.Of("site");
        Assert.Equal(MovementLog.Kept, kept.Count);
        Assert.Equal(("port 5000", NoticedBy.Pidfd, null, 2), (kept[^1].Subject, kept[^1].By, kept[^1].Uid, kept[^1].Times));
        Assert.Equal(1000u, kept[^2].Uid);
        Assert.Empty(_log.Of("other"));
    }

    private void Move(string path) => _watch.Signalled(new WatchSignal(Target(path), NoticedBy.Inotify, path, null));

    private static PathTarget Target(string path) => new(path, PathEvents.Entry | PathEvents.Attributes);

    private static Baseline Baseline(params string[] paths) =>
        new(1, default, [new InstanceBaseline("t", BaselineKind.InSync, "", [.. paths.Select(path => new Evidence(new StatLook(path, FollowLinks: true), "root", "", null))])], []);

    private sealed class Warnings : ILogger
    {
        public int Count { get; private set; }

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) => Count += logLevel == LogLevel.Warning ? 1 : 0;
    }
}
