using FlaskDeploy.Language.Bundles;
using FlaskDeploy.Language.Diagnostics;

namespace FlaskDeploy.Compiler.Tests;

public class InventoryTests
{
    private const string Ping = "- hosts: PATTERN\n  gather_facts: no\n  tasks: [{ping: }]\n";

    private const string Inventory = "[web]\nw[1:3]\n[db]\nd1\nw3\n[prod:children]\nweb\ndb\n[empty]\n";

    [Theory]
    [InlineData("all", "w1 w2 w3 d1")]
    [InlineData("*", "w1 w2 w3 d1")]
    [InlineData("web", "w1 w2 w3")]
    [InlineData("prod:!db", "w1 w2")]
    [InlineData("web:&db", "w3")]
    [InlineData("web,d1", "w1 w2 w3 d1")]
    [InlineData("!web", "d1")]
    [InlineData("w*", "w1 w2 w3")]
    [InlineData("w[!3]", "w1 w2")]
    [InlineData("web[0]", "w1")]
    [InlineData("web[-1]", "w3")]
    [InlineData("web[0:1]", "w1 w2")]
    [InlineData("web[1:]", "w2 w3")]
    [InlineData("~w(1|3)", "w1 w3")]
    [InlineData("['w1', d1]", "w1 d1")]
    public void Patterns_mean_what_they_mean_in_Ansible(string pattern, string hosts)
    {
        var compilation = new FakeOperatorMachine().With("hosts", Inventory).Compile(Ping.Replace("PATTERN", pattern.StartsWith('[') ? pattern : $"'{pattern}'", StringComparison.Ordinal), "hosts").Good();

        Assert.Equal(hosts, string.Join(' ', compilation.Hosts.Select(host => host.InventoryName)));
    }

    [Theory]
    [InlineData("web[01:20:9].example.com", "web01.example.com web10.example.com web19.example.com")]
    [InlineData("[a:c]x", "ax bx cx")]
    [InlineData("h[1:2]-[a:b]", "h1-a h1-b h2-a h2-b")]
    [InlineData("10.0.0.1:2222", "10.0.0.1")]
    [InlineData("[::1]:22", "::1")]
    [InlineData("2001:db8::1", "2001:db8::1")]
    [InlineData("a#comment", "a")]
    public void Hosts_are_written_out(string line, string hosts)
    {
        var compilation = new FakeOperatorMachine().With("hosts", line + "\n").Compile(Ping.Replace("PATTERN", "all", StringComparison.Ordinal), "hosts").Good();

        Assert.Equal(hosts, string.Join(' ', compilation.Hosts.Select(host => host.InventoryName)));
    }

    [Theory]
    [InlineData("5", "5")]
    [InlineData("0644", "'0644'")]
    [InlineData("True", "True")]
    [InlineData("true", "'true'")]
    [InlineData("1.5", "1.5")]
    [InlineData("\"['a', {'b': 1}]\"", "['a', {'b': 1}]")]
    [InlineData("\"'quoted'\"", "'quoted'")]
    [InlineData("None", "None")]
    [InlineData("[broken", "'[broken'")]
    [InlineData("'a b'", "'a b'")]
    [InlineData("0x10", "16")]
    public void Values_are_Python_literals_or_texts(string written, string expected)
    {
        var compilation = new FakeOperatorMachine().With("hosts", $"h x={written}\n").Compile(Ping.Replace("PATTERN", "all", StringComparison.Ordinal), "hosts").Good();

        Assert.Equal(expected, Assert.Single(compilation.Hosts[0].Part.Vars).Value.ToRepr());
    }

    [Fact]
    public void Groups_that_contain_each_other_are_an_error_with_the_way_around()
    {
        var error = new FakeOperatorMachine().With("hosts", "h\n[a:children]\nb\n[b:children]\nc\n[c:children]\na\n").Compile(Ping.Replace("PATTERN", "all", StringComparison.Ordinal), "hosts").Wrong();

        Assert.Equal(CompilerCodes.GroupCycle, error.Code);
        Assert.Equal(new SourceSpan("hosts", 7, 1), error.Span);
        Assert.Contains("c > a > b > c", error.Summary);
    }

