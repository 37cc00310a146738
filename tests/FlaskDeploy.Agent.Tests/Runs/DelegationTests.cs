using System.Collections.Immutable;
using FlaskDeploy.Agent.Machine;
using FlaskDeploy.Agent.Tests.Machine;
using FlaskDeploy.Language.Bundles;
using FlaskDeploy.Language.Values;

namespace FlaskDeploy.Agent.Tests.Runs;

/// <summary>Tasks for other names of the same machine.</summary>
public sealed class DelegationTests : IDisposable
{
    private readonly TestHost _host = new();

    public DelegationTests()
    {
        _host.Machine.OnCommand = (_, machine) => new CommandResult(0, "", "", machine.Clock.GetUtcNow(), TimeSpan.FromSeconds(1));
        _host.Groups = [new Group("all", [], [], [TestHost.Name, "alias", "far"], 0)];
        _host.Peers =
        [
            new Peer("alias", [KeyValuePair.Create("v", (Value)Value.Of("alias's")), KeyValuePair.Create("t", Book.Text("{{ v }} {{ inventory_hostname }}"))], ["all"], IsHere: true),
            new Peer("far", [], ["all"], IsHere: false),
        ];
        _host.HostVars = [KeyValuePair.Create("v", (Value)Value.Of("own"))];
    }

    public void Dispose() => _host.Dispose();

    [Theory]
    [InlineData("localhost")]
    [InlineData("127.0.0.1")]
    [InlineData("::1")]
    [InlineData("web1")]
    [InlineData("alias")]
    [InlineData("{{ 'ali' ~ 'as' }}")]
    public async Task A_task_for_this_machine_keeps_the_variables_of_its_plays_host(string name)
    {
        await Push(Book.Shell("{{ v }} {{ inventory_hostname }} {{ ansible_delegated_vars.keys() | first }}") with { DelegateTo = Book.Text(name) });

        Assert.Equal([$"own web1 {(name.StartsWith('{') ? "alias" : name)}"], _host.Commands);
    }

    [Fact]
    public async Task What_the_other_host_has_is_beside_it()
    {
        await Push(Book.Shell("{{ ansible_delegated_vars.alias.t }} {{ ansible_delegated_vars.alias.inventory_hostname }} {{ hostvars.alias.t }}") with { DelegateTo = Value.Of("alias") });

        Assert.Equal(["alias's alias web1 alias's alias"], _host.Commands);
    }

    [Theory]
    [InlineData("all", "['web1', 'alias', 'far']")]
    [InlineData("all:!far", "['web1', 'alias']")]
    [InlineData("web1", "['web1']")]
    [InlineData("all[0:1]", "['web1', 'alias']")]
    [InlineData("localhost", "['web1']")]
    public async Task A_host_knows_who_else_the_play_is_for(string pattern, string expected)
    {
        var shell = Book.Shell("{{ ansible_play_hosts }} {{ play_hosts == ansible_play_hosts_all }} {{ ansible_play_batch | length }} {{ inventory_hostname == ansible_play_hosts[0] }}");

        await _host.Push(Book.Bundle(Book.Play(shell) with { Hosts = pattern }));

        Assert.Equal([$"{expected} True {expected.Count(c => c == ',') + 1} True"], _host.Commands);
    }

    [Fact]
    public async Task Extra_variables_are_those_of_every_host()
    {
        await _host.Push(Book.Bundle(Book.Play(Book.Shell("{{ hostvars.alias.v }} {{ hostvars.alias.t }}"))), extra: [("v", "extra")]);

        Assert.Equal(["extra extra alias"], _host.Commands);
    }

    [Fact]
    public async Task Another_host_is_not_spoken_for()
    {
        await Push(
            Book.Shell("never") with { DelegateTo = Value.Of("far"), IgnoreErrors = Value.True, Register = "far" },
            Book.Shell("skipped") with { DelegateTo = Value.Of("far"), When = Book.When("false") },
            Book.Shell("{{ far is unreachable }} {{ 'another host' in far.msg }}"));

        Assert.Equal(["True True"], _host.Commands);
    }

