using System.Globalization;
using FlaskDeploy.Agent.Runs;
using FlaskDeploy.Language.Bundles;

namespace FlaskDeploy.Agent.Drift;

/// <summary>
/// Whether the agent may change something now, or the reason why it only looks. Pure. Who asks decides what binds:
/// <list type="bullet">
/// <item>an operator's order is bound by nothing but the deployment's policy: the operator is there;</item>
/// <item>root who asks this host (<c>converge</c>) is bound by a pause as well: it is somebody's wish;</item>
/// <item>what the agent does by itself is bound by maintenance windows too.</item>
/// </list>
/// </summary>
/// <param name="Ours">Of the revision.</param>
/// <param name="Hosts">Of agent.conf. Both must be open.</param>
internal sealed record CorrectionPolicy(Policy Policy, Pause? Pause, MaintenanceWindows Ours, MaintenanceWindows Hosts, TimeZoneInfo Zone)
{
    public const string ByPolicy = "by policy";

    /// <param name="isDisturbed">A pass that failed left what is there: putting that right is no correction of drift.</param>
    /// <param name="now">As the host's clock has it: windows go by the clock on the wall.</param>
    /// <returns>Null: drift is to be corrected.</returns>
    public string? WhyNotCorrect(RunRequest request, bool isDisturbed, DateTimeOffset now) =>
        Policy != Policy.Correct && !isDisturbed ? ByPolicy : WhyNotAct(request, now);

    /// <summary>For a pass over all tasks as well, which is no correction.</summary>
    public string? WhyNotAct(RunRequest request, DateTimeOffset now) => request switch
    {
        { Order: not 0 } => null,
        _ when Pause is not null => Pause.Text,
        { Cause: "converge" } => null,
        _ when IsOpen(now) => null,
        _ => string.Create(CultureInfo.InvariantCulture, $"outside of the maintenance windows ({WindowsText}){(NextOpening(now) is { } opening ? $", which open {TimeZoneInfo.ConvertTime(opening, Zone).ToString("ddd yyyy-MM-dd HH:mm", CultureInfo.InvariantCulture)}" : ", which never open")}"),
    };

    public bool IsOpen(DateTimeOffset now) => Ours.IsOpen(now, Zone) && Hosts.IsOpen(now, Zone);

    /// <summary>When both are open. Null: not within any time worth waiting for.</summary>
    public DateTimeOffset? NextOpening(DateTimeOffset now)
    {
        for (var (at, tries) = (now, 0); tries < 200; tries++)
        {
            if (Ours.NextOpening(at, Zone) is not { } ours || Hosts.NextOpening(at, Zone) is not { } hosts)
            {
                return null;
            }
            if (ours == hosts)
            {
                return ours;
            }
            // The one that opens earlier may be closed again, or still be open, when the other opens.
            at = ours > hosts ? ours : hosts;
        }
        return null;
    }

    public string WindowsText => (Ours.IsAlways, Hosts.IsAlways) switch
    {
        (false, false) => $"{Ours}, and the host's: {Hosts}",
        (true, _) => Hosts.Text,
        _ => Ours.Text,
    };
}
