using System.Collections.Immutable;
using System.ComponentModel;
using System.Globalization;
using System.Text;
using FlaskDeploy.Agent.Machine.Commands;
using FlaskDeploy.Agent.Machine.Looks;
using FlaskDeploy.Agent.Machine.Native;
using FlaskDeploy.Agent.Machine.Processes;
using FlaskDeploy.Agent.State;
using FlaskDeploy.Processes;

namespace FlaskDeploy.Agent.Machine.Launches;

/// <summary>
/// Starts what is to stay: in a transient unit of its own, as its account, its output appended to its log. It has to
/// stay in the foreground; what its unit's main process leaves behind ends with it.
/// </summary>
internal sealed class Launcher(AgentPaths paths, AgentProgram program, LaunchLedger ledger, TimeProvider time)
{
    private const int LastLines = 15;
    private const int TailBytes = 16 * 1024;
    private static readonly TimeSpan ToolDeadline = TimeSpan.FromSeconds(30);

    private readonly Listeners _listeners = new();

    public async ValueTask<StepOutcome> Launch(LaunchProcess launch, StepContext context, CancellationToken cancellation)
    {
        if (!context.As.IsRoot && Libc.EffectiveUser() != 0 && context.As.Uid != Libc.EffectiveUser())
        {
            return StepOutcome.Failed($"only root can launch something as {context.As.Name}");
        }
        if (launch.KeepsProcess)
        {
            return Renew(launch);
        }
        await EndPrevious(launch);
        if (launch.Port is { } port && _listeners.On(port).Listeners is [var other, ..])
        {
            return StepOutcome.Failed($"port {port} is taken by {(other.Pid == 0 ? $"a process of user {other.Uid}" : $"process {other.Pid}: {ProcessTable.Command(other.Pid)}")}");
        }
        var logged = SizeOf(launch.Log);
        var unit = UnitNames.Launch(launch.Name);
        PrepareLog(launch.Log, context.As);
        var order = WriteOrder(launch, context);
        var (pid, problem) = Systemd.Runs && Libc.EffectiveUser() == 0 ? await StartUnit(unit, order, cancellation) : StartDirectly(order);
        if (problem is not null || ProcessTable.Identify(pid) is not { } identity)
        {
            return StepOutcome.Failed($"{launch.Summary}: {problem ?? "it ended at once"}{Tail(launch.Log, logged)}");
        }
        // Known before it is waited for: an agent that dies now must not start a second one.
        ledger.Remember(new LaunchRecord(launch.Name, DeploymentOf(context.Scope), identity.Pid, identity.StartTime, LaunchLedger.Boot, launch.Inputs, unit, launch.Log)
        {
            Port = launch.Port,
            Uid = context.As.Uid,
            Limits = launch.Limits,
        });
        return await Settled(launch, unit, identity, logged, cancellation);
    }

    private StepOutcome Renew(LaunchProcess launch)
    {
        if (ledger.Find(launch.Name) is not { } record || !LaunchLedger.Runs(record))
        {
            return StepOutcome.Failed($"{launch.Name} no longer runs");
        }
        ledger.Remember(record with { Limits = launch.Limits });
        return StepOutcome.Done;
    }

    private async ValueTask<StepOutcome> Settled(LaunchProcess launch, string unit, ProcessIdentity identity, long logged, CancellationToken cancellation)
    {
        var settling = new LaunchSettling(launch, unit, identity, string.Join(' ', program.Command("become")), _listeners, time);
        var (end, problem) = await settling.Wait(cancellation);
        switch (end)
        {
            case LaunchEnd.Well:
                return Done(identity, unit, launch.Log);
            case LaunchEnd.Ended:
                ledger.Forget(launch.Name);
                // All that there is to know of it is told here; a failed unit would go on alarming whoever watches the machine.
                await BoundedTool.Run("systemctl", ["reset-failed", unit], ToolDeadline, cancellation);
                var words = settling.WasExecuted ? "" : await Journal(unit, cancellation);
                return StepOutcome.Failed($"{launch.Summary}: {problem}{Tail(launch.Log, logged)}{words}");
            default:
                await EndPrevious(launch);
                return StepOutcome.Failed($"{launch.Summary}: {problem}{(end == LaunchEnd.Overtaken ? "" : Tail(launch.Log, logged))}");
        }
    }

    /// <summary>Everything of a unit that was launched, or the process alone where there is no unit.</summary>
    public static IReadOnlyList<ProcessIdentity> Alive(LaunchRecord record) => record.Boot != LaunchLedger.Boot ? []
        : [.. ControlGroups.ProcessesOf(record.Unit).Select(ProcessTable.Identify).OfType<ProcessIdentity>()
            .Append(record.Identity).Where(ProcessTable.Runs).Distinct()];

    private async ValueTask EndPrevious(LaunchProcess launch)
    {
        if (ledger.Find(launch.Name) is { } before)
        {
            var left = await Ending.End(() => Alive(before), launch.StopTimeout, time);
            if (left.Count > 0)
            {
                throw new IOException($"process {left[0].Pid}, launched before as {launch.Name}, does not end");
            }
            ledger.Forget(launch.Name);
        }
    }

