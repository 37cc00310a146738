using System.Text;
using FlaskDeploy.Agent.Machine;
using FlaskDeploy.Language.Bundles;

namespace FlaskDeploy.Agent.Tests.Machine;

/// <summary>What the fake and the real machine both promise; a fake that differs would lie to every module's test.</summary>
public abstract class MachineConformance
{
    private const int Private = 0x180;
    private const int Ordinary = 0x1A4;

    private protected abstract IMachineView View { get; }

    private protected abstract IStepExecutor Executor { get; }

    /// <summary>Time goes by, on the clock that the machine is looked at with.</summary>
    private protected abstract void Age();

    /// <summary>An empty directory that is there.</summary>
    private protected abstract string Place { get; }

    private string At(string name) => $"{Place}/{name}";

    [Fact]
    public async Task What_is_not_there_is_an_answer()
    {
        Assert.Equal(PathKind.Absent, (await Ask(new StatLook(At("none/deeper"), true))).Kind);
        Assert.Null((await Ask(new ContentLook(At("none")))).Content);
        Assert.Null((await Ask(new ReadLook(At("none"), 10))).Bytes);
        Assert.False((await Ask(new DirectoryLook(At("none")))).Exists);
        Assert.Empty((await Ask(new GlobLook(At("none*")))).Paths);
        Assert.Null((await Ask(new AccountLook("no-such-user"))).Account);
        Assert.Null((await Ask(new GroupLook("no-such-group"))).Name);
        Assert.False((await Ask(new LaunchLook("nothing"))).Known);
        Assert.False((await Ask(new ProcessLook(int.MaxValue))).Runs);
    }

    [Fact]
    public async Task A_written_file_has_its_content_and_its_mode()
    {
        await Do(Write("a", "text", Private));

        var stat = await Ask(new StatLook(At("a"), true));
        Assert.Equal((PathKind.File, Private, 4L), (stat.Kind, stat.Mode, stat.Size));
        Assert.Equal(Digest.Of("text"u8), (await Ask(new ContentLook(At("a")))).Content);
        Assert.Equal("text"u8.ToArray(), (await Ask(new ReadLook(At("a"), 100))).Bytes);
    }

    [Fact]
    public async Task A_new_file_is_readable_and_a_rewritten_one_keeps_its_mode()
    {
        await Do(Write("a", "text", null));
        Assert.Equal(Ordinary, (await Ask(new StatLook(At("a"), true))).Mode);

        await Do(new SetAttributes(At("a"), new PathAttributes { Mode = Private }, FollowLinks: true));
        await Do(Write("a", "other", null));

        Assert.Equal(Private, (await Ask(new StatLook(At("a"), true))).Mode);
    }

    [Fact]
    public async Task Writing_moves_the_stat_and_reading_does_not()
    {
        await Do(Write("a", "text", null));
        var before = (await Ask(new StatLook(At("a"), true))).Movement;
        await Ask(new ContentLook(At("a")));
        Assert.Equal(before, (await Ask(new StatLook(At("a"), true))).Movement);

        await Do(Write("a", "other", null));

        Assert.NotEqual(before, (await Ask(new StatLook(At("a"), true))).Movement);
    }

    [Fact]
    public async Task The_cheap_question_stands_until_the_answer_may_have_moved()
    {
        await Do(Write("a", "text", null));
        Age();
        Look[] looks = [new ContentLook(At("a")), new ReadLook(At("a"), 100), new DirectoryLook(Place), new StatLook(At("a"), true), new GlobLook(At("*")), new GlobLook(At("a"))];
        var before = await View.Movements(looks, TestContext.Current.CancellationToken);
        Assert.All(before, Assert.NotNull);
        await Ask(new ContentLook(At("a")));
        Assert.Equal(before, await View.Movements(looks, TestContext.Current.CancellationToken));

        await Do(Write("a", "exet", Private));
        await Do(Write("b", "", null));
        Age();

        var after = await View.Movements(looks, TestContext.Current.CancellationToken);
        Assert.Equal([true, true, true, true, true, false], before.Zip(after, (was, now) => was != now));
    }

    [Fact]
    public async Task Restored_times_and_the_same_size_do_not_hide_that_content_moved()
    {
        await Do(Write("a", "text", null));
        await Do(new Touch(At("a"), PathAttributes.Unchanged, Modified: 1_000_000_000_000, Accessed: null));
        Age();
        Look[] looks = [new ContentLook(At("a"))];
        var before = await View.Movements(looks, TestContext.Current.CancellationToken);

        await Do(Write("a", "exet", null));
        await Do(new Touch(At("a"), PathAttributes.Unchanged, Modified: 1_000_000_000_000, Accessed: null));
        Age();

        Assert.NotEqual(before[0], (await View.Movements(looks, TestContext.Current.CancellationToken))[0]);
    }

