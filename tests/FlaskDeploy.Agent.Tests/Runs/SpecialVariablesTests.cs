using System.Collections.Immutable;
using FlaskDeploy.Agent.Runs;
using FlaskDeploy.Language.Bundles;
using FlaskDeploy.Language.Diagnostics;
using FlaskDeploy.Language.Expressions;
using FlaskDeploy.Language.Values;

namespace FlaskDeploy.Agent.Tests.Runs;

/// <summary>Each variable of Ansible's table is what <see cref="SpecialVariables"/> says of it.</summary>
public sealed class SpecialVariablesTests
{
    // As Ansible's documentation lists them: magic, facts, connection.
    private const string Documented =
        "ansible_check_mode ansible_collection_name ansible_config_file ansible_dependent_role_names ansible_diff_mode ansible_forks ansible_index_var ansible_inventory_sources ansible_limit "
        + "ansible_loop ansible_loop_var ansible_parent_role_names ansible_parent_role_paths ansible_play_batch ansible_play_hosts ansible_play_hosts_all ansible_play_name ansible_play_role_names "
        + "ansible_playbook_python ansible_role_name ansible_role_names ansible_run_tags ansible_search_path ansible_skip_tags ansible_verbosity ansible_version group_names groups hostvars inventory_dir "
        + "inventory_file inventory_hostname inventory_hostname_short omit play_hosts playbook_dir role_name role_names role_path ansible_facts ansible_local ansible_become_user ansible_connection "
        + "ansible_host ansible_python_interpreter ansible_user";

    private static readonly RunRequest Request = new("r1", OrderMode.Check, "push") { Diff = true, Tags = ["a"], SkipTags = ["b"], Verbosity = 3, Limit = "web*" };

    /// <summary>By name: what is there in the run below.</summary>
    private static readonly Dictionary<string, string> Values = new(StringComparer.Ordinal)
    {
        ["ansible_become_user"] = "app",
        ["ansible_check_mode"] = "True",
        ["ansible_connection"] = "local",
        ["ansible_dependent_role_names"] = "[]",
        ["ansible_diff_mode"] = "True",
        ["ansible_facts"] = "{'os_family': 'RedHat'}",
        ["ansible_forks"] = "5",
        ["ansible_host"] = "web1.example.org",
        ["ansible_index_var"] = "i",
        ["ansible_limit"] = "web*",
        ["ansible_local"] = "{'own': 1}",
        ["ansible_loop_var"] = "item",
        ["ansible_parent_role_names"] = "['outer']",
        ["ansible_parent_role_paths"] = "['roles/outer']",
        ["ansible_play_batch"] = "['web1.example.org']",
        ["ansible_play_hosts"] = "['web1.example.org']",
        ["ansible_play_hosts_all"] = "['web1.example.org']",
        ["ansible_play_name"] = "site",
        ["ansible_play_role_names"] = "['site']",
        ["ansible_playbook_python"] = "/usr/bin/python3",
        ["ansible_python_interpreter"] = "/usr/bin/python3",
        ["ansible_role_name"] = "site",
        ["ansible_role_names"] = "['site']",
        ["ansible_run_tags"] = "['a']",
        ["ansible_search_path"] = "['roles/site', '.']",
        ["ansible_skip_tags"] = "['b']",
        ["ansible_user"] = "deploy",
        ["ansible_verbosity"] = "3",
        ["ansible_version"] = "{'full': '2.14.18', 'major': 2, 'minor': 14, 'revision': 18, 'string': '2.14.18'}",
        ["group_names"] = "['web']",
        ["groups"] = "{'web': ['web1.example.org']}",
        ["inventory_dir"] = "inventory",
        ["inventory_file"] = "inventory/hosts",
        ["inventory_hostname"] = "web1.example.org",
        ["inventory_hostname_short"] = "web1",
        ["omit"] = Resolver.Omit.ToString(),
        ["play_hosts"] = "['web1.example.org']",
        ["playbook_dir"] = ".",
        ["role_name"] = "site",
        ["role_names"] = "['site']",
        ["role_path"] = "roles/site",
    };

