using FlaskDeploy.Agent.Machine;
using FlaskDeploy.Agent.Runs;
using FlaskDeploy.Agent.Tests.Machine;
using FlaskDeploy.Language.Bundles;
using FlaskDeploy.Language.Values;

namespace FlaskDeploy.Agent.Tests.Runs;

public sealed class TaskRunTests : IDisposable
{
    private readonly TestHost _host = new();
    private readonly List<string> _failing = [];

    public TaskRunTests() => _host.Machine.OnCommand = (arguments, machine) =>
        new CommandResult(_failing.Contains(arguments[^1]) ? 1 : 0, $"out of {arguments[^1]}\n", "", machine.Clock.GetUtcNow(), TimeSpan.FromSeconds(1));

    public void Dispose() => _host.Dispose();

    [Fact]
    public async Task A_condition_that_does_not_hold_skips_and_registers_so()
    {
        await Run(Book.Shell("a").If("1 == 2").Registered("out"), Book.Shell("b").If("out.skipped", "not out.changed"));

        Assert.Equal(["b"], _host.Commands);
        Assert.Equal((1u, 1u), (_host.Ended.Single().Counts.Skipped, _host.Ended.Single().Counts.Changed));
    }

    [Fact]
    public async Task A_loop_runs_once_for_each_item_and_registers_results()
    {
        await Run(
            Book.Shell("echo {{ item }}").Over("x", "y").Registered("out").If("item != 'z'"),
            Book.Shell("got {{ out.results | length }} {{ out.results[1].item }} {{ out.results[1].stdout }} {{ out.changed }}"));

        Assert.Equal(["echo x", "echo y", "got 2 y out of echo y True"], _host.Commands);
        Assert.Equal(2u, _host.Ended.Single().Counts.Changed);
        Assert.Equal(["x", "y"], _host.Finished.Where(task => task.HasItem).Select(task => task.Item));
    }

    [Fact]
    public async Task What_is_registered_of_something_undefined_says_which_variable_asked_for_it()
    {
        var task = Book.Task("debug", ("msg", "{{ bar }}")).Ignoring().Registered("told");
        await Run(task with { Vars = [KeyValuePair.Create("foo", (Value)ListValue.Empty), KeyValuePair.Create("bar", Book.Template("{{ foo[0] }}"))] }, Book.Shell("{{ told.msg }}"));

        Assert.Equal(["The task includes an option with an undefined variable. The error was: list object has no element 0 (for bar: {{ foo[0] }})"], _host.Commands);
    }

    [Fact]
    public async Task Facts_that_a_task_asked_for_stand_beside_those_of_the_play()
    {
        await Run(
            Book.Task("setup", ("filter", "ansible_user_id")),
            Book.Shell("{{ ansible_user_id }} {{ ansible_facts.user_id }} {{ ansible_facts.os_family }} {{ ansible_facts.date_time is defined }}"));

        Assert.Equal(["web web RedHat False"], _host.Commands);
    }

    [Theory]
    [InlineData("yes", "root", "root")]
    [InlineData("{{ 1 == 1 }}", "{{ 'root' }}", "root")]
    [InlineData("no", "root", "web")]
    public async Task A_variable_says_above_the_keyword_whose_task_it_is(string become, string user, string expected)
    {
        await Run(
            Book.Task("setup", ("filter", "ansible_user_id")) with
            {
                Vars = [KeyValuePair.Create("ansible_become", Book.Text(become)), KeyValuePair.Create("ansible_become_user", Book.Text(user))],
                Become = new Become(Value.True, Value.Of("web")),
            },
            Book.Shell("{{ ansible_user_id }}"));

        Assert.Equal([expected], _host.Commands);
    }

    [Fact]
    public async Task A_file_that_tells_the_moment_is_as_the_push_meant_it()
    {
        var bundle = Book.Bundle(Book.Play(Book.Task("copy", ("content", "{{ ansible_date_time.epoch }} {{ ansible_user_id }} {{ ansible_facts.date_time.epoch }}"), ("dest", "/home/web/built"))) with { GatherFacts = true });
        await _host.Push(bundle);
        var built = _host.Machine.Files.Read("/home/web/built");
        _host.Machine.Clock.Advance(TimeSpan.FromDays(1));

        var outcome = await _host.Reconverge(bundle);
        _host.Machine.WithFile("/home/web/built", "edited");
        await _host.Reconverge(bundle);

        Assert.Equal(RunEnd.Unchanged, outcome.End);
        Assert.Equal(built, _host.Machine.Files.Read("/home/web/built"));
    }

