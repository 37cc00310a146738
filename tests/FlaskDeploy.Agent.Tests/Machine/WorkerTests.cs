using System.Diagnostics;
using System.Text;
using FlaskDeploy.Agent.Machine;
using FlaskDeploy.Agent.Machine.Files;
using FlaskDeploy.Agent.Machine.Native;
using FlaskDeploy.Agent.Machine.Workers;
using FlaskDeploy.Language.Bundles;

namespace FlaskDeploy.Agent.Tests.Machine;

public sealed class WorkerTests : IAsyncDisposable
{
    private const string NeedsRoot = "only root has workers that are somebody else";
    private readonly RealMachine _machine = new();

    public ValueTask DisposeAsync() => _machine.DisposeAsync();

    [Fact]
    public async Task Sees_what_the_user_sees_and_not_what_root_sees()
    {
        Assert.SkipUnless(RealMachine.IsRoot, NeedsRoot);
        File.WriteAllText(_machine.At("secret"), "x");
        File.SetUnixFileMode(_machine.At("secret"), (UnixFileMode)0x180);

        var failed = await Assert.ThrowsAsync<LookFailedException>(async () => await _machine.Ask(new ReadLook(_machine.At("secret"), 100), RealMachine.Nobody));

        Assert.Contains("Permission denied", failed.Problem);
        Assert.Equal(PathKind.File, (await _machine.Ask(new StatLook(_machine.At("secret"), true), RealMachine.Nobody)).Kind);
        Assert.NotNull((await _machine.Ask(new ReadLook(_machine.At("secret"), 100))).Bytes);
    }

    [Fact]
    public async Task Writes_a_blob_as_the_user_although_the_user_may_not_read_the_store()
    {
        Assert.SkipUnless(RealMachine.IsRoot, NeedsRoot);
        var content = new byte[700_000];
        Random.Shared.NextBytes(content);
        _machine.Blobs.Add(Digest.Of(content), content);
        await HomeOfNobody();

        var outcome = await _machine.Do(new WriteFile(_machine.At("home/a"), new FileContent(Digest.Of(content), content.Length), new PathAttributes { Mode = 0x180 }), RealMachine.Nobody);

        Assert.Equal(StepStatus.Done, outcome.Status);
        Assert.Equal(content, File.ReadAllBytes(_machine.At("home/a")));
        Assert.Equal(65534u, (await _machine.Ask(new StatLook(_machine.At("home/a"), true))).Uid);
    }

    [Fact]
    public async Task May_not_do_what_the_user_may_not()
    {
        Assert.SkipUnless(RealMachine.IsRoot, NeedsRoot);

        var outcome = await _machine.Do(new WriteFile(_machine.At("a"), FileContent.Of("x"u8.ToArray()), PathAttributes.Unchanged), RealMachine.Nobody);

        Assert.Equal(StepStatus.Failed, outcome.Status);
        Assert.Contains("Permission denied", outcome.Problem);
    }

    [Fact]
    public async Task A_worker_that_dies_leaves_the_step_unknown_and_another_one_takes_over()
    {
        Assert.SkipUnless(RealMachine.IsRoot, NeedsRoot);
        await _machine.Ask(new StatLook("/", true), RealMachine.Nobody);
        var pid = Assert.Single(_machine.Workers.Processes());
        var waiting = _machine.Do(new WaitUntil(WaitFor.PathPresent, TimeSpan.FromMinutes(1)) { Path = _machine.At("never") }, RealMachine.Nobody).AsTask();

        _ = Libc.SendSignal(pid, Libc.Kill);

        Assert.Equal(StepStatus.Unknown, (await waiting).Status);
        Assert.Equal(PathKind.Directory, (await _machine.Ask(new StatLook("/", true), RealMachine.Nobody)).Kind);
        Assert.NotEqual(pid, Assert.Single(_machine.Workers.Processes()));
    }

    [Fact]
    public async Task A_cancelled_step_leaves_the_worker_at_work()
    {
        Assert.SkipUnless(RealMachine.IsRoot, NeedsRoot);
        await _machine.Ask(new StatLook("/", true), RealMachine.Nobody);
        var pid = Assert.Single(_machine.Workers.Processes());
        using var cancellation = new CancellationTokenSource(TimeSpan.FromMilliseconds(300));

        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await _machine.Executor.Execute(
            new WaitUntil(WaitFor.PathPresent, TimeSpan.FromMinutes(1)) { Path = _machine.At("never") }, _machine.Context(RealMachine.Nobody), cancellation.Token));

        await _machine.Ask(new StatLook("/", true), RealMachine.Nobody);
        Assert.Equal(pid, Assert.Single(_machine.Workers.Processes()));
    }

    [Fact]
    public async Task Leaves_when_nothing_is_asked_of_it()
    {
        Assert.SkipUnless(RealMachine.IsRoot, NeedsRoot);
        await using var pool = new WorkerPool(_machine.Paths, RealMachine.Program, new StoredBlobs(_machine.Blobs), TimeProvider.System, TimeSpan.FromMilliseconds(400));
        await pool.Ask(new StatLook("/", true), RealMachine.Nobody, TaskEnvironment.For(RealMachine.Nobody), TestContext.Current.CancellationToken);
        var pid = Assert.Single(pool.Processes());

        await CommandStepsTests.Until(() => FlaskDeploy.Agent.Machine.Processes.ProcessTable.StartTime(pid) is null);

        Assert.Empty(pool.Processes());
    }

    [Fact]
    public void Refuses_to_work_as_root()
    {
        Assert.SkipUnless(RealMachine.IsRoot, "needs root to be refused");

        using var process = Process.Start(new ProcessStartInfo(RealMachine.Program.Arguments[0], ["worker"]) { RedirectStandardError = true, UseShellExecute = false })!;

        Assert.Contains("never works as root", process.StandardError.ReadToEnd());
    }

    [Fact]
    public async Task A_file_of_its_own_blob_is_as_the_agent_wrote_it()
    {
        _machine.Blobs.Add(Digest.Of("text"u8), Encoding.UTF8.GetBytes("text"));

        var outcome = await _machine.Do(new WriteFile(_machine.At("a"), new FileContent(Digest.Of("text"u8), 4), PathAttributes.Unchanged));

        Assert.Equal(StepStatus.Done, outcome.Status);
        Assert.Equal("text", File.ReadAllText(_machine.At("a")));
    }

    private async Task HomeOfNobody()
    {
        Directory.CreateDirectory(_machine.At("home"));
        await _machine.Do(RealMachine.Shell($"chown 65534:65534 {_machine.At("home")}"));
    }
}
