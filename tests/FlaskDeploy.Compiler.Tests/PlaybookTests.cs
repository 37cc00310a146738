using FlaskDeploy.Language.Bundles;
using FlaskDeploy.Language.Diagnostics;
using FlaskDeploy.Language.Modules;
using FlaskDeploy.Language.Values;

namespace FlaskDeploy.Compiler.Tests;

public class PlaybookTests
{
    [Theory]
    [InlineData("command: echo hi chdir=/tmp")]
    [InlineData("command: {cmd: echo hi, chdir: /tmp}")]
    [InlineData("action: command echo hi chdir=/tmp")]
    [InlineData("action: {module: command, cmd: echo hi, chdir: /tmp}")]
    [InlineData("command: echo hi\n    args: {chdir: /tmp}")]
    [InlineData("ansible.builtin.command: echo hi\n    args:\n      chdir: /tmp")]
    public void Every_spelling_of_a_call_means_the_same(string task)
    {
        var call = CompilerTestExtensions.Compile($"- hosts: all\n  tasks:\n  - {task}\n").Good().Call();

        Assert.Equal("command", call.Module);
        Assert.Equal("/tmp", call.Arguments["chdir"]?.ToString());
        Assert.Equal("echo hi", (call.FreeForm ?? call.Arguments["cmd"])?.ToString());
    }

    [Theory]
    [InlineData("include_tasks: a.yml")]
    [InlineData("action: include_tasks a.yml")]
    [InlineData("action: ansible.builtin.include_tasks a.yml")]
    public void An_include_may_stand_where_an_action_does(string task)
    {
        var bundle = new FakeOperatorMachine().With("a.yml", "- debug: msg=a\n").Compile($"- hosts: all\n  tasks:\n  - {task}\n").Good().Bundle;

        Assert.Equal("a.yml", Assert.IsType<Include>(bundle.Plays[0].Tasks[0].Action).Name.ToString());
    }

    [Fact]
    public void What_fails_on_purpose_is_told_and_does_not_refuse_the_playbook()
    {
        var result = CompilerTestExtensions.Compile("- hosts: all\n  tasks:\n  - debug: msg={{ nowhere }}\n    ignore_errors: yes\n");

        Assert.NotNull(result.Compilation);
        Assert.Equal(Severity.Warning, Assert.Single(result.Diagnostics).Severity);
    }

    [Theory]
    [InlineData("pip: {name: flask, virtualenv: \"{{ venv | default(omit) }}\", executable: \"{{ venv | default('') | ternary(omit, 'pip3') }}\"}")]
    [InlineData("service: {daemon_reload: true}")]
    [InlineData("package: {update_cache: true, cache_valid_time: 600}\n    when: ansible_os_family == 'Debian'")]
    [InlineData("service: {name: nginx, state: restarted, daemon_reload: true}")]
    public void What_may_be_omitted_excludes_nothing_and_a_service_takes_what_a_unit_does(string task) =>
        Assert.Empty(CompilerTestExtensions.Compile($"- hosts: all\n  tasks:\n  - {task}\n").Diagnostics);

    [Theory]
    [InlineData("{{ how | default('free') }}", "")]
    [InlineData("{{ how }}", "-e how=host_pinned")]
    public void How_a_play_goes_may_depend_on_extra_variables(string strategy, string option) =>
        Assert.Empty(CompilerTestExtensions.Compile($"- hosts: all\n  strategy: \"{strategy}\"\n  tasks: []\n", option.Length > 0 ? [option] : []).Diagnostics);

    [Theory]
    [InlineData("sudo: yes", true, null)]
    [InlineData("sudo_user: app", true, "app")]
    [InlineData("become: true\n  become_user: app", true, "app")]
    [InlineData("become_user: app", null, "app")]
    [InlineData("remote_user: root", null, null)]
    public void Both_spellings_of_becoming_another_user_are_understood(string keywords, bool? enabled, string? user)
    {
        var become = CompilerTestExtensions.Compile($"- hosts: all\n  {keywords}\n  tasks: []\n").Good().Bundle.Plays[0].Become;

        Assert.Equal(enabled, become.Enabled?.IsTruthy);
        Assert.Equal(user, become.User?.ToString());
    }

    [Fact]
    public void The_command_lines_become_is_for_plays_that_do_not_say()
    {
        var plays = CompilerTestExtensions.Compile("- hosts: all\n  tasks: []\n- hosts: all\n  become: no\n  tasks: []\n", "-b", "--become-user app").Good().Bundle.Plays;

        Assert.Equal([true, false], plays.Select(play => play.Become.Enabled!.IsTruthy));
        Assert.Equal("app", plays[0].Become.User?.ToString());
    }

    [Fact]
    public void The_inventorys_become_reaches_the_agent()
    {
        var play = new FakeOperatorMachine().With("hosts", "web1 ansible_become=yes\nweb2\n").Compile("- hosts: all\n  tasks: []\n", "hosts").Good().Bundle.Plays[0];

        Assert.Equal("{{ ansible_become | default(false) }}", play.Become.Enabled?.ToString());
    }

