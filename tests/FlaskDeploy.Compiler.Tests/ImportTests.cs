using FlaskDeploy.Language.Bundles;
using FlaskDeploy.Language.Diagnostics;
using FlaskDeploy.Language.Values;

namespace FlaskDeploy.Compiler.Tests;

/// <summary>What is read ahead of the run, and what that may depend on.</summary>
public class ImportTests
{
    [Theory]
    [InlineData("- hosts: all\n  vars: {which: web}\n  tasks:\n  - import_role: {name: '{{ which }}'}\n")]
    [InlineData("- hosts: all\n  tasks:\n  - block:\n    - import_role: {name: '{{ which }}', tasks_from: '{{ omit }}'}\n    vars: {which: web}\n")]
    [InlineData("- hosts: all\n  tasks:\n  - import_role: {name: '{{ which }}'}\n    vars: {which: web}\n")]
    [InlineData("- import_playbook: '{{ file }}.yml'\n  vars: {file: other, which: web}\n")]
    [InlineData("- hosts: all\n  vars: {file: a}\n  tasks:\n  - import_tasks: '{{ file }}.yml'\n    vars: {which: web}\n")]
    [InlineData("- hosts: all\n  roles: [{role: outer, which: web}]\n")]
    public void What_is_imported_may_depend_on_variables_around_the_import(string playbook)
    {
        var machine = new FakeOperatorMachine()
            .With("roles/web/tasks/main.yml", "- debug: msg=web\n")
            .With("roles/outer/tasks/main.yml", "- import_role: {name: '{{ which }}'}\n").With("roles/outer/defaults/main.yml", "which: gone\n")
            .With("other.yml", "- hosts: all\n  vars: {which: gone}\n  tasks:\n  - import_role: {name: '{{ which }}'}\n")
            .With("a.yml", "- import_role: {name: '{{ which }}'}\n");

        var bundle = machine.Compile(playbook).Good().Bundle;

        Assert.Contains(Nodes(bundle.Plays[0].Tasks), node => node.Role is { Name: "web" });
    }

    [Fact]
    public void What_only_the_host_knows_names_nothing_that_is_imported() =>
        Assert.Contains("'ansible_os_family' is undefined", CompilerTestExtensions.Compile("- hosts: all\n  tasks:\n  - import_role: {name: '{{ ansible_os_family }}'}\n").Wrong().ToString());

    [Theory]
    [InlineData("", Severity.Error)]
    [InlineData("    when: wanted\n", Severity.Warning)]
    [InlineData("    ignore_errors: yes\n", Severity.Warning)]
    [InlineData("    when: false\n", null)]
    [InlineData("    when: false\n    loop: '{{ nowhere }}'\n", null)]
    public void A_missing_file_matters_to_who_comes_to_the_include(string keywords, Severity? severity)
    {
        var result = CompilerTestExtensions.Compile($"- hosts: all\n  tasks:\n  - shell: x\n    register: wanted\n  - include_tasks: gone.yml\n{keywords}");

        Assert.Equal(severity, result.Diagnostics.FirstOrDefault(diagnostic => diagnostic.Code == CompilerCodes.MissingFile)?.Severity);
        Assert.Equal(severity == Severity.Error, result.Compilation is null);
    }

    [Fact]
    public void Variables_under_an_include_stand_above_what_tasks_set_and_those_behind_its_name_do_not()
    {
        var task = new FakeOperatorMachine().With("a.yml", "- debug: msg=a\n")
            .Compile("- hosts: all\n  tasks:\n  - set_fact: x=1\n  - include: a.yml x={{ x }} y=2\n    vars: {z: 3}\n").Good().Bundle.Plays[0].Tasks[1];

        Assert.Equal(["x", "y"], task.Vars.Select(pair => pair.Key));
        Assert.Equal(["z"], Assert.IsType<Block>(task.Action).Given.Select(pair => pair.Key));
    }

    [Theory]
    [InlineData("import_role", "no", true)]
    [InlineData("import_role", "'{{ often }}'", false)]
    [InlineData("include_role", "no", true)]
    [InlineData("include_role", "yes", false)]
    public void A_role_among_tasks_runs_once_where_that_is_asked_for(string module, string allows, bool isOnce)
    {
        var bundle = new FakeOperatorMachine().With("roles/web/tasks/main.yml", "- debug: msg=web\n")
            .Compile($"- hosts: all\n  vars: {{often: true}}\n  tasks:\n  - {module}: {{name: web, allow_duplicates: {allows}}}\n").Good().Bundle;

        var role = Nodes(bundle.Plays[0].Tasks.Concat(bundle.TaskFiles.SelectMany(file => file.Tasks))).Select(node => node.Role).OfType<RoleScope>().First();
        Assert.Equal(isOnce, role.Once is not null);
    }