    [Fact]
    public async Task A_host_that_is_elsewhere_has_no_fact_of_this_machine()
    {
        _host.IsElsewhere = true;
        await Push(Book.Shell("{{ ansible_hostname is defined }} {{ ansible_facts is defined }} {{ inventory_hostname }}") with { DelegateTo = Value.Of("localhost") });

        Assert.Equal(["False False web1"], _host.Commands);
    }

    [Fact]
    public async Task What_looks_at_no_machine_is_anybodys_task()
    {
        await Push(Book.Task("set_fact", ("a", "{{ item }}")).Over("far", "further") with { DelegateTo = Book.Text("{{ item }}"), DelegateFacts = Value.True }, Book.Shell("{{ a is defined }} {{ hostvars.far.a }} {{ hostvars.further.a }}"));

        Assert.Equal(["False far further"], _host.Commands);
    }

    [Fact]
    public async Task Which_host_it_is_may_be_each_items_own()
    {
        await Push(Book.Shell("{{ item }} {{ ansible_delegated_vars.keys() | first }}").Over("localhost", "alias") with { DelegateTo = Book.Text("{{ item }}") });

        Assert.Equal(["localhost localhost", "alias alias"], _host.Commands);
    }

    [Theory]
    [InlineData("{{ omit }}")]
    [InlineData("{{ '' }}")]
    public async Task No_name_is_no_delegation(string name)
    {
        await Push(Book.Shell("{{ ansible_delegated_vars is defined }}") with { DelegateTo = Book.Text(name) });

        Assert.Equal(["False"], _host.Commands);
    }

    [Fact]
    public async Task Facts_are_the_other_hosts_only_where_it_is_said()
    {
        TaskNode Set(string name, string host, bool theirs) => Book.Task("set_fact", (name, "1")) with { DelegateTo = Value.Of(host), DelegateFacts = Value.Of(theirs) };
        await Push(
            Set("a", "localhost", theirs: true), Set("b", "localhost", theirs: false), Set("c", "alias", theirs: true), Set("d", "web1", theirs: true),
            Book.Shell("{{ a is defined }} {{ b is defined }} {{ c is defined }} {{ d is defined }} {{ hostvars.localhost.a }} {{ hostvars.alias.c }} {{ hostvars.alias.a is defined }}"));

        Assert.Equal(["False True False True 1 1 False"], _host.Commands);
    }

    [Fact]
    public async Task A_block_hands_it_down_and_a_task_may_say_otherwise()
    {
        var inner = Book.Shell("{{ ansible_delegated_vars.keys() | first }}");
        await Push(Book.Block([inner, inner with { DelegateTo = Value.Of("alias") }]) with { DelegateTo = Value.Of("localhost") });

        Assert.Equal(["localhost", "alias"], _host.Commands);
    }

    [Fact]
    public async Task So_do_includes_with_what_they_apply_and_handlers()
    {
        var includes = Book.Includes("tasks/a.yml");
        includes = includes with { Action = (Include)includes.Action with { Apply = Book.Block([]) with { DelegateTo = Value.Of("alias") } } };
        var handler = Book.Shell("handler {{ ansible_delegated_vars.keys() | first }}").Named("h") with { DelegateTo = Value.Of("localhost") };
        await _host.Push(Book.Bundle(Book.Play(includes).Handling(handler)).Carrying(Book.Tasks("tasks/a.yml", Book.Shell("task {{ ansible_delegated_vars.keys() | first }}").Notifying("h"))));

        Assert.Equal(["task alias", "handler localhost"], _host.Commands);
    }

    [Fact]
    public async Task A_host_that_was_made_known_with_a_local_connection_is_here()
    {
        await Push(
            Book.Task("add_host", ("name", "one"), ("ansible_connection", "local")), Book.Task("add_host", ("name", "two")),
            Book.Shell("one") with { DelegateTo = Value.Of("one") }, Book.Shell("two") with { DelegateTo = Value.Of("two"), IgnoreErrors = Value.True });

        Assert.Equal(["one"], _host.Commands);
    }

    private Task Push(params TaskNode[] tasks) => _host.Push(Book.Bundle(Book.Play(tasks)));
}
