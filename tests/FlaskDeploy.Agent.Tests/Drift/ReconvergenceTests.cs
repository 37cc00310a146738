using System.Text.Json;
using FlaskDeploy.Agent.Drift;
using FlaskDeploy.Agent.Machine;
using FlaskDeploy.Agent.Runs;
using FlaskDeploy.Agent.State;
using FlaskDeploy.Agent.Tests.Machine;
using FlaskDeploy.Agent.Tests.Runs;
using FlaskDeploy.Language.Bundles;

namespace FlaskDeploy.Agent.Tests.Drift;

public sealed class ReconvergenceTests : IDisposable
{
    private static readonly string[] Stretch =
        ["lsof -t -i:5000", "source ~/hello/venv/bin/activate; nohup python ~/hello/hello.py 5000 2>&1 >/dev/null &"];

    private readonly FlaskSite _site = new();

    private TestHost Host => _site.Host;

    public void Dispose() => _site.Dispose();

    [Fact]
    public async Task A_push_brings_the_site_up_and_a_reconvergence_then_finds_nothing()
    {
        var (pid, steps) = await Pushed();

        var outcome = await Reconverge();

        Assert.Equal(RunEnd.Unchanged, outcome.End);
        Assert.Equal("unchanged since r1", outcome.Because);
        Assert.Equal(pid, _site.Pid);
        Assert.Empty(_site.Since(steps));
    }

    [Fact]
    public async Task A_hundred_reconvergences_of_a_healthy_site_take_no_step_tell_nothing_and_write_nothing()
    {
        var (pid, steps) = await Pushed();
        await Reconverge();
        var told = Host.Told.Count;
        var files = Snapshot();

        for (var i = 0; i < 100; i++)
        {
            Assert.Equal(RunEnd.Unchanged, (await Reconverge()).End);
        }

        Assert.Equal(pid, _site.Pid);
        Assert.Empty(_site.Since(steps));
        Assert.Equal(told, Host.Told.Count);
        Assert.All(Snapshot(), file => Assert.Equal(files[file.Key], file.Value));
    }

    [Fact]
    public async Task Nothing_dear_is_asked_while_the_stats_stand()
    {
        await Pushed();
        await Settle();
        _site.Machine.Asked.Clear();

        await Reconverge();

        Assert.All(_site.Machine.Asked, look => Assert.True(look is AccountLook or GroupLook or ListenersLook, look.ToString()));
    }

    [Fact]
    public async Task What_was_written_a_moment_ago_is_read_until_it_has_aged()
    {
        await Pushed();
        await Reconverge();
        _site.Machine.Asked.Clear();

        await Reconverge();
        Assert.Contains(_site.Machine.Asked, look => look is ContentLook);
        await Settle();
        _site.Machine.Asked.Clear();
        await Reconverge();

        Assert.DoesNotContain(_site.Machine.Asked, look => look is ContentLook);
    }

    [Fact]
    public async Task A_user_that_is_gone_is_seen_though_every_stat_stands()
    {
        await Pushed();
        await Settle();
        _site.Machine.Users.Remove(FakeMachine.Web);

        var outcome = await Reconverge();

        Assert.NotEqual(RunEnd.Unchanged, outcome.End);
    }

    [Fact]
    public async Task Brings_a_killed_site_back_with_its_whole_stretch_and_nothing_else()
    {
        var (pid, steps) = await Pushed();
        _site.Machine.Processes.Kill(pid);

        var outcome = await Reconverge();

        Assert.Equal(RunEnd.Changed, outcome.End);
        Assert.NotNull(_site.Pid);
        Assert.Equal(Stretch, Shown(_site.Since(steps)));
        Assert.All(_site.Since(steps), step => Assert.True(step is RunCommand or WaitUntil));
        await IsSettled();
    }