    public static TheoryData<string> Given => [.. SpecialVariables.All.Where(variable => !variable.IsRefused).Select(variable => variable.Name)];

    public static TheoryData<string> Refused => [.. SpecialVariables.All.Where(variable => variable.IsRefused).Select(variable => variable.Name)];

    [Fact]
    public void Knows_all_that_the_documentation_lists() =>
        Assert.Equal(Documented.Split(' ').Order(StringComparer.Ordinal), SpecialVariables.All.Select(variable => variable.Name).Order(StringComparer.Ordinal));

    [Theory]
    [MemberData(nameof(Given))]
    public void Holds_what_Ansible_says(string name)
    {
        var value = Task().Find(name);
        Assert.NotNull(value);
        switch (name)
        {
            case "ansible_loop":
                Assert.Equal("2", ((MapValue)value)["index"]!.ToString());
                break;
            case "hostvars":
                Assert.Equal("local", ((MapValue)((MapValue)value)["web1.example.org"]!)["connection_of_it"]!.ToString());
                break;
            default:
                Assert.Equal(Values[name], value.ToString());
                break;
        }
    }

    [Theory]
    [MemberData(nameof(Refused))]
    public void Is_not_defined_and_says_why(string name)
    {
        var context = new EvaluationContext(Task());
        Assert.Equal("False", Resolver.Resolve(new TemplateValue($"{{{{ {name} is defined }}}}", SourceSpan.None), context).Value!.ToString());
        var error = Resolver.Resolve(new TemplateValue($"{{{{ {name} }}}}", SourceSpan.None), context).Error;
        Assert.Equal(DiagnosticCodes.UndefinedVariable, error!.Code);
        Assert.Contains(SpecialVariables.All.Single(variable => variable.Name == name).Meaning, error.Summary, StringComparison.Ordinal);
    }

    [Fact]
    public void Without_a_limit_there_is_none() => Assert.Null(new TaskVariables(Run(request: null)).Find("ansible_limit"));

    private static RunVariables Run(RunRequest? request)
    {
        var role = new RoleScope("site", "roles/site");
        var play = Book.Play(Book.Block([Book.Shell("a")]) with { Role = role }) with { User = "deploy" };
        var assigned = new Assigned
        {
            Deployment = "site",
            Sequence = 1,
            Host = "web1",
            Bundle = Book.Bundle(play),
            Content = default,
            Release = new ReleaseContent { Bundle = null, Origin = "", Groups = [new Group("web", [], [], ["web1.example.org"], 0)] },
            Part = new HostPartContent
            {
                InventoryName = "web1.example.org",
                Groups = ["all", "web"],
                Vars =
                [
                    KeyValuePair.Create("ansible_become_user", (Value)Value.Of("app")), KeyValuePair.Create("connection_of_it", (Value)Value.Of("local")),
                    KeyValuePair.Create("inventory_dir", (Value)Value.Of("inventory")), KeyValuePair.Create("inventory_file", (Value)Value.Of("inventory/hosts")),
                ],
            },
        };
        var run = new RunVariables(assigned, play, request);
        run.SetFacts([KeyValuePair.Create("ansible_python", (Value)MapValue.From(("executable", Value.Of("/usr/bin/python3")))), KeyValuePair.Create("ansible_facts", (Value)MapValue.From(("os_family", Value.Of("RedHat")))), KeyValuePair.Create("ansible_local", (Value)MapValue.From(("own", Value.Of(1))))]);
        return run;
    }

    private static TaskVariables Task()
    {
        var run = Run(Request);
        var inherited = Inherited.From(Book.Play()) with { Role = new RoleScope("site", "roles/site"), ParentRoles = [new RoleScope("outer", "roles/outer")] };
        return TaskVariables.Of(run, inherited, "roles/site").ForItem(new Loop("items", ListValue.Empty) { IndexVar = "i", IsExtended = true }, [Value.Of("x"), Value.Of("y")], 1);
    }
}