    [Theory]
    [InlineData("msg: \"{{ nope }}\"", "'nope' is not defined")]
    [InlineData("msg: \"{{ PROT }}\"", "'PROT' is not defined")]
    [InlineData("msg: \"{{ indirect }}\"", "'missing' is not defined")]
    [InlineData("msg: \"{{ ansible_fqdn }} {{ nope }}\"", "'nope' is not defined")]
    [InlineData("msg: \"{{ item }}\"", "'item' is not defined")]
    public void A_name_that_nothing_defines_is_an_error(string argument, string summary)
    {
        var error = CompilerTestExtensions.Compile($"- hosts: all\n  vars: {{PORT: 1, indirect: '{{{{ missing }}}}'}}\n  tasks:\n  - debug: {{{argument}}}\n").Wrong();

        Assert.Equal(DiagnosticCodes.UndefinedVariable, error.Code);
        Assert.Equal(summary, error.Summary);
        Assert.NotNull(error.Remedy);
    }

    [Theory]
    [InlineData("debug: {msg: \"{{ nope | default('x') }}\"}")]
    [InlineData("debug: {msg: \"{{ nope }}\"}\n    when: nope is defined")]
    [InlineData("debug: {msg: \"{{ nope }}\"}\n    when: ansible_fqdn == 'x' and nope is defined")]
    [InlineData("debug: {msg: \"{{ nope }}\"}\n    when: false")]
    [InlineData("debug: {msg: \"{{ later.stdout }} {{ fact }} {{ ansible_os_family }} {{ groups.all }} {{ inventory_hostname }}\"}")]
    [InlineData("debug: {msg: \"{{ item }}\"}\n    loop: [1]")]
    [InlineData("debug: {msg: \"{{ thing }}\"}\n    with_items: \"{{ later.stdout_lines }}\"\n    loop_control: {loop_var: thing}")]
    [InlineData("debug: {msg: \"{% for x in [1] %}{{ x }}{{ loop.index }}{% endfor %}{{ range(3) | list }}\"}")]
    [InlineData("debug: {msg: \"{{ own }}\"}\n    vars: {own: 1}")]
    public void A_name_that_something_defines_or_that_is_guarded_is_none(string task)
    {
        var result = CompilerTestExtensions.Compile($"- hosts: all\n  tasks:\n  - {task}\n  - command: date\n    register: later\n  - set_fact: fact=1\n");

        Assert.Empty(result.Diagnostics);
    }

    [Fact]
    public void A_name_that_some_hosts_lack_is_said_with_the_hosts() =>
        Assert.Equal("'port' is not defined on b", new FakeOperatorMachine().With("hosts", "a port=1\nb\n").Compile("- hosts: all\n  tasks:\n  - debug: msg={{ port }}\n", "hosts").Wrong().Summary);

    [Theory]
    [InlineData("serial: 1", "serial")]
    [InlineData("max_fail_percentage: 30", "max_fail_percentage")]
    [InlineData("strategy: debug", "strategy")]
    [InlineData("any_errors_fatal: yes", "any_errors_fatal")]
    [InlineData("throttle: 1", "throttle")]
    [InlineData("run_once: yes", "run_once")]
    [InlineData("vars_prompt: [{name: x}]", "'x' is asked for")]
    public void What_cannot_be_kept_yet_is_refused_with_a_way_out(string keyword, string name)
    {
        var error = new FakeOperatorMachine().Compile($"- hosts: all\n  {keyword}\n  tasks: []\n", "web1,web2").Wrong();

        Assert.Equal(CompilerCodes.NotSupportedYet, error.Code);
        Assert.Contains(name, error.Summary);
        Assert.NotNull(error.Remedy);
    }

    [Theory]
    [InlineData("serial: 1")]
    [InlineData("any_errors_fatal: yes")]
    [InlineData("run_once: yes")]
    public void What_makes_hosts_wait_for_each_other_means_nothing_where_there_is_one(string keyword) =>
        Assert.Empty(CompilerTestExtensions.Compile($"- hosts: all\n  {keyword}\n  tasks: []\n").Diagnostics);

    [Theory]
    [InlineData("strategy: linear")]
    [InlineData("order: sorted")]
    [InlineData("gather_subset: [min]")]
    [InlineData("collections: [community.general]")]
    public void What_has_no_meaning_here_is_taken_with_a_warning(string keyword) =>
        Assert.Equal(Severity.Warning, Assert.Single(CompilerTestExtensions.Compile($"- hosts: all\n  {keyword}\n  tasks: []\n").Diagnostics).Severity);

    [Theory]
    [InlineData("any_errors_fatal: no")]
    [InlineData("strategy: free")]
    [InlineData("roles: []")]
    public void What_says_nothing_is_not_refused(string keyword) =>
        Assert.Empty(CompilerTestExtensions.Compile($"- hosts: all\n  {keyword}\n  tasks: []\n").Diagnostics);

    [Theory]
    [InlineData("delegate_to: localhost")]
    [InlineData("connection: local")]
    public void The_operators_machine_is_at_home_in_an_apply_only(string keyword)
    {
        var playbook = $"- hosts: all\n  tasks:\n  - ping:\n    {keyword}\n";

        Assert.Equal(CompilerCodes.NotSupportedYet, CompilerTestExtensions.Compile(playbook).Wrong().Code);
        Assert.Empty(CompilerTestExtensions.Compile(playbook, "--apply").Diagnostics);
    }

