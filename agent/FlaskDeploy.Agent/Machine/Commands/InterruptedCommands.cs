using FlaskDeploy.Agent.Machine.Processes;
using FlaskDeploy.Agent.State;

namespace FlaskDeploy.Agent.Machine.Commands;

/// <summary>
/// Commands that were running when the agent died. Their step will be looked at again, and run again: what still runs of
/// the first time is ended before, or it would be done twice, side by side.
/// </summary>
internal static class InterruptedCommands
{
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(5);

    /// <summary>
    /// Once, before the first run. A command's order lies in the run directory until its step is over, and names its scope;
    /// of a command whose step was over, nothing lies there, and what it left running stays.
    /// </summary>
    public static async ValueTask End(AgentPaths paths, TimeProvider time)
    {
        if (!Directory.Exists(paths.RunDirectory))
        {
            return;
        }
        foreach (var order in Directory.EnumerateFiles(paths.RunDirectory, TaskProcesses.OrderPrefix + "*" + TaskProcesses.OrderSuffix).ToList())
        {
            var unique = Path.GetFileName(order)[TaskProcesses.OrderPrefix.Length..^TaskProcesses.OrderSuffix.Length];
            foreach (var scope in ControlGroups.Units().Where(unit => UnitNames.IsScopeNamed(unit, unique)).ToList())
            {
                await Ending.End(() => [.. ControlGroups.ProcessesOf(scope).Select(ProcessTable.Identify).OfType<ProcessIdentity>()], Grace, time);
            }
            File.Delete(order);
            File.Delete(BecomeMain.StatusOf(order));
        }
    }
}
