using FlaskDeploy.Agent.Machine;
using FlaskDeploy.Agent.Runs;
using FlaskDeploy.Agent.Tests.Runs;

namespace FlaskDeploy.Agent.Tests.Drift;

/// <summary>Tasks that meet in a reconvergence: on one file, through what they register, by handlers, in blocks.</summary>
public sealed class OddityTests : IDisposable
{
    private readonly FlaskSite _site = new();

    private TestHost Host => _site.Host;

    public void Dispose() => _site.Dispose();

    [Fact]
    public async Task Two_tasks_that_edit_one_file_stay_in_peace()
    {
        var bundle = Book.Bundle(Book.Play(
            Book.Task("copy", ("content", "one"), ("dest", "/srv/both")).Sudo(),
            Book.Task("copy", ("content", "two"), ("dest", "/srv/both")).Sudo()));
        await Host.Push(bundle);
        var steps = Host.Steps.Count();
        var told = Host.Told.Count;

        for (var i = 0; i < 100; i++)
        {
            Assert.Equal(RunEnd.Unchanged, (await Host.Reconverge(bundle)).End);
        }

        Assert.Empty(_site.Since(steps));
        Assert.Equal(told, Host.Told.Count);
        Assert.Equal("two", _site.Machine.Files.Text("/srv/both"));
    }

    [Fact]
    public async Task A_service_that_dies_after_its_start_is_no_oddity()
    {
        _site.Machine.Units.Add("httpd.service");
        _site.Machine.Units.Dying["httpd.service"] = 2;
        var bundle = Book.Bundle(Book.Play(Book.Task("service", ("name", "httpd"), ("state", "started")).Sudo()));
        await Host.Push(bundle);
        _site.Machine.Units.Dying.Clear();

        Assert.Equal(RunEnd.Changed, (await Host.Reconverge(bundle)).End);

        Assert.Equal("active", _site.Machine.Units.Look("httpd").ActiveState);
        Assert.Equal(RunEnd.Unchanged, (await Host.Reconverge(bundle)).End);
    }

    [Fact]
    public async Task A_service_that_a_later_task_stops_is_one()
    {
        _site.Machine.Units.Add("httpd.service");
        var bundle = Book.Bundle(Book.Play(
            Book.Task("service", ("name", "httpd"), ("state", "started")).Sudo(),
            Book.Task("service", ("name", "httpd"), ("state", "stopped")).Sudo()));
        await Host.Push(bundle);
        var steps = Host.Steps.Count();

        Assert.Equal(RunEnd.Unchanged, (await Host.Reconverge(bundle)).End);

        Assert.Empty(_site.Since(steps));
        Assert.Equal("inactive", _site.Machine.Units.Look("httpd").ActiveState);
    }

    [Fact]
    public async Task A_file_that_two_tasks_edit_is_brought_back_to_what_the_last_one_made()
    {
        var bundle = Book.Bundle(Book.Play(
            Book.Task("copy", ("content", "one"), ("dest", "/srv/both"), ("mode", "0600")).Sudo(),
            Book.Task("copy", ("content", "two"), ("dest", "/srv/both")).Sudo()));
        await Host.Push(bundle);
        _site.Machine.Files.SetAttributes("/srv/both", new PathAttributes { Mode = 0x1FF }, followLinks: true);

        await Host.Reconverge(bundle);

        Assert.Equal("two", _site.Machine.Files.Text("/srv/both"));
        var steps = Host.Steps.Count();
        Assert.Equal(RunEnd.Unchanged, (await Host.Reconverge(bundle)).End);
        Assert.Empty(_site.Since(steps));
    }

    [Fact]
    public async Task Tasks_that_read_what_a_corrected_one_registers_are_looked_at_again()
    {
        var bundle = Book.Bundle(Book.Play(
            Book.Task("copy", ("content", "a"), ("dest", "/srv/conf")).Sudo().Registered("conf"),
            Book.Shell("restart it").If("conf.changed"),
            Book.Shell("unrelated"),
            Book.Task("copy", ("content", "always"), ("dest", "/srv/other")).Sudo()));
        await Host.Push(bundle);
        var steps = Host.Steps.Count();
        _site.Machine.WithFile("/srv/conf", "b");

        await Host.Reconverge(bundle);

        Assert.Equal(["restart it"], _site.Since(steps).OfType<RunCommand>().Select(command => command.Shown));
        Assert.Single(_site.Since(steps).OfType<WriteFile>());
    }

    [Fact]
    public async Task A_value_that_is_another_now_is_no_drift_but_its_readers_are()
    {
        var bundle = Book.Bundle(Book.Play(
            Book.Task("stat", ("path", "/srv/flag")).Registered("flag"),
            Book.Task("set_fact", ("state", "{{ 'on' if flag.stat.exists else 'off' }}")),
            Book.Task("copy", ("content", "{{ state }}"), ("dest", "/srv/state")).Sudo()));
        await Host.Push(bundle);
        Assert.Equal("off", _site.Machine.Files.Text("/srv/state"));
        _site.Machine.WithFile("/srv/flag", "");

        await Host.Reconverge(bundle);

        Assert.Equal("on", _site.Machine.Files.Text("/srv/state"));
        Assert.Equal("0/2", Assert.Single(Host.Drifts).Task);
    }

