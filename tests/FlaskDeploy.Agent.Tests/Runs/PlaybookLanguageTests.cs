using FlaskDeploy.Agent.Machine;
using FlaskDeploy.Agent.Runs;
using FlaskDeploy.Agent.Tests.Machine;
using FlaskDeploy.Language.Bundles;
using FlaskDeploy.Language.Values;

namespace FlaskDeploy.Agent.Tests.Runs;

/// <summary>What Ansible's own targets ask of a run, in small.</summary>
public sealed class PlaybookLanguageTests : IDisposable
{
    private readonly TestHost _host = new();

    public PlaybookLanguageTests() => _host.Machine.OnCommand = (arguments, machine) =>
        new CommandResult(arguments[^1] == "bad" ? 1 : 0, "", "", machine.Clock.GetUtcNow(), TimeSpan.FromSeconds(1));

    public void Dispose() => _host.Dispose();

    [Fact]
    public async Task Handlers_without_a_name_that_listen_to_one_topic_all_run()
    {
        await Push(Book.Play(Book.Shell("a").Notifying("topic")).Handling(Book.Shell("h1") with { Listen = ["topic"] }, Book.Shell("h2") with { Listen = ["topic"] }));

        Assert.Equal(["a", "h1", "h2"], _host.Commands);
        Assert.Empty(_host.Record.PendingHandlers);
    }

    [Fact]
    public async Task Of_handlers_of_one_name_in_one_list_the_first_is_meant()
    {
        await Push(Book.Play(Book.Shell("a").Notifying("h")).Handling(Book.Shell("h1").Named("h"), Book.Shell("h2").Named("h")));

        Assert.Equal(["a", "h1"], _host.Commands);
    }

    [Fact]
    public async Task Who_is_notified_may_be_a_variable_or_a_list_and_must_be_there()
    {
        await Push(Book.Play(Book.Task("set_fact", ("who", "h")), Book.Shell("a").Notifying("{{ [who, 'i'] }}"), Book.Shell("b").Notifying("{{ who }}2"), Book.Shell("c"))
            .Handling(Book.Shell("h1").Named("h"), Book.Shell("i1").Named("i")) with { ForceHandlers = true });

        Assert.Equal(["a", "b", "h1", "i1"], _host.Commands);
        Assert.Contains("there is no handler 'h2'", _host.Finished.Single(task => task.Because.Contains("handler", StringComparison.Ordinal)).Because, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_a_block_notifies_each_of_its_tasks_does()
    {
        await Push(Book.Play(Book.Block([Book.Shell("a")]).Notifying("h")).Handling(Book.Shell("h1").Named("h")));

        Assert.Equal(["a", "h1"], _host.Commands);
    }

    [Fact]
    public async Task A_failure_that_is_cleared_does_not_end_the_play()
    {
        var outcome = await Push(Book.Play(Book.Block([Book.Shell("bad")], always: [Book.Task("meta", ("free_form", "clear_host_errors"))]), Book.Shell("after")));

        Assert.Equal(RunEnd.Changed, outcome.End);
        Assert.Equal(["bad", "after"], _host.Commands);
    }

    [Fact]
    public async Task Roles_are_known_by_their_names_and_by_who_includes_them()
    {
        TaskNode Role(string name, params TaskNode[] parts) => Book.Block(parts) with { Role = new RoleScope(name, $"roles/{name}") };
        var outer = Role("outer", Role("below", Book.Block([Book.Shell("below in {{ role_name }}, {{ ansible_parent_role_names | default('none') }}")])),
            Book.Block([Role("inner", Book.Block([Book.Shell("inner in {{ ansible_parent_role_names | join }}")])), Book.Shell("{{ role_names | join(' ') }}, {{ ansible_dependent_role_names | join(' ') }}")]));
        await Push(Book.Play(outer));

        Assert.Equal(["below in below, none", "inner in outer", "outer inner, below"], _host.Commands);
    }

    [Fact]
    public async Task Words_for_yes_and_no_that_are_set_are_what_they_say()
    {
        await Push(Book.Play(Book.Task("set_fact", ("yes_", "Yes"), ("no_", "false"), ("text", "on")), Book.Shell("{{ yes_ }} {{ no_ }} {{ text }}")));

        Assert.Equal(["True False on"], _host.Commands);
    }

    [Fact]
    public async Task What_a_condition_of_failure_cannot_say_leaves_the_result_to_be_read()
    {
        await Push(Book.Play((Book.Shell("a") with { FailedWhen = Book.When("nosuch") }).Registered("result").Ignoring(), Book.Shell("{{ result.rc }} {{ 'nosuch' in result.failed_when_result }}")));

        Assert.Equal(["a", "0 True"], _host.Commands);
    }

    [Fact]
    public async Task A_host_sees_its_own_variables_through_hostvars_and_its_tags()
    {
        await Push(Book.Play(Book.Task("set_fact", ("set", "here")), Book.Shell("{{ hostvars[inventory_hostname].set }} {{ ansible_run_tags | join }} {{ ansible_env.HOME is defined }}")));

        Assert.Equal(["here all True"], _host.Commands);
    }

    private Task<DeploymentOutcome> Push(Play play) => _host.Push(Book.Bundle(play));
}
