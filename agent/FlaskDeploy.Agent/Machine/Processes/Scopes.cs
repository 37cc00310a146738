using System.Collections.Immutable;
using FlaskDeploy.Agent.Machine.Launches;

namespace FlaskDeploy.Agent.Machine.Processes;

/// <summary>Something a deployment left running: a command's scope with processes in it, or a launched unit.</summary>
internal sealed record RunningScope(string Unit, ImmutableArray<ScopeProcess> Processes)
{
    /// <summary>The name it was launched under; null: a raw command left it behind.</summary>
    public string? Launched { get; init; }
}

/// <param name="Ports">The TCP ports that it listens on.</param>
internal sealed record ScopeProcess(int Pid, ulong StartTime, string Command, ImmutableArray<int> Ports);

/// <summary>What is left running of a deployment, for the report of what no task names any more.</summary>
internal sealed class Scopes(LaunchLedger ledger)
{
    /// <param name="deployment">As it stands in the scopes of its steps.</param>
    public IReadOnlyList<RunningScope> Of(string deployment)
    {
        var units = ControlGroups.Units()
            .Where(unit => UnitNames.IsScopeOf(unit, deployment))
            .Select(unit => (Unit: unit, Pids: ControlGroups.ProcessesOf(unit), Launched: (string?)null))
            .Concat(ledger.All()
                .Where(record => record.Deployment == deployment && LaunchLedger.Runs(record))
                .Select(record => (record.Unit, Pids: ControlGroups.ProcessesOf(record.Unit) is { Count: > 0 } pids ? pids : [record.Pid], Launched: (string?)record.Name)))
            .Where(unit => unit.Pids.Count > 0)
            .ToList();
        if (units.Count == 0)
        {
            return [];
        }
        var ports = Listeners.PortsOf([.. units.SelectMany(unit => unit.Pids)]);
        return
        [
            .. units
                .Select(unit => new RunningScope(unit.Unit, [.. unit.Pids.Order().Select(pid => Describe(pid, ports)).OfType<ScopeProcess>()]) { Launched = unit.Launched })
                .Where(scope => !scope.Processes.IsEmpty),
        ];
    }

    private static ScopeProcess? Describe(int pid, ILookup<int, int> ports) => ProcessTable.StartTime(pid) is { } start
        ? new ScopeProcess(pid, start, ProcessTable.Command(pid) ?? "", [.. ports[pid]])
        : null;
}
