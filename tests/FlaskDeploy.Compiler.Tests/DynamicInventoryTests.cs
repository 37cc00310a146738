using FlaskDeploy.Compiler.Vaults;
using FlaskDeploy.Language.Bundles;
using FlaskDeploy.Language.Diagnostics;
using FlaskDeploy.Language.Modules;

namespace FlaskDeploy.Compiler.Tests;

/// <summary>Hosts and groups that only a run makes, and tasks for other names of a machine.</summary>
public sealed class DynamicInventoryTests
{
    private const string Inventory = "[web]\nweb1\n[db]\ndb1\n";

    [Fact]
    public void A_play_for_a_group_that_tasks_make_may_be_for_every_host_that_runs_them()
    {
        var compilation = new FakeOperatorMachine().With("hosts", Inventory)
            .Compile("- hosts: web\n  tasks:\n  - group_by: key=os_{{ ansible_os_family }}\n- hosts: os_RedHat\n  tasks:\n  - shell: echo {{ only_there }}\n    when: only_there is defined\n- hosts: db\n  tasks: []\n", "hosts").Good();

        Assert.Equal([false, true, false], compilation.Bundle.Plays.Select(play => play.IsChosenOnHost));
        Assert.Equal([[0, 1], [2]], compilation.Hosts.Select(host => host.Part.Plays.ToArray()));
    }

    [Fact]
    public void What_such_a_group_has_travels_and_is_known_on_the_host_only()
    {
        var result = new FakeOperatorMachine().With("hosts", Inventory).With("group_vars/os_RedHat.yml", "a: 1\nb: 2\n").With("group_vars/other.yml", "c: 3\n")
            .Compile("- hosts: all\n  tasks:\n  - group_by: key=os_{{ ansible_os_family }}\n  - shell: echo {{ a }}\n", "hosts");

        var made = Assert.Single(result.Good().Release.Groups, group => group.IsMadeByTasks);
        Assert.Equal("os_RedHat", made.Name);
        Assert.Equal(["a", "b"], made.Vars.Select(pair => pair.Key));
        Assert.Empty(result.Diagnostics);
    }

    [Theory]
    [InlineData("a", "a", true)]
    [InlineData("a", "b", false)]
    [InlineData("a b", "a-b", true)]
    [InlineData("x_{{ ansible_os_family }}", "x_RedHat", true)]
    [InlineData("x_{{ ansible_os_family }}", "y_RedHat", false)]
    [InlineData("x_{{ ansible_os_family }}", "x_*", true)]
    [InlineData("x_{{ ansible_os_family }}", "web:!x_RedHat", true)]
    [InlineData("{{ ansible_os_family }}", "all", false)]
    [InlineData("{{ ansible_os_family }}", "web1", true)]
    public void Only_a_pattern_that_a_task_may_change_the_meaning_of_is_for_the_host(string key, string pattern, bool isChosen) =>
        Assert.Equal(isChosen, new FakeOperatorMachine().With("hosts", Inventory).Compile($"- hosts: all\n  tasks:\n  - group_by: key=\"{key}\"\n- hosts: '{pattern}'\n  tasks: []\n", "hosts").Good().Bundle.Plays[1].IsChosenOnHost);

    [Fact]
    public void An_include_may_bring_the_task_that_makes_the_group() =>
        Assert.True(new FakeOperatorMachine().With("tasks/make.yml", "- group_by: key=made\n").Compile("- hosts: all\n  tasks:\n  - include_tasks: tasks/make.yml\n- hosts: made\n  tasks: []\n").Good().Bundle.Plays[1].IsChosenOnHost);

    [Fact]
    public void The_place_of_a_host_in_a_group_that_tasks_make_is_nobodys_to_know() =>
        Assert.Contains("no host knows its place", CompilerTestExtensions.Compile("- hosts: all\n  tasks:\n  - group_by: key=made\n- hosts: made[0]\n  tasks: []\n").Wrong().Summary, StringComparison.Ordinal);

    [Fact]
    public void A_group_by_that_is_not_there_yet_is_not_misspelt() =>
        Assert.Empty(CompilerTestExtensions.Compile("- hosts: all\n  tasks:\n  - group_by: key=made\n  - debug: msg={{ groups.made }}\n    when: \"'made' in group_names\"\n").Diagnostics);