    [Fact]
    public void Keywords_of_the_play_that_the_bundle_has_on_tasks_only_come_down_to_them()
    {
        var tasks = CompilerTestExtensions.Compile("- hosts: all\n  ignore_errors: yes\n  no_log: yes\n  tasks:\n  - ping:\n  - ping:\n    no_log: no\n").Good().Bundle.Plays[0].Tasks;

        Assert.True(tasks[0].IgnoreErrors?.IsTruthy);
        Assert.Equal([true, false], tasks.Select(task => task.NoLog!.IsTruthy));
    }

    [Fact]
    public void An_unknown_module_is_said_with_where_all_are_listed_when_none_is_near() =>
        Assert.Equal("'flaskdeploy doc' lists those that there are; command or shell call any program of the host", CompilerTestExtensions.Compile("- hosts: all\n  tasks:\n  - zzzzzz: a=b\n").Wrong().Remedy);

    [Theory]
    [InlineData("getent_passwd", true)]
    [InlineData("getent_group", false)]
    public void What_getent_found_is_a_name_from_then_on(string name, bool isKnown) =>
        Assert.Equal(isKnown, CompilerTestExtensions.Compile($"- hosts: all\n  tasks:\n  - getent: database=passwd key=ann\n  - debug: var={name}\n  - debug: msg={{{{ {name} }}}}\n").Diagnostics.All(diagnostic => diagnostic.Code != "FD1302"));

    [Fact]
    public void No_keyword_takes_the_place_of_a_module() =>
        Assert.Empty(ModuleCatalog.Names.Where(name => CompilerTestExtensions.Compile($"- hosts: all\n  tasks:\n  - {name}: zzz=1\n").Diagnostics.Any(diagnostic => diagnostic.Code == "FD1105")));

    [Fact]
    public void Modules_may_be_brought_along()
    {
        var spec = new Language.Modules.ModuleSpec("greet", Language.Modules.ModuleNature.Information, "says hello") { TextArgument = "whom", Arguments = [new("whom", Language.Modules.ArgumentType.Text, "who")] };
        var machine = new FakeOperatorMachine().With("site.yml", "- hosts: all\n  tasks:\n  - greet: the world\n");
        var result = new PlaybookCompiler(machine, ModuleSet.Of(spec)).Compile(new CompilationRequest { PlaybookPath = "site.yml", Inventories = ["h,"] });

        Assert.Equal(MapValue.From(("whom", Value.Of("the world"))), result.Good().Call().Arguments);
    }

    [Fact]
    public void The_bundles_digest_is_among_what_a_host_may_read()
    {
        var compilation = CompilerTestExtensions.Compile("- hosts: all\n  tasks: []\n").Good();
        var bundle = Digest.Of("bundle"u8);

        Assert.Equal(bundle, compilation.ReleaseFor(bundle).Bundle);
        Assert.Equal([bundle], compilation.HostPartFor(compilation.Hosts[0], bundle).Digests);
        Assert.Equal("site", compilation.DefaultDeploymentName);
    }

    [Fact]
    public void Imported_playbooks_and_tasks_start_at_their_own_place()
    {
        var compilation = new FakeOperatorMachine()
            .With("sub/other.yml", "- hosts: all\n  tasks:\n  - import_tasks: t.yml\n").With("sub/t.yml", "- copy: src=f dest=/f\n").With("sub/files/f", "1")
            .Compile("- import_playbook: sub/other.yml\n").Good();

        var block = Assert.IsType<Block>(compilation.Bundle.Plays[0].Tasks[0].Action);
        Assert.Equal("sub", Assert.IsType<ModuleCall>(block.Tasks[0].Action).Directory);
        Assert.Equal("0/0/b0", block.Tasks[0].Id);
        Assert.Equal("sub/files/f", Assert.Single(compilation.Bundle.Tree).Path);
    }

    [Fact]
    public void Files_that_include_each_other_end_in_an_error() =>
        Assert.Equal(CompilerCodes.BadInclude, new FakeOperatorMachine().With("a.yml", "- import_tasks: a.yml\n").Compile("- hosts: all\n  tasks:\n  - import_tasks: a.yml\n").Wrong().Code);

    [Fact]
    public void A_handler_that_is_not_there_is_said_with_the_one_that_is() =>
        Assert.Equal("did you mean 'restart site'?", CompilerTestExtensions.Compile("- hosts: all\n  tasks:\n  - ping:\n    notify: restart sit\n  handlers:\n  - name: restart site\n    ping:\n").Wrong().Remedy);

    [Fact]
    public void A_missing_playbook_is_a_diagnostic() =>
        Assert.Equal("gone.yml: error FD1001: it cannot be read: there is no such file",
            new PlaybookCompiler(new FakeOperatorMachine()).Compile(new CompilationRequest { PlaybookPath = "gone.yml", Inventories = ["h,"] }).Wrong().ToString());
}
