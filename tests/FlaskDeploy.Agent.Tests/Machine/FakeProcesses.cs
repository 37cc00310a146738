using FlaskDeploy.Agent.Machine;

namespace FlaskDeploy.Agent.Tests.Machine;

/// <summary>Processes, what they listen on, and what was launched by name.</summary>
internal sealed class FakeProcesses(FakeMachine machine)
{
    private readonly Dictionary<int, ProcessAnswer> _processes = [];
    private readonly List<Listener> _listeners = [];
    private readonly Dictionary<string, LaunchAnswer> _launched = [];
    private int _lastPid = 100;
    private ulong _ticks = 1000;

    /// <summary>Processes that a TERM does not end.</summary>
    public HashSet<int> Stubborn { get; } = [];

    /// <summary>A launch ends at once with these last words.</summary>
    public string? LaunchesDieWith { get; set; }

    /// <summary>How often in a row what was launched under a name has answered badly.</summary>
    public Dictionary<string, int> Unwell { get; } = [];

    public ProcessIdentity Run(string command, int? port = null, Account? user = null)
    {
        var identity = new ProcessIdentity(++_lastPid, ++_ticks);
        _processes[identity.Pid] = new ProcessAnswer(true)
        {
            StartTime = identity.StartTime,
            Parent = 1,
            Uid = user?.Uid ?? 0,
            Command = command,
            Executable = command.Split(' ')[0],
        };
        if (port is { } listens)
        {
            _listeners.Add(new Listener("0.0.0.0", listens, identity.Pid, identity.StartTime, user?.Uid ?? 0));
        }
        return identity;
    }

    /// <summary>Process 1, which most tests have no use for.</summary>
    public void Init() => _processes[1] = new ProcessAnswer(true) { StartTime = 1, Command = "/sbin/init", Executable = "/sbin/init" };

    public void Kill(int pid)
    {
        _processes.Remove(pid);
        _listeners.RemoveAll(listener => listener.Pid == pid);
    }

    public ProcessAnswer Process(int pid) => _processes.GetValueOrDefault(pid) ?? new ProcessAnswer(false);

    public ListenersAnswer Listeners(int port) => new([.. _listeners.Where(listener => listener.Port == port)]);

    public ConnectAnswer Connect(int port) => _listeners.Exists(listener => listener.Port == port) ? new(true, null) : new(false, "Connection refused");

    public LaunchAnswer Launch(string name) => _launched.TryGetValue(name, out var known)
        ? known with { Runs = Process(known.Pid) is { Runs: true } process && process.StartTime == known.StartTime }
        : new LaunchAnswer(false, false);

    public HealthAnswer Health(HealthLook look) => Unwell.TryGetValue(look.Name, out var failures)
        ? new HealthAnswer(failures < look.Check.Retries, failures, $"GET {look.Check.Url}: status 500")
        : new HealthAnswer(true, 0, null);

    public StepOutcome Start(LaunchProcess launch)
    {
        if (launch.KeepsProcess)
        {
            _launched[launch.Name] = _launched[launch.Name] with { Limits = launch.Limits };
            return StepOutcome.Done;
        }
        Unwell.Remove(launch.Name);
        if (Launch(launch.Name) is { Runs: true } before)
        {
            Kill(before.Pid);
        }
        if (LaunchesDieWith is { } words)
        {
            return StepOutcome.Failed($"{launch.Arguments[0]} ended within its first seconds; the last lines of {launch.Log}:\n{words}");
        }
        if (launch.Port is { } port && Listeners(port).Listeners is [var other, ..])
        {
            return StepOutcome.Failed($"port {port} is taken by process {other.Pid}");
        }
        var identity = Run(string.Join(' ', launch.Arguments), launch.Port);
        _launched[launch.Name] = new LaunchAnswer(true, true)
        {
            Pid = identity.Pid,
            StartTime = identity.StartTime,
            Inputs = launch.Inputs,
            Port = launch.Port,
            Log = launch.Log,
            Limits = launch.Limits,
            Unit = $"flaskdeploy-launch-{launch.Name}.service",
        };
        machine.WithFile(launch.Log, "");
        return StepOutcome.Done with { Details = StepOutcome.Done.Details.Add("pid", identity.Pid.ToString()) };
    }

