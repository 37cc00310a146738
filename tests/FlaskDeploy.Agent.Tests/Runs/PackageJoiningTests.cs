using FlaskDeploy.Agent.Machine;
using FlaskDeploy.Agent.Runs;
using FlaskDeploy.Agent.Tests.Machine;
using FlaskDeploy.Language.Bundles;
using FlaskDeploy.Language.Values;
using FlaskDeploy.Agent.Tests.Drift;

namespace FlaskDeploy.Agent.Tests.Runs;

/// <summary>Neighbouring package tasks: one transaction where that is safe, and each its own result.</summary>
public sealed class PackageJoiningTests : IDisposable
{
    private readonly TestHost _host = new();

    public PackageJoiningTests() =>
        _host.Machine.Packages.Repository.AddRange(((string[])["a", "b", "c", "d", "epel-release"]).Select(name => FakePackages.Named(name, "1.0")));

    public void Dispose() => _host.Dispose();

    private IEnumerable<string> Transactions => _host.Machine.Packages.Transactions.Select(transaction => transaction.Summary);

    [Fact]
    public async Task Neighbours_are_one_transaction_and_each_is_told_as_changed()
    {
        await Run(Install("a"), Install("b", "dnf"), Install("c", "package"));

        Assert.Equal(["install a b c"], Transactions);
        Assert.Equal(3u, _host.Ended.Single().Counts.Changed);
        Assert.Equal(["a", "b", "c"], _host.Machine.Packages.Database.Select(package => package.Name));
    }

    [Fact]
    public async Task Each_registers_its_own_packages()
    {
        await Run(
            Install("a").Registered("first"),
            Install("b").Registered("second"),
            Book.Shell("{{ first.results }} {{ first.changed }} {{ second.results }} {{ second.changed }} {{ second.rc }}"));

        Assert.Equal(["['Installed: a-1.0-1.el7.x86_64'] True ['Installed: b-1.0-1.el7.x86_64'] True 0"], _host.Commands);
        Assert.Single(Transactions);
    }

    [Fact]
    public async Task The_items_of_a_loop_are_one_transaction()
    {
        await Run(Book.Task("yum", ("name", "{{ item }}")).Sudo().Over("a", "b", "c").Registered("out"), Book.Shell("{{ out.results | map(attribute='changed') | list }}"));

        Assert.Equal(["install a b c"], Transactions);
        Assert.Equal(["[True, True, True]"], _host.Commands);
    }

    [Fact]
    public async Task What_is_there_already_stands_between_nothing()
    {
        _host.Machine.Packages.Database.Add(FakePackages.Named("b", "1.0"));

        await Run(Install("a"), Install("b"), Install("c"));

        Assert.Equal(["install a c"], Transactions);
        Assert.Equal((2u, 1u), (_host.Ended.Single().Counts.Changed, _host.Ended.Single().Counts.Ok - _host.Ended.Single().Counts.Changed));
    }

    [Fact]
    public async Task What_an_earlier_one_brings_is_not_told_as_changed_again()
    {
        await Run(Install("a-1.0"), Install("a"), Install("a"), Install("b"));

        Assert.Equal(["install a-1.0 b"], Transactions);
        Assert.Equal((4u, 2u), (_host.Ended.Single().Counts.Ok, _host.Ended.Single().Counts.Changed));
    }

    [Fact]
    public async Task What_a_pattern_brings_is_told_by_its_own_task()
    {
        await Run(Install("a"), Install("b*"), Install("d"));

        Assert.Equal(["install a", "install b*", "install d"], Transactions);
    }

    [Fact]
    public async Task One_that_has_a_time_of_its_own_is_by_itself()
    {
        await Run(Install("a"), Install("b") with { Timeout = Value.Of(600) }, Install("c"));

        Assert.Equal("install a", Transactions.First());
    }

    [Fact]
    public async Task What_fails_registers_why()
    {
        await Run(Install("nosuch").Registered("out") with { IgnoreErrors = Value.True }, Book.Shell("{{ out.msg }}"));

        Assert.Equal(["No match for argument: nosuch"], _host.Commands);
    }

    [Fact]
    public async Task A_task_between_divides_them()
    {
        await Run(Install("a"), Book.Shell("x"), Install("b"));

        Assert.Equal(["install a", "install b"], Transactions);
    }

    [Fact]
    public async Task A_condition_on_what_one_registers_divides_them()
    {
        await Run(Install("a").Registered("first"), Install("b").If("first is changed"), Install("c"));

        Assert.Equal(["install a", "install b c"], Transactions);
    }

    [Fact]
    public async Task What_is_skipped_is_not_installed_with_the_others()
    {
        await Run(Install("a"), Install("b").If("1 == 2"), Install("c"));

        Assert.Equal(["install a c"], Transactions);
        Assert.Equal(1u, _host.Ended.Single().Counts.Skipped);
    }