    [Fact]
    public void The_levels_of_variables_win_in_the_order_of_the_list()
    {
        var machine = new FakeOperatorMachine()
            .With("inv/hosts", "h v7=host v8=host v9=host\n[g]\nh\n[g:vars]\nv2=group\nv3=group\n[all:vars]\nv1=all\nv2=all\n")
            .With("inv/group_vars/all.yml", "v3: inv-all\nv4: inv-all\n")
            .With("group_vars/all.yml", "v4: play-all\nv5: play-all\n")
            .With("inv/group_vars/g.yml", "v5: inv-g\nv6: inv-g\n")
            .With("group_vars/g/one", "v6: play-g\nv7: play-g\n")
            .With("inv/host_vars/h.yml", "v8: inv-h\nv9: inv-h\n")
            .With("host_vars/h.yaml", "v9: play-h\n");

        var compilation = machine.Compile(Ping.Replace("PATTERN", "all", StringComparison.Ordinal), "inv/hosts").Good();

        Assert.Equal("all group inv-all play-all inv-g play-g host inv-h play-h", string.Join(' ', Enumerable.Range(1, 9).Select(i => Fold(compilation, compilation.Hosts[0])[$"v{i}"])));
    }

    [Fact]
    public void The_host_part_says_what_the_fold_of_groups_would_get_wrong()
    {
        // A file of the weaker group beats what the inventory itself says of the stronger one.
        var machine = new FakeOperatorMachine()
            .With("hosts", "[a_weak]\nh\n[strong]\nh\n[strong:vars]\nv=inventory\nu=inventory\n")
            .With("group_vars/all.yml", "u: file\n")
            .With("group_vars/a_weak.yml", "v: file\n");

        var vars = Fold(machine.Compile(Ping.Replace("PATTERN", "all", StringComparison.Ordinal), "hosts").Good());

        Assert.Equal("file file", $"{vars["v"]} {vars["u"]}");
    }

    [Fact]
    public void YAML_inventories_have_groups_hosts_and_variables()
    {
        const string inventory = "all:\n  vars: {a: 1}\n  children:\n    web:\n      hosts:\n        w[1:2]: {b: 2}\n    db: {hosts: {d1: }}\n";
        var compilation = new FakeOperatorMachine().With("inv.yml", inventory).Compile(Ping.Replace("PATTERN", "web", StringComparison.Ordinal), "inv.yml").Good();

        Assert.Equal(["w1", "w2"], compilation.Hosts.Select(host => host.InventoryName));
        Assert.Equal(["all", "web"], compilation.Hosts[0].Part.Groups);
        Assert.Equal("2", Assert.Single(compilation.Hosts[0].Part.Vars).Value.ToString());
        Assert.Equal("d1", Assert.Single(compilation.Release.Groups.Single(group => group.Name == "db").Hosts));
    }

    [Fact]
    public void A_limit_narrows_and_leaves_the_groups_whole()
    {
        var compilation = new FakeOperatorMachine().With("hosts", Inventory).Compile(Ping.Replace("PATTERN", "web", StringComparison.Ordinal), "hosts", "-l w2").Good();

        Assert.Equal("w2", Assert.Single(compilation.Hosts).InventoryName);
        Assert.Equal(3, compilation.Release.Groups.Single(group => group.Name == "web").Hosts.Length);
    }

    [Fact]
    public void A_limit_that_matches_nothing_is_an_error() =>
        Assert.Equal(CompilerCodes.NoHosts, new FakeOperatorMachine().With("hosts", Inventory).Compile(Ping.Replace("PATTERN", "web", StringComparison.Ordinal), "hosts", "-l nobody").Wrong().Code);

    [Fact]
    public void Extra_vars_are_texts_or_typed_and_the_last_one_wins()
    {
        var machine = new FakeOperatorMachine().With("more.yml", "c: [1]\nd: yes\n");
        var extra = machine.Compile(Ping.Replace("PATTERN", "all", StringComparison.Ordinal), "h,", "-e a=5 b='x y'", "-e {\"a\": 6}", "-e @more.yml", "-e d=no").Good().Release.ExtraVars;

        Assert.Equal("a=6 b='x y' c=[1] d='no'", string.Join(' ', extra.Select(pair => $"{pair.Key}={pair.Value.ToRepr()}")));
    }