    public StepOutcome Stop(StopProcesses stop)
    {
        foreach (var identity in stop.Processes.Where(identity => Process(identity.Pid) is { Runs: true } process && process.StartTime == identity.StartTime))
        {
            if (identity.Pid == 1)
            {
                return StepOutcome.Failed("process 1 is never stopped");
            }
            if (Stubborn.Contains(identity.Pid))
            {
                machine.Clock.Advance(stop.Grace);
            }
            Kill(identity.Pid);
        }
        if (stop.Launched is { } name)
        {
            _launched.Remove(name);
        }
        return StepOutcome.Done;
    }
}

/// <summary>systemd's units: loaded ones by name, each active or not and enabled or not.</summary>
internal sealed class FakeUnits(FakeProcesses processes, FakeFileSystem files)
{
    private readonly Dictionary<string, UnitAnswer> _units = [];

    /// <summary>Starting it fails with this.</summary>
    public Dictionary<string, string> Broken { get; } = [];

    /// <summary>Units that run when they are started and have failed when they are looked at that often.</summary>
    public Dictionary<string, int> Dying { get; } = [];

    /// <summary>Units that end as soon as they have done what they are started for.</summary>
    public HashSet<string> Oneshots { get; } = [];

    public int Reloads { get; private set; }

    public void Add(string name, bool active = false, bool enabled = false) =>
        _units[name] = new UnitAnswer("loaded", active ? "active" : "inactive", active ? "running" : "dead", enabled ? "enabled" : "disabled")
        {
            MainPid = active ? processes.Run($"/usr/sbin/{name}").Pid : 0,
        };

    public void NeedsReload(string name) => _units[name] = _units[name] with { NeedsReload = true };

    public void BecomesStatic(string name) => _units[name] = _units[name] with { EnabledState = "static" };

    public UnitAnswer Look(string name)
    {
        if (Dying.TryGetValue(Full(name), out var looks) && Known(name).ActiveState == "active" && (Dying[Full(name)] = looks - 1) == 0)
        {
            _units[Full(name)] = Known(name) with { ActiveState = "failed", SubState = "failed", MainPid = 0 };
        }
        return Known(name);
    }

    private UnitAnswer Known(string name) => _units.GetValueOrDefault(Full(name)) ?? _units.GetValueOrDefault(name) ?? new UnitAnswer("not-found", "inactive", "dead", null);

    public StepOutcome Control(ControlUnit control)
    {
        if (control.Action is UnitAction.DaemonReload or UnitAction.DaemonReexec)
        {
            Reloads++;
            foreach (var (key, value) in _units.ToList())
            {
                _units[key] = value with { NeedsReload = false };
            }
            foreach (var script in files.Glob("/etc/init.d/*"))
            {
                _units.TryAdd(Full(script[(script.LastIndexOf('/') + 1)..]), new UnitAnswer("loaded", "inactive", "dead", "disabled"));
            }
            return StepOutcome.Done;
        }
        var name = _units.ContainsKey(control.Unit) ? control.Unit : Full(control.Unit);
        if (!_units.TryGetValue(name, out var unit) && control.Action == UnitAction.Mask)
        {
            _units[name] = new UnitAnswer("masked", "inactive", "dead", "masked");
            return StepOutcome.Done;
        }
        if (unit is null)
        {
            return StepOutcome.Failed($"Unit {control.Unit} not found.");
        }
        if (control.Action is UnitAction.Start or UnitAction.Restart && Broken.TryGetValue(name, out var problem))
        {
            _units[name] = unit with { ActiveState = "failed", SubState = "failed" };
            return StepOutcome.Failed(problem);
        }
        _units[name] = control.Action switch
        {
            UnitAction.Start or UnitAction.Restart when Oneshots.Contains(name) => unit with { HasDone = true, IsOver = true },
            UnitAction.Start when unit.ActiveState == "active" => unit,
            UnitAction.Start or UnitAction.Restart => unit with { ActiveState = "active", SubState = "running", MainPid = processes.Run(name).Pid },
            UnitAction.Stop => unit with { ActiveState = "inactive", SubState = "dead", MainPid = 0 },
            UnitAction.Enable => unit with { EnabledState = "enabled" },
            UnitAction.Disable => unit with { EnabledState = "disabled" },
            UnitAction.Mask => unit with { LoadState = "masked", EnabledState = "masked" },
            UnitAction.Unmask => unit with { LoadState = "loaded", EnabledState = "disabled" },
            _ => unit,
        };
        return StepOutcome.Done;
    }

    private static string Full(string name) => name.Contains('.', StringComparison.Ordinal) ? name : $"{name}.service";
}