    [Fact]
    public async Task Nothing_cheap_stands_for_content_that_was_written_just_now()
    {
        await Do(Write("a", "text", null));

        Assert.Null((await View.Movements([new ContentLook(At("a"))], TestContext.Current.CancellationToken))[0]);
    }

    [Fact]
    public async Task Nothing_cheap_stands_for_what_is_only_in_memory()
    {
        Look[] looks = [new ListenersLook(1), new ProcessLook(1), new LaunchLook("nothing"), new UnitLook("none.service"), new ConnectLook("127.0.0.1", 1, TimeSpan.FromSeconds(1))];

        Assert.All(await View.Movements(looks, TestContext.Current.CancellationToken), Assert.Null);
    }

    [Fact]
    public async Task A_file_with_two_names_is_another_one_when_it_was_replaced()
    {
        await Do(Write("a", "text", null));
        await Do(new MakeLink(At("b"), At("a"), Hard: true, Force: false));
        var before = (await Ask(new StatLook(At("b"), true))).Fingerprint();

        await Do(new Remove(At("b")));
        await Do(Write("b", "text", null));

        Assert.NotEqual(before, (await Ask(new StatLook(At("b"), true))).Fingerprint());
    }

    [Fact]
    public async Task A_file_without_its_directory_is_not_written()
    {
        var outcome = await Executor.Execute(Write("none/a", "text", null), Context(), default);

        Assert.Equal(StepStatus.Failed, outcome.Status);
        Assert.Contains("No such file or directory", outcome.Problem);
    }

    [Fact]
    public async Task A_directory_is_made_with_its_parents_and_the_attributes_of_all()
    {
        const int mode = 0x1E8;
        await Do(new MakeDirectory(At("one/two"), new PathAttributes { Mode = mode }));

        Assert.Equal((PathKind.Directory, mode), Kind(await Ask(new StatLook(At("one"), true))));
        Assert.Equal((PathKind.Directory, mode), Kind(await Ask(new StatLook(At("one/two"), true))));
    }

    [Fact]
    public async Task Entries_are_sorted_and_have_their_kinds()
    {
        await Do(Write("b", "", null));
        await Do(new MakeDirectory(At("a"), PathAttributes.Unchanged));
        await Do(new MakeLink(At(".c"), "b", Hard: false, Force: false));

        var entries = (await Ask(new DirectoryLook(Place))).Entries;

        Assert.Equal([new DirectoryEntry(".c", PathKind.Link), new DirectoryEntry("a", PathKind.Directory), new DirectoryEntry("b", PathKind.File)], entries);
        Assert.Equal([At("a"), At("b")], (await Ask(new GlobLook(At("*")))).Paths);
        Assert.Equal([At("b")], (await Ask(new GlobLook(At("b")))).Paths);
    }

    [Fact]
    public async Task A_link_is_seen_itself_or_followed()
    {
        await Do(Write("a", "text", null));
        await Do(new MakeLink(At("link"), "a", Hard: false, Force: false));

        var link = await Ask(new StatLook(At("link"), false));
        Assert.Equal((PathKind.Link, "a"), (link.Kind, link.Target));
        Assert.Equal(PathKind.File, (await Ask(new StatLook(At("link"), true))).Kind);
    }

    [Fact]
    public async Task A_link_does_not_take_the_place_of_a_file_unless_forced()
    {
        await Do(Write("a", "text", null));

        Assert.Equal(StepStatus.Failed, (await Executor.Execute(new MakeLink(At("a"), "b", Hard: false, Force: false), Context(), default)).Status);
        await Do(new MakeLink(At("a"), "b", Hard: false, Force: true));

        Assert.Equal("b", (await Ask(new StatLook(At("a"), false))).Target);
    }

    [Fact]
    public async Task A_hard_link_is_the_same_file()
    {
        await Do(Write("a", "text", null));
        await Do(new MakeLink(At("b"), At("a"), Hard: true, Force: false));

        var (a, b) = (await Ask(new StatLook(At("a"), true)), await Ask(new StatLook(At("b"), true)));
        Assert.Equal(a.Inode, b.Inode);
        Assert.Equal(2u, b.Links);
    }

    [Fact]
    public async Task Touching_makes_a_file_and_sets_times()
    {
        await Do(new Touch(At("a"), PathAttributes.Unchanged, Modified: 1_000_000_000_000, Accessed: null));

        var stat = await Ask(new StatLook(At("a"), true));
        Assert.Equal((PathKind.File, 1_000_000_000_000L), (stat.Kind, stat.Modified));
    }

