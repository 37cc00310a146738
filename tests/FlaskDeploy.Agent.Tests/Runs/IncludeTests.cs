using FlaskDeploy.Agent.Machine;
using FlaskDeploy.Agent.Runs;
using FlaskDeploy.Agent.Tests.Machine;
using FlaskDeploy.Language.Bundles;
using FlaskDeploy.Language.Values;

namespace FlaskDeploy.Agent.Tests.Runs;

public sealed class IncludeTests : IDisposable
{
    private readonly TestHost _host = new();

    public IncludeTests() => _host.Machine.OnCommand = (arguments, machine) => new CommandResult(0, $"out of {arguments[^1]}\n", "", machine.Clock.GetUtcNow(), TimeSpan.FromSeconds(1));

    public void Dispose() => _host.Dispose();

    [Fact]
    public async Task Chooses_the_file_that_only_the_host_can_name()
    {
        var outcome = await Run([Book.Shell("a").Registered("out"), Book.Includes("{{ out.stdout[-1] }}.yml"), Book.Shell("end")],
            Book.Tasks("a.yml", Book.Shell("of a")), Book.Tasks("b.yml", Book.Shell("of b")));

        Assert.Equal(RunEnd.Changed, outcome.End);
        Assert.Equal(["a", "of a", "end"], _host.Commands);
        Assert.Equal("included a.yml", _host.Finished.Single(task => task.Module == "include_tasks").Because);
    }

    [Fact]
    public async Task Asks_its_condition_once_and_not_of_its_tasks()
    {
        await Run([Book.Includes("a.yml").If("go | default(true)"), Book.Includes("a.yml").If("go | default(true)")],
            Book.Tasks("a.yml", Book.Task("set_fact", ("go", "{{ false }}")), Book.Shell("runs")));

        Assert.Equal(["runs"], _host.Commands);
        Assert.Equal(1u, _host.Ended.Single().Counts.Skipped);
    }

    [Fact]
    public async Task Gives_item_and_variables_to_its_tasks_above_what_is_registered()
    {
        await Run([Book.Task("set_fact", ("who", "set")), Book.Includes("a.yml").Over("x", "y") with { Vars = [KeyValuePair.Create("who", Book.Text("given {{ item }}"))] }, Book.Shell("after {{ who }}")],
            Book.Tasks("a.yml", Book.Shell("{{ item }}: {{ who }}")));

        Assert.Equal(["x: given x", "y: given y", "after set"], _host.Commands);
    }

    [Fact]
    public async Task Renders_what_stands_behind_its_name_when_it_is_reached()
    {
        var include = Book.Includes("a.yml");
        include = include with { Action = (Include)include.Action with { Given = [KeyValuePair.Create("who", Book.Text("{{ who }} again"))] } };
        await Run([Book.Task("set_fact", ("who", "set")), include], Book.Tasks("a.yml", Book.Shell("{{ who }}")));

        Assert.Equal(["set again"], _host.Commands);
    }

    [Fact]
    public async Task What_a_block_gives_stands_above_what_is_set()
    {
        var block = Book.Block([Book.Shell("{{ who }}")]);
        await Run([Book.Task("set_fact", ("who", "set")), block with { Action = (Block)block.Action with { Given = [KeyValuePair.Create("who", Book.Text("given"))] } }, Book.Shell("{{ who }}")]);

        Assert.Equal(["given", "set"], _host.Commands);
    }

    [Theory]
    [InlineData("depth", "1", "shallow - none")]
    [InlineData("depth", "0", "shallow deep none")]
    [InlineData("extensions", "yml,txt", "shallow deep other")]
    public async Task Takes_files_of_variables_as_deep_and_of_the_endings_that_are_asked_for(string argument, string value, string expected)
    {
        await Run(Book.Bundle(Book.Play(Book.Task("include_vars", ("dir", "all"), ("ignore_unknown_extensions", "yes"), (argument, value)), Book.Shell("{{ a }} {{ b | default('-') }} {{ c | default('none') }}"))));

        Assert.Equal([expected], _host.Commands);
    }

