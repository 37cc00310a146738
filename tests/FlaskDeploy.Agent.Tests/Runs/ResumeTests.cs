using FlaskDeploy.Agent.Machine;
using FlaskDeploy.Agent.Runs;
using FlaskDeploy.Agent.Tests.Drift;
using FlaskDeploy.Language.Bundles;

namespace FlaskDeploy.Agent.Tests.Runs;

/// <summary>The agent is killed before and after every step, comes back, and goes on.</summary>
public sealed class ResumeTests
{
    public static TheoryData<int, bool> Kills()
    {
        var data = new TheoryData<int, bool>();
        for (var step = 0; step < 14; step++)
        {
            data.Add(step, false);
            data.Add(step, true);
        }
        return data;
    }

    [Theory]
    [MemberData(nameof(Kills))]
    public async Task A_push_that_is_cut_off_at_any_step_ends_once_and_repeats_no_command_that_ended(int step, bool after)
    {
        using var site = new FlaskSite();
        var host = site.Host;
        var assignment = host.Assign(site.Bundle);
        var request = new RunRequest(RunRequest.NewId(), OrderMode.Converge, "push") { Order = 1 };
        KillAt(host, step, after);
        var wasCut = false;
        try
        {
            await host.Run(assignment, request);
        }
        catch (OperationCanceledException)
        {
            wasCut = true;
        }
        (host.BeforeStep, host.AfterStep) = (null, null);
        host.Revive();
        if (wasCut)
        {
            Assert.Equal(1ul, host.Record.Order);
            Assert.Equal(RunEnd.Changed, (await host.Resume(assignment)).End);
        }

        Assert.NotNull(site.Pid);
        Assert.Single(host.Ended);
        // After a step its end was not journaled: only that one command may come twice, and is said to be unknown.
        var repeated = host.Commands.GroupBy(line => line).Where(group => group.Count() > 1).ToList();
        Assert.True(repeated.Count <= (after ? 1 : 0), string.Join(", ", repeated.Select(group => group.Key)));
        Assert.Equal(wasCut ? 1 : 0, host.Finished.Count(task => task.Because.Contains("cut off in", StringComparison.Ordinal)));
        host.Restart();
        Assert.Null(host.Journal.Interrupted);
        var pid = site.Pid;
        Assert.Equal(RunEnd.Unchanged, (await host.Reconverge(site.Bundle)).End);
        Assert.Equal(pid, site.Pid);
    }

    [Theory]
    [MemberData(nameof(Kills))]
    public async Task A_correction_that_is_cut_off_at_any_step_is_finished_as_one(int step, bool after)
    {
        using var site = new FlaskSite();
        var host = site.Host;
        await host.Push(site.Bundle);
        var pid = site.Pid;
        site.Machine.WithFile(FlaskSite.Script, "print('edited')\n", owner: Machine.FakeMachine.Web);
        var packages = site.Machine.Packages.Transactions.Count;
        KillAt(host, step, after);
        try
        {
            await host.Reconverge(site.Bundle);
        }
        catch (OperationCanceledException)
        {
            (host.BeforeStep, host.AfterStep) = (null, null);
            host.Revive();
            Assert.Equal(RunEnd.Changed, (await host.Resume(host.Assign(site.Bundle))).End);
        }
        (host.BeforeStep, host.AfterStep) = (null, null);

        // Whenever it was cut: the script is right, and what runs was started from it.
        Assert.Equal("print('hello')\n", site.Machine.Files.Text(FlaskSite.Script));
        Assert.NotEqual(pid, site.Pid);
        Assert.Equal(2, host.Ended.Count());
        Assert.Equal(packages, site.Machine.Packages.Transactions.Count);
        var now = site.Pid;
        Assert.Equal(RunEnd.Unchanged, (await host.Reconverge(site.Bundle)).End);
        Assert.Equal(now, site.Pid);
    }