    [Fact]
    public void A_host_is_added_in_an_apply_only()
    {
        const string playbook = "- hosts: all\n  tasks:\n  - add_host: name=x groups=g a={{ 1 }}\n  - ping:\n    delegate_to: x\n  - debug: msg={{ groups.g }}\n";

        Assert.Equal(CompilerCodes.NotSupportedYet, CompilerTestExtensions.Compile("- hosts: all\n  tasks:\n  - add_host: name=x\n").Wrong().Code);
        Assert.Empty(CompilerTestExtensions.Compile(playbook, "--apply").Diagnostics);
    }

    [Theory]
    [InlineData("g", false)]
    [InlineData("all", false)]
    [InlineData("x", false)]
    [InlineData("all:!g", true)]
    [InlineData("web1", true)]
    [InlineData("h", true)]
    public void A_play_that_an_added_host_would_be_of_is_refused(string pattern, bool isFine)
    {
        var result = CompilerTestExtensions.Compile($"- hosts: web1\n  tasks:\n  - add_host: name=x groups=g\n- hosts: '{pattern}'\n  tasks: []\n", "--apply");

        Assert.Equal(isFine, !result.HasErrors);
        Assert.All(result.Diagnostics.Where(diagnostic => diagnostic.Severity == Severity.Error), error => Assert.Contains("add_host makes known in site.yml:3:5", error.Summary, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("delegate_to: localhost", true)]
    [InlineData("delegate_to: web1", true)]
    [InlineData("delegate_to: alias", true)]
    [InlineData("delegate_to: '{{ ansible_nodename }}'", true)]
    [InlineData("delegate_to: localhost\n    delegate_facts: yes", true)]
    [InlineData("delegate_to: db1", false)]
    [InlineData("delegate_to: nowhere", false)]
    public void Delegation_is_to_this_machine_or_an_error_before_anything_runs(string keywords, bool isFine)
    {
        var machine = new FakeOperatorMachine().With("hosts", "web1\ndb1\nalias ansible_connection=local\n");
        var result = machine.Compile($"- hosts: web1\n  tasks:\n  - ping:\n    {keywords}\n", "hosts", "--apply");

        Assert.Equal(isFine, !result.HasErrors);
        Assert.True(machine.Compile($"- hosts: web1\n  tasks:\n  - ping:\n    {keywords}\n", "hosts").HasErrors, "on push it is refused");
    }

    [Fact]
    public void What_looks_at_no_machine_may_be_any_hosts() =>
        Assert.Empty(CompilerTestExtensions.Compile("- hosts: all\n  tasks:\n  - set_fact: a=1\n    delegate_to: nowhere\n    delegate_facts: yes\n", "--apply").Diagnostics);

    [Fact]
    public void What_is_local_may_be_said_with_an_extra_variable() =>
        Assert.All(new FakeOperatorMachine().Compile("- hosts: all\n  tasks: [{ping: }]\n", "web1,web2", "--apply", "-e ansible_connection=local").Good().Hosts, host => Assert.True(host.IsHere));

    [Fact]
    public void A_delegation_that_may_fail_is_told_and_left_to_the_host() =>
        Assert.Equal(Severity.Warning, Assert.Single(CompilerTestExtensions.Compile("- hosts: all\n  tasks:\n  - ping:\n    delegate_to: nowhere\n    ignore_errors: yes\n", "--apply").Diagnostics).Severity);

    [Fact]
    public void Blocks_roles_and_what_an_include_applies_hand_it_down()
    {
        var machine = new FakeOperatorMachine().With("roles/r/tasks/main.yml", "- ping:\n").With("tasks/a.yml", "- ping:\n");
        var plays = machine.Compile("- hosts: all\n  roles:\n  - role: r\n    delegate_to: localhost\n  tasks:\n  - block: [{ping: }]\n    delegate_to: localhost\n  - include_tasks: {file: tasks/a.yml, apply: {delegate_to: localhost}}\n  - local_action: ping\n", "web1,", "--apply").Good().Bundle.Plays;

        Assert.Equal(["localhost", "localhost", null, "localhost"], plays[0].Tasks.Select(task => task.DelegateTo?.ToString()));
        Assert.Equal("localhost", Assert.IsType<Include>(plays[0].Tasks[2].Action).Apply?.DelegateTo?.ToString());
    }

    [Fact]
    public void A_push_tells_no_host_what_another_ones_vault_holds()
    {
        var vault = AnsibleVault.Encrypt("key: swordfish\nplain: {inside: 1}"u8, new VaultPassword(null, "open"), [.. Enumerable.Range(0, 32).Select(number => (byte)number)]);
        var machine = new FakeOperatorMachine().With("hosts", "web1\ndb1 port=1\n").With("host_vars/db1.yml", vault);
        var compilation = machine.Compile("- hosts: all\n  tasks:\n  - debug: msg={{ hostvars.db1.port }}\n", "hosts", "--vault-id open").Good();

        Assert.Contains(compilation.Hosts[1].Part.Vars, pair => pair.Key == "key");
        Assert.Equal(["web1", "db1 port"], compilation.Release.Hosts.Select(host => $"{host.Name} {string.Join(' ', host.Vars.Select(pair => pair.Key))}".Trim()));
    }

    [Theory]
    [InlineData("- debug: msg={{ hostvars.db1.port }}")]
    [InlineData("- debug: msg=x\n    when: hostvars[groups.far[0]].port == '1'")]
    [InlineData("- template: src=hosts.j2 dest=/etc/hosts")]
    public void A_push_tells_of_other_hosts_where_a_template_asks(string task)
    {
        var machine = new FakeOperatorMachine().With("hosts", "web1\n[far]\ndb1 port=1 ansible_connection=local\n").With("templates/hosts.j2", "{% for host in groups.far %}{{ hostvars[host].port }}{% endfor %}\n");
        var told = machine.Compile($"- hosts: web1\n  tasks:\n  {task}\n", "hosts").Good().Release.Hosts;

        Assert.Equal([("web1", false, ""), ("db1", false, "port")], told.Select(peer => (peer.Name, peer.IsHere, string.Join(' ', peer.Vars.Select(pair => pair.Key)))));
    }

    [Theory]
    [InlineData("{{ hostvars[inventory_hostname].port }}")]
    [InlineData("{{ groups.far | join }}")]
    public void A_push_tells_of_no_others_where_none_is_asked_about(string text) =>
        Assert.Empty(new FakeOperatorMachine().With("hosts", "[far]\ndb1 port=1\nweb1 port=2\n").Compile($"- hosts: web1\n  tasks:\n  - debug: {{msg: \"{text}\"}}\n", "hosts").Good().Release.Hosts);

    [Fact]
    public void An_apply_takes_the_other_hosts_along_and_a_push_does_not()
    {
        var machine = new FakeOperatorMachine().With("hosts", "web1\n[far]\ndb1 port=1\nalias ansible_connection=local\n");
        var peers = machine.Compile("- hosts: web1\n  tasks: []\n", "hosts", "--apply").Good().Hosts[0].Part.Peers;

        Assert.Equal([("db1", false), ("alias", true)], peers.Select(peer => (peer.Name, peer.IsHere)));
        Assert.Equal(["port"], peers[0].Vars.Select(pair => pair.Key));
        var pushed = machine.Compile("- hosts: web1\n  tasks: []\n", "hosts").Good();
        Assert.Empty(pushed.Hosts[0].Part.Peers);
        Assert.Empty(pushed.Release.Hosts);
    }

    [Theory]
    [InlineData("tasks: [{debug: }, {block: [{set_fact: {a: 1}}], rescue: [{fail: }]}, {meta: noop}]", true)]
    [InlineData("tasks: [{ping: , delegate_to: localhost}]", true)]
    [InlineData("tasks: [{include_tasks: tasks/a.yml}]", true)]
    [InlineData("tasks: [{include_tasks: tasks/b.yml}]", false)]
    [InlineData("tasks: [{ping: }]", false)]
    [InlineData("tasks: [{debug: }]\n  handlers: [{ping: , name: h}]", false)]
    [InlineData("tasks: [{debug: }]\n  gather_facts: yes", false)]
    public void A_play_that_looks_at_no_host_is_carried_out_for_any(string tasks, bool isHere)
    {
        var machine = new FakeOperatorMachine().With(tasks.Contains("b.yml", StringComparison.Ordinal) ? "tasks/b.yml" : "tasks/a.yml", tasks.Contains("b.yml", StringComparison.Ordinal) ? "- block: [{ping: }, {include_tasks: tasks/b.yml}]\n" : "- debug:\n");
        var hosts = machine.Compile($"- hosts: all\n{(tasks.Contains("gather_facts", StringComparison.Ordinal) ? "" : "  gather_facts: no\n")}  {tasks}\n", "web1,web2", "--apply").Good().Hosts;

        Assert.Equal([(isHere, isHere), (isHere, isHere)], hosts.Select(host => (host.IsHere, host.Part.IsElsewhere)));
    }

    [Theory]
    [InlineData("argument_specs.yml", "argument_specs:\n  main:\n    short_description: It\n    options:\n      a: {type: int, required: true}\n")]
    [InlineData("argument_specs.yaml", "argument_specs:\n  main:\n    short_description: It\n    options:\n      a: {type: int, required: true}\n")]
    [InlineData("main.yml", "argument_specs:\n  main:\n    short_description: It\n    options:\n      a: {type: int, required: true}\n")]
    public void A_role_with_a_specification_begins_with_holding_what_it_is_given_against_it(string file, string content)
    {
        var machine = new FakeOperatorMachine().With("roles/r/tasks/main.yml", "- ping:\n").With($"roles/r/meta/{file}", content);
        var block = Assert.IsType<Block>(machine.Compile("- hosts: all\n  roles:\n  - {role: r, a: 1}\n").Good().Bundle.Plays[0].Tasks[0].Action);
        var validation = Assert.IsType<Block>(block.Tasks[0].Action).Tasks[0];

        Assert.Equal("Validating arguments against arg spec 'main' - It", validation.Name.ToString());
        Assert.Equal(["always"], validation.Tags);
        Assert.Equal("validate_argument_spec", Assert.IsType<ModuleCall>(validation.Action).Module);
    }

    [Theory]
    [InlineData("{role: r}", "r: missing required arguments: a")]
    [InlineData("{role: r, a: x}", "unable to convert to int")]
    [InlineData("{role: r, a: 1, z: 2}", "z. Supported parameters include: a.")]
    [InlineData("{role: r, a: 1}", null)]
    [InlineData("{role: r, a: '{{ ansible_memtotal_mb }}'}", null)]
    [InlineData("{role: r, when: ansible_os_family == 'Debian'}", null)]
    public void What_a_role_is_given_wrongly_is_said_before_anything_runs_where_it_is_known(string use, string? error)
    {
        var result = new FakeOperatorMachine().With("roles/r/tasks/main.yml", "- ping:\n").With("roles/r/meta/argument_specs.yml", "argument_specs: {main: {options: {a: {type: int, required: true}}}}\n").Compile($"- hosts: all\n  roles:\n  - {use}\n");

        Assert.Equal(error is not null, result.HasErrors);
        Assert.True(error is null || result.Wrong().Summary.Contains(error, StringComparison.Ordinal), string.Join('\n', result.Diagnostics));
    }

    [Theory]
    [InlineData("tasks_from: other", false)]
    [InlineData("rolespec_validate: no", false)]
    [InlineData("public: yes", true)]
    public void Each_file_of_tasks_has_its_own_specification_or_none(string argument, bool isValidated)
    {
        var machine = new FakeOperatorMachine().With("roles/r/tasks/main.yml", "- ping:\n").With("roles/r/tasks/other.yml", "- ping:\n").With("roles/r/meta/argument_specs.yml", "argument_specs: {main: {options: {a: {}}}}\n");

        Assert.Equal(isValidated, machine.Compile($"- hosts: all\n  tasks:\n  - include_role:\n      name: r\n      {argument}\n").Good().Bundle.Requirements.Modules.Contains("validate_argument_spec"));
    }

    [Fact]
    public void A_role_of_a_collection_beside_the_playbook_is_a_role() =>
        Assert.Equal("a.b.r", new FakeOperatorMachine().With("collections/ansible_collections/a/b/roles/r/tasks/main.yml", "- ping:\n").Compile("- hosts: all\n  roles: [a.b.r]\n").Good().Bundle.Plays[0].Tasks[0].Role?.Name);

    [Theory]
    [InlineData("!!web")]
    [InlineData("&")]
    [InlineData("web[0][0]")]
    [InlineData("~[")]
    [InlineData("[0]")]
    public void A_pattern_that_is_none_throws_nothing(string pattern) =>
        Assert.NotNull(CompilerTestExtensions.Compile($"- hosts: all\n  tasks:\n  - group_by: key=web\n- hosts: '{pattern}'\n  tasks: []\n"));

    [Fact]
    public void Every_module_that_acts_on_the_inventory_only_yields_values() =>
        Assert.All(new[] { "group_by", "add_host", "validate_argument_spec" }, name => Assert.Equal(ModuleNature.Information, ModuleCatalog.Find(name)!.Nature));
}
