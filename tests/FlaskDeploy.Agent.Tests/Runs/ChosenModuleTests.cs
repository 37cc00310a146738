using System.Collections.Immutable;
using FlaskDeploy.Agent.Machine;
using FlaskDeploy.Agent.Runs;
using FlaskDeploy.Agent.Tests.Machine;
using FlaskDeploy.Language.Bundles;
using FlaskDeploy.Language.Diagnostics;
using FlaskDeploy.Language.Values;

namespace FlaskDeploy.Agent.Tests.Runs;

/// <summary>Tasks whose module, or whose arguments, only the run brings.</summary>
public sealed class ChosenModuleTests : IDisposable
{
    private readonly TestHost _host = new();

    public ChosenModuleTests() => _host.Machine.OnCommand = (arguments, machine) => new CommandResult(0, $"out of {arguments[^1]}\n", "", machine.Clock.GetUtcNow(), TimeSpan.FromSeconds(1));

    public void Dispose() => _host.Dispose();

    [Fact]
    public async Task The_host_chooses_for_each_item_and_tells_which_it_was()
    {
        await Push(Book.Shell("shell").Registered("out"), Chosen("{{ item if item == 'debug' else out.stdout.split()[-1] }}", ("cmd", "chosen {{ item }}")).Over("x", "y"));

        Assert.Equal(["shell", "chosen x", "chosen y"], _host.Commands);
        Assert.All(_host.Finished, task => Assert.Equal("shell", task.Module));
    }

    [Theory]
    [InlineData("apt", "'apt' is a module for other systems than this agent's; give the task a condition")]
    [InlineData("pakage", "there is no module 'pakage'; did you mean 'package'?")]
    [InlineData("fetch", "the module 'fetch' is not supported: an agent sends reports, not files")]
    [InlineData("meta", "the module 'meta' cannot come out of a variable of the host's")]
    [InlineData("include_role", "'include_role' cannot come out of a variable of the host's")]
    [InlineData("ping", "site.yml:7:9: error FD1203: ping has no argument 'dta'; did you mean 'data'?")]
    [InlineData("command", "site.yml:7:9: error FD1203: command has no argument 'dta'")]
    public async Task What_it_cannot_be_is_a_failed_task_that_says_why_and_where(string module, string because)
    {
        var outcome = await Push(Book.Shell("before").Registered("out"), Chosen($"{{{{ '{module}' if out is changed }}}}", ("dta", "x")), Book.Shell("never"));

        Assert.Equal(RunEnd.Failed, outcome.End);
        Assert.Equal(["before"], _host.Commands);
        Assert.Contains(because, _host.Finished.Last().Because);
    }

    [Fact]
    public async Task Its_condition_is_asked_before_its_name()
    {
        var outcome = await Push(Chosen("{{ gone }}").If("false"), Chosen("{{ gone }}").Ignoring().Registered("lost"), Book.Shell("{{ 'gone' in lost.msg }}"));

        Assert.Equal((RunEnd.Changed, "True"), (outcome.End, _host.Commands.Single()));
    }

    [Fact]
    public async Task Arguments_out_of_variables_are_below_those_that_are_written()
    {
        var task = Book.Task("shell", ("cmd", "written"));
        await Push(
            Book.Task("set_fact", ("more", "{{ {'cmd': 'given', 'chdir': '/srv'} }}")),
            task with { Action = (ModuleCall)task.Action with { Given = [MapValue.From(("cmd", Value.Of("default")), ("stdin", Value.Of("d"))), Book.Text("{{ more }}")] } },
            task with { Action = new ModuleCall("shell", MapValue.Empty, null, "") { Given = [Book.Text("{{ more }}")] } },
            task with { Action = new ModuleCall("shell", MapValue.Empty, null, "") { Given = [Book.Text("{{ {'_raw_params': 'raw ' ~ more.chdir} }}")] } });

        Assert.Equal(["written", "given", "raw /srv"], _host.Commands);
    }

    [Theory]
    [InlineData("{{ 'text' }}", "its arguments come out of a variable, and are a str, not a dict")]
    [InlineData("{{ gone }}", "'gone' is undefined")]
    [InlineData("{{ {'dta': 1} }}", "ping has no argument 'dta'")]
    public async Task Arguments_that_cannot_be_taken_fail_the_task(string given, string because)
    {
        await Push(Book.Task("ping") with { Action = new ModuleCall("ping", MapValue.Empty, null, "") { Given = [Book.Text(given)] } });

        Assert.Contains(because, _host.Finished.Single().Because);
    }

    [Fact]
    public async Task What_came_from_the_host_is_never_rendered_again_on_its_way_into_arguments()
    {
        _host.Machine.OnCommand = (arguments, machine) => new CommandResult(0, "{{ 6 * 7 }}", "", machine.Clock.GetUtcNow(), TimeSpan.FromSeconds(1));
        await Push(Book.Shell("a").Registered("out"), Book.Task("shell") with { Action = new ModuleCall("shell", MapValue.Empty, null, "") { Given = [Book.Text("{{ {'cmd': out.stdout} }}")] } });

        Assert.Equal(["a", "{{ 6 * 7 }}"], _host.Commands);
    }

    [Fact]
    public async Task A_chosen_module_is_kept_as_one_that_was_written()
    {
        var bundle = Book.Bundle(Book.Play(Chosen("{{ 'file' }}", ("path", "/srv/app"), ("state", "directory"))));
        await _host.Push(bundle);
        _host.Machine.Files.Remove("/srv/app");

        await _host.Reconverge(bundle);

        Assert.Equal(PathKind.Directory, _host.Machine.Files.Stat("/srv/app", followLinks: false).Kind);
    }

    private static TaskNode Chosen(string name, params (string Name, string Value)[] arguments)
    {
        var places = ImmutableArray.Create(new SourceSpan("site.yml", 6, 3)).AddRange(arguments.Select(_ => new SourceSpan("site.yml", 7, 9)));
        var task = Book.Task(name, arguments);
        return task with { Action = (ModuleCall)task.Action with { Choice = new ModuleChoice((TemplateValue)Book.Template(name), places) } };
    }

    private async Task<DeploymentOutcome> Push(params TaskNode[] tasks) => await _host.Push(Book.Bundle(Book.Play(tasks)));
}
