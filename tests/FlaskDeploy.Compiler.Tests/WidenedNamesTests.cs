using FlaskDeploy.Language.Bundles;

namespace FlaskDeploy.Compiler.Tests;

/// <summary>Names that only the host completes: what they may reach, and that the operator can see it.</summary>
public class WidenedNamesTests
{
    [Theory]
    [InlineData("include_tasks: '{{ ansible_os_family }}.yml'", "one.yml tasks/deep/three.yml tasks/two.yml")]
    [InlineData("include_tasks: 'o{{ ansible_os_family }}'", "one.yml")]
    [InlineData("include_tasks: '{{ ansible_os_family }}/three.yml'", "tasks/deep/three.yml")]
    [InlineData("include_tasks: 'tasks/{{ ansible_os_family }}.yml'", "tasks/deep/three.yml tasks/two.yml")]
    public void An_include_at_the_root_reaches_files_of_tasks_and_nothing_else(string include, string expected)
    {
        var compilation = new FakeOperatorMachine().With("one.yml", "- debug: msg=1\n").With("tasks/two.yml", "- debug: msg=2\n").With("tasks/deep/three.yml", "- debug: msg=3\n")
            .With("vars.yml", "a: 1\n").With("other.yml", "- hosts: all\n").With("group_vars/all.yml", "b: 2\n").With("host_vars/web1/tasks.yml", "c: 3\n").With("tasks/.hidden.yml", "- debug: msg=no\n").With("conf/x.yml", "- debug: msg=no\n")
            .Compile($"- hosts: all\n  tasks:\n  - {include}\n").Good();

        Assert.Equal(expected.Split(' '), compilation.Bundle.TaskFiles.Select(file => file.Key));
        Assert.Equal(expected.Split(' '), Assert.Single(compilation.Widened).Paths);
    }

    [Fact]
    public void An_include_of_a_role_reaches_the_roles_own_tasks() =>
        Assert.Equal(["roles/web/tasks/a.yml", "roles/web/tasks/main.yml"], new FakeOperatorMachine().With("one.yml", "- debug: msg=1\n").With("roles/web/tasks/main.yml", "- include_tasks: '{{ ansible_os_family }}.yml'\n").With("roles/web/tasks/a.yml", "- debug: msg=a\n")
            .Compile("- hosts: all\n  roles: [web]\n").Good().Bundle.TaskFiles.Select(file => file.Key));

    [Fact]
    public void What_a_template_or_a_file_of_variables_may_be_is_shown_with_its_position()
    {
        var compilation = new FakeOperatorMachine().With("templates/a.j2", "a").With("templates/b.j2", "b").With("vars/x.yml", "x: 1\n")
            .Compile("- hosts: all\n  tasks:\n  - template: src={{ ansible_hostname }}.j2 dest=/a\n  - include_vars: '{{ ansible_os_family }}.yml'\n").Good();

        Assert.Equal(["site.yml:3 ….j2: templates/a.j2 templates/b.j2", "site.yml:4 ….yml: vars/x.yml"],
            compilation.Widened.Select(name => $"{name.Span.File}:{name.Span.Line} {name.Start}…{name.End}: {string.Join(' ', name.Paths)}"));
    }

    [Fact]
    public void The_first_file_that_is_there_is_the_item_of_1_9()
    {
        var compilation = new FakeOperatorMachine().With("templates/b.j2", "b").With("files/c", "c")
            .Compile("- hosts: all\n  tasks:\n  - template: src={{ item }} dest=/a\n    first_available_file: [a.j2, b.j2]\n").Good();

        Assert.Equal(("first_found", "templates/b.j2"), (compilation.Bundle.Plays[0].Tasks[0].Loop?.Kind, Assert.Single(compilation.Bundle.Tree).Path));
    }

    [Theory]
    [InlineData("template: dest=/a", "[a.j2, b.j2]", "templates/b.j2")]
    [InlineData("template: src=ignored.j2 dest=/a", "[a.j2, b.j2]", "templates/b.j2")]
    [InlineData("action: copy dest=/a", "[nope, '{{ inventory_hostname }}', c]", "files/c")]
    [InlineData("copy: {dest: /a}", "'{{ names }}'", "files/c")]
    [InlineData("copy: {dest: /a}", "names", "files/c")]
    public void The_first_file_that_is_there_is_the_source_of_copy_and_template(string task, string names, string expected)
    {
        var compilation = new FakeOperatorMachine().With("templates/b.j2", "b").With("files/c", "c")
            .Compile($"- hosts: all\n  vars: {{names: [x, c]}}\n  tasks:\n  - {task}\n    first_available_file: {names}\n").Good();

        Assert.Equal(expected, Assert.Single(compilation.Bundle.Tree, entry => entry.Digest is not null).Path);
        Assert.Equal("{{ item }}", compilation.Call().Arguments["src"]!.ToString());
    }

    [Fact]
    public void Roles_of_collections_are_found_where_the_environment_says()
    {
        var machine = new FakeOperatorMachine().With("/coll/ansible_collections/my/web/roles/nginx/tasks/main.yml", "- debug: msg=nginx\n");
        machine.Variables["ANSIBLE_COLLECTIONS_PATH"] = "/coll";

        Assert.Equal("my.web.nginx", machine.Compile("- hosts: all\n  roles: [my.web.nginx]\n").Good().Bundle.Plays[0].Tasks[0].Role?.Name);
    }
}
