using FlaskDeploy.Cli.Display;
using FlaskDeploy.Cli.Rollouts;
using FlaskDeploy.Language.Values;
using static FlaskDeploy.Cli.Tests.Told;

namespace FlaskDeploy.Cli.Tests;

public sealed class RenderingTests
{
    [Fact]
    public void Prints_a_push_as_ansible_prints_it()
    {
        var shown = Render(new(),
            By("web1", Started(3)),
            By("web1", Task("install lsof", TaskOutcome.Ok, because: "lsof 4.95 already installed")),
            By("web2", Task("install lsof", TaskOutcome.Changed)),
            By("web1", Task("copy the site", TaskOutcome.Changed, item: "hello.py")),
            By("web2", Task("copy the site", TaskOutcome.Skipped)),
            By("web1", Finished(RunResult.Changed, new() { Ok = 2, Changed = 1 })),
            By("web2", Finished(RunResult.Changed, new() { Ok = 1, Changed = 1, Skipped = 1 })));
        Assert.Equal(
            """

            PLAY [site] ********************************************************************

            TASK [install lsof] ************************************************************
            ok: [web1]
            changed: [web2]

            TASK [copy the site] ***********************************************************
            changed: [web1] => (item=hello.py)
            skipping: [web2]

            PLAY RECAP *********************************************************************
            web1                       : ok=2    changed=1    unreachable=0    failed=0    skipped=0    rescued=0    ignored=0
            web2                       : ok=1    changed=1    unreachable=0    failed=0    skipped=1    rescued=0    ignored=0
            """,
            shown);
    }

    [Fact]
    public void Shows_a_failure_with_its_result_and_its_place()
    {
        var result = MapValue.From(("changed", Value.False), ("cmd", Value.Of("false")), ("msg", Value.Of("non-zero return code")), ("rc", Value.Of(1)));
        var shown = Lines(new(), By("web1", Task("fail", TaskOutcome.Failed) with { Result = result, Location = "flask.yml:14:7" }));
        Assert.Equal("""fatal: [web1]: FAILED! => {"changed":false,"cmd":"false","msg":"non-zero return code","rc":1}""", shown[^2]);
        Assert.Equal("    at flask.yml:14:7", shown[^1]);
    }

    [Fact]
    public void A_failure_does_not_show_whole_files()
    {
        var result = MapValue.From(("msg", Value.Of("refused")), ("diff", Value.Of([MapValue.From(("before", Value.Of("a\n")), ("after", Value.Of("b\n")))])));
        var shown = Lines(new(), By("web1", Task("edit", TaskOutcome.Ignored) with { Result = result }));
        Assert.Equal("""fatal: [web1]: FAILED! => {"changed":false,"msg":"refused"}""", shown[^2]);
    }

    [Fact]
    public void Says_that_a_failure_is_ignored()
    {
        var shown = Lines(new(), By("web1", Task("look", TaskOutcome.Ignored, because: "rc 1")));
        Assert.Equal("""fatal: [web1]: FAILED! => {"changed":false,"msg":"rc 1"}""", shown[^2]);
        Assert.Equal("...ignoring", shown[^1]);
    }

    [Fact]
    public void Gives_the_reason_with_v_and_the_result_with_vv()
    {
        var task = By("web1", Task("install lsof", TaskOutcome.Ok, because: "lsof 4.95 already installed") with { Result = MapValue.From(("rc", Value.Of(0))), Location = "flask.yml:3:5" });
        Assert.Equal("ok: [web1]", Lines(new(), task)[^1]);
        Assert.Equal("ok: [web1] => lsof 4.95 already installed", Lines(new() { Verbosity = 1 }, task)[^1]);
        var verbose = Lines(new() { Verbosity = 2 }, task);
        Assert.Equal("""ok: [web1] => lsof 4.95 already installed => {"rc":0}""", verbose[^1]);
        Assert.Equal("task path: flask.yml:3:5", verbose[^2]);
    }

    [Fact]
    public void Prints_what_debug_says_in_full()
    {
        var shown = Lines(new(), By("web1", Task("say", TaskOutcome.Ok) with { Module = "debug", Result = MapValue.From(("msg", Value.Of("hello")), ("changed", Value.False), ("failed", Value.False)) }));
        Assert.Equal(["ok: [web1] => {", "    \"msg\": \"hello\"", "}"], shown[^3..]);
    }

