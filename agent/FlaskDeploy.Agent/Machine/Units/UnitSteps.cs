using System.Collections.Immutable;
using FlaskDeploy.Agent.Machine.Looks;

namespace FlaskDeploy.Agent.Machine.Units;

/// <summary>systemctl(1), for what it changes. The exit code decides.</summary>
internal static class UnitSteps
{
    private static readonly TimeSpan Deadline = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan LookDeadline = TimeSpan.FromSeconds(10);

    public static async ValueTask<StepOutcome> Control(ControlUnit control, StepContext context, CancellationToken cancellation)
    {
        if (!context.As.IsRoot)
        {
            return StepOutcome.Failed($"units are only controlled by root, and the task runs as {context.As.Name}; become: yes makes it root");
        }
        if (!Systemd.Runs)
        {
            return StepOutcome.Failed("this machine does not run systemd");
        }
        var result = await BoundedTool.Run("systemctl", Arguments(control), Deadline, cancellation);
        return result.Succeeded ? StepOutcome.Done : StepOutcome.Failed($"{control.Summary}: {result.Failure}{await Journal(control, cancellation)}");
    }

    /// <summary>The same for the manager of a user, whose bus is in the directory that logind makes.</summary>
    public static RunTool OfUser(ControlUnit control, Account account) => new(["systemctl", "--user", .. Arguments(control)], Deadline)
    {
        Environment = ImmutableSortedDictionary<string, string>.Empty.Add("XDG_RUNTIME_DIR", UnitLooks.RuntimeDirectory(account.Uid)),
    };

    private static string[] Arguments(ControlUnit control) =>
    [
        .. control.NoBlock ? ["--no-block"] : Array.Empty<string>(),
        .. control.Force ? ["--force"] : Array.Empty<string>(),
        .. control.Action switch
        {
            UnitAction.DaemonReload => (string[])["daemon-reload"],
            UnitAction.DaemonReexec => ["daemon-reexec"],
            _ => [control.Action.ToString().ToLowerInvariant(), "--", control.Unit],
        },
    ];

    // Why a unit did not start is in its own last lines, not in what systemctl says.
    private static async ValueTask<string> Journal(ControlUnit control, CancellationToken cancellation)
    {
        if (control.Action is not (UnitAction.Start or UnitAction.Restart or UnitAction.Reload))
        {
            return "";
        }
        var lines = await BoundedTool.Run("journalctl", ["--no-pager", "-q", "-n", "10", "-o", "cat", "-u", control.Unit], LookDeadline, cancellation);
        return lines.Succeeded && lines.Output.Trim() is { Length: > 0 } text ? $"\n{text}" : "";
    }
}
