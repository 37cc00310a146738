using FlaskDeploy.Language.Bundles;
using FlaskDeploy.Language.Diagnostics;
using FlaskDeploy.Language.Values;

namespace FlaskDeploy.Compiler.Tests;

public class ModuleDefaultsTests
{
    [Fact]
    public void A_call_has_the_plays_defaults_where_it_says_nothing_itself()
    {
        var bundle = Good("""
            - hosts: all
              vars: {who: app}
              module_defaults:
                ansible.builtin.file: {owner: root, mode: "0640", dest: /default}
                debug: {msg: "hello {{ who }}"}
              tasks:
                - file: state=directory
                - file: path=/own mode=0600
                - debug:
                - debug: {msg: own}
            """);
        Assert.Equal("dest=/default mode=0640 owner=root state=directory", Call(bundle, 0));
        Assert.Equal("mode=0600 owner=root path=/own", Call(bundle, 1));
        Assert.IsType<TemplateValue>(((ModuleCall)bundle.Plays[0].Tasks[2].Action).Arguments["msg"]);
        Assert.Equal("msg=own", Call(bundle, 3));
    }

    [Fact]
    public void The_inner_ones_take_the_place_of_the_outer_for_the_modules_they_name()
    {
        var bundle = Good("""
            - hosts: all
              module_defaults:
                - file: {owner: root, path: /x}
                - copy: {dest: /x, content: x}
              tasks:
                - module_defaults: {file: {path: /y, state: touch}}
                  block:
                    - file:
                    - copy:
                    - copy:
                      module_defaults: {copy: {dest: /task, content: ""}, file: }
                - file:
              handlers:
                - name: late
                  ansible.builtin.file:
            """);
        var block = (Block)bundle.Plays[0].Tasks[0].Action;
        Assert.Equal("path=/y state=touch", Text(block.Tasks[0]));
        Assert.Equal("content=x dest=/x", Text(block.Tasks[1]));
        Assert.Equal("content= dest=/task", Text(block.Tasks[2]));
        Assert.Equal("owner=root path=/x", Call(bundle, 1));
        Assert.Equal("owner=root path=/x", Text(bundle.Plays[0].Handlers[0]));
    }

    [Theory]
    [InlineData("group/testgroup: {data: a}", "data=a")]
    [InlineData("group/ansible.builtin.testgroup: {data: a}", "data=a")]
    [InlineData("ping: {data: own}, group/testgroup: {data: a}", "data=own")]
    public void What_a_group_of_modules_says_stands_below_what_a_module_says_itself(string defaults, string expected) =>
        Assert.Equal(expected, Call(Good($"- hosts: all\n  module_defaults: {{{defaults}}}\n  tasks:\n  - ping:\n"), 0));

    [Theory]
    [InlineData("group/aws", Severity.Warning, "no module of the group 'aws' is one of this agent's")]
    [InlineData("group/amazon.aws.aws", Severity.Warning, "no module of the group 'amazon.aws.aws'")]
    [InlineData("group/awz", Severity.Error, "there is no group of modules 'awz'; did you mean 'aws'?")]
    public void Of_groups_that_no_module_is_in_it_is_said(string group, Severity severity, string said)
    {
        var found = Assert.Single(CompilerTestExtensions.Compile($"- hosts: all\n  module_defaults: {{{group}: {{region: x}}}}\n  tasks: []\n").Diagnostics);

        Assert.Equal(severity, found.Severity);
        Assert.Contains(said, found.ToString());
    }

    [Fact]
    public void Roles_and_included_files_stand_under_them()
    {
        var machine = new FakeOperatorMachine()
            .With("roles/web/tasks/main.yml", "- file: state=touch\n")
            .With("imported.yml", "- file:\n").With("more.yml", "- file: owner=app\n");
        var bundle = Good("""
            - hosts: all
              module_defaults: {file: {path: /play}}
              roles:
                - {role: web, module_defaults: {file: {path: /role}}}
              tasks:
                - import_tasks: imported.yml
                  module_defaults: {file: {path: /import}}
                - include_tasks: {file: more.yml, apply: {module_defaults: {file: {path: /apply}}}}
            - hosts: all
              tasks:
                - file: path=/own
            """, machine);
        var calls = bundle.Plays[0].Tasks.SelectMany(Calls).Select(call => call.Arguments["path"]!.ToString());
        Assert.Equal(["/role", "/import"], calls);
        Assert.Equal("owner=app path=/apply", Text(bundle.TaskFiles.Single().Tasks[0]));
        Assert.Equal("path=/own", Text(bundle.Plays[1].Tasks[0]));
    }

    [Theory]
    [InlineData("module_defaults: {file: {path: /a, colour: red}}", "file: ", "colour")]
    [InlineData("module_defaults: {file: '{{ all }}'}", "file: path=/x", "a mapping of arguments")]
    [InlineData("module_defaults: '{{ all }}'", "file: path=/x", "a mapping of modules")]
    [InlineData("module_defaults: {'{{ m }}': {path: /a}}", "file: path=/x", "name of a module")]
    public void What_is_wrong_in_them_is_said(string defaults, string task, string said) =>
        Assert.Contains(said, new FakeOperatorMachine().Compile($"- hosts: all\n  {defaults}\n  tasks:\n  - {task}\n", "a,").Wrong().Summary, StringComparison.Ordinal);

    [Fact]
    public void An_included_file_cannot_have_two_kinds_of_them()
    {
        var machine = new FakeOperatorMachine().With("more.yml", "- file: state=touch\n");
        string Book(string second) => $"""
            - hosts: all
              tasks:
                - block: [include_tasks: more.yml]
                  module_defaults: {"{file: {path: /a}}"}
                - block: [include_tasks: more.yml]
                  module_defaults: {second}
            """;
        Assert.Equal("'more.yml under different module_defaults' is not supported yet", machine.Compile(Book("{file: {path: /b}}"), "a,").Wrong().Summary);
        Assert.Empty(machine.Compile(Book("{ansible.builtin.file: {path: /a}}"), "a,").Diagnostics);
    }

    private static Bundle Good(string book, FakeOperatorMachine? machine = null) => (machine ?? new FakeOperatorMachine()).Compile(book, "a,").Good().Bundle;

    private static IEnumerable<ModuleCall> Calls(TaskNode node) => node.Action switch
    {
        ModuleCall call => [call],
        Block block => block.Tasks.SelectMany(Calls),
        _ => [],
    };

    private static string Call(Bundle bundle, int index) => Text(bundle.Plays[0].Tasks[index]);

    private static string Text(TaskNode node) => string.Join(' ', Calls(node).Single().Arguments.Entries.Select(entry => $"{entry.Key}={entry.Value}").Order(StringComparer.Ordinal));
}
