using FlaskDeploy.Language.Values;

namespace FlaskDeploy.Language.Tests.Expressions;

/// <summary>Lookups that know an inventory or settings. Values are those of ansible-core 2.14 with the same inventory.</summary>
public sealed class InventoryLookupTests
{
    private static readonly Rendering Site = Rendering.Sample.With("groups", MapValue.From(
        ("all", Value.Of(["localhost", "u1", "w1", "w2", "d1", "dx"])), ("ungrouped", Value.Of(["localhost", "u1"])),
        ("web", Value.Of(["w1", "w2"])), ("prod", Value.Of(["w2", "d1"])), ("db", Value.Of(["d1", "dx"])), ("made", new UnknownValue("tasks make it"))));

    [Theory]
    [InlineData("all", "localhost u1 w1 w2 d1 dx")]
    [InlineData("web", "w1 w2")]
    [InlineData("web:&prod", "w2")]
    [InlineData("web:!prod", "w1")]
    [InlineData("all:!db*", "localhost u1 w1 w2")]
    [InlineData("~w\\d", "w1 w2")]
    [InlineData("w*", "w1 w2")]
    [InlineData("web[0]", "w1")]
    [InlineData("web[0:1]", "w1 w2")]
    [InlineData("web[-1]", "w2")]
    [InlineData("nowhere", "")]
    [InlineData("localhost", "localhost")]
    [InlineData("127.0.0.1", "127.0.0.1")]
    [InlineData("w1,d1", "w1 d1")]
    [InlineData("!web", "localhost u1 d1 dx")]
    [InlineData("&web", "w1 w2")]
    [InlineData("ungrouped", "localhost u1")]
    [InlineData("d1:w1", "d1 w1")]
    [InlineData("all[1:2]", "u1 w1")]
    [InlineData("web[5]", "")]
    [InlineData("all:!web[0]", "localhost u1 w2 d1 dx")]
    public void Patterns_mean_the_hosts_that_they_mean_in_Ansible(string pattern, string hosts) =>
        Assert.Equal(hosts, Site.Text($"{{{{ query('inventory_hostnames', '{pattern}') | join(' ') }}}}"));

    [Fact]
    public void Several_patterns_are_one_and_one_host_is_a_text()
    {
        Assert.Equal("w1,w2,d1|w1", Site.Text("{{ lookup('inventory_hostnames', 'web', 'd1') }}|{{ lookup('ansible.builtin.inventory_hostnames', 'w1') }}"));
    }

    [Fact]
    public void Who_is_in_a_group_that_tasks_make_is_unknown_and_of_no_other_group()
    {
        Assert.True(Site.Value_("{{ query('inventory_hostnames', 'made') }}").IsUnknown);
        Assert.Equal("w1", Site.Text("{{ lookup('inventory_hostnames', 'web[0]') }}"));
    }

    [Fact]
    public void Without_an_inventory_it_is_an_error() =>
        Assert.Contains("no inventory", Rendering.Sample.Error("{{ lookup('inventory_hostnames', 'all') }}").Summary, StringComparison.Ordinal);

    [Fact]
    public void Settings_that_mean_something_here_are_as_they_are_here()
    {
        Assert.Equal("root|False|False|[]", Site.Text("{{ lookup('config', 'DEFAULT_BECOME_USER') }}|{{ lookup('config', 'DEFAULT_FORCE_HANDLERS') }}|{{ lookup('config', 'DEFAULT_JINJA2_NATIVE') }}|{{ query('config', 'DEFAULT_FORKS', on_missing='skip') }}"));
        Assert.Equal("[False, 'Ansible managed']", Site.Text("{{ lookup('config', 'DEFAULT_BECOME', 'DEFAULT_MANAGED_STR') }}"));
    }

    [Theory]
    [InlineData("'DEFAULT_FORKS'", "Unable to find setting DEFAULT_FORKS")]
    [InlineData("5", "5 is not a string")]
    [InlineData("'DEFAULT_BECOME', on_missing='bad'", "on_missing is error, skip or warn")]
    [InlineData("'remote_tmp', plugin_type='shell', plugin_name='sh'", "plugins")]
    public void Settings_that_mean_nothing_here_are_an_error(string arguments, string problem) =>
        Assert.Contains(problem, Site.Error($"{{{{ lookup('config', {arguments}) }}}}").Summary, StringComparison.Ordinal);
}