    [Theory]
    [InlineData("  - file: {nonsense: 1}\n    ignore_errors: yes\n")]
    [InlineData("  - block:\n    - file: {state: hard}\n    rescue:\n    - debug:\n")]
    public void Arguments_that_are_wrong_where_failing_is_allowed_are_only_told(string task)
    {
        var result = CompilerTestExtensions.Compile($"- hosts: all\n  tasks:\n{task}");

        Assert.All(result.Diagnostics, problem => Assert.Equal(Severity.Warning, problem.Severity));
        Assert.NotEmpty(result.Diagnostics);
    }

    [Fact]
    public void Who_a_task_logs_in_as_is_nobody_over_a_local_connection()
    {
        var bundle = CompilerTestExtensions.Compile("- hosts: all\n  tasks:\n  - command: id\n    remote_user: app\n  - command: id\n    remote_user: app\n    become: yes\n").Good().Bundle;

        Assert.Equal("{{ 'root' if ansible_connection | default('') == 'local' else 'app' }}", (bundle.Plays[0].Tasks[0].Become.User as TemplateValue)?.Source);
        Assert.Null(bundle.Plays[0].Tasks[1].Become.User);
    }

    [Fact]
    public void Several_playbooks_are_one_deployment_of_all_their_plays()
    {
        var machine = new FakeOperatorMachine().With("a.yml", "- hosts: all\n  name: first\n").With("b.yml", "- hosts: all\n  name: second\n").With("sub/c.yml", "- hosts: all\n");
        CompilationResult Compiled(params string[] more) => new PlaybookCompiler(machine).Compile(new CompilationRequest { PlaybookPath = "a.yml", MorePlaybooks = [.. more], Inventories = ["h,"] });

        var compilation = Compiled("b.yml").Good();

        Assert.Equal(["first", "second"], compilation.Bundle.Plays.Select(play => play.Name.ToString()));
        Assert.Equal(("a.b", "/site/a.yml /site/b.yml"), (compilation.DefaultDeploymentName, compilation.Release.Origin));
        Assert.StartsWith("sub/c.yml", Compiled("sub/c.yml").Wrong().ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("", "", true)]
    [InlineData("False", "", false)]
    [InlineData("", "[defaults]\nerror_on_missing_handler = no ; for now\n", false)]
    [InlineData("true", "[defaults]\nerror_on_missing_handler=false\n", true)]
    [InlineData("", "[other]\nerror_on_missing_handler=false\n", true)]
    public void A_handler_that_is_missing_may_be_passed_over_as_with_Ansible(string variable, string file, bool isError)
    {
        var machine = new FakeOperatorMachine().With("ansible.cfg", file);
        if (variable.Length > 0)
        {
            machine.Variables["ANSIBLE_ERROR_ON_MISSING_HANDLER"] = variable;
        }

        var result = machine.Compile("- hosts: all\n  tasks:\n  - shell: x\n    notify: gone\n");

        Assert.Equal(isError ? Severity.Error : Severity.Warning, Assert.Single(result.Diagnostics).Severity);
        Assert.NotEqual(isError, result.Compilation?.Bundle.PassesOverMissingHandlers == true);
    }

    [Fact]
    public void Roles_are_looked_for_where_ansible_cfg_says()
    {
        var machine = new FakeOperatorMachine().With("ansible.cfg", "[defaults]\nroles_path = ../galaxy:more\n").With("/galaxy/web/tasks/main.yml", "- debug: msg=web\n");

        Assert.Equal("../galaxy/web", machine.Compile("- hosts: all\n  roles: [web]\n").Good().Bundle.Plays[0].Tasks[0].Role?.Path);
    }

    private static IEnumerable<TaskNode> Nodes(IEnumerable<TaskNode> nodes) =>
        nodes.SelectMany(node => node.Action is Block block ? Nodes(block.Tasks.Concat(block.Rescue).Concat(block.Always)).Prepend(node) : [node]);
}