    // What kept it from becoming the account, from the directory or from the log cannot be in the log.
    private static async ValueTask<string> Journal(string unit, CancellationToken cancellation)
    {
        var lines = await BoundedTool.Run("journalctl", ["--no-pager", "-q", "-n", "5", "-o", "cat", "-u", unit], ToolDeadline, cancellation);
        return lines.Succeeded && lines.Output.Trim() is { Length: > 0 } text ? $"; systemd's journal of it:\n{text}" : "";
    }

    private static StepOutcome Done(ProcessIdentity identity, string unit, string log) => StepOutcome.Done with
    {
        Details = StepOutcome.Done.Details
            .Add("pid", identity.Pid.ToString(CultureInfo.InvariantCulture))
            .Add("start_time", identity.StartTime.ToString(CultureInfo.InvariantCulture))
            .Add("unit", unit)
            .Add("log", log),
    };

    // The log is opened as the account, so that no link of its making leads root anywhere. In our own log directory, which
    // is root's, it could make none: there the file is made for it.
    private void PrepareLog(string log, Account account)
    {
        const UnixFileMode everybodyReads = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.OtherRead;
        if (Libc.EffectiveUser() != 0 || Path.GetDirectoryName(log) != paths.LogDirectory)
        {
            return;
        }
        Directory.CreateDirectory(paths.LogDirectory);
        using var file = Libc.Open(Libc.AtCurrentDirectory, log, Libc.OpenWriteOnly | Libc.OpenCreate | Libc.OpenAppend | Libc.OpenNoFollow | Libc.OpenNonBlocking, (uint)everybodyReads);
        if (Libc.ChangeOwner(file, account.Uid, account.Gid) < 0)
        {
            throw SystemCallException.Last(log);
        }
    }

    private string WriteOrder(LaunchProcess launch, StepContext context)
    {
        var directory = Path.Combine(paths.StateDirectory, "launches");
        DurableFile.MakeDirectory(directory);
        var order = Path.Combine(directory, $"{UnitNames.Escape(launch.Name)}.order");
        File.Delete(BecomeMain.StatusOf(order));
        new BecomeOrder(context.As, launch.Arguments)
        {
            Environment = context.Environment.With(launch.Environment).Variables,
            Directory = launch.Directory,
            Log = launch.Log,
            KeepsUser = context.As.Uid == Libc.EffectiveUser(),
        }.Write(order);
        return order;
    }

    private async ValueTask<(int Pid, string? Problem)> StartUnit(string unit, string order, CancellationToken cancellation)
    {
        // A unit that failed keeps its name until then.
        await BoundedTool.Run("systemctl", ["reset-failed", unit], ToolDeadline, cancellation);
        await BoundedTool.Run("systemctl", ["stop", unit], ToolDeadline, cancellation);
        ImmutableArray<string> arguments = ["--quiet", $"--unit={unit}", $"--slice={UnitNames.Slice}", "--description=FlaskDeploy launched process", .. program.Command("become", order)];
        var started = await BoundedTool.Run("systemd-run", arguments, ToolDeadline, cancellation);
        if (!started.Succeeded)
        {
            return (0, started.Failure);
        }
        return ((await UnitLooks.Look(unit, ToolDeadline, cancellation)).MainPid, null);
    }

    private (int Pid, string? Problem) StartDirectly(string order)
    {
        var arguments = program.Command("become", order);
        try
        {
            var child = ChildProcess.Start(new ChildStart(ChildProcess.Find(arguments[0], TaskEnvironment.DefaultPath) ?? arguments[0], arguments)
            {
                Environment = [KeyValuePair.Create("PATH", TaskEnvironment.DefaultPath)],
                Directory = "/",
                NewSession = true,
            });
            return (child.Pid, null);
        }
        catch (Win32Exception e)
        {
            return (0, e.Message);
        }
    }

    private static string DeploymentOf(string scope) => scope.Split('-')[0];

    private static long SizeOf(string path) => File.Exists(path) ? new FileInfo(path).Length : 0;

    // Root reads here what a user's process wrote: a link in its place is not followed.
    private static string Tail(string path, long from)
    {
        using var handle = Libc.TryOpen(Libc.AtCurrentDirectory, path, Libc.OpenReadOnly | Libc.OpenNoFollow | Libc.OpenNonBlocking);
        if (handle is null || Libc.Status(handle, path).Kind != PathKind.File)
        {
            return "";
        }
        var length = RandomAccess.GetLength(handle);
        var start = Math.Max(Math.Min(from, length), length - TailBytes);
        var bytes = new byte[length - start];
        var read = RandomAccess.Read(handle, bytes, start);
        var lines = Encoding.UTF8.GetString(bytes, 0, read).Split('\n', StringSplitOptions.RemoveEmptyEntries).TakeLast(LastLines);
        return string.Join('\n', lines) is { Length: > 0 } text ? $"; the last lines of {path}:\n{text}" : $"; {path} says nothing";
    }
}