    [Fact]
    public async Task Restores_an_edited_script_and_replays_the_stretch_that_names_it()
    {
        var (pid, steps) = await Pushed();
        _site.Machine.WithFile(FlaskSite.Script, "print('edited')\n", owner: FakeMachine.Web);

        await Reconverge();

        Assert.Equal("print('hello')\n", _site.Machine.Files.Text(FlaskSite.Script));
        Assert.NotEqual(pid, _site.Pid);
        Assert.Equal(FlaskSite.Script, Assert.Single(_site.Since(steps).OfType<WriteFile>()).Path);
        Assert.Equal([Stretch[0], $"kill {pid}", Stretch[1]], Shown(_site.Since(steps)));
        Assert.Contains(Host.Drifts, drift => drift.What.Contains(FlaskSite.Script, StringComparison.Ordinal));
        Assert.Contains(Host.Finished, task => task is { Corrective: true, Module: "copy" });
        Assert.Equal("0/1", Host.Ended.Last().Corrected[0]);
        await IsSettled();
    }

    [Fact]
    public async Task Corrects_the_mode_of_a_managed_file_without_touching_the_site()
    {
        var (pid, steps) = await Pushed();
        _site.Machine.Files.SetAttributes(FlaskSite.Home, new PathAttributes { Uid = 0 }, followLinks: true);

        await Reconverge();
        await IsSettled();

        Assert.Equal(pid, _site.Pid);
        Assert.Empty(Shown(_site.Since(steps)));
    }

    [Fact]
    public async Task A_managed_mode_that_was_changed_is_set_again_and_no_command_runs()
    {
        var bundle = Book.Bundle(Book.Play(
            Book.Task("copy", ("content", "x"), ("dest", "/srv/app.py"), ("mode", "0644")),
            Book.Shell("start /srv/app.py"),
            Book.Task("wait_for", ("path", "/srv/app.py"))));
        await Host.Push(bundle);
        var steps = Host.Steps.Count();
        _site.Machine.Files.SetAttributes("/srv/app.py", new PathAttributes { Mode = 0x1FF }, followLinks: true);

        await Host.Reconverge(bundle);

        Assert.IsType<SetAttributes>(Assert.Single(_site.Since(steps).Where(step => step is not WaitUntil)));
        Assert.Equal(0x1A4, _site.Machine.Files.Stat("/srv/app.py", true).Mode);
    }

    [Fact]
    public async Task A_newer_package_in_the_repository_is_nobodys_drift()
    {
        var (pid, steps) = await Pushed();
        _site.Machine.Packages.Repository.Add(FakePackages.Named("lsof", "2.0"));

        Assert.Equal(RunEnd.Unchanged, (await Reconverge()).End);
        Assert.Equal(pid, _site.Pid);
        Assert.Empty(_site.Since(steps));
    }

    [Fact]
    public async Task A_package_that_was_removed_is_installed_again_and_the_site_stays()
    {
        var (pid, steps) = await Pushed();
        _site.Machine.Packages.Database.RemoveAll(package => package.Name == "lsof");

        await Reconverge();

        Assert.Contains(_site.Machine.Packages.Database, package => package.Name == "lsof");
        Assert.Equal(pid, _site.Pid);
        Assert.IsType<PackageTransaction>(Assert.Single(_site.Since(steps)));
    }

    [Fact]
    public async Task A_removed_virtual_environment_is_made_again_filled_and_the_site_started_from_it()
    {
        var (pid, steps) = await Pushed();
        _site.Machine.Files.Remove($"{FlaskSite.Home}/venv");

        await Reconverge();

        Assert.Equal(["virtualenv ~/hello/venv", Stretch[0], $"kill {pid}", Stretch[1]], Shown(_site.Since(steps)));
        Assert.Contains("flask", _site.Machine.Python.Installed($"{FlaskSite.Home}/venv").Keys);
        Assert.NotEqual(pid, _site.Pid);
        await IsSettled();
    }

    [Fact]
    public async Task Another_process_on_the_port_is_no_site_of_ours()
    {
        var (pid, _) = await Pushed();
        _site.Machine.Processes.Kill(pid);
        var stranger = _site.Machine.Processes.Run("nc -l 5000", FlaskSite.Port);

        await Reconverge();

        Assert.NotNull(_site.Pid);
        Assert.NotEqual(stranger.Pid, _site.Pid);
        await IsSettled();
    }