    [Theory]
    [InlineData(null)]
    [InlineData("{{ omit }}")]
    [InlineData("{{ nowhere | default(omit) }}")]
    public async Task A_check_changes_nothing_where_check_mode_is_left_to_it(string? checkMode)
    {
        var copy = Book.Task("copy", ("content", "new"), ("dest", "/etc/motd")) with { CheckMode = checkMode is null ? null : Book.Text(checkMode) };

        await _host.Push(Book.Bundle(Book.Play(copy)), mode: OrderMode.Check);

        Assert.Empty(_host.Steps);
    }

    [Fact]
    public async Task A_keyword_that_comes_to_omit_is_what_stands_around_it()
    {
        _failing.Add("a");

        var outcome = await Run(Book.Block([Book.Shell("a") with { IgnoreErrors = Book.Text("{{ omit }}") }, Book.Shell("b") with { Become = new Become(Book.Text("{{ omit }}"), Book.Text("{{ omit }}")) }]) with
        {
            IgnoreErrors = Value.True,
            Become = new Become(Value.True, Value.Of("web")),
        });

        Assert.Equal(RunEnd.Changed, outcome.End);
        Assert.Equal(["a", "b"], _host.Commands);
        Assert.Equal(1u, _host.Ended.Single().Counts.Ignored);
    }

    [Fact]
    public async Task A_command_that_only_checks_is_skipped_in_every_run_and_known_to_be()
    {
        var outcome = await Run(Book.Shell("never").Registered("out") with { CheckMode = Value.True }, Book.Shell("{{ out is skipped }} {{ out.rc }} {{ out is changed }}"));

        Assert.Equal(RunEnd.Changed, outcome.End);
        Assert.Equal(["True 0 False"], _host.Commands);
        Assert.Equal(1u, _host.Ended.Single().Counts.Skipped);
    }

