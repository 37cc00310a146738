using FlaskDeploy.Agent.Drift;
using FlaskDeploy.Agent.Machine;
using FlaskDeploy.Agent.Runs;
using FlaskDeploy.Agent.Tests.Machine;
using FlaskDeploy.Language.Bundles;
using FlaskDeploy.Language.Values;

namespace FlaskDeploy.Agent.Tests.Runs;

/// <summary>Groups that the host joins during a run, hosts that are made known, and plays that follow from it.</summary>
public sealed class DynamicInventoryTests : IDisposable
{
    private readonly TestHost _host = new();

    public DynamicInventoryTests() => _host.Machine.OnCommand = (_, machine) => new CommandResult(0, "", "", machine.Clock.GetUtcNow(), TimeSpan.FromSeconds(1));

    public void Dispose() => _host.Dispose();

    [Fact]
    public async Task A_play_for_a_group_that_the_host_joined_is_entered_and_one_for_another_is_not()
    {
        _host.Groups = [Group("all", 0, [TestHost.Name], ("v", "all"))];
        await Push(Book.Play(Book.Task("group_by", ("key", "os_{{ 'RedHat' }}"))), Chosen("os_RedHat", Book.Shell("redhat")), Chosen("os_Debian", Book.Shell("debian")), Chosen("all:!os_RedHat", Book.Shell("others")), Chosen("os_*:&all", Book.Shell("both")));

        Assert.Equal(["redhat", "both"], _host.Commands);
    }

    [Fact]
    public async Task The_groups_variables_and_names_hold_from_then_on()
    {
        _host.Groups =
        [
            Group("all", 0, [TestHost.Name], ("v", "all"), ("w", "all")) with { Children = ["lower"] },
            Group("lower", 1, [TestHost.Name], ("w", "lower")),
            Group("new", 1, [], ("v", "new")) with { IsMadeByTasks = true },
        ];
        await Push(Book.Play(Book.Shell("{{ v }} {{ group_names | join }}"), Book.Task("group_by", ("key", "new")), Book.Shell("{{ v }} {{ w }} {{ group_names | join(' ') }} {{ groups.new | join }} {{ groups.all | join }}")));

        Assert.Equal(["all lower", "new lower lower new web1 web1"], _host.Commands);
    }

    [Fact]
    public async Task Parents_hold_the_group_and_the_deeper_one_wins()
    {
        _host.Groups = [Group("all", 0, [TestHost.Name]), Group("up", 1, [], ("v", "up"), ("w", "up")) with { IsMadeByTasks = true }, Group("down", 1, [], ("v", "down")) with { IsMadeByTasks = true }];
        var task = Book.Task("group_by", ("key", "down")) with { Action = new ModuleCall("group_by", MapValue.From(("key", Value.Of("down")), ("parents", Value.Of(["up"]))), null, "") };
        await Push(Book.Play(task, Book.Shell("{{ v }} {{ w }} {{ group_names | join(' ') }}")));

        Assert.Equal(["down up down up"], _host.Commands);
    }

    [Fact]
    public async Task Joining_again_changes_nothing()
    {
        await Push(Book.Play(Book.Task("group_by", ("key", "g")).Registered("a"), Book.Task("group_by", ("key", "g")).Registered("b"), Book.Shell("{{ a.changed }} {{ b.changed }}")));

        Assert.Equal(["True False"], _host.Commands);
    }

