using System.Globalization;

namespace FlaskDeploy.Agent.Machine.Looks;

/// <summary>systemd's units, from <c>systemctl show</c>.</summary>
internal static class UnitLooks
{
    private static readonly string Properties = string.Join(',', "LoadState", "ActiveState", "SubState", "UnitFileState", "MainPID", "NeedDaemonReload", "Type", "Result", "ExecMainExitTimestampMonotonic");

    public static async ValueTask<UnitAnswer> Look(string name, TimeSpan deadline, CancellationToken cancellation)
    {
        if (!Systemd.Runs)
        {
            throw new IOException("this machine does not run systemd");
        }
        var result = await BoundedTool.Run("systemctl", ["show", $"--property={Properties}", "--", name], deadline, cancellation);
        if (!result.Succeeded)
        {
            throw new IOException($"systemctl show {name}: {result.Failure}");
        }
        var answer = Parse(result.Output);
        // A script of SysV has no state in the unit's file; systemctl asks chkconfig(8) for it.
        return answer.LoadState != "loaded" || answer.EnabledState is not null ? answer : answer with { EnabledState = await Enabled(name, deadline, cancellation) };
    }

    /// <summary><c>Key=Value</c> lines.</summary>
    public static UnitAnswer Parse(string output)
    {
        var values = output.Split('\n')
            .Select(line => line.Split('=', 2))
            .Where(pair => pair.Length == 2)
            .ToDictionary(pair => pair[0], pair => pair[1], StringComparer.Ordinal);
        var isOver = values.GetValueOrDefault("Type") == "oneshot" && values.GetValueOrDefault("ActiveState") == "inactive" && values.GetValueOrDefault("Result") == "success";
        return new UnitAnswer(
            values.GetValueOrDefault("LoadState", "not-found"),
            values.GetValueOrDefault("ActiveState", "inactive"),
            values.GetValueOrDefault("SubState", "dead"),
            values.GetValueOrDefault("UnitFileState") is { Length: > 0 } state ? state : null)
        {
            MainPid = int.TryParse(values.GetValueOrDefault("MainPID"), NumberStyles.None, CultureInfo.InvariantCulture, out var pid) ? pid : 0,
            IsOver = isOver,
            HasDone = isOver && values.GetValueOrDefault("ExecMainExitTimestampMonotonic", "0") != "0",
            NeedsReload = values.GetValueOrDefault("NeedDaemonReload") == "yes",
        };
    }

    private static async ValueTask<string?> Enabled(string name, TimeSpan deadline, CancellationToken cancellation)
    {
        var result = await BoundedTool.Run("systemctl", ["is-enabled", "--", name], deadline, cancellation);
        return result.Output.Trim() is { Length: > 0 } state && !state.Contains('\n', StringComparison.Ordinal) ? state : null;
    }
}

/// <summary>sd_booted(3).</summary>
internal static class Systemd
{
    public static bool Runs => Directory.Exists("/run/systemd/system");
}
