using FlaskDeploy.Agent.Machine;
using FlaskDeploy.Agent.Machine.Packages;
using FlaskDeploy.Agent.Machine.Processes;
using FlaskDeploy.Agent.Tests.State;
using FlaskDeploy.Processes;

namespace FlaskDeploy.Agent.Tests.Machine;

/// <summary>What a task's timeout does to a package manager: real processes that stand for it.</summary>
public sealed class TransactionEndingTests : IDisposable
{
    private readonly Scratch _scratch = new();

    public void Dispose() => _scratch.Dispose();

    [Theory]
    [InlineData("1: POSIX  ADVISORY  WRITE 4711 08:01:12 0 EOF", true)]
    [InlineData("7: OFDLCK ADVISORY  WRITE 4711 08:01:12 0 EOF", true)]
    [InlineData("1: POSIX  ADVISORY  READ 4711 08:01:12 0 EOF", false)]
    [InlineData("1: POSIX  ADVISORY  WRITE 47 08:01:12 0 EOF", false)]
    [InlineData("1: -> POSIX  ADVISORY  WRITE 4711 08:01:12 0 EOF", false)]
    [InlineData("2: FLOCK  ADVISORY  WRITE 4711 08:01:12 0 EOF", false)]
    public void Knows_a_lock_for_writing(string line, bool isOne) => Assert.Equal(isOne, TransactionEnding.IsWriteLockOf(line, 4711));

    [Fact]
    public async Task Ends_what_only_asks_and_fetches()
    {
        var shell = Start("sleep 1000 & sleep 1000; true");
        await Until(() => Of(shell).Count == 3);

        Assert.True(await TransactionEnding.End(() => Of(shell), TimeProvider.System));

        await shell.Exited.WaitAsync(TestContext.Current.CancellationToken);
        await Until(() => Of(shell).Count == 0);
    }

    [Fact]
    public async Task Leaves_all_at_work_once_rpm_is()
    {
        var rpm = _scratch["rpm"];
        File.Copy("/bin/sleep", rpm);
        var shell = Start($"{rpm} 1000; true");
        await Until(() => Of(shell).Any(pid => ProcessTable.Command(pid)?.StartsWith(rpm, StringComparison.Ordinal) == true));

        Assert.False(await TransactionEnding.End(() => Of(shell), TimeProvider.System));

        await Until(() => Of(shell) is { Count: 2 } all && all.All(pid => ProcessTable.Identify(pid) is { } process && !ProcessTable.Stands(process)));
        await Ending.End(() => [.. Of(shell).Select(ProcessTable.Identify).OfType<ProcessIdentity>()], TimeSpan.Zero, TimeProvider.System);
    }

    private static ChildProcess Start(string script) => ChildProcess.Start(new ChildStart("/bin/sh", ["/bin/sh", "-c", script]) { Environment = [KeyValuePair.Create("PATH", "/usr/bin:/bin")], NewSession = true });

    private static List<int> Of(ChildProcess leader) => [.. ProcessTable.InSession(leader.Pid)];

    private static async Task Until(Func<bool> holds)
    {
        while (!holds())
        {
            await Task.Delay(10, TestContext.Current.CancellationToken);
        }
    }
}