    [Fact]
    public void Says_that_a_host_is_unchanged_and_since_when()
    {
        var shown = Lines(new(), By("web1", Finished(RunResult.Unchanged, new() { Ok = 12 }, "unchanged since r7")));
        Assert.Equal(["web1: unchanged since r7"], shown);
    }

    [Fact]
    public void Repeats_the_heading_when_hosts_are_at_different_tasks()
    {
        var shown = Lines(new(), By("web1", Task("a", TaskOutcome.Ok, id: "0/0")), By("web1", Task("b", TaskOutcome.Ok, id: "0/1")), By("web2", Task("a", TaskOutcome.Ok, id: "0/0")));
        Assert.Equal(2, shown.Count(line => line.StartsWith("TASK [a] ", StringComparison.Ordinal)));
        Assert.Single(shown, line => line.StartsWith("PLAY [site] ", StringComparison.Ordinal));
    }

    [Fact]
    public void Names_handlers_as_handlers()
    {
        var shown = Lines(new(), By("web1", Task("restart", TaskOutcome.Changed) with { Handler = true }));
        Assert.StartsWith("RUNNING HANDLER [restart] ***", shown[^2], StringComparison.Ordinal);
    }

    [Fact]
    public void Shows_a_diff_only_when_asked()
    {
        var task = By("web1", Task("copy", TaskOutcome.Changed) with { Diff = "--- before\n+++ after\n@@ -1 +1 @@\n-a\n+b\n" });
        Assert.DoesNotContain("+b", Lines(new(), task));
        var shown = Lines(new() { Diff = true }, task);
        Assert.Equal(["--- before", "+++ after", "@@ -1 +1 @@", "-a", "+b", "changed: [web1]"], shown[^6..]);
    }

    [Fact]
    public void Marks_corrected_drift()
    {
        var shown = Render(new(),
            By("web1", new Happening.DriftFound("0/4", "copy the site", "/home/webserver/hello/hello.py: content")),
            By("web1", Task("copy the site", TaskOutcome.Changed, because: "content differs") with { Corrective = true }),
            By("web1", Finished(RunResult.Changed, new() { Ok = 12, Changed = 1 }) with { Corrected = ["0/4"] }));
        Assert.Contains("drift: [web1] => /home/webserver/hello/hello.py: content (copy the site)", shown, StringComparison.Ordinal);
        Assert.Contains("changed: [web1] (drift corrected) => content differs", shown, StringComparison.Ordinal);
        Assert.EndsWith("web1: drift corrected: copy the site", shown, StringComparison.Ordinal);
    }

    [Fact]
    public void Ends_with_what_an_earlier_revision_left_behind()
    {
        var shown = Render(new(),
            By("web1", new Happening.LeftOver("process 4711 (python hello.py 5000) listening on port 5000", 4711, 5000, 3)),
            By("web1", Finished(RunResult.Changed, new() { Ok = 1, Changed = 1 })));
        Assert.EndsWith("web1: left over from r3: process 4711 (python hello.py 5000) listening on port 5000", shown, StringComparison.Ordinal);
    }

    [Fact]
    public void Tells_of_refusals_with_their_remedy()
    {
        var shown = Lines(new(), By("web1", new Happening.RunRefused("the agent knows no module 'launch'", "update flaskdeploy-agent to 0.2")));
        Assert.Equal(["fatal: [web1]: REFUSED! => the agent knows no module 'launch'", "    update flaskdeploy-agent to 0.2"], shown);
    }

    [Fact]
    public void Says_the_reason_of_a_refusal_once_with_all_its_lines()
    {
        var shown = Lines(new(), By("web1", new Happening.RunRefused("two want one:\n  a\n  b", "retire one")), new RolloutUpdate.Moved("web1", HostPhase.Refused, "two want one:\n  a\n  b; retire one"));
        Assert.Equal(["fatal: [web1]: REFUSED! => two want one:", "  a", "  b", "    retire one"], string.Join('\n', shown).Split('\n'));
    }

    [Fact]
    public void Says_in_a_push_that_the_deployment_is_paused_and_how_to_end_that()
    {
        var shown = Lines(new(), By("web1", new Happening.StandingTold(new Standing { Paused = new("disk", "jane@desk", 0, 0) })));
        Assert.Equal(["web1: paused until it is resumed by jane@desk: disk; 'flaskdeploy resume flask' ends that"], shown);
        Assert.Empty(Lines(new(), By("web1", new Happening.StandingTold(new Standing { Drift = "report" }))));
    }