    [Fact]
    public async Task A_site_that_could_not_be_looked_at_is_not_restarted()
    {
        var (pid, steps) = await Pushed();
        _site.Machine.Fail(new ListenersLook(FlaskSite.Port));

        var outcome = await Reconverge();

        Assert.Equal(RunEnd.Failed, outcome.End);
        Assert.Contains("cannot be looked at", outcome.Because, StringComparison.Ordinal);
        Assert.Equal(pid, _site.Pid);
        Assert.Empty(_site.Since(steps));
    }

    [Fact]
    public async Task Where_the_policy_is_to_report_drift_is_told_once_and_left()
    {
        Host.Policy = Policy.Report;
        var (pid, steps) = await Pushed();
        _site.Machine.WithFile(FlaskSite.Script, "print('edited')\n", owner: FakeMachine.Web);

        Assert.Equal(RunEnd.Drifted, (await Reconverge()).End);
        Assert.Equal(RunEnd.Drifted, (await Reconverge()).End);

        Assert.Equal("print('edited')\n", _site.Machine.Files.Text(FlaskSite.Script));
        Assert.Equal(pid, _site.Pid);
        Assert.Empty(_site.Since(steps));
        Assert.Single(Host.Drifts);
    }

    [Fact]
    public async Task Where_the_policy_is_off_nothing_is_looked_at()
    {
        Host.Policy = Policy.Off;
        var (pid, _) = await Pushed();
        _site.Machine.Processes.Kill(pid);
        _site.Machine.Asked.Clear();

        Assert.Equal(RunEnd.Unchanged, (await Reconverge()).End);

        Assert.Empty(_site.Machine.Asked);
        Assert.Null(_site.Pid);
    }

    [Fact]
    public async Task What_a_push_registered_survives_a_restart_and_means_the_same_in_a_correction()
    {
        var bundle = Book.Bundle(Book.Play(
            Book.Shell("lsof -t -i:1").Ignoring().Registered("out"),
            Book.Task("copy", ("content", "rc was {{ out.rc }}"), ("dest", "/srv/seen")).Sudo()));
        _site.Machine.OnCommand = (_, machine) => new CommandResult(7, "", "", machine.Clock.GetUtcNow(), TimeSpan.Zero);
        await Host.Push(bundle);
        _site.Machine.OnCommand = (_, _) => throw new InvalidOperationException("no command is to be run");
        Host.Restart();
        _site.Machine.WithFile("/srv/seen", "spoilt");

        await Host.Reconverge(bundle);

        Assert.Equal("rc was 7", _site.Machine.Files.Text("/srv/seen"));
    }

    [Fact]
    public async Task A_baseline_is_the_same_after_it_was_on_the_disk()
    {
        await Pushed();
        var bytes = JsonSerializer.SerializeToUtf8Bytes(Host.Baseline!, AgentJson.Default.Baseline);

        var read = JsonSerializer.Deserialize(bytes, AgentJson.Default.Baseline)!;

        Assert.Equal(bytes, JsonSerializer.SerializeToUtf8Bytes(read, AgentJson.Default.Baseline));
        Host.Restart();
        Assert.Equal(RunEnd.Unchanged, (await Reconverge()).End);
    }

