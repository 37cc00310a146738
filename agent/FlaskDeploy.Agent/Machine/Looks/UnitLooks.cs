using System.Collections.Immutable;
using System.Globalization;
using FlaskDeploy.Agent.Machine.Native;

namespace FlaskDeploy.Agent.Machine.Looks;

/// <summary>systemd's units, from <c>systemctl show</c>.</summary>
internal static class UnitLooks
{
    private static readonly string Properties = string.Join(',', "LoadState", "ActiveState", "SubState", "UnitFileState", "MainPID", "NeedDaemonReload", "Type", "Result", "Job", "ExecMainExitTimestampMonotonic");

    public static async ValueTask<UnitAnswer> Look(string name, TimeSpan deadline, CancellationToken cancellation)
    {
        if (!Systemd.Runs)
        {
            throw new IOException("this machine does not run systemd");
        }
        if (IsTemplate(name))
        {
            return OfTemplate((await BoundedTool.Run("systemctl", ["is-enabled", "--", name], deadline, cancellation)).Output.Trim());
        }
        var result = await BoundedTool.Run("systemctl", ["show", $"--property={Properties}", "--", name], deadline, cancellation);
        if (!result.Succeeded)
        {
            throw new IOException($"systemctl show {name}: {result.Failure}");
        }
        var answer = Parse(result.Output);
        // A script of SysV has no state in the unit's file; systemctl asks chkconfig(8) for it.
        return answer switch
        {
            { LoadState: "loaded", EnabledState: null } => answer with { EnabledState = await Enabled(name, deadline, cancellation) },
            // Whether what it names instead of itself is linked is told by is-enabled only, in further lines.
            { EnabledState: "indirect" or "alias" } => answer with { HasNoLinks = (await BoundedTool.Run("systemctl", ["is-enabled", "--full", "--", name], deadline, cancellation)).Output.Trim() == answer.EnabledState },
            _ => answer,
        };
    }

    /// <summary>A unit file without an instance, <c>getty@.service</c>: systemd shows nothing of it, and has only its links.</summary>
    public static bool IsTemplate(string name) => name.Contains("@.", StringComparison.Ordinal);

    /// <summary>By what is-enabled prints: links of any instance make it enabled or indirect.</summary>
    public static UnitAnswer OfTemplate(string state) => state.Length == 0
        ? new UnitAnswer("not-found", "inactive", "dead", null)
        : new UnitAnswer(state.StartsWith("masked", StringComparison.Ordinal) ? "masked" : "loaded", "inactive", "dead", state);

    /// <summary>Of the manager of the user that this process is.</summary>
    public static async ValueTask<UnitAnswer> OfUser(string name, TimeSpan deadline, CancellationToken cancellation)
    {
        var result = await BoundedTool.Run("env", [$"XDG_RUNTIME_DIR={RuntimeDirectory(Libc.EffectiveUser())}", "systemctl", "--user", "show", $"--property={Properties}", "--", name], deadline, cancellation);
        return result.Succeeded ? Parse(result.Output) : throw new IOException($"systemctl --user show {name}: {result.Failure}; a user's manager runs while the user is logged in, or always after 'loginctl enable-linger'");
    }

    /// <summary>Where logind makes a user's bus.</summary>
    public static string RuntimeDirectory(uint uid) => $"/run/user/{uid}";

    /// <summary>Many by one process; those of which that does not say everything are not in it.</summary>
    public static async ValueTask<IReadOnlyDictionary<string, UnitAnswer>> Together(IReadOnlyList<string> names, TimeSpan deadline, CancellationToken cancellation)
    {
        names = [.. names.Where(name => !IsTemplate(name))];
        var result = Systemd.Runs && names.Count > 0 ? await BoundedTool.Run("systemctl", ["show", $"--property={Properties}", "--", .. names], deadline, cancellation) : null;
        return result is { Succeeded: true } ? Divide(names, result.Output) : ImmutableDictionary<string, UnitAnswer>.Empty;
    }

    /// <summary>What was printed of several, in the order of asking, a blank line between two.</summary>
    public static IReadOnlyDictionary<string, UnitAnswer> Divide(IReadOnlyList<string> names, string output)
    {
        var blocks = output.Split("\n\n", StringSplitOptions.RemoveEmptyEntries);
        return blocks.Length != names.Count
            ? ImmutableDictionary<string, UnitAnswer>.Empty
            : names.Zip(blocks.Select(Parse)).Where(pair => pair.Second.LoadState != "loaded" || pair.Second.EnabledState is not null)
                .DistinctBy(pair => pair.First).ToDictionary(pair => pair.First, pair => pair.Second, StringComparer.Ordinal);
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
            // "generated" is said of a script of SysV too, whether it is started at boot or not.
            values.GetValueOrDefault("UnitFileState") is { Length: > 0 } state and not "generated" ? state : null)
        {
            MainPid = int.TryParse(values.GetValueOrDefault("MainPID"), NumberStyles.None, CultureInfo.InvariantCulture, out var pid) ? pid : 0,
            IsOver = isOver,
            HasJob = values.GetValueOrDefault("Job", "0") is not ("0" or ""),
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