    [Fact]
    public async Task Says_why_variables_are_not_included_as_Ansible_does()
    {
        await Run(Book.Bundle(Book.Play(
            Book.Task("include_vars", ("dir", "all")).Registered("one").Ignoring(), Book.Task("include_vars", ("file", "{{ gone | default('') }}")).Registered("two").Ignoring(),
            Book.Shell("{{ one.message }}; {{ two.message }}"))));

        Assert.Equal(["roles/x/vars/all/c.txt does not have a valid extension: json, yaml, yml; Could not find file '' among the operator's files of variables"], _host.Commands);
    }

    private Task<DeploymentOutcome> Run(Bundle bundle) => _host.Push(bundle with
    {
        Plays = [.. bundle.Plays.Select(play => play with { Tasks = [.. play.Tasks.Select(task => task with { Action = (ModuleCall)task.Action with { Directory = "roles/x/tasks" } })] })],
        VarsFiles = [Variable("all/a.yml", "a", "shallow"), Variable("all/c.txt", "c", "other"), Variable("all/deep/b.yml", "b", "deep")],
    });

    private static VarsFile Variable(string path, string name, string value) => new($"roles/x/vars/{path}", [KeyValuePair.Create(name, Book.Text(value))]);

    [Fact]
    public async Task Notifies_for_its_tasks_whom_apply_or_a_block_names()
    {
        var include = Book.Includes("a.yml");
        include = include with { Action = (Include)include.Action with { Apply = Book.Block([]) with { Id = "apply", Notify = ["applied"] } } };
        await _host.Push(Book.Bundle(Book.Play(include, Book.Block([Book.Shell("in block")]) with { Notify = ["blocked"] })
            .Handling(Book.Shell("first").Named("applied"), Book.Shell("second").Named("blocked"), Book.Shell("never").Named("other"))).Carrying(Book.Tasks("a.yml", Book.Shell("included"))));

        Assert.Equal(["included", "in block", "first", "second"], _host.Commands);
    }

    [Fact]
    public async Task What_a_play_set_is_there_in_the_plays_after_it()
    {
        await _host.Push(Book.Bundle(
            Book.Play(Book.Task("set_fact", ("who", "set")), Book.Shell("a").Registered("out")),
            Book.Play(Book.Shell("{{ who }} {{ out.stdout }}"))));

        Assert.Equal(["a", "set out of a"], _host.Commands);
    }

    [Fact]
    public async Task A_loop_tells_where_it_is_only_where_that_is_asked_for()
    {
        await Run([
            Book.Includes("a.yml") with { Loop = new Loop("loop", new ListValue([Value.Of("x"), Value.Of("y")])) { LoopVar = "{{ called }}", IsExtended = true }, Vars = [KeyValuePair.Create("called", Book.Text("one"))] },
            Book.Shell("{{ ansible_loop is defined }} {{ item }}").Over("z"),
        ], Book.Tasks("a.yml", Book.Shell("{{ one }} {{ ansible_loop.index }}/{{ ansible_loop.length }} {{ ansible_loop.nextitem | default('-') }} {{ ansible_loop.allitems | length }}")));

        Assert.Equal(["x 1/2 y 2", "y 2/2 - 2", "False z"], _host.Commands);
    }

    [Fact]
    public async Task A_fact_may_have_a_name_made_of_variables()
    {
        await Run([Book.Task("set_fact", ("port_{{ item }}", "{{ item }}1")).Over("a", "b"), Book.Shell("{{ port_a }} {{ port_b }}")]);

        Assert.Equal(["a1 b1"], _host.Commands);
    }

