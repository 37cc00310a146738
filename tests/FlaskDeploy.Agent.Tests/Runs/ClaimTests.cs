using FlaskDeploy.Agent.Machine;
using FlaskDeploy.Agent.Modules;
using FlaskDeploy.Agent.Runs;
using FlaskDeploy.Language.Bundles;

namespace FlaskDeploy.Agent.Tests.Runs;

/// <summary>Two deployments on one host: what one holds the other does not take.</summary>
public sealed class ClaimTests : IDisposable
{
    private readonly TestHost _host = new() { User = "root" };
    private ulong _order;

    public void Dispose() => _host.Dispose();

    [Fact]
    public async Task A_push_that_wants_what_another_deployment_holds_is_refused_before_its_first_task()
    {
        await Push("a", File("/etc/motd", "of a"));
        var steps = _host.Steps.Count();

        var outcome = await Push("b", File("/etc/other", "new"), File("/etc/motd", "of b"));

        Assert.Equal(RunEnd.Failed, outcome.End);
        Assert.Equal(steps, _host.Steps.Count());
        Assert.Equal("of a", _host.Machine.Files.Text("/etc/motd"));
        var refused = Assert.Single(_host.Told, entry => entry.RunRefused is not null);
        Assert.Equal("b", refused.Deployment);
        Assert.Contains("path /etc/motd: site.yml:1:1 of 'b' wants a content of its own, site.yml:1:1 of 'a' wants a content of its own", refused.RunRefused.Reason, StringComparison.Ordinal);
        Assert.Contains("flaskdeploy retire a", refused.RunRefused.Remedy, StringComparison.Ordinal);
        Assert.DoesNotContain(_host.Told, entry => entry.RunStarted is not null && entry.Deployment == "b");
        Assert.True(_host.Store.Get("b").IsHeld);
    }

    [Fact]
    public async Task Every_clash_is_told_at_once()
    {
        await Push("a", File("/etc/x", "a"), File("/etc/y", "a"), File("/etc/z", "same"));
        await Push("b", File("/etc/x", "b"), File("/etc/y", "b"), File("/etc/z", "same"));

        Assert.Equal(3, Assert.Single(_host.Told, entry => entry.RunRefused is not null).RunRefused.Reason.Split('\n').Length);
    }

    [Fact]
    public async Task Two_that_want_the_same_live_together()
    {
        await Push("a", File("/etc/motd", "same"));
        Assert.Equal(RunEnd.Changed, (await Push("b", File("/etc/motd", "same"), File("/etc/b", "b"))).End);
    }

    [Fact]
    public async Task A_check_is_refused_as_the_push_would_be_and_holds_nothing()
    {
        await Push("a", File("/etc/motd", "of a"));
        Assert.Equal(RunEnd.Failed, (await Run("b", OrderMode.Check, File("/etc/motd", "of b"))).End);

        Assert.Single(_host.Told, entry => entry.RunRefused is not null);
        Assert.False(_host.Store.Get("b").IsHeld);
    }

    [Fact]
    public async Task What_only_a_registered_value_names_fails_its_task_and_the_other_keeps_it()
    {
        await Push("a", File("/etc/motd", "of a"));
        _host.Machine.OnCommand = (_, _) => Answered("/etc/motd");

        var outcome = await Push("b", Book.Shell("where").Registered("at"), File("{{ at.stdout }}", "of b"));

        Assert.Equal(RunEnd.Failed, outcome.End);
        Assert.Contains("path /etc/motd", outcome.Because, StringComparison.Ordinal);
        Assert.Equal("of a", _host.Machine.Files.Text("/etc/motd"));
    }

    [Fact]
    public async Task A_condition_on_what_is_registered_claims_nothing_until_it_is_known()
    {
        await Push("a", File("/etc/motd", "of a"));
        _host.Machine.OnCommand = (_, _) => Answered("no");

        var outcome = await Push("b", Book.Shell("ask").Registered("said"), File("/etc/motd", "of b").If("said.stdout == 'yes'"), File("/etc/b", "b"));

        Assert.Equal(RunEnd.Changed, outcome.End);
    }

    [Fact]
    public async Task A_fact_that_is_set_from_what_is_known_is_known_beforehand()
    {
        await Push("a", File("/etc/motd", "of a"));
        var steps = _host.Steps.Count();

        await Push("b", Book.Task("set_fact", ("at", "/etc/motd")), Book.Shell("first"), File("{{ at }}", "of b"));

        Assert.Equal(steps, _host.Steps.Count());
        Assert.Single(_host.Told, entry => entry.RunRefused is not null);
    }

    [Fact]
    public async Task A_retired_deployment_claims_nothing()
    {
        await Push("a", File("/etc/motd", "of a"));
        await _host.Run(_host.Assign(Bundle(File("/etc/motd", "of a")), 2, retired: true, deployment: "a"), Request(OrderMode.Converge));

        Assert.Equal(RunEnd.Changed, (await Push("b", File("/etc/motd", "of b"))).End);
        Assert.Equal("of b", _host.Machine.Files.Text("/etc/motd"));
    }