    [Fact]
    public async Task A_correction_is_journaled_and_a_look_is_not()
    {
        var (pid, _) = await Pushed();
        var journal = Path.Combine(Host.StateDirectory, "journal");
        var before = File.ReadAllBytes(journal);
        await Reconverge();
        Assert.Equal(before, File.ReadAllBytes(journal));
        _site.Machine.Processes.Kill(pid);

        await Reconverge();

        var text = File.ReadAllText(journal);
        Assert.Contains("nohup", text, StringComparison.Ordinal);
        Assert.Contains("\"IsCorrection\":true", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_correction_that_fails_is_counted_backed_off_and_held()
    {
        var (pid, _) = await Pushed();
        _site.Machine.Processes.Kill(pid);
        _site.IsBroken = true;

        for (var failures = 1; failures <= Schedule.MostFailures; failures++)
        {
            Assert.Equal(RunEnd.Failed, (await Reconverge()).End);
            Assert.Equal(failures, Host.Record.Failures);
            Assert.Equal(Host.Time.GetUtcNow() + Schedule.Backoff(failures), Host.Record.RetryAt);
            Assert.Equal(failures == Schedule.MostFailures, Host.Record.IsHeld);
        }
        Assert.StartsWith("held after 6 failures: ", Host.Ended.Last().Because, StringComparison.Ordinal);

        _site.IsBroken = false;
        Assert.Equal(RunEnd.Changed, (await Reconverge()).End);
        Assert.Equal((0, false), (Host.Record.Failures, Host.Record.IsHeld));
    }

    [Fact]
    public async Task A_stretch_that_failed_after_its_script_was_corrected_is_still_owed()
    {
        var (pid, _) = await Pushed();
        _site.Machine.WithFile(FlaskSite.Script, "print('edited')\n", owner: FakeMachine.Web);
        // Nothing on the host shows afterwards that the process runs the wrong script: the file is right again, the listener the old one.
        Host.BeforeStep = step => _site.Machine.FailNext = step is RunCommand { Shown: var line } && line.StartsWith("kill", StringComparison.Ordinal) ? "not permitted" : null;
        Assert.Equal(RunEnd.Failed, (await Reconverge()).End);
        Assert.Equal(pid, _site.Pid);
        Assert.Equal(["0/8"], Host.Record.Owed.Stretches);
        Host.BeforeStep = null;
        Host.Restart();

        Assert.Equal(RunEnd.Changed, (await Reconverge()).End);

        Assert.True(Host.Record.Owed.IsNothing);
        Assert.NotEqual(pid, _site.Pid);
        await IsSettled();
    }

    [Fact]
    public async Task A_user_who_vanished_is_named_and_no_command_is_run()
    {
        var (_, steps) = await Pushed();
        _site.Machine.Users.Remove(FakeMachine.Web);

        var outcome = await Reconverge();

        Assert.Equal(RunEnd.Failed, outcome.End);
        Assert.Contains("there is no user 'web' on this host", outcome.Because, StringComparison.Ordinal);
        Assert.Empty(_site.Since(steps));
    }

    [Fact]
    public async Task A_touched_file_is_read_once_and_then_its_stat_is_enough_again()
    {
        await Pushed();
        _site.Machine.Files.Touch(FlaskSite.Script, PathAttributes.Unchanged, 42, null);
        await Settle();
        _site.Machine.Asked.Clear();

        await Reconverge();

        Assert.DoesNotContain(_site.Machine.Asked, look => look is ContentLook);
    }

    [Fact]
    public async Task What_stats_do_not_show_is_found_by_a_full_look_and_told_as_such()
    {
        await Pushed();
        await Settle();
        _site.Machine.Files.Corrupt(FlaskSite.Script, "print('hellp')\n"u8.ToArray());
        Assert.Equal(RunEnd.Unchanged, (await Reconverge()).End);

        var outcome = await LookFully();

        Assert.Equal(RunEnd.Changed, outcome.End);
        Assert.Equal("print('hello')\n", _site.Machine.Files.Text(FlaskSite.Script));
        Assert.Contains(Host.Drifts, drift => drift.What.Contains($"{FlaskSite.Script}: ", StringComparison.Ordinal) && drift.What.Contains("found by the full look", StringComparison.Ordinal));
        await IsSettled();
    }

    [Fact]
    public async Task A_full_look_that_finds_nothing_takes_no_step_and_tells_nothing()
    {
        var (pid, steps) = await Pushed();
        await Settle();
        var told = Host.Told.Count;

        Assert.Equal(RunEnd.Unchanged, (await LookFully()).End);

        Assert.Equal((pid, told), (_site.Pid, Host.Told.Count));
        Assert.Empty(_site.Since(steps));
    }

    [Fact]
    public async Task Drift_that_the_fingerprints_show_is_not_told_as_the_full_looks()
    {
        await Pushed();
        await Settle();
        _site.Machine.WithFile(FlaskSite.Script, "print('edited')\n", owner: FakeMachine.Web);

        Assert.Equal(RunEnd.Changed, (await LookFully()).End);

        Assert.DoesNotContain(Host.Drifts, drift => drift.What.Contains("full look", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_full_look_plans_what_no_evidence_speaks_for()
    {
        var bundle = Book.Bundle(Book.Play(Book.Task("copy", ("content", "{{ ansible_hostname }}"), ("dest", "/srv/name"))));
        await Host.Push(bundle);
        Host.Machine.Facts["hostname"] = "renamed";
        Assert.Equal(RunEnd.Unchanged, (await Host.Reconverge(bundle)).End);

        Assert.Equal(RunEnd.Changed, (await LookFully(bundle)).End);

        Assert.Equal("renamed", Host.Machine.Files.Text("/srv/name"));
        Assert.Contains("found by the full look", Assert.Single(Host.Drifts).What, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_hard_link_that_became_a_file_of_its_own_is_a_link_again()
    {
        var bundle = Book.Bundle(Book.Play(
            Book.Task("copy", ("content", "x"), ("dest", "/srv/one")),
            Book.Task("file", ("src", "/srv/one"), ("path", "/srv/two"), ("state", "hard"), ("force", "yes"))));
        await Host.Push(bundle);
        Host.Machine.Files.Remove("/srv/two");
        Host.Machine.WithFile("/srv/two", "x");

        Assert.Equal(RunEnd.Changed, (await Host.Reconverge(bundle)).End);

        Assert.Equal(Host.Machine.Files.Stat("/srv/one", true).Inode, Host.Machine.Files.Stat("/srv/two", true).Inode);
    }

    [Fact]
    public async Task Times_that_a_task_manages_are_evidence()
    {
        var bundle = Book.Bundle(Book.Play(Book.Task("file", ("path", "/srv/one"), ("state", "touch"), ("modification_time", "202001020304.05"), ("access_time", "202001020304.05"))));
        await Host.Push(bundle);
        var wanted = Host.Machine.Files.Stat("/srv/one", true).Modified;
        Host.Machine.Files.Touch("/srv/one", PathAttributes.Unchanged, 42, null);

        Assert.Equal(RunEnd.Changed, (await Host.Reconverge(bundle)).End);

        Assert.Equal(wanted, Host.Machine.Files.Stat("/srv/one", true).Modified);
    }

    private Task<DeploymentOutcome> LookFully(Bundle? bundle = null) =>
        Host.Run(Host.Assign(bundle ?? _site.Bundle), new RunRequest(RunRequest.NewId(), OrderMode.Converge, "interval") { IsFull = true });

    private async Task<(int Pid, int Steps)> Pushed()
    {
        var outcome = await Host.Push(_site.Bundle);
        Assert.True(outcome.End == RunEnd.Changed, outcome.Because);
        Assert.NotNull(_site.Pid);
        Assert.NotNull(Host.Baseline);
        return (_site.Pid!.Value, Host.Steps.Count());
    }

    private async Task Settle()
    {
        _site.Machine.Clock.Advance(TimeSpan.FromSeconds(5));
        Assert.Equal(RunEnd.Unchanged, (await Reconverge()).End);
    }

    private Task<DeploymentOutcome> Reconverge() => Host.Reconverge(_site.Bundle);

    private async Task IsSettled()
    {
        var (pid, steps) = (_site.Pid, Host.Steps.Count());
        for (var i = 0; i < 3; i++)
        {
            Assert.Equal(RunEnd.Unchanged, (await Reconverge()).End);
        }
        Assert.Equal(pid, _site.Pid);
        Assert.Empty(_site.Since(steps));
    }

    private Dictionary<string, string> Snapshot() =>
        Directory.EnumerateFiles(Host.StateDirectory, "*", SearchOption.AllDirectories).ToDictionary(path => path, File.ReadAllText);

    private static IEnumerable<string> Shown(IEnumerable<Step> steps) => steps.OfType<RunCommand>().Select(command => command.Shown);
}