    [Fact]
    public async Task No_group_comes_to_contain_itself()
    {
        TaskNode Joins(string key, string parent) => Book.Task("group_by") with { Action = new ModuleCall("group_by", MapValue.From(("key", Value.Of(key)), ("parents", Value.Of([parent]))), null, ""), IgnoreErrors = Value.True };
        await Push(Book.Play(Joins("a", "b"), Joins("b", "c"), Joins("c", "a"), Joins("d", "d"), Book.Shell("{{ group_names | join(' ') }}")));

        Assert.Equal(["a b c"], _host.Commands);
        Assert.Equal(2, _host.Finished.Count(task => task.Because.Contains("contain itself", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task A_check_joins_too()
    {
        await _host.Push(Book.Bundle(Book.Play(Book.Task("group_by", ("key", "g"))), Chosen("g", Book.Task("debug", ("msg", "entered")))), mode: OrderMode.Check);

        Assert.Equal(2, _host.Finished.Count());
    }

    [Fact]
    public async Task Who_else_joined_is_never_made_up()
    {
        _host.Groups = [Group("all", 0, [TestHost.Name, "web2"]), Group("db", 1, ["web2"])];
        var outcome = await Push(Book.Play(Book.Task("group_by", ("key", "g")), Book.Shell("{{ groups.db | join }}"), Book.Shell("{{ groups.g | join }}")));

        Assert.Equal(RunEnd.Failed, outcome.End);
        Assert.Contains("only those hosts know", outcome.Because, StringComparison.Ordinal);
        Assert.Equal(["web2"], _host.Commands);
    }

    [Fact]
    public async Task A_play_that_was_entered_so_is_looked_after_and_one_that_was_not_is_left_alone()
    {
        var site = Book.Bundle(Book.Play(Book.Task("group_by", ("key", "g"))), Chosen("g", Copy("/etc/in", "{{ v }}")), Chosen("other", Copy("/etc/out", "x")));
        _host.Groups = [Group("all", 0, [TestHost.Name], ("v", "all")), Group("g", 1, [], ("v", "of g")) with { IsMadeByTasks = true }];
        await _host.Push(site);
        _host.Restart();
        _host.Machine.Files.Corrupt("/etc/in", "drifted"u8.ToArray());
        _host.Machine.Files.Touch("/etc/in", new PathAttributes(), 1, 1);

        await _host.Reconverge(site);

        Assert.Equal("of g", _host.Machine.Files.Text("/etc/in"));
        Assert.Null(_host.Machine.Files.Text("/etc/out"));
        Assert.Contains("/etc/in", Assert.Single(_host.Drifts).What, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_run_that_was_cut_off_enters_it_all_the_same()
    {
        var site = Book.Bundle(Book.Play(Book.Task("group_by", ("key", "g"))), Chosen("g", Book.Shell("first"), Book.Shell("second")));
        var assignment = _host.Assign(site);
        _host.BeforeStep = step => { if (step is RunCommand { Shown: "second" }) { _host.Kill(); } };
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => _host.Run(assignment, new RunRequest(RunRequest.NewId(), OrderMode.Converge, "push") { Order = 1 }));
        _host.BeforeStep = null;
        _host.Revive();

        await _host.Resume(assignment);

        Assert.Equal("second", _host.Commands.Last());
    }

    [Fact]
    public async Task A_host_that_is_made_known_has_its_groups_and_variables()
    {
        _host.Groups = [Group("all", 0, [TestHost.Name], ("c", "all"))];
        await Push(Book.Play(
            Book.Task("add_host", ("name", "db1:22"), ("groups", "db,new"), ("port", "5")).Registered("a"),
            Book.Task("add_host", ("name", "db1:22"), ("groups", "db,new"), ("port", "5")).Registered("b"),
            Book.Shell("{{ a.changed }} {{ b.changed }} {{ groups.db | join }} {{ hostvars.db1.port }} {{ hostvars.db1.c }} {{ hostvars.db1.group_names | join(' ') }} {{ 'bogus' in hostvars }}")));

        Assert.Equal(["True False db1 5 all db new False"], _host.Commands);
    }

    private Task<DeploymentOutcome> Push(params Play[] plays) => _host.Push(Book.Bundle(plays));

    private static Play Chosen(string hosts, params TaskNode[] tasks) => Book.Play(tasks) with
    {
        Hosts = hosts,
        IsChosenOnHost = true,
        Tasks = [.. Book.Play(tasks).Tasks.Select(task => task with { Id = $"{hosts}/{task.Id}" })],
    };

    private static TaskNode Copy(string path, string content) => Book.Task("copy", ("dest", path), ("content", content));

    private static Group Group(string name, int priority, string[] hosts, params (string Name, string Value)[] vars) =>
        new(name, [.. vars.Select(pair => KeyValuePair.Create(pair.Name, (Value)Value.Of(pair.Value)))], [], [.. hosts], priority);
}
