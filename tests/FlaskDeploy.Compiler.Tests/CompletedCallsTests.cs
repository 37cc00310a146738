using FlaskDeploy.Language.Bundles;
using FlaskDeploy.Language.Diagnostics;
using FlaskDeploy.Language.Values;

namespace FlaskDeploy.Compiler.Tests;

/// <summary>Calls whose module, or whose arguments, come out of variables.</summary>
public class CompletedCallsTests
{
    [Theory]
    [InlineData("action: '{{ ansible_pkg_mgr }} name=x'", "dnf yum")]
    [InlineData("action: '{{ ansible_facts.pkg_mgr }} name=x state=present'", "dnf yum")]
    [InlineData("action: {module: '{{ ansible_facts[\"pkg_mgr\"] }}', name: x}", "dnf yum")]
    [InlineData("'{{ ansible_pkg_mgr }}': name=x", "dnf yum")]
    [InlineData("'{{ ansible_service_mgr }}': {name: x, state: started}", "service systemd")]
    [InlineData("action: 'set_{{ ansible_nodename }} a=1'", "set_fact")]
    [InlineData("action: '{{ ansible_nodename }}file name=x'", "blockinfile file ini_file lineinfile tempfile")]
    [InlineData("action: '{{ how }} name=x'", "package")]
    public void The_bundle_needs_every_module_that_the_name_may_come_to_mean(string action, string modules)
    {
        var compilation = Compile($"  - {action}\n", "how: ansible.builtin.package").Good();

        Assert.Equal(modules.Split(' '), compilation.Bundle.Requirements.Modules);
        Assert.StartsWith("{{", ((ModuleChoice)compilation.Call().Choice!).Name.Source.Replace("set_", "", StringComparison.Ordinal));
    }

    [Fact]
    public void Of_a_name_of_which_nothing_is_known_it_needs_all_but_what_must_be_named()
    {
        var needed = Compile("  - action: '{{ ansible_nodename }}'\n").Good().Bundle.Requirements.Modules;

        Assert.Superset(new HashSet<string> { "copy", "shell", "debug", "yum" }, needed.ToHashSet());
        Assert.Empty(needed.Intersect(["meta", "include_vars", "group_by", "add_host", "fetch"]));
    }

    [Theory]
    [InlineData("action: '{{ how }} nmae=x'", "how: yum", "site.yml:3:24", "yum has no argument 'nmae'; did you mean 'name'?")]
    [InlineData("action: '{{ ansible_pkg_mgr }} nmae=x'", "", "site.yml:3:36", "dnf has no argument 'nmae'; did you mean 'name'?")]
    [InlineData("action: '{{ how }} echo hi'", "how: ping", "site.yml:3:14", "ping takes arguments, not a command line")]
    [InlineData("action: '{{ how }} name=x'", "how: apt", "site.yml:3:14", "'apt' is a module for other systems than this agent's")]
    [InlineData("action: '{{ how }} name=x'", "how: pakage", "site.yml:3:14", "there is no module 'pakage'; did you mean 'package'?")]
    [InlineData("action: '{{ how }} src=a dest=b'", "how: fetch", "site.yml:3:14", "the module 'fetch' is not supported")]
    [InlineData("action: '{{ how }} x.yml'", "how: include_tasks", "site.yml:3:14", "'include_tasks' cannot come out of a variable of the host's")]
    [InlineData("action: '{{ how }} key=x'", "how: group_by", "site.yml:3:14", "the module 'group_by' cannot come out of a variable of the host's")]
    [InlineData("action: '{{ ansible_nodename }}e nonsense=x'", "", "site.yml:3:14", "none takes nonsense together")]
    [InlineData("action: 'nonsense{{ ansible_nodename }}'", "", "site.yml:3:14", "no module's name can come of 'nonsense{{ ansible_nodename }}'")]
    [InlineData("action: '{{ gone }} a=b'", "", "site.yml:3:17", "'gone' is undefined")]
    [InlineData("action: '{{ how }} src=gone.conf dest=/x'", "how: copy", "site.yml:3:24", "copy: there is no file 'gone.conf'")]
    [InlineData("debug: msg=x\n    args: '{{ more }}'", "more: {vra: y}", "site.yml:3:5", "debug has no argument 'vra'")]
    public void What_is_known_for_a_host_is_held_against_the_spec_as_if_it_were_written(string action, string variables, string position, string summary)
    {
        var error = Compile($"  - {action}\n", variables).Wrong().ToString();

        Assert.StartsWith(position, error);
        Assert.Contains(summary, error);
    }