    [Fact]
    public async Task An_interrupted_step_is_reported_once_also_when_the_next_life_is_as_short()
    {
        using var site = new FlaskSite();
        var host = site.Host;
        var assignment = host.Assign(site.Bundle);
        KillAt(host, 2, after: false);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => host.Run(assignment, new RunRequest(RunRequest.NewId(), OrderMode.Converge, "push") { Order = 1 }));
        (host.BeforeStep, host.AfterStep) = (null, null);
        host.Revive();
        host.BeforeLook = _ => host.Kill();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => host.Resume(assignment));
        host.BeforeLook = null;
        host.Revive();

        await host.Resume(assignment);

        Assert.Single(host.Finished, task => task.Because.Contains("cut off in", StringComparison.Ordinal));
        Assert.Single(host.Ended);
    }

    [Fact]
    public async Task What_notified_before_the_interruption_has_its_handler_run_once()
    {
        using var host = new TestHost();
        var bundle = Book.Bundle(Book.Play(
            Book.Task("copy", ("content", "a"), ("dest", "/srv/conf")).Sudo().Notifying("reload"),
            Book.Shell("something slow"))
            .Handling(Book.Shell("reload it").Named("reload")));
        var assignment = host.Assign(bundle);
        KillAt(host, 1, after: false);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => host.Run(assignment, new RunRequest(RunRequest.NewId(), OrderMode.Converge, "push") { Order = 1 }));
        (host.BeforeStep, host.AfterStep) = (null, null);
        host.Revive();

        await host.Resume(assignment);

        Assert.Equal(["something slow", "reload it"], host.Commands);
        Assert.Contains(host.Finished, task => task is { Module: "copy", Status: V1.TaskStatus.TaskChanged, Because: "done before the interruption" });
        Assert.Equal(3u, host.Ended.Single().Counts.Changed);
    }

    [Fact]
    public async Task A_handler_that_had_run_before_the_interruption_is_not_run_again()
    {
        using var host = new TestHost();
        host.Machine.Units.Add("nginx.service", active: true);
        var bundle = Book.Bundle(Book.Play(Book.Task("copy", ("content", "a"), ("dest", "/srv/conf")).Sudo().Notifying("restart", "then"))
            .Handling(Book.Task("service", ("name", "nginx"), ("state", "restarted")).Sudo().Named("restart"), Book.Shell("then").Named("then")));
        var assignment = host.Assign(bundle);
        KillAt(host, 2, after: false);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => host.Run(assignment, new RunRequest(RunRequest.NewId(), OrderMode.Converge, "push") { Order = 1 }));
        (host.BeforeStep, host.AfterStep) = (null, null);
        host.Revive();

        await host.Resume(assignment);

        Assert.Single(host.Steps.OfType<ControlUnit>());
        Assert.Single(host.Commands);
    }

    [Fact]
    public async Task The_outcome_of_a_command_that_ended_just_before_the_cut_is_what_its_task_registers()
    {
        using var host = new TestHost();
        host.Machine.OnCommand = (_, machine) => new CommandResult(3, "seen", "", machine.Clock.GetUtcNow(), TimeSpan.Zero);
        var bundle = Book.Bundle(Book.Play(
            Book.Shell("once").Registered("out") with { FailedWhen = Book.When("out.rc > 3") },
            Book.Task("copy", ("content", "{{ out.rc }} {{ out.stdout }}"), ("dest", "/srv/out")).Sudo()));
        var assignment = host.Assign(bundle);
        // The step's end is in the journal, the task's is not.
        host.Journal.RunBegins(new RunBegan("r", TestHost.Deployment, 1, 1, OrderMode.Converge, "push"), resumes: false, now: true);
        host.Journal.StepBegins("0/0", 0, new RunCommand(["/bin/sh", "-c", "once"]) { Shown = "once" });
        host.Journal.StepEnded("0/0", 0, StepOutcome.Failed("3") with { Command = new CommandResult(3, "seen", "", default, TimeSpan.Zero) });
        host.Revive();

        await host.Resume(assignment);

        Assert.Empty(host.Commands);
        Assert.Equal("3 seen", host.Machine.Files.Text("/srv/out"));
    }

    [Fact]
    public async Task A_run_whose_end_was_kept_but_not_told_is_told_and_not_repeated()
    {
        using var host = new TestHost();
        var bundle = Book.Bundle(Book.Play(Book.Shell("once")));
        await host.Push(bundle);
        var run = host.Told.Last(entry => entry.RunFinished is not null);
        // As it is when the agent dies between the two: the journal is open, the log lacks the last event.
        host.Events.Append(new V1.Event { Run = "other", RunFinished = new V1.RunFinished() });
        host.Journal.RunBegins(new RunBegan(run.Run, TestHost.Deployment, 1, 1, OrderMode.Converge, "push"), resumes: false, now: true);
        host.Revive();
        var told = host.Told.Count;

        Assert.Equal(RunEnd.Changed, (await host.Resume(host.Assign(bundle))).End);

        Assert.Single(host.Commands);
        Assert.Equal(run.Run, Assert.Single(host.Told.Skip(told)).Run);
        host.Restart();
        Assert.Null(host.Journal.Interrupted);
    }

    [Fact]
    public async Task A_run_whose_end_was_told_is_neither_told_nor_run_again()
    {
        using var host = new TestHost();
        var bundle = Book.Bundle(Book.Play(Book.Shell("once")));
        await host.Push(bundle);
        var run = host.Told.Last().Run;
        host.Journal.RunBegins(new RunBegan(run, TestHost.Deployment, 1, 1, OrderMode.Converge, "push"), resumes: false, now: true);
        host.Revive();
        var told = host.Told.Count;

        await host.Resume(host.Assign(bundle));

        Assert.Single(host.Commands);
        Assert.Equal(told, host.Told.Count);
    }

    [Fact]
    public async Task What_no_log_hides_is_hidden_of_an_interrupted_step_too()
    {
        using var host = new TestHost();
        var assignment = host.Assign(Book.Bundle(Book.Play(Book.Shell("mysql -psecret") with { NoLog = Language.Values.Value.True })));
        KillAt(host, 0, after: false);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => host.Run(assignment, new RunRequest(RunRequest.NewId(), OrderMode.Converge, "push") { Order = 1 }));
        (host.BeforeStep, host.AfterStep) = (null, null);
        host.Revive();

        await host.Resume(assignment);

        Assert.Equal(2, host.Finished.Count());
        Assert.DoesNotContain(host.Told, entry => entry.ToString().Contains("secret", StringComparison.Ordinal));
    }

    private static void KillAt(TestHost host, int step, bool after)
    {
        var count = 0;
        Action<Step> kill = _ =>
        {
            if (count++ == step)
            {
                host.Kill();
            }
        };
        host.BeforeStep = after ? null : kill;
        host.AfterStep = after ? kill : null;
    }
}
