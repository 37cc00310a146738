using System.Collections.Immutable;
using System.ComponentModel;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using FlaskDeploy.Agent.Machine.Looks;
using FlaskDeploy.Agent.Machine.Native;
using FlaskDeploy.Agent.Machine.Processes;
using FlaskDeploy.Agent.State;
using FlaskDeploy.Processes;
using Microsoft.Win32.SafeHandles;

namespace FlaskDeploy.Agent.Machine.Commands;

/// <summary>What a task's process is started with.</summary>
internal sealed record TaskProcessStart(ImmutableArray<string> Arguments, StepContext Context)
{
    public string? Directory { get; init; }

    public SafeHandle? Input { get; init; }

    public required SafeFileHandle Output { get; init; }

    public required SafeFileHandle Error { get; init; }

    /// <summary>What it starts may stay: it gets a scope of its own, so that it lives when the agent is restarted.</summary>
    public bool MayLeaveChildren { get; init; }
}

/// <summary>The process could not be started; no command ran.</summary>
internal sealed class StartFailedException(string message) : IOException(message);

/// <summary>
/// Starts processes of tasks: as their account, with their environment, in a session and, where systemd runs, a scope of
/// their own. The agent's binary becomes the account inside the scope, because <c>systemd-run --scope --uid</c> keeps the
/// caller's groups.
/// </summary>
internal sealed class TaskProcesses(AgentPaths paths, AgentProgram program)
{
    internal const string OrderPrefix = "become-";
    internal const string OrderSuffix = ".json";

    /// <exception cref="StartFailedException">Nothing was started.</exception>
    public TaskProcess Start(TaskProcessStart start)
    {
        var account = start.Context.As;
        var sameUser = account.Uid == Libc.EffectiveUser();
        if (!sameUser && Libc.EffectiveUser() != 0)
        {
            throw new StartFailedException($"only root can run something as {account.Name}");
        }
        var directory = start.Directory ?? start.Context.Environment.Directory ?? (Directory.Exists(account.Home) ? account.Home : "/");
        var unique = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(4));
        var scope = start.MayLeaveChildren && Systemd.Runs && Libc.EffectiveUser() == 0 ? UnitNames.Scope(start.Context.Scope, unique) : null;
        if (sameUser && scope is null)
        {
            return Direct(start, directory);
        }
        var order = Path.Combine(paths.RunDirectory, $"{OrderPrefix}{unique}{OrderSuffix}");
        DurableFile.MakeDirectory(paths.RunDirectory);
        new BecomeOrder(account, start.Arguments) { Environment = start.Context.Environment.Variables, Directory = directory, KeepsUser = sameUser }.Write(order);
        var become = program.Command("become", order);
        return Spawn(start, scope is null ? become : [.. InScope(scope), .. become], "/", scope, order);
    }

    private static ImmutableArray<string> InScope(string scope) =>
        ["systemd-run", "--quiet", "--scope", $"--unit={scope}", $"--slice={UnitNames.Slice}", "--description=FlaskDeploy task", "--"];

    private static TaskProcess Direct(TaskProcessStart start, string directory)
    {
        var found = ChildProcess.Find(start.Arguments[0], start.Context.Environment.Path);
        var problem = !Directory.Exists(directory) ? $"{directory}: {new SystemCallException(Errno.NoEntry, "chdir").Message}" : null;
        if (problem is not null)
        {
            throw new StartFailedException(problem);
        }
        try
        {
            return new TaskProcess(ChildProcess.Start(new ChildStart(found ?? start.Arguments[0], start.Arguments)
            {
                Environment = start.Context.Environment.Variables,
                Directory = directory,
                Input = start.Input,
                Output = start.Output,
                Error = start.Error,
                NewSession = true,
            }), null, null);
        }
        catch (Win32Exception e)
        {
            // As a shell would say it, so that both ways of starting look the same.
            RandomAccess.Write(start.Error, System.Text.Encoding.UTF8.GetBytes($"{new SystemCallException(e.NativeErrorCode, start.Arguments[0]).Message}\n"), 0);
            return TaskProcess.NeverRan(e.NativeErrorCode is Errno.NoEntry or Errno.NotDirectory ? BecomeMain.NotFound : BecomeMain.NotExecutable);
        }
    }

    private static TaskProcess Spawn(TaskProcessStart start, ImmutableArray<string> arguments, string directory, string? scope, string order)
    {
        try
        {
            var found = ChildProcess.Find(arguments[0], TaskEnvironment.DefaultPath) ?? throw new StartFailedException($"{arguments[0]} is not there");
            return new TaskProcess(ChildProcess.Start(new ChildStart(found, arguments)
            {
                Environment = [KeyValuePair.Create("PATH", TaskEnvironment.DefaultPath), KeyValuePair.Create("LC_ALL", "C")],
                Directory = directory,
                Input = start.Input,
                Output = start.Output,
                Error = start.Error,
                NewSession = true,
            }), scope, order);
        }
        catch (Win32Exception e)
        {
            throw new StartFailedException($"{arguments[0]} cannot be started: {e.Message}");
        }
    }
}

/// <summary>A task's process, with the scope and session that it is alone in.</summary>
internal sealed class TaskProcess : IDisposable
{
    private readonly ChildProcess? _child;
    private readonly string? _order;

    public TaskProcess(ChildProcess child, string? scope, string? order) => (_child, Scope, _order, Exited) = (child, scope, order, child.Exited);

    private TaskProcess(int exitCode) => Exited = Task.FromResult(new ChildExit(exitCode, null));

    public string? Scope { get; }

    /// <summary>The end of the process itself, whatever it left running.</summary>
    public Task<ChildExit> Exited { get; }

    public static TaskProcess NeverRan(int exitCode) => new(exitCode);

    /// <summary>Null: the program was executed. Else why it was not, from the words of what was to start it.</summary>
    public string? StartProblem(ChildExit exit, string error) =>
        _order is null || (File.Exists(BecomeMain.StatusOf(_order)) && exit.ExitCode != BecomeMain.NotBecome) || exit.Signal is not null ? null
        : File.Exists(BecomeMain.StatusOf(_order)) ? error.Trim()
        : $"the scope {Scope} could not be made: {error.Trim()}";

    /// <summary>Its program, or what becomes its account, is executed: what it was started with is not needed any more.</summary>
    public bool HasBegun => _order is null || File.Exists(BecomeMain.StatusOf(_order));

    /// <summary>Null: it has ended.</summary>
    public ProcessIdentity? Identity => _child is null ? null : ProcessTable.Identify(_child.Pid);

    /// <summary>All that runs of it, what it left behind included.</summary>
    public IReadOnlyList<ProcessIdentity> Alive()
    {
        if (_child is null)
        {
            return [];
        }
        // Before it is in its scope, it is only itself.
        var pids = Scope is not { } scope ? ProcessTable.InSession(_child.Pid)
            : Exited.IsCompleted ? ControlGroups.ProcessesOf(scope)
            : ControlGroups.ProcessesOf(scope).Append(_child.Pid).Distinct();
        return [.. pids.Select(ProcessTable.Identify).OfType<ProcessIdentity>()];
    }

    /// <summary>TERM, grace, KILL to everything in its scope and session.</summary>
    public async ValueTask End(TimeSpan grace, TimeProvider time) => await Ending.End(Alive, grace, time);

    public void Dispose()
    {
        if (_order is not null)
        {
            File.Delete(_order);
            File.Delete(BecomeMain.StatusOf(_order));
        }
    }
}