    [Theory]
    [InlineData("action: '{{ gone }} a=b'\n    when: false")]
    [InlineData("action: '{{ how }} a=b'\n    when: ansible_os_family == 'Debian'")]
    [InlineData("action: '{{ how }} name=x'\n    ignore_errors: yes")]
    [InlineData("action: '{{ how }} name=x'\n    tags: never\n    when: gone is defined")]
    [InlineData("action: {module: '{{ how }}'}\n    tags: never")]
    public void What_may_never_be_run_stands_in_nobodys_way(string action) => Compile($"  - {action}\n", "how: apt").Good();

    [Theory]
    [InlineData("{module: '{{ how }}', src: a.conf, dest: /x}", "how: copy", "files/a.conf")]
    [InlineData("{module: '{{ how }}', src: a.j2, dest: /x}", "how: template", "templates/a.j2")]
    [InlineData("{module: '{{ ansible_nodename }}', src: a.conf, dest: /x}", "", "files/a.conf")]
    [InlineData("{module: '{{ ansible_nodename }}', src: a.j2, dest: /x}", "", "templates/a.j2")]
    [InlineData("{module: 'c{{ ansible_nodename }}', src: 'a{{ ansible_machine }}', dest: /x}", "", "files/a.conf")]
    [InlineData("{module: copy, dest: /x}\n    args: '{{ more }}'", "more: {src: a.conf}", "files/a.conf")]
    public void Files_of_the_operators_that_are_certain_go_along(string action, string variables, string path)
    {
        var compilation = Compile($"  - action: {action}\n", variables).Good();

        Assert.Equal([path], compilation.Bundle.Tree.Where(entry => entry.Digest is not null).Select(entry => entry.Path));
        Assert.NotEmpty(compilation.Hosts.Single().Part.Digests);
    }

    [Fact]
    public void A_file_that_nothing_is_known_of_is_refused_where_every_module_would_need_it() =>
        Assert.Contains("which file src means is known on the host only", Compile("  - action: {module: 'c{{ ansible_nodename }}py', src: 'gone{{ ansible_machine }}', dest: /x}\n").Wrong().ToString());

    [Fact]
    public void Names_that_such_a_task_may_set_are_no_strangers() =>
        Compile("  - action: '{{ ansible_nodename }} answer=1'\n    when: ansible_nodename == 'set_fact'\n  - debug: msg={{ answer }} {{ services }}\n").Good();

    [Fact]
    public void Arguments_out_of_a_variable_are_below_those_that_are_written_and_above_defaults()
    {
        var compilation = Compile("  - debug: '{{ more }}'\n    module_defaults: {debug: {verbosity: 1}}\n  - debug: msg=x {{ more }}\n  - debug:\n    args: '{{ more }}'\n", "more: {msg: m}").Good();

        Assert.Equal("{'verbosity': 1} {{ more }}", string.Join(' ', compilation.Call().Given));
        Assert.Empty(compilation.Call().Arguments.Entries);
        Assert.Equal(("x", "{{ more }}"), (compilation.Call(1).Arguments["msg"]!.ToString(), Assert.Single(compilation.Call(2).Given).ToString()));
    }

    [Theory]
    [InlineData("set_fact: '{{ more }}'\n  - debug: msg={{ anything }}")]
    [InlineData("debug: '{{ ansible_local }}'")]
    public void What_only_the_host_knows_of_them_is_its_own_to_find(string task) => Compile($"  - {task}\n", "more: {a: 1}").Good();

    [Fact]
    public void What_the_compiler_acts_on_has_its_arguments_written_out() =>
        Assert.Contains("write them out", Compile("  - group_by: '{{ more }}'\n", "more: {key: x}").Wrong().ToString());

    // Variables of the host, which are known, and are not the playbook's.
    private static CompilationResult Compile(string tasks, string variables = "") => new FakeOperatorMachine()
        .With("host_vars/web1.yml", variables.Length == 0 ? "unused: 1\n" : variables + "\n").With("files/a.conf", "a").With("templates/a.j2", "a")
        .Compile("- hosts: all\n  tasks:\n" + tasks);
}