    [Fact]
    public async Task A_handler_that_nobody_has_is_passed_over_where_the_bundle_says_so()
    {
        var bundle = Book.Bundle(Book.Play(Book.Shell("a").Notifying("gone"), Book.Shell("b")));

        Assert.Equal(RunEnd.Failed, (await _host.Push(bundle)).End);
        Assert.Equal(RunEnd.Changed, (await _host.Push(bundle with { PassesOverMissingHandlers = true })).End);
        Assert.Contains(_host.Finished, task => task.Because.EndsWith("there is no handler 'gone', which the task notifies", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_loop_over_nothing_is_skipped_and_has_no_results()
    {
        await Run(Book.Shell("echo {{ item }}").Over().Registered("out"), Book.Shell("got {{ out.results | length }}"));

        Assert.Equal(["got 0"], _host.Commands);
    }

    [Fact]
    public async Task A_failed_item_fails_the_task_after_all_items_were_run()
    {
        _failing.Add("echo x");

        var outcome = await Run(Book.Shell("echo {{ item }}").Over("x", "y"), Book.Shell("never"));

        Assert.Equal(RunEnd.Failed, outcome.End);
        Assert.Equal(["echo x", "echo y"], _host.Commands);
    }

    [Fact]
    public async Task A_failure_ends_the_run_and_is_told_with_its_reason()
    {
        _failing.Add("a");

        var outcome = await Run(Book.Shell("a"), Book.Shell("b"));

        Assert.Equal((RunEnd.Failed, "shell: a ended with 1"), (outcome.End, outcome.Because));
        Assert.Equal(["a"], _host.Commands);
        Assert.Equal(1, _host.Record.Failures);
        Assert.Null(_host.Baseline);
    }

    [Fact]
    public async Task A_failure_that_is_ignored_goes_on_and_is_registered_as_failed()
    {
        _failing.Add("a");

        await Run(Book.Shell("a").Ignoring().Registered("out"), Book.Shell("rc {{ out.rc }} {{ out.failed }}"));

        Assert.Equal(["a", "rc 1 True"], _host.Commands);
        Assert.Equal((1u, 2u), (_host.Ended.Single().Counts.Ignored, _host.Ended.Single().Counts.Ok));
        // A command may have done anything before it failed; Ansible's recap counts it so.
        Assert.Equal(2u, _host.Ended.Single().Counts.Changed);
    }

    [Theory]
    [InlineData("a", null, "out.rc == 0", "TaskFailed")]
    [InlineData("bad", null, "false", "TaskChanged")]
    [InlineData("a", "false", null, "TaskOk")]
    [InlineData("bad", "false", "out.rc > 5", "TaskOk")]
    [InlineData("a", null, "nonsense.x", "TaskFailed")]
    public async Task What_failed_and_what_changed_is_the_playbooks_to_say(string line, string? changed, string? failed, string expected)
    {
        _failing.Add("bad");

        await Run(Book.Shell(line).Registered("out") with { ChangedWhen = changed is null ? [] : Book.When(changed), FailedWhen = failed is null ? [] : Book.When(failed) });

        Assert.Equal(expected, _host.Finished.Single().Status.ToString());
    }

    [Fact]
    public async Task Tries_again_until_it_holds_with_a_pause_between()
    {
        var tries = 0;
        _host.Machine.OnCommand = (_, machine) => new CommandResult(++tries < 3 ? 1 : 0, "", "", machine.Clock.GetUtcNow(), TimeSpan.Zero);

        await Run(Book.Shell("a").Registered("out") with { Until = Book.When("out.rc == 0"), Retries = Value.Of(5), Delay = Value.Of(7) }, Book.Shell("after {{ out.attempts }}"));

        Assert.Equal(["a", "a", "a", "after 3"], _host.Commands);
        Assert.Equal([TimeSpan.FromSeconds(7), TimeSpan.FromSeconds(7)], _host.Time.Waits);
    }

    [Fact]
    public async Task Gives_up_after_the_stated_number_of_tries()
    {
        var outcome = await Run(Book.Shell("a").Registered("out") with { Until = Book.When("out.rc == 9"), Retries = Value.Of(2), Delay = Value.Of(1) });

        Assert.Equal(3, _host.Commands.Count());
        Assert.Contains("did not come to hold in 3 attempts", outcome.Because, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_check_asks_for_nothing_that_a_site_to_come_would_have_answered()
    {
        var page = Book.Task("uri", ("url", "http://127.0.0.1:8085/")) with { Register = "page", Until = Book.When("page.status == 200"), Retries = Value.Of(5), Delay = Value.Of(1) };

        var outcome = await _host.Push(Book.Bundle(Book.Play(page)), mode: OrderMode.Check);

        Assert.NotEqual(RunEnd.Failed, outcome.End);
        Assert.Equal("TaskUnknown", _host.Finished.Single().Status.ToString());
    }

    [Fact]
    public async Task What_never_came_to_hold_registers_its_retries_as_Ansible_does()
    {
        await Run(Book.Shell("a").Registered("out") with { Until = Book.When("out.rc == 9"), Retries = Value.Of(2), Delay = Value.Of(1), IgnoreErrors = Value.True }, Book.Shell("after {{ out.attempts }}"));

        Assert.Equal("after 2", _host.Commands.Last());
    }

    [Fact]
    public async Task The_message_that_an_assertion_was_given_is_registered_as_it_was_given()
    {
        await Run(Book.Task("assert", ("that", "{{ 1 == 2 }}"), ("fail_msg", "no way")) with { Register = "out", IgnoreErrors = Value.True }, Book.Shell("{{ out.msg }}"));

        Assert.Equal("no way", _host.Commands.Last());
    }

    [Fact]
    public async Task A_change_that_is_refused_registers_why_and_not_what_was_meant()
    {
        _host.Machine.WithFile("/etc/sudoers.d/web", "a\n");
        _host.Machine.OnCommand = (argv, machine) => new CommandResult(argv.Contains("visudo") ? 1 : 0, "", "syntax error", machine.Clock.GetUtcNow(), TimeSpan.Zero);

        await Run(Book.Task("lineinfile", ("path", "/etc/sudoers.d/web"), ("line", "b"), ("validate", "visudo -cf %s")) with { Register = "out", IgnoreErrors = Value.True }, Book.Shell("{{ out.changed }} {{ out.msg }}"));

        Assert.Equal("False visudo -cf %s refused the new content: syntax error", _host.Commands.Last());
    }

    [Fact]
    public async Task Tells_the_number_of_retries_where_all_were_in_vain_also_one_that_a_template_computes()
    {
        var task = Book.Shell("a").Registered("out").Ignoring() with { Until = Book.When("out.rc == 9"), Retries = new TemplateValue("{{ 1 + 1 }}", FlaskDeploy.Language.Diagnostics.SourceSpan.None), Delay = Value.Of(1) };

        await Run(task, Book.Shell("after {{ out.attempts }}"));

        Assert.Equal(["a", "a", "a", "after 2"], _host.Commands);
    }

    [Fact]
    public async Task A_condition_of_until_that_is_wrong_is_told_at_once()
    {
        var outcome = await Run(Book.Shell("a") with { Until = Book.When("nonsense.x"), Retries = Value.Of(5) });

        Assert.Single(_host.Commands);
        Assert.Contains("nonsense", outcome.Because, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Retries_without_a_condition_go_on_until_it_succeeds()
    {
        var tries = 0;
        _host.Machine.OnCommand = (_, machine) => new CommandResult(++tries < 2 ? 1 : 0, "", "", machine.Clock.GetUtcNow(), TimeSpan.Zero);

        Assert.Equal(RunEnd.Changed, (await Run(Book.Shell("a") with { Retries = Value.Of(3) })).End);
        Assert.Equal(2, tries);
    }

    [Fact]
    public async Task A_block_is_rescued_and_ends_with_always()
    {
        _failing.Add("bad");

        var outcome = await Run(
            Book.Block([Book.Shell("a"), Book.Shell("bad"), Book.Shell("never")], rescue: [Book.Shell("rescue {{ ansible_failed_result.rc }}")], always: [Book.Shell("always")]),
            Book.Shell("after"));

        Assert.Equal(RunEnd.Changed, outcome.End);
        Assert.Equal(["a", "bad", "rescue 1", "always", "after"], _host.Commands);
        Assert.Equal((0u, 1u), (_host.Ended.Single().Counts.Failed, _host.Ended.Single().Counts.Rescued));
    }

    [Fact]
    public async Task A_block_that_nothing_rescues_fails_after_always()
    {
        _failing.Add("bad");

        Assert.Equal(RunEnd.Failed, (await Run(Book.Block([Book.Shell("bad")], always: [Book.Shell("always")]), Book.Shell("after"))).End);
        Assert.Equal(["bad", "always"], _host.Commands);
    }

    [Fact]
    public async Task Handlers_run_once_at_the_end_in_the_order_of_writing_by_name_and_by_topic()
    {
        await Push(Book.Play(Book.Shell("a").Notifying("second", "topic"), Book.Shell("b").Notifying("second"), Book.Shell("c").If("false").Notifying("unheard"))
            .Handling(Book.Shell("h1").Named("first") with { Listen = ["topic"] }, Book.Shell("h2").Named("second"), Book.Shell("h3").Named("unheard")));

        Assert.Equal(["a", "b", "h1", "h2"], _host.Commands);
        Assert.Equal(2, _host.Finished.Count(task => task.Handler));
    }

    [Fact]
    public async Task Handlers_that_notify_each_other_come_to_an_end()
    {
        await Push(Book.Play(Book.Shell("a").Notifying("one"))
            .Handling(Book.Shell("h1").Named("one").Notifying("two"), Book.Shell("h2").Named("two").Notifying("one")));

        Assert.Equal(["a", "h1", "h2"], _host.Commands);
        Assert.Empty(_host.Record.PendingHandlers);
    }

    [Fact]
    public async Task A_handler_stays_pending_over_a_failure_and_runs_with_the_next_run()
    {
        var play = Book.Play(Book.Task("copy", ("content", "x"), ("dest", "/srv/x")).Sudo().Notifying("reload"), Book.Shell("bad")).Handling(Book.Shell("reload it").Named("reload"));
        _failing.Add("bad");
        await Push(play);
        Assert.Equal(["bad"], _host.Commands);
        Assert.Single(_host.Record.PendingHandlers);
        _host.Restart();
        _failing.Clear();

        await Push(play);

        Assert.Equal(["bad", "bad", "reload it"], _host.Commands);
        Assert.Empty(_host.Record.PendingHandlers);
    }

    [Fact]
    public async Task A_pending_handler_is_found_by_its_name_in_another_revision()
    {
        _failing.Add("bad");
        await Push(Book.Play(Book.Task("copy", ("content", "x"), ("dest", "/srv/x")).Sudo().Notifying("reload"), Book.Shell("bad")).Handling(Book.Shell("old").Named("reload")));

        await _host.Push(Book.Bundle(Book.Play(Book.Shell("good")).Handling(Book.Shell("another").Named("another"), Book.Shell("new").Named("reload"))), sequence: 2);

        Assert.Equal(["bad", "good", "new"], _host.Commands);
    }

    [Fact]
    public async Task Forced_handlers_run_after_a_failure_too()
    {
        _failing.Add("bad");
        await Push(Book.Play(Book.Shell("a").Notifying("h"), Book.Shell("bad")).Handling(Book.Shell("h1").Named("h")) with { ForceHandlers = true });

        Assert.Equal(["a", "bad", "h1"], _host.Commands);
        Assert.Equal(V1.RunResult.RunFailed, _host.Ended.Single().Result);
    }

    [Fact]
    public async Task What_no_log_hides_is_in_no_event()
    {
        _failing.Add("mysql -psecret");

        await Run(Book.Shell("mysql -p{{ item }}").Over("secret") with { NoLog = Value.True });

        Assert.DoesNotContain(_host.Told, entry => entry.ToString().Contains("secret", StringComparison.Ordinal));
        Assert.Contains("hidden by no_log", _host.Ended.Single().Because, StringComparison.Ordinal);
        Assert.DoesNotContain("secret", _host.Record.LastProblem!, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_check_takes_no_step_and_says_what_it_cannot_know()
    {
        var outcome = await _host.Push(Book.Bundle(Book.Play(
            Book.Task("copy", ("content", "x"), ("dest", "/srv/x")).Sudo(),
            Book.Shell("a").Registered("out"),
            Book.Shell("b").If("out.stdout == ''"),
            Book.Task("copy", ("content", "{{ out.stdout }}"), ("dest", "/srv/y")).Sudo())), mode: OrderMode.Check);

        Assert.Empty(_host.Steps);
        Assert.Equal(RunEnd.Changed, outcome.End);
        Assert.Equal((1u, 3u), (_host.Ended.Single().Counts.Changed, _host.Ended.Single().Counts.Unknown));
        Assert.Equal((0ul, 0ul), (_host.Record.Sequence, _host.Record.Complete));
        Assert.Null(_host.Baseline);
    }

    [Fact]
    public async Task A_command_that_says_check_mode_no_is_run_by_a_check()
    {
        await _host.Push(Book.Bundle(Book.Play(Book.Shell("look") with { CheckMode = Value.False }, Book.Shell("act"))), mode: OrderMode.Check);

        Assert.Equal(["look"], _host.Commands);
    }

    [Fact]
    public async Task Facts_that_a_task_sets_hold_for_the_tasks_after_it()
    {
        await Run(Book.Task("set_fact", ("who", "world")), Book.Shell("hello {{ who }}"));

        Assert.Equal(["hello world"], _host.Commands);
    }

    [Fact]
    public async Task A_task_runs_as_the_user_of_the_push_as_root_with_sudo_and_as_whom_it_names()
    {
        await Run(
            Book.Task("file", ("path", "~/mine"), ("state", "directory")),
            Book.Task("file", ("path", "~/roots"), ("state", "directory")).Sudo(),
            Book.Task("file", ("path", "~/again"), ("state", "directory")) with { Become = new Become(Value.True, Value.Of("web")) });

        Assert.Equal(["/home/web/mine", "/root/roots", "/home/web/again"], _host.Steps.OfType<MakeDirectory>().Select(step => step.Path));
        Assert.Equal(FakeMachine.Web.Uid, _host.Machine.Files.Stat("/home/web/mine", true).Uid);
    }

    [Fact]
    public async Task An_unknown_user_is_named_with_a_remedy()
    {
        _host.User = "nobody-knows";

        var outcome = await Run(Book.Shell("a"));

        Assert.Equal(RunEnd.Failed, outcome.End);
        Assert.Contains("there is no user 'nobody-knows' on this host", outcome.Because, StringComparison.Ordinal);
        Assert.Empty(_host.Commands);
    }

    [Fact]
    public async Task A_look_that_fails_fails_its_task_with_what_was_looked_at()
    {
        _host.Machine.Fail(new StatLook("/srv/x", FollowLinks: true));
        _host.Machine.Fail(new StatLook("/srv/x", FollowLinks: false));

        var outcome = await Run(Book.Task("file", ("path", "/srv/x"), ("state", "directory")).Sudo());

        Assert.Equal(RunEnd.Failed, outcome.End);
        Assert.Contains("cannot look at /srv/x", outcome.Because, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Changed_means_verified()
    {
        _host.AfterStep = _ => _host.Machine.Files.Remove("/srv/x");

        var outcome = await Run(Book.Task("copy", ("content", "x"), ("dest", "/srv/x")).Sudo());

        Assert.Contains("applied, and yet not as it should be", outcome.Because, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_environment_of_a_task_is_stated_and_its_own_comes_over_it()
    {
        _host.Machine.WithFile("/opt/bin/tool", "", 0x1ED);
        var seen = new List<string>();
        _host.BeforeStep = step => seen.Add(step.Summary);

        var outcome = await Run(Book.Shell("a") with { Environment = [Value.Of("no dict")] });

        Assert.Contains("environment is a str, not a dict", outcome.Because, StringComparison.Ordinal);
        Assert.Empty(seen);
    }

    [Fact]
    public async Task A_result_that_is_too_large_to_send_is_told_without_its_texts()
    {
        _host.Machine.OnCommand = (_, machine) => new CommandResult(0, string.Concat(Enumerable.Repeat("line of some length\n", 200_000)), "", machine.Clock.GetUtcNow(), TimeSpan.Zero);

        await Run(Book.Shell("a"));

        Assert.All(_host.Told, entry => Assert.InRange(entry.CalculateSize(), 1, 1024 * 1024));
        Assert.Equal(V1.TaskStatus.TaskChanged, _host.Finished.Single().Status);
    }

    [Fact]
    public async Task A_push_of_what_is_applied_already_is_a_drift_check()
    {
        var bundle = Book.Bundle(Book.Play(Book.Shell("a")));
        await _host.Push(bundle);

        var outcome = await _host.Push(bundle, sequence: 2);

        Assert.Equal("unchanged since r1", outcome.Because);
        Assert.Equal(["a"], _host.Commands);
        Assert.Equal((2ul, 2ul), (_host.Record.Sequence, _host.Record.Complete));
        Assert.Equal(2ul, _host.Told.Last().Order);
    }

    [Fact]
    public async Task A_rerun_applies_all_of_it_again()
    {
        var bundle = Book.Bundle(Book.Play(Book.Shell("a")));
        await _host.Push(bundle);

        await _host.Push(bundle, mode: OrderMode.Apply);

        Assert.Equal(["a", "a"], _host.Commands);
    }

    [Fact]
    public async Task Back_to_what_was_complete_before_a_push_that_failed_puts_right_what_that_one_did()
    {
        _host.Policy = Policy.Report;
        var good = Book.Bundle(Book.Play(Book.Task("copy", ("content", "good"), ("dest", "/srv/x")).Sudo()));
        await _host.Push(good);
        _failing.Add("bad");
        await _host.Push(Book.Bundle(Book.Play(Book.Task("copy", ("content", "other"), ("dest", "/srv/x")).Sudo(), Book.Shell("bad"))), sequence: 2);
        Assert.Equal("other", _host.Machine.Files.Text("/srv/x"));

        Assert.Equal(RunEnd.Changed, (await _host.Push(good, sequence: 3)).End);

        Assert.Equal("good", _host.Machine.Files.Text("/srv/x"));
        Assert.Equal((3ul, false), (_host.Record.Complete, _host.Record.IsDisturbed));
    }

    [Fact]
    public async Task What_still_listens_and_no_task_verifies_is_told_as_left_over()
    {
        _host.LeftRunning.Add(new Agent.Drift.LeftRunning(77, 5000, "python hello.py 5000"));

        await Run(Book.Shell("a"));

        Assert.Equal(5000u, Assert.Single(_host.Told, entry => entry.LeftOver is not null).LeftOver.Port);
        Assert.Single(_host.Baseline!.LeftOvers);
    }

    private Task<DeploymentOutcome> Run(params TaskNode[] tasks) => Push(Book.Play(tasks));

    private Task<DeploymentOutcome> Push(Play play) => _host.Push(Book.Bundle(play));
}