    [Fact]
    public async Task Keeps_its_keywords_for_itself_and_gives_its_tasks_those_of_apply()
    {
        var include = Book.Includes("a.yml") with { Tags = ["mine"] };
        include = include with { Action = (Include)include.Action with { Apply = Book.Block([]) with { Id = "apply", Tags = ["theirs"], Become = new Become(Value.True, null) } } };

        await _host.Push(Book.Bundle(Book.Play(include)).Carrying(Book.Tasks("a.yml", Book.Shell("tagged"), Book.Shell("never") with { Tags = ["never"] })), tags: ["mine"]);
        Assert.Empty(_host.Commands);

        await _host.Push(Book.Bundle(Book.Play(include)).Carrying(Book.Tasks("a.yml", Book.Shell("tagged"))), tags: ["mine", "theirs"]);
        Assert.Equal(["tagged"], _host.Commands);
    }

    [Fact]
    public async Task Fails_clearly_on_what_the_bundle_does_not_carry_and_on_what_cannot_be_run()
    {
        var missing = await Run([Book.Includes("b.yml")], Book.Tasks("a.yml"));
        Assert.Contains("the bundle carries no file of tasks 'b.yml'", missing.Because, StringComparison.Ordinal);

        var broken = await Run([Book.Includes("a.yml")], new TaskFile("a.yml", []) { Problem = "a.yml:3:1: there is no module 'nothing'" });
        Assert.Contains("a.yml cannot be run: a.yml:3:1: there is no module 'nothing'", broken.Because, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_includes_itself_comes_to_an_end()
    {
        await Run([Book.Includes("a.yml")],
            Book.Tasks("a.yml", Book.Shell("{{ count | default(0) }}"), Book.Task("set_fact", ("count", "{{ count | default(0) | int + 1 }}")), Book.Includes("a.yml").If("count | int < 3")));
        Assert.Equal(["0", "1", "2"], _host.Commands);

        var endless = await Run([Book.Includes("b.yml")], Book.Tasks("b.yml", Book.Includes("b.yml")));
        Assert.Equal(RunEnd.Failed, endless.End);
        Assert.Contains("nested more than 100 deep", endless.Because, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_check_cannot_know_what_a_command_would_name()
    {
        var outcome = await _host.Push(Book.Bundle(Book.Play(Book.Shell("a").Registered("out"), Book.Includes("{{ out.stdout }}.yml"))).Carrying(Book.Tasks("a.yml", Book.Shell("of a"))), mode: OrderMode.Check);

        Assert.NotEqual(RunEnd.Failed, outcome.End);
        Assert.Equal(2u, _host.Ended.Single().Counts.Unknown);
    }

    [Fact]
    public async Task Drift_in_what_was_included_is_corrected_and_only_there()
    {
        var bundle = Book.Bundle(Book.Play(Book.Includes("{{ item }}.yml").Over("a", "b"), Book.Includes("c.yml").If("false"))).Carrying(
            Book.Tasks("a.yml", Copy("/etc/a", "a")), Book.Tasks("b.yml", Copy("/etc/b", "{{ item }}")), Book.Tasks("c.yml", Copy("/etc/c", "c")));
        await _host.Push(bundle);
        Assert.Equal(RunEnd.Unchanged, (await _host.Reconverge(bundle)).End);
        var steps = _host.Steps.Count();

        _host.Machine.WithFile("/etc/b", "drifted");
        _host.Machine.WithFile("/etc/c", "somebody else's");
        _host.Restart();
        var outcome = await _host.Reconverge(bundle);

        Assert.Equal(RunEnd.Changed, outcome.End);
        Assert.Equal("b", _host.Machine.Files.Text("/etc/b"));
        Assert.Equal("somebody else's", _host.Machine.Files.Text("/etc/c"));
        Assert.Equal("0/0>1.1/0", _host.Drifts.Single().Task);
        Assert.All(_host.Steps.Skip(steps), step => Assert.IsType<WriteFile>(step));
        Assert.Equal(RunEnd.Unchanged, (await _host.Reconverge(bundle)).End);
    }

    [Fact]
    public async Task A_run_that_is_cut_off_inside_goes_on_there()
    {
        var bundle = Book.Bundle(Book.Play(Book.Shell("first").Registered("out"), Book.Includes("{{ out.stdout[-1] }}.yml"))).Carrying(Book.Tasks("t.yml", Book.Shell("one"), Book.Shell("two")));
        var assignment = _host.Assign(bundle);
        _host.BeforeStep = step =>
        {
            if (step is RunCommand { Shown: "two" })
            {
                _host.Kill();
            }
        };
        await Assert.ThrowsAsync<OperationCanceledException>(() => _host.Run(assignment, new RunRequest(RunRequest.NewId(), OrderMode.Converge, "push") { Order = 1 }));
        _host.BeforeStep = null;
        _host.Revive();

        Assert.Equal(RunEnd.Changed, (await _host.Resume(assignment)).End);

        Assert.Equal(["first", "one", "two"], _host.Commands);
        Assert.Contains(_host.Finished, task => task.Task == "0/1>0.0/1" && task.Because.Contains("cut off", StringComparison.Ordinal));
    }

    [Fact]
    public async Task An_included_role_brings_its_handlers_and_keeps_its_variables_unless_it_is_public()
    {
        var role = Book.Role("web", Book.Shell("{{ port }} {{ role_name }}").Notifying("web : restart"), defaults: [("port", "80")]) with { Handlers = [.. Book.Play(Book.Shell("restarted").Named("restart")).Tasks.Select(task => task with { Id = "h0" })] };
        role = role with { Handlers = [Book.Block([.. role.Handlers]) with { Id = "h0", Role = role.Tasks[0].Role }] };

        await Run([Book.IncludesRole("web"), Book.Shell("{{ port | default('none') }}")], role);
        Assert.Equal(["80 web", "none", "restarted"], _host.Commands);

        await Run([Book.IncludesRole("web", isPublic: true), Book.Shell("{{ port | default('none') }}")], role);
        Assert.Equal(["80 web", "80", "restarted"], _host.Commands.Skip(3));
    }

    [Fact]
    public async Task A_handler_may_include()
    {
        var play = Book.Play(Book.Shell("a").Notifying("restart all")).Handling(Book.Includes("restart.yml").Named("restart all"));

        await _host.Push(Book.Bundle(play).Carrying(Book.Tasks("restart.yml", Book.Shell("one"), Book.Shell("two"))));

        Assert.Equal(["a", "one", "two"], _host.Commands);
    }

    [Fact]
    public async Task Variables_of_roles_stand_where_Ansible_puts_them()
    {
        _host.HostVars = [KeyValuePair.Create("of_host", (Value)Value.Of("host"))];
        var scope = new RoleScope("web", "roles/web")
        {
            Defaults = [Pair("of_host", "default"), Pair("of_default", "default")],
            Vars = [Pair("of_play", "role"), Pair("of_block", "role")],
            Params = [Pair("of_param", "param")],
        };
        var block = Book.Block([Book.Shell("{{ of_host }} {{ of_default }} {{ of_play }} {{ of_block }} {{ of_param }}") with { Vars = [Pair("of_block", "task")] }]) with { Role = scope };
        var play = Book.Play(Book.Task("set_fact", ("of_param", "set")), block).With(("of_play", "play"), ("of_param", "play")) with { RoleDefaults = [Pair("elsewhere", "default")] };

        await _host.Push(Book.Bundle(play with { Tasks = [.. play.Tasks, Book.Shell("{{ elsewhere }} {{ of_play }} {{ of_default | default('gone') }}") with { Id = "0/9" }] }));

        Assert.Equal(["host default role task param", "default play gone"], _host.Commands);
    }

    [Fact]
    public async Task Of_equal_uses_of_a_role_the_first_that_runs_is_the_only_one()
    {
        var scope = new RoleScope("base", "roles/base") { Once = "base 1" };
        TaskNode Use(string line) => Book.Block([Book.Shell(line)]) with { Role = scope };

        await Run([Use("skipped").If("false"), Use("runs"), Use("not again")]);

        Assert.Equal(["runs"], _host.Commands);
    }

    [Fact]
    public async Task Meta_runs_handlers_at_once_and_ends_what_it_names()
    {
        var play = Book.Play(
            Book.Shell("a").Notifying("h"), Book.Task("meta", ("free_form", "flush_handlers")), Book.Shell("b"),
            Book.Block([Book.Shell("c"), Book.Task("meta", ("free_form", "end_role")), Book.Shell("not")]) with { Role = new RoleScope("r", "roles/r") },
            Book.Shell("d"), Book.Task("meta", ("free_form", "end_play")), Book.Shell("not")).Handling(Book.Shell("handled").Named("h"));

        var outcome = await _host.Push(Book.Bundle(play, Book.Play(Book.Shell("next play"))));

        Assert.Equal(RunEnd.Changed, outcome.End);
        Assert.Equal(["a", "handled", "b", "c", "d", "next play"], _host.Commands);
    }

    [Fact]
    public async Task A_role_that_is_included_twice_has_its_handlers_twice_with_the_variables_of_each_include()
    {
        TaskFile role = Book.Role("web", Book.Shell("task {{ port }}").Notifying("restart", "all"), ("port", "80")) with
        {
            Handlers = [Book.Shell("named {{ port }}").Named("restart") with { Id = "h0" }, Book.Shell("listens {{ port }}").Named("other") with { Id = "h1", Listen = ["all"] }],
        };
        TaskNode Include(string port) => Book.IncludesRole("web") with { Vars = [KeyValuePair.Create("port", Book.Text(port))] };

        await _host.Push(Book.Bundle(Book.Play(Include("1"), Include("2"), Include("{{ item }}").Over("3"))).Carrying(role));

        // By its name the last one that is there by then; of those that listen, all.
        Assert.Equal(["task 1", "task 2", "task 3"], _host.Commands.Take(3));
        Assert.Equal(["named 1", "named 2", "named 3"], _host.Commands.Where(command => command.StartsWith("named", StringComparison.Ordinal)));
        Assert.Equal(["listens 1", "listens 2", "listens 3"], _host.Commands.Where(command => command.StartsWith("listens", StringComparison.Ordinal)));
        Assert.Empty(_host.Record.PendingHandlers);
    }

    [Fact]
    public async Task What_a_file_was_included_for_counts_each_time_and_a_role_does_not()
    {
        await _host.Push(Book.Bundle(Book.Play(Book.Includes("tasks/a.yml").Over("x", "y"), Book.IncludesRole("web"))).Carrying(Book.Tasks("tasks/a.yml", Book.Task("debug", ("msg", "m"))), Book.Role("web", Book.Task("debug", ("msg", "m")))));

        // Two files, the task of each, and the role's.
        Assert.Equal(5u, _host.Ended.Single().Counts.Ok);
    }

    [Fact]
    public async Task The_results_of_a_loop_say_what_its_variables_were()
    {
        var loop = Book.Task("debug", ("msg", "m")).Over("x", "y").Registered("r");
        await _host.Push(Book.Bundle(Book.Play(
            loop with { Loop = loop.Loop! with { IndexVar = "i", IsExtended = true } }, Book.Shell("{{ r.results[1].i }} {{ r.results[1].ansible_index_var }} {{ r.results[1].ansible_loop.last }} {{ r.results[1].ansible_loop_var }}"))));

        Assert.Equal(["1 i True item"], _host.Commands);
    }

    [Fact]
    public async Task A_host_that_is_ended_comes_to_the_plays_that_follow()
    {
        await _host.Push(Book.Bundle(Book.Play(Book.Shell("a"), Book.Task("meta", ("free_form", "end_host")), Book.Shell("not")), Book.Play(Book.Shell("next play"))));

        Assert.Equal(["a", "next play"], _host.Commands);
    }

    [Fact]
    public async Task Of_handlers_of_one_name_the_first_of_a_list_counts_and_all_that_listen_do()
    {
        var play = Book.Play(Book.Shell("a").Notifying("restart", "all")).Handling(
            Book.Shell("first").Named("restart"), Book.Shell("last").Named("restart"), Book.Shell("one").Named("1") with { Listen = ["all"] }, Book.Shell("two").Named("2") with { Listen = ["all"] });

        await _host.Push(Book.Bundle(play));

        Assert.Equal(["a", "first", "one", "two"], _host.Commands);
    }

    [Fact]
    public async Task Included_variables_are_below_what_is_set_and_above_those_of_tasks()
    {
        var play = Book.Play(
            Book.Task("set_fact", ("of_set", "set")), Book.Task("include_vars", ("file", "{{ 'a' }}.yml")),
            Book.Shell("{{ of_set }} {{ of_task }} {{ made }}") with { Vars = [Pair("of_task", "task")] });
        var bundle = Book.Bundle(play) with { VarsFiles = [new VarsFile("vars/a.yml", [Pair("of_set", "file"), Pair("of_task", "file"), KeyValuePair.Create("made", Book.Template("{{ of_set }}!"))])] };

        await _host.Push(bundle);

        Assert.Equal(["set file set!"], _host.Commands);
    }

    [Fact]
    public async Task A_file_of_variables_is_chosen_when_the_play_starts()
    {
        var play = Book.Play(Book.Shell("{{ what }}")).With(("flavour", "red"), ("what", "play")) with { VarsFiles = [new VarsChoice([Book.Template("vars/{{ flavour }}er.yml"), Book.Template("vars/{{ flavour }}.yml")], "")] };

        await _host.Push(Book.Bundle(play) with { VarsFiles = [new VarsFile("vars/blue.yml", [Pair("what", "blue")]), new VarsFile("vars/red.yml", [Pair("what", "red")])] });

        Assert.Equal(["red"], _host.Commands);
    }

    [Fact]
    public async Task What_is_secret_is_told_nowhere_by_what_it_is()
    {
        var play = Book.Play(
            Book.Shell("connect {{ password }}").Registered("out"), Book.Task("debug", ("msg", "{{ out.cmd }} {{ out.stdout }}")), Book.Includes("{{ password }}.yml").If("false"), Book.Task("command", ("argv", "")) with { Action = new ModuleCall("command", MapValue.Empty, Book.Text("echo {{ password }} twice"), "") },
            Copy("/etc/secret", "{{ password }}"), Book.Task("assert", ("that", "{{ false }}"), ("fail_msg", "not {{ password }}"))) with
        {
            Vars = [KeyValuePair.Create("password", (Value)new SecretValue(Value.Of("open sesame")))],
        };

        var outcome = await _host.Push(Book.Bundle(play), mode: OrderMode.Apply);

        Assert.Equal(RunEnd.Failed, outcome.End);
        Assert.Contains("connect open sesame", _host.Commands);
        Assert.Equal("open sesame", _host.Machine.Files.Text("/etc/secret"));
        Assert.Contains(_host.Commands, command => command.Contains("twice", StringComparison.Ordinal));
        Assert.DoesNotContain("sesame", string.Concat(_host.Told), StringComparison.Ordinal);
        Assert.DoesNotContain("sesame", _host.Record.LastProblem ?? "", StringComparison.Ordinal);
        Assert.NotNull(_host.Record.LastProblem);
    }

    private static KeyValuePair<string, Value> Pair(string name, string value) => KeyValuePair.Create(name, (Value)Value.Of(value));

    private static TaskNode Copy(string path, string content) => Book.Task("copy", ("dest", path), ("content", content)).Sudo();

    private Task<DeploymentOutcome> Run(TaskNode[] tasks, params TaskFile[] files) => _host.Push(Book.Bundle(Book.Play(tasks)).Carrying(files), mode: OrderMode.Apply);
}
