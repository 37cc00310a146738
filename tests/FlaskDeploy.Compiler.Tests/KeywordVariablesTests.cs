using FlaskDeploy.Language.Bundles;
using FlaskDeploy.Language.Values;

namespace FlaskDeploy.Compiler.Tests;

/// <summary>Keywords that say what a playbook is before any host is known, and may depend on what is known by then.</summary>
public class KeywordVariablesTests
{
    [Theory]
    [InlineData("tags: '{{ which }}'", "a b")]
    [InlineData("tags: ['{{ which }}', c]", "a b c")]
    [InlineData("tags: '{{ line }}'", "x y")]
    [InlineData("tags: 'pre-{{ own }}'\n    vars: {own: z}", "pre-z")]
    public void Tags_are_rendered_with_the_variables_around_them(string tags, string expected)
    {
        var bundle = CompilerTestExtensions.Compile($"- hosts: all\n  vars: {{which: [a, b], line: 'x,y'}}\n  tasks:\n  - debug: msg=x\n    {tags}\n").Good().Bundle;

        Assert.Equal(expected.Split(' '), bundle.Plays[0].Tasks[0].Tags);
    }

    [Fact]
    public void Tags_that_only_the_host_knows_are_refused_with_a_way_out()
    {
        var error = CompilerTestExtensions.Compile("- hosts: all\n  tasks:\n  - debug: msg=x\n    tags: '{{ ansible_os_family }}'\n").Wrong();

        Assert.Contains("'tags' cannot depend on what only the host knows", error.Summary);
        Assert.NotNull(error.Remedy);
    }

    [Theory]
    [InlineData("gather_facts: '{{ facts | default(false) }}'", false)]
    [InlineData("gather_facts: '{{ facts }}'\n  vars: {facts: yes}", true)]
    [InlineData("gather_facts: '{{ facts }}'\n  vars: {facts: 'no'}", false)]
    public void Whether_facts_are_gathered_may_depend_on_the_plays_variables(string keywords, bool expected) =>
        Assert.Equal(expected, CompilerTestExtensions.Compile($"- hosts: all\n  {keywords}\n  tasks: []\n").Good().Bundle.Plays[0].GatherFacts);

    [Theory]
    [InlineData("user: '{{ who }}'\n  vars: {who: app}", "app", null)]
    [InlineData("remote_user: '{{ who }}'\n  user: other\n  vars: {who: app}", "app", null)]
    [InlineData("user: '{{ found }}'", null, "{{ 'root' if ansible_connection | default('') == 'local' else (found) }}")]
    [InlineData("user: '{{ found }}'\n  become: yes\n  become_user: '{{ other }}'", null, "{{ other }}")]
    public void Who_a_play_logs_in_as_may_depend_on_what_an_earlier_play_has_found(string keywords, string? user, string? become)
    {
        var play = CompilerTestExtensions.Compile($"- hosts: all\n  tasks:\n  - set_fact: {{found: me, other: you}}\n- hosts: all\n  {keywords}\n  tasks: []\n").Good().Bundle.Plays[1];

        Assert.Equal((user, become), (play.User, (play.Become.User as TemplateValue)?.Source));
    }

    [Theory]
    [InlineData("become_method: ansible.builtin.sudo")]
    [InlineData("become_method: '{{ ansible_become_method }}'")]
    [InlineData("delegate_facts: yes")]
    public void What_changes_nothing_here_is_taken(string keyword) => CompilerTestExtensions.Compile($"- hosts: all\n  tasks:\n  - debug: msg=x\n    {keyword}\n").Good();

    [Fact]
    public void Whom_an_import_notifies_its_tasks_notify()
    {
        var bundle = new FakeOperatorMachine().With("a.yml", "- debug: msg=a\n  changed_when: true\n")
            .Compile("- hosts: all\n  tasks:\n  - import_tasks: a.yml\n    notify: told\n  handlers:\n  - name: told\n    debug: msg=told\n").Good().Bundle;

        var import = bundle.Plays[0].Tasks[0];
        Assert.Equal(["told"], import.Notify);
        Assert.IsType<ModuleCall>(Assert.Single(Assert.IsType<Block>(import.Action).Tasks).Action);
    }

    [Fact]
    public void How_long_a_task_may_take_comes_down_from_its_play()
    {
        var tasks = CompilerTestExtensions.Compile("- hosts: all\n  timeout: 9\n  tasks:\n  - ping:\n  - ping:\n    timeout: '{{ ansible_processor_vcpus }}'\n").Good().Bundle.Plays[0].Tasks;

        Assert.Equal(["9", "{{ ansible_processor_vcpus }}"], tasks.Select(task => task.Timeout!.ToString()));
    }

    [Fact]
    public void Facts_of_the_hosts_own_are_gathered_from_where_the_play_says()
    {
        var compilation = CompilerTestExtensions.Compile("- hosts: all\n  fact_path: '{{ where }}/facts'\n  vars: {where: /srv}\n  tasks:\n  - debug: msg={{ ansible_local }}\n").Good();

        Assert.Equal(("setup", "{{ where }}/facts"), (compilation.Call().Module, compilation.Call().Arguments["fact_path"]!.ToString()));
        Assert.Equal("debug", compilation.Call(1).Module);
        Assert.Equal(["debug", "setup"], compilation.Bundle.Requirements.Modules);
    }
}
