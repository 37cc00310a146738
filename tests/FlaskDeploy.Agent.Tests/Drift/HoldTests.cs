using FlaskDeploy.Agent.Drift;
using FlaskDeploy.Agent.Machine;
using FlaskDeploy.Agent.Runs;
using FlaskDeploy.Agent.State;
using FlaskDeploy.Agent.Tests.Runs;
using FlaskDeploy.Language.Bundles;

namespace FlaskDeploy.Agent.Tests.Drift;

/// <summary>Drift that is found and left: held because it comes again and again, paused, outside of its windows.</summary>
public sealed class HoldTests : IDisposable
{
    private static readonly Bundle Two = Book.Bundle(Book.Play(File("/etc/a").Named("A"), File("/etc/b").Named("B")));

    private readonly TestHost _host = new() { User = "root" };

    public void Dispose() => _host.Dispose();

    [Fact]
    public async Task What_is_undone_again_and_again_is_left_after_five_corrections_and_the_rest_goes_on()
    {
        await _host.Push(Two);
        await Spoil(5, "/etc/a");
        var outcome = await Drift("/etc/a", "/etc/b");

        Assert.Equal(RunEnd.Drifted, outcome.End);
        Assert.Equal("corrected B; drift was left: corrected 5 times within 1h", outcome.Because);
        Assert.Equal(("bad", "right"), (_host.Machine.Files.Text("/etc/a"), _host.Machine.Files.Text("/etc/b")));
        Assert.Contains("; held: corrected 5 times within 1h", _host.Drifts.Last(drift => drift.Name == "A").What, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_hold_is_told_once_survives_a_restart_and_ends_after_a_quiet_window()
    {
        await _host.Push(Two);
        await Spoil(5, "/etc/a");
        await Drift("/etc/a");
        var told = _host.Told.Count;
        _host.Restart();
        Assert.Equal(RunEnd.Drifted, (await _host.Reconverge(Two)).End);
        Assert.Equal(RunEnd.Drifted, (await _host.Reconverge(Two)).End);
        Assert.Equal(told, _host.Told.Count);

        _host.Machine.Clock.Advance(TimeSpan.FromHours(1));
        Assert.Equal(RunEnd.Changed, (await _host.Reconverge(Two)).End);
        Assert.Equal("right", _host.Machine.Files.Text("/etc/a"));
    }

    [Fact]
    public async Task A_push_of_the_deployment_corrects_it_and_begins_to_count_anew()
    {
        await _host.Push(Two);
        await Spoil(5, "/etc/a");
        await Drift("/etc/a");

        Assert.Equal(RunEnd.Changed, (await _host.Push(Two)).End);
        Assert.Equal("right", _host.Machine.Files.Text("/etc/a"));
        Assert.Equal(RunEnd.Changed, (await Drift("/etc/a")).End);
    }

    [Fact]
    public async Task A_stretch_counts_as_one_and_is_not_replayed_when_it_is_held()
    {
        using var site = new FlaskSite();
        await site.Host.Push(site.Bundle);
        for (var i = 0; i < 5; i++)
        {
            site.Machine.Processes.Kill(site.Pid!.Value);
            Assert.Equal(RunEnd.Changed, (await site.Host.Reconverge(site.Bundle)).End);
        }
        Assert.Single(site.Host.Record.Corrections);
        site.Machine.Processes.Kill(site.Pid!.Value);
        var steps = site.Host.Steps.Count();

        Assert.Equal(RunEnd.Drifted, (await site.Host.Reconverge(site.Bundle)).End);
        Assert.Equal(steps, site.Host.Steps.Count());
        Assert.Null(site.Pid);
    }

    [Fact]
    public async Task What_a_held_stretch_was_to_be_replayed_for_is_not_forgotten()
    {
        using var site = new FlaskSite();
        await site.Host.Push(site.Bundle);
        for (var i = 0; i < 5; i++)
        {
            site.Machine.Processes.Kill(site.Pid!.Value);
            await site.Host.Reconverge(site.Bundle);
        }
        var pid = site.Pid;
        // The script is corrected, and the process that read the wrong one runs on.
        site.Machine.WithFile(FlaskSite.Script, "print('other')\n");
        Assert.Equal(RunEnd.Drifted, (await site.Host.Reconverge(site.Bundle)).End);
        Assert.Equal(pid, site.Pid);
        Assert.NotEmpty(site.Host.Record.Owed.Stretches);

        site.Machine.Clock.Advance(TimeSpan.FromHours(1));
        Assert.Equal(RunEnd.Changed, (await site.Host.Reconverge(site.Bundle)).End);
        Assert.NotEqual(pid, site.Pid);
    }

    [Fact]
    public async Task The_limit_and_the_window_are_those_of_the_configuration()
    {
        _host.Configuration = new AgentConfiguration { Flapping = new FlapBreaker(2, TimeSpan.FromMinutes(10)) };
        _host.Restart();
        await _host.Push(Two);
        await Spoil(2, "/etc/a");
        Assert.Equal(RunEnd.Drifted, (await Drift("/etc/a")).End);
        _host.Machine.Clock.Advance(TimeSpan.FromMinutes(10));
        Assert.Equal(RunEnd.Changed, (await _host.Reconverge(Two)).End);
    }

    [Fact]
    public async Task While_it_is_paused_drift_is_told_once_and_left_and_a_push_corrects_and_says_so()
    {
        await _host.Push(Two);
        _host.Standing.Pause(TestHost.Deployment, "the disk is being replaced", "jane@desk", null);
        var outcome = await Drift("/etc/a");
        await _host.Reconverge(Two);

        Assert.Equal((RunEnd.Drifted, "drift was found and left: paused until it is resumed by jane@desk: the disk is being replaced"), (outcome.End, outcome.Because));
        Assert.Single(_host.Drifts);
        Assert.Equal("bad", _host.Machine.Files.Text("/etc/a"));

        await _host.Push(Two);
        Assert.Equal((2ul, "jane@desk"), _host.Told.Where(entry => entry.Standing is not null).Select(entry => (entry.Order, entry.Standing.Paused.By)).Single());
        Assert.Equal("right", _host.Machine.Files.Text("/etc/a"));
        Assert.Equal(RunEnd.Drifted, (await Drift("/etc/a")).End);
        _host.Standing.Resume(TestHost.Deployment);
        Assert.Equal(RunEnd.Changed, (await _host.Reconverge(Two)).End);
    }

    [Fact]
    public async Task A_pause_survives_a_restart_and_ends_by_itself()
    {
        await _host.Push(Two);
        _host.Standing.Pause(TestHost.Deployment, "", "", TimeSpan.FromHours(2));
        _host.Restart();
        Assert.Equal(RunEnd.Drifted, (await Drift("/etc/a")).End);
        _host.Machine.Clock.Advance(TimeSpan.FromHours(2));
        Assert.Equal(RunEnd.Changed, (await _host.Reconverge(Two)).End);
    }

    [Fact]
    public async Task A_failure_is_not_forgotten_because_the_host_was_only_looked_at()
    {
        await _host.Push(Two);
        _host.Machine.WithFile("/etc/a", "bad");
        _host.Machine.FailNext = "the disk is full";
        Assert.Equal(RunEnd.Failed, (await _host.Reconverge(Two)).End);
        _host.Standing.Pause(TestHost.Deployment, "", "", null);
        await _host.Reconverge(Two, cause: "retry");
        Assert.Equal((1, "A: the disk is full"), (_host.Record.Failures, _host.Record.LastProblem));
    }

    [Fact]
    public async Task Outside_of_its_windows_drift_is_left_for_a_push_and_for_root_it_is_not()
    {
        // The clock of the machine stands at some hour: one window is always over, one always on.
        var hour = _host.Time.GetUtcNow().Hour;
        _host.Windows = $"{(hour + 2) % 24:00}:00-{(hour + 3) % 24:00}:00";
        await _host.Push(Two);
        Assert.Equal(RunEnd.Drifted, (await Drift("/etc/a")).End);
        Assert.Equal("bad", _host.Machine.Files.Text("/etc/a"));
        Assert.Equal(RunEnd.Changed, (await _host.Reconverge(Two, cause: "converge")).End);
        Assert.Equal(RunEnd.Drifted, (await Drift("/etc/a")).End);
        _host.Machine.Clock.Advance(TimeSpan.FromHours(2));
        Assert.Equal(RunEnd.Changed, (await _host.Reconverge(Two)).End);
    }

    [Fact]
    public async Task Drift_says_what_had_the_host_looked_at()
    {
        await _host.Push(Two);
        _host.Machine.WithFile("/etc/a", "bad");
        await _host.Reconverge(Two, cause: "drift");
        Assert.Equal("drift", Assert.Single(_host.Drifts).Noticed);
    }

    private static TaskNode File(string path) => Book.Task("copy", ("content", "right"), ("dest", path));

    private async Task Spoil(int times, string path)
    {
        for (var i = 0; i < times; i++)
        {
            _host.Machine.Clock.Advance(TimeSpan.FromMinutes(1));
            Assert.Equal(RunEnd.Changed, (await Drift(path)).End);
        }
    }

    private async Task<DeploymentOutcome> Drift(params string[] paths)
    {
        foreach (var path in paths)
        {
            _host.Machine.WithFile(path, "bad");
        }
        return await _host.Reconverge(Two);
    }
}