    [Fact]
    public void This_machine_is_localhost_to_an_apply_without_an_inventory()
    {
        var machine = new FakeOperatorMachine().With("site.yml", Ping.Replace("PATTERN", "all", StringComparison.Ordinal));
        var result = new PlaybookCompiler(machine).Compile(new CompilationRequest { PlaybookPath = "site.yml", ForLocalApply = true });

        Assert.Equal("localhost", Assert.Single(result.Good().Hosts).InventoryName);
        Assert.Equal(CompilerCodes.NoHosts, new PlaybookCompiler(machine).Compile(new CompilationRequest { PlaybookPath = "site.yml" }).Diagnostics[0].Code);
    }

    // As the agent folds them: groups from the weakest, then the host's own.
    private static Dictionary<string, string> Fold(Compilation compilation, CompiledHost? host = null)
    {
        var part = (host ?? compilation.Hosts[0]).Part;
        var result = new Dictionary<string, string>();
        foreach (var (name, value) in part.Groups.SelectMany(name => compilation.Release.Groups.Single(group => group.Name == name).Vars).Concat(part.Vars))
        {
            result[name] = value.ToString();
        }
        return result;
    }

    [Fact]
    public void An_inventory_that_is_a_program_is_asked_for_its_groups_and_for_hosts_that_it_says_nothing_of()
    {
        var machine = new FakeOperatorMachine { Executable = { "/site/hosts.py" }, Answers =
        {
            ["--list"] = """{"web": {"hosts": ["w1", "w2"], "vars": {"port": 80}}, "old": ["w1"], "site": {"children": ["web"]}}""",
            ["--host w1"] = """{"own": "{{ port }}"}""",
            ["--host w2"] = "",
        } };

        var compilation = machine.With("hosts.py", "#!/usr/bin/python3\n").Compile("- hosts: site\n  tasks: []\n", "hosts.py").Good();

        Assert.Equal(["w1", "w2"], compilation.Hosts.Select(host => host.InventoryName));
        Assert.Equal(["all", "old", "site", "web"], compilation.Hosts[0].Part.Groups.Order(StringComparer.Ordinal));
        Assert.Equal("own", Assert.Single(compilation.Hosts[0].Part.Vars).Key);
        Assert.Equal("port", Assert.Single(compilation.Release.Groups.Single(group => group.Name == "web").Vars).Key);
    }

    [Fact]
    public void An_inventory_that_is_a_program_is_not_asked_for_hosts_that_meta_tells_of()
    {
        var machine = new FakeOperatorMachine { Executable = { "/site/hosts.py" }, Answers = { ["--list"] = """{"_meta": {"hostvars": {"w1": {"a": 1}}}, "all": {"hosts": ["w1"]}}""" } };

        Assert.Equal("a", Assert.Single(machine.With("hosts.py", "#!/bin/sh\n").Compile("- hosts: all\n  tasks: []\n", "hosts.py").Good().Hosts.Single().Part.Vars).Key);
    }

    [Theory]
    [InlineData("[1]", "gave a list and not a mapping")]
    [InlineData("{\"web\": 1}", "a group is a mapping or a list of hosts")]
    [InlineData("{\"web\": {\"hots\": []}}", "a group has no 'hots'")]
    public void What_a_program_prints_wrongly_is_said(string output, string summary) =>
        Assert.Contains(summary, new FakeOperatorMachine { Executable = { "/site/hosts.py" }, Answers = { ["--list"] = output } }.With("hosts.py", "#!/bin/sh\n").Compile("- hosts: all\n  tasks: []\n", "hosts.py").Diagnostics[0].Summary, StringComparison.Ordinal);

    [Fact]
    public void A_program_that_fails_or_may_not_be_executed_is_no_inventory()
    {
        Assert.Contains("it ended with status 1", new FakeOperatorMachine { Executable = { "/site/hosts.py" } }.With("hosts.py", "#!/bin/sh\n").Compile("- hosts: all\n  tasks: []\n", "hosts.py").Diagnostics[0].Summary, StringComparison.Ordinal);
        Assert.Equal("chmod +x it", new FakeOperatorMachine().With("hosts.py", "#!/bin/sh\n").Compile("- hosts: all\n  tasks: []\n", "hosts.py").Diagnostics[0].Remedy);
    }
}