    [Fact]
    public async Task A_revision_that_gives_something_up_leaves_it_to_others_also_after_a_restart()
    {
        await Push("a", File("/etc/motd", "of a"), File("/etc/a", "a"));
        await Push("a", 2, File("/etc/a", "a"));
        _host.Restart();

        Assert.Equal(RunEnd.Changed, (await Push("b", File("/etc/motd", "of b"))).End);
        Assert.Equal(RunEnd.Failed, (await Push("c", File("/etc/a", "of c"))).End);
    }

    [Fact]
    public async Task What_a_failed_push_made_is_held_and_what_it_did_not_reach_is_free()
    {
        _host.Machine.OnCommand = (words, _) => words[^1] == "breaks" ? Answered("", exit: 1) : null;
        await Push("a", File("/etc/x", "a"), Book.Shell("breaks"), File("/etc/y", "a"));

        Assert.Equal(RunEnd.Failed, (await Push("b", File("/etc/x", "b"))).End);
        Assert.Equal(RunEnd.Changed, (await Push("c", File("/etc/y", "c"))).End);
    }

    [Fact]
    public async Task Of_two_that_clash_all_the_same_the_younger_gives_way_when_it_corrects()
    {
        await Push("a", File("/etc/a", "a"));
        await Push("b", File("/etc/motd", "of b"), File("/etc/b", "b"));
        // As an agent had it that knew no claims: a's came to hold what b has.
        var theirs = _host.Store.LoadClaims("b")!;
        _host.Store.SaveClaims("a", _host.Store.LoadClaims("a")! with { Tasks = [new("0/9", "old.yml:1:1", false, [Claim.NoPath("/etc/motd")])] });
        _host.Machine.WithFile("/etc/motd", "drifted");

        var outcome = await Run("b", Request(OrderMode.Converge) with { Order = 0 }, 1, File("/etc/motd", "of b"), File("/etc/b", "b"));

        Assert.Equal(RunEnd.Failed, outcome.End);
        Assert.Contains("old.yml:1:1 of 'a' wants it gone", outcome.Because, StringComparison.Ordinal);
        Assert.Equal("drifted", _host.Machine.Files.Text("/etc/motd"));

        // The older one does not give way.
        _host.Store.SaveClaims("a", _host.Store.LoadClaims("a")! with { Tasks = [] });
        _host.Store.SaveClaims("b", theirs with { Tasks = [new("0/9", "new.yml:1:1", false, [Claim.NoPath("/etc/a")])] });
        _host.Machine.WithFile("/etc/a", "drifted");
        Assert.Equal(RunEnd.Changed, (await Run("a", Request(OrderMode.Converge) with { Order = 0 }, 1, File("/etc/a", "a"))).End);
    }

    [Fact]
    public async Task Commands_that_are_verified_by_a_port_hold_it()
    {
        _host.Machine.OnCommand = (_, machine) =>
        {
            machine.Processes.Run("python site.py", 5000);
            return null;
        };
        Assert.Equal(RunEnd.Changed, (await Push("a", Book.Shell("start it"), Book.Task("wait_for", ("port", "5000")))).End);

        Assert.Equal(RunEnd.Failed, (await Push("b", Book.Shell("start it"), Book.Task("wait_for", ("port", "5000")))).End);
        Assert.Contains("port 5000: site.yml:1:1 of 'b' wants it held by the commands of 'b'", Assert.Single(_host.Told, entry => entry.RunRefused is not null).RunRefused.Reason, StringComparison.Ordinal);
        // Only waiting for it is nobody's business.
        Assert.Equal(RunEnd.Changed, (await Push("c", Book.Task("wait_for", ("port", "5000")), File("/etc/c", "c"))).End);
    }

    private CommandResult Answered(string output, int exit = 0) => new(exit, output, "", _host.Time.GetUtcNow(), TimeSpan.FromMilliseconds(5));

    private static TaskNode File(string path, string content) => Book.Task("copy", ("content", content), ("dest", path));

    private static Bundle Bundle(params TaskNode[] tasks) => Book.Bundle(Book.Play(tasks));

    private RunRequest Request(OrderMode mode) => new(RunRequest.NewId(), mode, "push") { Order = ++_order };

    private Task<DeploymentOutcome> Push(string deployment, params TaskNode[] tasks) => Push(deployment, 1, tasks);

    private Task<DeploymentOutcome> Push(string deployment, long sequence, params TaskNode[] tasks) => Run(deployment, Request(OrderMode.Converge), sequence, tasks);

    private Task<DeploymentOutcome> Run(string deployment, OrderMode mode, params TaskNode[] tasks) => Run(deployment, Request(mode), 1, tasks);

    private Task<DeploymentOutcome> Run(string deployment, RunRequest request, long sequence, params TaskNode[] tasks) =>
        _host.Run(_host.Assign(Bundle(tasks), sequence, deployment: deployment), request);
}
