using System.Collections.Immutable;
using FlaskDeploy.Agent.Runs;
using FlaskDeploy.Language.Bundles;
using FlaskDeploy.Language.Values;

namespace FlaskDeploy.Agent.Tests.Runs;

public sealed class VariablesTests
{
    private static readonly string[] Sources = ["group all", "group web", "host", "fact", "play", "block", "task", "registered", "loop", "extra"];

    public static TheoryData<int> Strengths() => [.. Enumerable.Range(0, Sources.Length)];

    [Theory]
    [MemberData(nameof(Strengths))]
    public void A_stronger_source_hides_all_weaker_ones(int strongest)
    {
        var has = (string source) => Array.IndexOf(Sources, source) <= strongest;
        var vars = (string source) => has(source) ? ImmutableArray.Create(KeyValuePair.Create("x", (Value)Value.Of(source))) : [];
        var assigned = new Assigned
        {
            Deployment = "site",
            Sequence = 1,
            Host = "web1",
            Bundle = Book.Bundle(),
            Content = default,
            Release = new ReleaseContent
            {
                Bundle = null,
                Origin = "",
                Groups = [new Group("web", vars("group web"), [], ["web1"], 0), new Group("all", vars("group all"), ["web"], ["web1"], 0)],
                ExtraVars = vars("extra"),
            },
            Part = new HostPartContent { InventoryName = "web1.example.org", Groups = ["all", "web"], Vars = vars("host") },
        };
        var run = new RunVariables(assigned, Book.Play() with { Vars = vars("play") }, request: null);
        run.SetFacts(vars("fact"));
        vars("registered").ToList().ForEach(pair => run.Register(pair.Key, pair.Value));
        var task = new TaskVariables(run);
        task.Add(vars("block"));
        task.Add(vars("task"));
        task = has("loop") ? task.ForItem(new Loop("items", ListValue.Empty) { LoopVar = "x" }, [Value.Of("loop")], 0) : task;

        Assert.Equal(Sources[strongest], task.Find("x")!.ToString());
        Assert.Equal("web1.example.org", task.Find("inventory_hostname")!.ToString());
        Assert.Equal("web1", task.Find("inventory_hostname_short")!.ToString());
        Assert.Equal("['web']", task.Find("group_names")!.ToString());
        Assert.Null(task.Find("never"));
        Assert.Contains("x", task.Names);
    }

    // Source: Ansible's documentation of tags, and its tagged tasks' rules.
    [Theory]
    [InlineData("", "", "", true)]
    [InlineData("a", "", "", true)]
    [InlineData("never", "", "", false)]
    [InlineData("never a", "", "", false)]
    [InlineData("never a", "a", "", true)]
    [InlineData("never always", "", "", true)]
    [InlineData("", "a", "", false)]
    [InlineData("a b", "b", "", true)]
    [InlineData("b", "a", "", false)]
    [InlineData("always", "a", "", true)]
    [InlineData("always", "a", "always", false)]
    [InlineData("a", "", "a", false)]
    [InlineData("a", "a", "a", false)]
    [InlineData("b", "", "a", true)]
    [InlineData("a", "tagged", "", true)]
    [InlineData("", "tagged", "", false)]
    [InlineData("never", "tagged", "", false)]
    [InlineData("", "untagged", "", true)]
    [InlineData("a", "untagged", "", false)]
    [InlineData("a", "", "tagged", false)]
    [InlineData("", "", "tagged", true)]
    [InlineData("", "", "untagged", false)]
    [InlineData("a", "all", "", true)]
    [InlineData("never", "all", "", false)]
    [InlineData("a", "", "all", false)]
    [InlineData("always", "", "all", true)]
    [InlineData("always", "", "all always", false)]
    public void Tags_take_the_tasks_that_Ansible_would_take(string tags, string wanted, string unwanted, bool taken) =>
        Assert.Equal(taken, TagFilter.Takes(Words(tags), Words(wanted), Words(unwanted)));

    [Theory]
    [InlineData("site", "0/3", "site-0_3")]
    [InlineData("my-site", "0/3/b1", "my_site-0_3_b1")]
    [InlineData("a b;c", "$(x)", "a_b_c-__x_")]
    public void A_scope_has_a_name_that_systemd_takes_with_its_deployment_first(string deployment, string task, string expected) =>
        Assert.Equal(expected, ScopeName.For(deployment, task));

    [Fact]
    public void Keywords_of_a_block_reach_its_tasks_and_the_tasks_own_win()
    {
        var block = Book.Block([Book.Shell("x") with { Tags = ["own"], IgnoreErrors = Value.False, Become = new Become(null, Value.Of("web")), When = Book.When("b") }]) with
        {
            Tags = ["block"],
            IgnoreErrors = Value.True,
            Become = new Become(Value.True, Value.Of("root")),
            When = Book.When("a"),
        };

        var keywords = PlaybookTasks.Of(Book.Play(block) with { Tags = ["play"] }).Single().Keywords;

        Assert.Equal(["play", "block", "own"], keywords.Tags);
        Assert.Equal([Value.False, Value.True], keywords.IgnoreErrors!.All);
        Assert.Equal((Value.True, "web"), (keywords.Become!.Written, keywords.BecomeUser!.Written.ToString()));
        Assert.Equal(["a", "b"], keywords.When.Select(condition => condition.ToString()));
    }

    private static ImmutableArray<string> Words(string text) => [.. text.Split(' ', StringSplitOptions.RemoveEmptyEntries)];
}