    [Fact]
    public async Task A_task_that_undoes_a_later_ones_work_is_followed_by_it()
    {
        // The first sets the mode and with it the content, which the second had changed: only the first has moved.
        var bundle = Book.Bundle(Book.Play(
            Book.Task("copy", ("content", "base"), ("dest", "/srv/conf"), ("mode", "0640")).Sudo(),
            Book.Task("copy", ("content", "edited"), ("dest", "/srv/conf"), ("mode", "0640")).Sudo(),
            Book.Task("copy", ("src", "/srv/conf"), ("dest", "/srv/copy"), ("remote_src", "yes")).Sudo()));
        await Host.Push(bundle);
        _site.Machine.Files.SetAttributes("/srv/conf", new PathAttributes { Mode = 0x1FF }, followLinks: true);

        await Host.Reconverge(bundle);

        Assert.Equal("edited", _site.Machine.Files.Text("/srv/conf"));
        Assert.Equal("edited", _site.Machine.Files.Text("/srv/copy"));
    }

    [Fact]
    public async Task Waiting_for_the_port_to_close_before_it_is_opened_again_is_no_reason_to_replay()
    {
        var bundle = Book.Bundle(Book.Play(
            Book.Shell("kill all"),
            Book.Task("wait_for", ("port", "5000"), ("state", "stopped")),
            Book.Shell("source start"),
            Book.Task("wait_for", ("port", "5000"))));
        await Host.Push(bundle);
        var (pid, steps) = (_site.Pid, Host.Steps.Count());

        Assert.Equal(RunEnd.Unchanged, (await Host.Reconverge(bundle)).End);
        Assert.Equal(pid, _site.Pid);
        Assert.Empty(_site.Since(steps));
    }

    [Fact]
    public async Task A_look_by_command_is_made_again_before_the_commands_that_use_what_it_found()
    {
        var bundle = Book.Bundle(Book.Play(
            Book.Shell("lsof -t -i:5000").Ignoring().Registered("pid") with { CheckMode = Language.Values.Value.False },
            Book.Shell("kill {{ pid.stdout }}").If("pid.stdout != \"\""),
            Book.Shell("source start"),
            Book.Task("wait_for", ("port", "5000"))));
        await Host.Push(bundle);
        _site.Machine.Processes.Kill(_site.Pid!.Value);
        var other = _site.Machine.Processes.Run("nc", FlaskSite.Port);

        await Host.Reconverge(bundle);

        Assert.Contains($"kill {other.Pid}", Host.Commands);
    }

    [Fact]
    public async Task A_run_of_some_tasks_refreshes_the_evidence_of_those_and_hides_no_other_drift()
    {
        var bundle = Book.Bundle(Book.Play(
            Book.Task("copy", ("content", "conf"), ("dest", "/srv/conf")).Sudo(),
            Book.Shell("kill all") with { Tags = ["restart"] },
            Book.Shell("source start") with { Tags = ["restart"] },
            Book.Task("wait_for", ("port", "5000")) with { Tags = ["restart"] }));
        await Host.Push(bundle);
        _site.Machine.WithFile("/srv/conf", "spoilt");
        _site.Machine.Processes.Kill(_site.Pid!.Value);
        await Host.Push(bundle, tags: ["restart"]);
        var (pid, steps) = (_site.Pid, Host.Steps.Count());

        await Host.Reconverge(bundle);

        Assert.Equal(pid, _site.Pid);
        Assert.Equal("conf", _site.Machine.Files.Text("/srv/conf"));
        Assert.IsType<WriteFile>(Assert.Single(_site.Since(steps)));
    }

    [Fact]
    public async Task Drift_that_comes_while_another_is_corrected_is_found_the_next_time()
    {
        var bundle = Book.Bundle(Book.Play(
            Book.Task("copy", ("content", "a"), ("dest", "/srv/a")).Sudo(),
            Book.Task("copy", ("content", "b"), ("dest", "/srv/b")).Sudo()));
        await Host.Push(bundle);
        _site.Machine.WithFile("/srv/b", "spoilt");
        Host.AfterStep = step => _site.Machine.WithFile("/srv/a", "spoilt meanwhile");
        await Host.Reconverge(bundle);
        Host.AfterStep = null;

        await Host.Reconverge(bundle);

        Assert.Equal("a", _site.Machine.Files.Text("/srv/a"));
    }

    [Fact]
    public async Task What_is_rescued_is_kept_as_the_rescue_made_it()
    {
        var bundle = Book.Bundle(Book.Play(Book.Block(
            [Book.Task("copy", ("src", "/nowhere"), ("dest", "/srv/x"), ("remote_src", "yes")).Sudo()],
            rescue: [Book.Task("copy", ("content", "fallback"), ("dest", "/srv/x")).Sudo()])));
        Assert.NotEqual(RunEnd.Failed, (await Host.Push(bundle)).End);
        Assert.Equal(RunEnd.Unchanged, (await Host.Reconverge(bundle)).End);
        _site.Machine.WithFile("/srv/x", "spoilt");

        await Host.Reconverge(bundle);

        Assert.Equal("fallback", _site.Machine.Files.Text("/srv/x"));
    }

    [Fact]
    public async Task A_correction_notifies_and_a_handler_that_failed_stays_pending_until_it_succeeded()
    {
        var bundle = Book.Bundle(Book.Play(Book.Task("copy", ("content", "a"), ("dest", "/srv/conf")).Sudo().Notifying("reload"))
            .Handling(Book.Shell("reload it").Named("reload")));
        await Host.Push(bundle);
        _site.Machine.WithFile("/srv/conf", "b");
        Host.BeforeStep = step => _site.Machine.FailNext = step is RunCommand ? "reload broke" : null;
        Assert.Equal(RunEnd.Failed, (await Host.Reconverge(bundle)).End);
        Host.BeforeStep = null;
        Host.Restart();

        Assert.Equal(RunEnd.Changed, (await Host.Reconverge(bundle)).End);

        Assert.Equal(3, Host.Commands.Count());
        Assert.Empty(Host.Record.PendingHandlers);
        Assert.Equal(RunEnd.Unchanged, (await Host.Reconverge(bundle)).End);
    }
}
