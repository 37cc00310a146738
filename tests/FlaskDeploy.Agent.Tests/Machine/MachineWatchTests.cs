using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Net;
using System.Net.Sockets;
using FlaskDeploy.Agent.Machine.Processes;
using FlaskDeploy.Agent.Machine.Watching;
using FlaskDeploy.Agent.Tests.Processes;

namespace FlaskDeploy.Agent.Tests.Machine;

public sealed class MachineWatchTests : IDisposable
{
    private const int Patience = 30_000;

    private readonly string _directory = Directory.CreateTempSubdirectory("watch").FullName;
    private readonly BlockingCollection<WatchSignal> _signals = [];
    private readonly BlockingCollection<IReadOnlyCollection<WatchTarget>> _armed = [];
    private readonly ConcurrentQueue<ImmutableArray<string>> _problems = [];
    private MachineWatch? _watch;

    public void Dispose()
    {
        _watch?.Dispose();
        Directory.Delete(_directory, recursive: true);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Notices_the_end_of_a_process_with_and_without_pidfds(bool usePidfds)
    {
        using var child = Child.Start("/bin/sleep", "60");
        using var other = Child.Start("/bin/sleep", "60");
        var target = Of(child.Identity);
        Watch(usePidfds, target, Of(other.Identity));

        child.Dispose();

        Assert.Equal((target, usePidfds ? NoticedBy.Pidfd : NoticedBy.ProcStat), Next());
        Assert.Empty(_signals);
    }

    [Fact]
    public void A_process_that_ended_before_it_was_watched_or_whose_pid_is_anothers_is_told_at_once()
    {
        using var child = Child.Start("/bin/sleep", "60");
        var another = new ProcessTarget(child.Identity.Pid, child.Identity.StartTime + 1);

        Watch(true, another);

        Assert.Equal(another, Next().Target);
    }

    [Fact]
    public void A_child_that_nobody_reaps_has_ended_all_the_same()
    {
        Assert.True(ProcessWatches.IsOver("7 (a) b) Z 1 7 7 0 -1 4 0 0 0 0 0 0 0 0 20 0 1 0 99 0"u8));
        Assert.False(ProcessWatches.IsOver("7 (a) Z) Z 1 7 7 0 -1 4 0 0 0 0 0 0 0 0 20 0 3 0 99 0"u8));
        Assert.False(ProcessWatches.IsOver("7 (Z) S 1 7 7 0 -1 4 0 0 0 0 0 0 0 0 20 0 1 0 99 0"u8));
    }

    [Fact]
    public void Notices_that_another_process_took_a_port_and_that_nobody_has_it()
    {
        using var first = Listen(0);
        var port = ((IPEndPoint)first.LocalEndPoint!).Port;
        var target = new PortTarget(port);
        Watch(true, target);

        // In the time between two looks: the same address, another socket.
        first.Dispose();
        using var second = Listen(port);
        Assert.Equal(target, Next().Target);
        second.Dispose();

        // Where the look came between the two, there was one signal more.
        WatchSignal signal;
        do
        {
            Assert.True(_signals.TryTake(out signal!, Patience, TestContext.Current.CancellationToken));
        }
        while (signal.Uid is not null);
        Assert.Equal((target, NoticedBy.SockDiag), (signal.Target, signal.By));
    }

    [Fact]
    public void Tells_whose_a_new_listener_is()
    {
        using var free = Listen(0);
        var port = ((IPEndPoint)free.LocalEndPoint!).Port;
        free.Dispose();
        Watch(true, new PortTarget(port));

        using var listener = Listen(port);

        Assert.True(_signals.TryTake(out var signal, Patience, TestContext.Current.CancellationToken));
        Assert.Equal(FlaskDeploy.Agent.Machine.Native.Libc.EffectiveUser(), signal.Uid);
    }

    [Fact]
    public void A_flood_of_events_hides_nothing_that_comes_after_it()
    {
        var (noisy, quiet) = ($"{_directory}/noisy", $"{_directory}/quiet");
        var target = new PathTarget(quiet, PathEvents.Entry);
        Watch(true, new PathTarget(noisy, PathEvents.Entry | PathEvents.Attributes | PathEvents.Written), target);
        for (var i = 0; i < 20_000; i++)
        {
            File.WriteAllText(noisy, "x");
        }

        File.WriteAllText(quiet, "x");

        while (Next().Target != target)
        {
        }
    }

    [Fact]
    public void What_is_still_wanted_goes_on_and_what_is_not_ends()
    {
        var (kept, left, added) = (new PathTarget($"{_directory}/kept", PathEvents.Entry), new PathTarget($"{_directory}/left", PathEvents.Entry), new PathTarget($"{_directory}/added", PathEvents.Entry));
        Watch(true, kept, left);
        _watch!.Replace([kept, added]);
        Assert.Equal([added], Armed());

        File.WriteAllText(left.Path, "");
        File.WriteAllText(kept.Path, "");
        File.WriteAllText(added.Path, "");

        Assert.Equal([kept, added], new[] { Next().Target, Next().Target }.OrderByDescending(target => target == kept));
        Assert.Empty(_signals);
        Assert.Empty(_problems);
    }

    [Fact]
    public void Ends_at_once_with_nothing_to_watch()
    {
        Watch(true, new PathTarget(_directory, PathEvents.Entry));
        _watch!.Replace([]);

        _watch.Dispose();
        _watch = null;
    }

    private static ProcessTarget Of(FlaskDeploy.Agent.Machine.ProcessIdentity identity) => new(identity.Pid, identity.StartTime);

    private static Socket Listen(int port)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.ReuseAddress, true);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, port));
        socket.Listen();
        return socket;
    }

    private void Watch(bool usePidfds, params WatchTarget[] targets)
    {
        _watch = new MachineWatch(_signals.Add, _armed.Add, _problems.Enqueue, TimeProvider.System, usePidfds);
        _watch.Start();
        _watch.Replace([.. targets]);
        Armed();
    }

    private IReadOnlyCollection<WatchTarget> Armed()
    {
        Assert.True(_armed.TryTake(out var armed, Patience, TestContext.Current.CancellationToken));
        return armed;
    }

    private (WatchTarget Target, NoticedBy By) Next()
    {
        Assert.True(_signals.TryTake(out var signal, Patience, TestContext.Current.CancellationToken), "nothing was noticed");
        return (signal.Target, signal.By);
    }
}
