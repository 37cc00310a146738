using FlaskDeploy.Agent.Machine;
using FlaskDeploy.Agent.Runs;
using FlaskDeploy.Agent.State;
using FlaskDeploy.Language.Bundles;
using TaskStatus = FlaskDeploy.Agent.Runs.TaskStatus;

namespace FlaskDeploy.Agent.Tests.State;

public sealed class RunJournalTests : IDisposable
{
    private static readonly RunBegan Began = new("r1", "site", 7, 3, OrderMode.Converge, "push") { Tags = ["t"], IsCorrection = true };
    private static readonly RunCommand Command = new(["/bin/true"]) { Shown = "true" };

    private readonly Scratch _scratch = new();

    public void Dispose() => _scratch.Dispose();

    [Fact]
    public void A_run_without_a_step_writes_nothing()
    {
        With(journal =>
        {
            journal.RunBegins(Began, resumes: false, now: false);
            journal.InstanceEnds("0/0", TaskStatus.Ok, [1]);
            journal.RunEnds("r1");
        });

        Assert.Equal(0, new FileInfo(_scratch["journal"]).Length);
    }

    [Fact]
    public void An_order_is_there_before_its_first_step()
    {
        With(journal => journal.RunBegins(Began, resumes: false, now: true));

        var found = Interrupted()!;
        Assert.Equal((7ul, 3ul, true), (found.Began.Sequence, found.Began.Order, found.Began.IsCorrection));
        Assert.Equal(["t"], found.Began.Tags);
    }

    [Fact]
    public void Tells_what_was_done_what_was_touched_and_what_was_cut()
    {
        With(journal =>
        {
            journal.RunBegins(Began, resumes: false, now: false);
            journal.StepBegins("0/0", 0, new WriteFile("/etc/motd", FileContent.Of([1, 2]), PathAttributes.Unchanged));
            journal.StepEnded("0/0", 0, StepOutcome.Done);
            journal.InstanceEnds("0/0", TaskStatus.Changed, [1]);
            journal.StepBegins("0/1", 0, Command);
            journal.StepEnded("0/1", 0, StepOutcome.Failed("3") with { Command = new CommandResult(3, "out", "err", default, TimeSpan.FromSeconds(1)) });
            journal.StepBegins("0/2", 0, new WaitUntil(WaitFor.PortOpen, TimeSpan.FromSeconds(1)));
        });

        var found = Interrupted()!;
        Assert.Equal(TaskStatus.Changed, found.Done["0/0"].Status);
        Assert.Equal(["/etc/motd"], found.ContentPaths);
        Assert.Equal(3, found.Commands["0/1"].Command!.ExitCode);
        Assert.Equal(["0/0", "0/1"], found.Touched.Order());
        Assert.Equal("0/2", found.InMidStep!.Instance);
    }

    [Fact]
    public void What_ended_is_not_interrupted_and_the_next_run_starts_afresh()
    {
        With(journal =>
        {
            journal.RunBegins(Began, resumes: false, now: true);
            journal.StepBegins("0/0", 0, Command);
            journal.RunEnds("r1");
        });
        Assert.Null(Interrupted());

        With(journal => journal.RunBegins(Began with { Run = "r2" }, resumes: false, now: true));
        var found = Interrupted()!;
        Assert.Equal("r2", found.Began.Run);
        Assert.Empty(found.Touched);
        Assert.Null(found.InMidStep);
    }

    [Fact]
    public void A_check_is_not_journaled()
    {
        With(journal => journal.StepBegins("0/0", 0, Command));

        Assert.Null(Interrupted());
    }

    [Fact]
    public void Torn_at_any_byte_it_knows_no_more_than_was_written_and_no_less_than_was_durable()
    {
        With(journal =>
        {
            journal.RunBegins(Began, resumes: false, now: true);
            for (var i = 0; i < 3; i++)
            {
                journal.StepBegins($"0/{i}", 0, Command);
                journal.StepEnded($"0/{i}", 0, StepOutcome.Done);
                journal.InstanceEnds($"0/{i}", TaskStatus.Ok, []);
            }
        });
        var whole = File.ReadAllBytes(_scratch["journal"]);
        var most = 0;
        for (var length = 0; length <= whole.Length; length++)
        {
            File.WriteAllBytes(_scratch["journal"], whole[..length]);
            var done = Interrupted()?.Done.Count ?? 0;
            Assert.InRange(done, most, 3);
            most = done;
        }
        Assert.Equal(3, most);
    }

    [Fact]
    public void An_entry_of_a_newer_agent_is_passed_over()
    {
        With(journal => journal.RunBegins(Began, resumes: false, now: true));
        using (var file = RecordFile.Open(_scratch["journal"], _ => { }))
        {
            file.Append("{\"entry\":\"step-began\",\"Instance\":\"0/0\",\"Index\":0,\"Step\":{\"step\":\"levitate\"}}"u8);
            file.Append("{\"entry\":\"unheard-of\"}"u8);
        }

        var found = Interrupted()!;
        Assert.Equal("r1", found.Began.Run);
        Assert.Null(found.InMidStep);
    }

    [Fact]
    public void The_content_of_files_is_not_written_twice()
    {
        With(journal =>
        {
            journal.RunBegins(Began, resumes: false, now: true);
            journal.StepBegins("0/0", 0, new WriteFile("/x", FileContent.Of("a secret of some length"u8.ToArray()), PathAttributes.Unchanged));
        });

        Assert.DoesNotContain(Convert.ToBase64String("a secret of some length"u8), File.ReadAllText(_scratch["journal"]), StringComparison.Ordinal);
    }

    private void With(Action<RunJournal> use)
    {
        using var journal = new RunJournal(_scratch.Path);
        use(journal);
    }

    private InterruptedRun? Interrupted()
    {
        using var journal = new RunJournal(_scratch.Path);
        return journal.Interrupted;
    }
}
