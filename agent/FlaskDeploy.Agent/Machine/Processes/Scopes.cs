using System.Collections.Immutable;
using FlaskDeploy.Agent.Machine.Launches;

namespace FlaskDeploy.Agent.Machine.Processes;

/// <summary>Something a deployment left running: a command's scope with processes in it, or a launched unit.</summary>
internal sealed record RunningScope(string Unit, ImmutableArray<ProcessIdentity> Processes, ImmutableSortedSet<int> Ports, string Command)
{
    /// <summary>The name it was launched under; null: a raw command left it behind.</summary>
    public string? Launched { get; init; }
}

/// <summary>What is left running of a deployment, for the report of what no task names any more.</summary>
internal sealed class Scopes(LaunchLedger ledger)
{
    /// <param name="deployment">As it stands in the scopes of its steps.</param>
    public IEnumerable<RunningScope> Of(string deployment)
    {
        foreach (var unit in ControlGroups.Units().Where(unit => UnitNames.IsScopeOf(unit, deployment)))
        {
            if (Describe(unit, ControlGroups.ProcessesOf(unit)) is { } running)
            {
                yield return running;
            }
        }
        foreach (var record in ledger.All().Where(record => record.Deployment == deployment && LaunchLedger.Runs(record)))
        {
            var processes = ControlGroups.ProcessesOf(record.Unit);
            if (Describe(record.Unit, processes.Count > 0 ? processes : [record.Pid]) is { } running)
            {
                yield return running with { Launched = record.Name };
            }
        }
    }

    private static RunningScope? Describe(string unit, List<int> pids)
    {
        ImmutableArray<ProcessIdentity> processes = [.. pids.Select(ProcessTable.Identify).OfType<ProcessIdentity>()];
        return processes.IsEmpty ? null : new RunningScope(unit, processes, Listeners.PortsOf(pids), ProcessTable.Command(processes[0].Pid) ?? "");
    }
}
