using System.Text;
using FlaskDeploy.Agent.State;

namespace FlaskDeploy.Agent.Runs;

/// <summary>
/// After a boot the reason of a failure may be gone, and what a deployment launched is gone for sure: what is held after too
/// many failures is tried once more, and held again when that fails too.
/// </summary>
internal static class FreshBoot
{
    /// <summary>To be called when the agent starts; in one boot only the first call does something. What was refused stays held: that takes a push.</summary>
    public static void Release(DeploymentStore store, string directory, string boot)
    {
        var file = Path.Combine(directory, "boot");
        if (DurableFile.TryRead(file) is { } known && Encoding.ASCII.GetString(known) == boot)
        {
            return;
        }
        foreach (var held in store.All.Where(record => record is { IsHeld: true, Failures: >= Schedule.MostFailures }).ToList())
        {
            store.Update(held.Name, record => record with { IsHeld = false, Failures = Schedule.MostFailures - 1, RetryAt = null });
        }
        DurableFile.Write(file, Encoding.ASCII.GetBytes(boot));
    }
}