    [Fact]
    public async Task What_brings_a_repository_is_there_before_what_is_in_it()
    {
        await Run(Install("epel-release"), Install("a"), Install("b"));

        Assert.Equal(["install epel-release", "install a b"], Transactions);
    }

    [Theory]
    [InlineData("state", "latest")]
    [InlineData("enablerepo", "testing")]
    [InlineData("disable_gpg_check", "yes")]
    [InlineData("download_only", "yes")]
    [InlineData("state", "absent")]
    [InlineData("installroot", "/mnt/root")]
    public async Task What_is_asked_for_otherwise_is_a_transaction_of_its_own(string argument, string value)
    {
        await Run(Install("a"), Book.Task("yum", ("name", "b"), (argument, value)).Sudo());

        Assert.Equal("install a", Transactions.First());
    }

    [Fact]
    public async Task Those_of_one_other_root_are_one_transaction_there()
    {
        TaskNode InRoot(string name) => Book.Task("dnf", ("name", name), ("installroot", "/mnt/root/")).Sudo();

        await Run(InRoot("a"), InRoot("b"), Install("c"));

        Assert.Equal(["install a b in /mnt/root"], _host.Machine.Packages.Roots["/mnt/root"].Transactions.Select(transaction => transaction.Summary));
        Assert.Equal(["install c"], Transactions);
    }

    [Fact]
    public async Task One_that_decides_by_its_result_whether_it_failed_is_by_itself()
    {
        await Run(Install("a") with { FailedWhen = Book.When("1 == 1") }, Install("b"));

        Assert.Equal(["install a"], Transactions);
        Assert.Equal(1u, _host.Ended.Single().Counts.Failed);
    }

    [Fact]
    public async Task A_joined_transaction_that_fails_is_carried_out_task_by_task_and_the_right_one_has_failed()
    {
        var outcome = await Run(Install("a"), Install("nosuch").Named("the wrong one"), Install("c"));

        Assert.Equal(RunEnd.Failed, outcome.End);
        Assert.StartsWith("the wrong one: ", outcome.Because, StringComparison.Ordinal);
        Assert.Equal(["install a nosuch c", "install a", "install nosuch c", "install nosuch"], Transactions);
        Assert.DoesNotContain("c", _host.Machine.Packages.Database.Select(package => package.Name));
    }

    [Fact]
    public async Task A_check_joins_nothing_and_installs_nothing()
    {
        await _host.Run(_host.Assign(Book.Bundle(Book.Play(Install("a"), Install("b")))), new RunRequest(RunRequest.NewId(), OrderMode.Check, "push") { Order = 1 });

        Assert.Empty(Transactions);
    }

    [Fact]
    public async Task A_handler_that_two_of_them_notify_runs_once()
    {
        await Run(Book.Play(Install("a").Notifying("told"), Install("b").Notifying("told")).Handling(Book.Shell("told").Named("told")));

        Assert.Single(Transactions);
        Assert.Equal(["told"], _host.Commands);
    }

    [Fact]
    public async Task Cut_off_in_it_each_is_told_as_changed_by_the_next_life()
    {
        var assignment = _host.Assign(Book.Bundle(Book.Play(Install("a"), Install("b"))));
        _host.AfterStep = _ => _host.Kill();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => _host.Run(assignment, new RunRequest(RunRequest.NewId(), OrderMode.Converge, "push") { Order = 1 }));
        _host.AfterStep = null;
        _host.Revive();

        Assert.Equal(RunEnd.Changed, (await _host.Resume(assignment)).End);

        Assert.Equal(["install a b"], Transactions);
        Assert.Equal(2u, _host.Ended.Single().Counts.Changed);
    }

    [Fact]
    public async Task Metadata_is_fetched_anew_once()
    {
        await Run(Refreshing("a"), Install("epel-release"), Refreshing("b"));

        Assert.Equal([true, false, false], _host.Machine.Packages.Transactions.Select(transaction => transaction.RefreshMetadata));
    }

    [Fact]
    public async Task A_command_between_may_have_made_a_repository()
    {
        await Run(Refreshing("a"), Book.Shell("createrepo /srv"), Refreshing("b"));

        Assert.Equal([true, true], _host.Machine.Packages.Transactions.Select(transaction => transaction.RefreshMetadata));
    }

    private static TaskNode Install(string name, string module = "yum") => Book.Task(module, ("name", name)).Sudo();

    private static TaskNode Refreshing(string name) => Book.Task("yum", ("name", name), ("update_cache", "yes")).Sudo();

    private Task<DeploymentOutcome> Run(params TaskNode[] tasks) => Run(Book.Play(tasks));

    private Task<DeploymentOutcome> Run(Play play) => _host.Run(_host.Assign(Book.Bundle(play)), new RunRequest(RunRequest.NewId(), OrderMode.Converge, "push") { Order = 1 });
}