    [Fact]
    public void Tells_that_another_push_took_over()
    {
        var shown = Render(new(), By("web1", Task("a", TaskOutcome.Changed)), By("web1", new Happening.Superseded(12)));
        Assert.EndsWith("web1: superseded by order 12; what this push asked for was not finished here", shown, StringComparison.Ordinal);
    }

    [Fact]
    public void Says_what_becomes_of_a_host_that_is_away()
    {
        var shown = Render(new(), new RolloutUpdate.Moved("web1", HostPhase.Waiting, "not connected since 10:00"));
        Assert.Contains("web1                       : ok=0    changed=0    unreachable=1", shown, StringComparison.Ordinal);
        Assert.EndsWith("it will take the revision when it is back", shown, StringComparison.Ordinal);
    }

    [Fact]
    public void Escapes_what_would_steer_the_terminal()
    {
        var evil = "\u001b]0;owned\u0007\u001b[2J\r\u009b31m\u202etxt";
        var shown = Render(new() { Verbosity = 4, Diff = true },
            By("web\u001b[1m", Task("a" + evil, TaskOutcome.Changed, because: evil, item: evil) with { Diff = "+" + evil, Result = MapValue.From(("stdout", Value.Of(evil)), (evil, Value.Null)), Location = evil }),
            By("web\u001b[1m", Task("b", TaskOutcome.Failed, because: evil) with { Location = evil }),
            By("web\u001b[1m", new Happening.DriftFound("x", evil, evil)),
            By("web\u001b[1m", new Happening.LeftOver(evil, 1, 1, 1)),
            By("web\u001b[1m", Finished(RunResult.Failed, new() { Failed = 1 }, evil)),
            By("web2", new Happening.RunRefused(evil, evil)),
            new RolloutUpdate.Moved("web3" + evil, HostPhase.Waiting, evil));
        Assert.DoesNotContain(shown, c => (char.IsControl(c) && c != '\n') || c == '\u202e');
        Assert.Contains("\\u001b]0;owned\\u0007", shown, StringComparison.Ordinal);
    }

    [Fact]
    public void Redacts_nothing_by_colour_and_colours_only_when_asked()
    {
        var update = By("web1", Task("a", TaskOutcome.Changed));
        Assert.Equal("\u001b[0;33mchanged: [web1]\u001b[0m", Lines(new() { Style = new Style(colours: true) }, update)[^1]);
        Assert.Equal("changed: [web1]", Lines(new(), update)[^1]);
    }

    [Fact]
    public void Keeps_to_changes_and_failures_where_hosts_are_many()
    {
        var options = new RenderOptions { Brief = true };
        Assert.Empty(Lines(options, By("web1", Task("a", TaskOutcome.Ok)), By("web2", Task("a", TaskOutcome.Skipped)), By("web1", Finished(RunResult.Unchanged, new(), "unchanged since r7"))));
        Assert.Equal(["changed: [web1] copy the site"], Lines(options, By("web1", Task("copy the site", TaskOutcome.Changed))));
        Assert.StartsWith("fatal: [web1]: copy the site FAILED! => ", Assert.Single(Lines(options, By("web1", Task("copy the site", TaskOutcome.Failed)))), StringComparison.Ordinal);
    }

    [Fact]
    public void Counts_hosts_in_the_progress_line()
    {
        var state = RolloutState.Of(["a", "b", "c"])
            .Next(new RolloutUpdate.Moved("a", HostPhase.Accepted, ""))
            .Next(By("b", Finished(RunResult.Changed, new() { Changed = 1 })));
        Assert.Equal("1 of 3 hosts done, 1 running, 1 waiting, 1 changed", Recap.Progress(state));
    }

    private static List<string> Lines(RenderOptions options, params RolloutUpdate[] updates)
    {
        var renderer = new TextRenderer(options);
        return [.. updates.SelectMany(renderer.Render)];
    }

    private static string Render(RenderOptions options, params RolloutUpdate[] updates)
    {
        var state = updates.Aggregate(RolloutState.Of([]), (state, update) => state.Next(update));
        return string.Join('\n', [.. Lines(options, updates), .. Recap.Render(state, options.Style)]);
    }
}