    [Fact]
    public async Task Removing_takes_a_tree_and_is_content_with_nothing()
    {
        await Do(new MakeDirectory(At("one/two"), PathAttributes.Unchanged));
        await Do(Write("one/two/a", "", null));

        await Do(new Remove(At("one")));
        await Do(new Remove(At("one")));
        await Do(new Remove(At("none/deeper")));

        Assert.Equal(PathKind.Absent, (await Ask(new StatLook(At("one"), true))).Kind);
    }

    [Fact]
    public async Task A_file_that_is_longer_than_asked_for_is_a_failed_look()
    {
        await Do(Write("a", "text", null));

        await Assert.ThrowsAsync<LookFailedException>(async () => await Ask(new ReadLook(At("a"), 3)));
    }

    [Fact]
    public async Task Waiting_ends_when_it_holds_or_fails_when_the_time_is_over()
    {
        await Do(Write("a", "it is ready now", null));

        Assert.Contains("elapsed", (await Executor.Execute(new WaitUntil(WaitFor.PathMatches, TimeSpan.FromSeconds(1)) { Path = At("a"), Pattern = "ready" }, Context(), default)).Details.Keys);
        var failed = await Executor.Execute(new WaitUntil(WaitFor.PathAbsent, TimeSpan.FromMilliseconds(50)) { Path = At("a"), Message = "still there" }, Context(), default);
        Assert.Equal((StepStatus.Failed, "still there"), (failed.Status, failed.Problem));
    }

    [Fact]
    public async Task Process_1_is_never_stopped()
    {
        var first = await Ask(new ProcessLook(1));
        Assert.SkipUnless(first.Runs, "there is no process 1 here");

        var outcome = await Executor.Execute(new StopProcesses([new ProcessIdentity(1, first.StartTime)], TimeSpan.Zero), Context(), default);

        Assert.Equal((StepStatus.Failed, "process 1 is never stopped"), (outcome.Status, outcome.Problem));
    }

    private WriteFile Write(string name, string text, int? mode) => new(At(name), FileContent.Of(Encoding.UTF8.GetBytes(text)), new PathAttributes { Mode = mode });

    private static (PathKind, int) Kind(PathAnswer answer) => (answer.Kind, answer.Mode);

    private StepContext Context() => new(View.As, View.Environment, "test-task");

    private ValueTask<TAnswer> Ask<TAnswer>(Look<TAnswer> look)
        where TAnswer : Answer => View.Ask(look, TestContext.Current.CancellationToken);

    private async Task Do(Step step)
    {
        var outcome = await Executor.Execute(step, Context(), TestContext.Current.CancellationToken);
        Assert.True(outcome.Status == StepStatus.Done, outcome.Problem);
    }
}

public sealed class FakeMachineConformance : MachineConformance
{
    private readonly FakeMachine _machine = new();

    public FakeMachineConformance()
    {
        _machine.Files.MakeDirectory("/srv/place", PathAttributes.Unchanged);
        _machine.Processes.Init();
    }

    private protected override IMachineView View => _machine;

    private protected override void Age() => _machine.Clock.Advance(TimeSpan.FromMinutes(1));

    private protected override IStepExecutor Executor => _machine;

    private protected override string Place => "/srv/place";
}

public sealed class RealMachineConformance : MachineConformance, IAsyncDisposable
{
    private readonly RealMachine _machine = new();

    public RealMachineConformance() => Directory.CreateDirectory(_machine.At("place"));

    private protected override IMachineView View => _machine.View();

    private protected override void Age() => _machine.Clock.Age();

    private protected override IStepExecutor Executor => _machine.Executor;

    private protected override string Place => _machine.At("place");

    public ValueTask DisposeAsync() => _machine.DisposeAsync();
}

/// <summary>The same once more as another user, through that user's worker.</summary>
public sealed class WorkerConformance : MachineConformance, IAsyncDisposable
{
    private readonly RealMachine _machine = new();

    public WorkerConformance()
    {
        Assert.SkipUnless(RealMachine.IsRoot, "only root has workers that are somebody else");
        var place = Directory.CreateDirectory(_machine.At("place"));
        File.SetUnixFileMode(place.FullName, (UnixFileMode)0x1FF);
    }

    private protected override IMachineView View => _machine.View(RealMachine.Nobody);

    private protected override void Age() => _machine.Clock.Age();

    private protected override IStepExecutor Executor => _machine.Executor;

    private protected override string Place => _machine.At("place");

    public ValueTask DisposeAsync() => _machine.DisposeAsync();
}
