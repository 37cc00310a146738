using FlaskDeploy.Agent.Machine;
using FlaskDeploy.Agent.Machine.Commands;
using FlaskDeploy.Agent.Runs;
using FlaskDeploy.Agent.Tests.Machine;
using FlaskDeploy.Language.Bundles;
using FlaskDeploy.Language.Values;

namespace FlaskDeploy.Agent.Tests.Runs;

/// <summary>Commands that a run waits for up to a limit, and commands that it leaves behind.</summary>
public sealed class AsyncTests : IDisposable
{
    private readonly TestHost _host = new();

    public AsyncTests() => _host.Machine.OnCommand = (_, machine) => new CommandResult(0, "out", "", machine.Clock.GetUtcNow(), TimeSpan.FromSeconds(1));

    public void Dispose() => _host.Dispose();

    [Fact]
    public async Task A_command_that_is_not_polled_is_left_behind()
    {
        await Push(Begun("sleep 100").Registered("job"), Book.Shell("{{ job.started }} {{ job.finished }} {{ job is finished }} {{ job.changed }} {{ job.ansible_job_id is match('j[0-9]+.1$') }} {{ job.rc is defined }}"));

        var job = Assert.Single(_host.Steps.OfType<RunCommand>(), command => command.Job is not null).Job!;
        Assert.Equal(TimeSpan.FromSeconds(30), job.Limit);
        Assert.Equal("1 0 False True True False", _host.Commands.Last());
    }

    [Fact]
    public async Task One_that_is_polled_is_waited_for_up_to_its_limit()
    {
        await Push(Begun("a", poll: 1).Registered("job"), Book.Shell("{{ job.started }} {{ job.finished }} {{ job.stdout }} {{ job.ansible_job_id is defined }}"));

        Assert.Equal(TimeSpan.FromSeconds(30), _host.Steps.OfType<RunCommand>().First().Timeout);
        Assert.Equal("1 1 out True", _host.Commands.Last());
    }

    [Fact]
    public async Task What_is_no_command_is_a_job_that_is_over()
    {
        await Push(Book.Task("copy", ("dest", "/etc/a"), ("content", "x")) with { AsyncSeconds = Value.Of(5), PollSeconds = Value.Of(0), Register = "job" }, Book.Shell("{{ job is finished }} {{ job.changed }}"));

        Assert.Equal("True True", _host.Commands.Last());
    }

    [Fact]
    public async Task A_script_is_refused_as_Ansible_refuses_it()
    {
        var script = Book.Task("script", ("cmd", "gone.sh")) with { AsyncSeconds = Value.Of(5), IgnoreErrors = Value.True, Register = "script" };
        await Push(script, Book.Shell("{{ script is failed }} {{ script.msg }}"));

        Assert.Equal("True async is not supported for this task.", _host.Commands.Last());
    }

    [Fact]
    public async Task How_it_is_can_be_asked_until_it_has_ended()
    {
        var asked = 0;
        _host.AfterStep = step =>
        {
            if (step is RunCommand { Job: { } job })
            {
                _host.Machine.Jobs[job.Id] = new JobState(job.Id, null);
            }
        };
        _host.Time.Waited = () =>
        {
            if (++asked == 2)
            {
                var (id, _) = _host.Machine.Jobs.Single();
                _host.Machine.Jobs[id] = new JobState(id, new CommandResult(0, "done\n", "", _host.Machine.Clock.GetUtcNow(), TimeSpan.FromSeconds(2)));
            }
        };
        await Push(
            Begun("long").Registered("job"),
            Book.Task("async_status", ("jid", "{{ job.ansible_job_id }}")) with { Register = "end", Until = Book.When("end is finished"), Retries = Value.Of(9), Delay = Value.Of(1) },
            Book.Task("async_status", ("jid", "{{ job.ansible_job_id }}"), ("mode", "cleanup")),
            Book.Task("async_status", ("jid", "{{ job.ansible_job_id }}")) with { Register = "gone", IgnoreErrors = Value.True },
            Book.Shell("{{ end.attempts }} {{ end.stdout }} {{ end.rc }} {{ end.changed }} {{ gone.msg }}"));

        Assert.Equal("3 done 0 True could not find job", _host.Commands.Last());
    }

    [Fact]
    public async Task A_job_that_failed_fails_who_asks()
    {
        _host.Machine.Jobs["j1.1"] = new JobState("j1.1", new CommandResult(3, "", "bad", _host.Machine.Clock.GetUtcNow(), TimeSpan.Zero));
        await Push(Book.Task("async_status", ("jid", "j1.1")) with { Register = "end", IgnoreErrors = Value.True }, Book.Shell("{{ end is failed }} {{ end.rc }} {{ end.stderr }} {{ end.finished }}"));

        Assert.Equal("True 3 bad 1", _host.Commands.Last());
    }

    [Fact]
    public async Task A_reconvergence_begins_it_no_second_time()
    {
        var site = Book.Bundle(Book.Play(Begun("a").Registered("job"), Book.Task("copy", ("dest", "/etc/a"), ("content", "x"))));
        await _host.Push(site);
        _host.Machine.Files.Remove("/etc/a");

        await _host.Reconverge(site);

        Assert.Equal("x", _host.Machine.Files.Text("/etc/a"));
        Assert.Single(_host.Steps.OfType<RunCommand>());
    }

    [Fact]
    public async Task After_a_crash_the_job_that_was_begun_is_the_one_that_is_registered()
    {
        var site = Book.Bundle(Book.Play(Begun("a").Registered("job"), Book.Shell("{{ job.ansible_job_id }}")));
        var assignment = _host.Assign(site);
        _host.BeforeStep = step => { if (step is RunCommand { Job: null }) { _host.Kill(); } };
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => _host.Run(assignment, new RunRequest(RunRequest.NewId(), OrderMode.Converge, "push") { Order = 1 }));
        _host.BeforeStep = null;
        _host.Revive();

        await _host.Resume(assignment);

        var job = Assert.Single(_host.Steps.OfType<RunCommand>(), command => command.Job is not null).Job!;
        Assert.Equal(job.Id, _host.Commands.Last());
    }

    [Fact]
    public async Task A_check_begins_nothing()
    {
        await _host.Push(Book.Bundle(Book.Play(Begun("a"))), mode: OrderMode.Check);

        Assert.Empty(_host.Steps);
    }

    private Task Push(params TaskNode[] tasks) => _host.Push(Book.Bundle(Book.Play(tasks)));

    private static TaskNode Begun(string line, int poll = 0) => Book.Shell(line) with { AsyncSeconds = Value.Of(30), PollSeconds = Value.Of(poll) };
}
