using System.Collections.Immutable;
using FlaskDeploy.Agent.Machine;
using FlaskDeploy.Language.Modules.Arguments;
using FlaskDeploy.Language.Values;

namespace FlaskDeploy.Agent.Modules.Commands;

/// <summary>What <c>service</c> and <c>systemd</c> share.</summary>
internal static class ServicePlanner
{
    // Those for which `systemctl is-enabled` exits with 0.
    private static readonly ImmutableArray<string> EnabledStates = ["enabled", "enabled-runtime", "static", "alias", "indirect", "generated", "transient"];
    private static readonly ImmutableArray<string> Suffixes = [".service", ".socket", ".target", ".timer", ".mount", ".path", ".slice", ".scope", ".device", ".swap", ".automount"];

    internal static async ValueTask<Plan> Plan(ServiceRequest request, ModuleContext context, CancellationToken cancellation)
    {
        if (request.Name is { } glob && glob.AsSpan().IndexOfAny("*?[") is >= 0 and var at)
        {
            return new Impossible($"This module does not currently support using glob patterns, found '{glob[at]}' in service name: {glob}") { Remedy = "a loop over the units" };
        }
        if (request.Scope == "global")
        {
            return await GlobalUnits.Plan(request, request.Name is { } all ? UnitOf(all) : null, context, cancellation);
        }
        return request.Name is { } name ? await PlanUnit(request, name, context, cancellation) : PlanReload(request, context.Purpose);
    }

    /// <summary>That it is to be restarted or reloaded once means that it is to run.</summary>
    internal static ImmutableArray<Claim> Claims(ServiceRequest request) => request.Name is not { } name || request.Scope != "system" ? [] :
    [
        Claim.Of(
            ClaimKind.Unit,
            UnitOf(name),
            ("state", request.State is { } state ? state == ServiceState.Stopped ? "stopped" : "running" : null),
            ("enabled", Word(request.Enabled)),
            ("masked", Word(request.Masked))),
    ];

    private static string UnitOf(string name) => Suffixes.Any(suffix => name.EndsWith(suffix, StringComparison.Ordinal)) ? name : $"{name}.service";

    // systemd makes units of init scripts, when it reads its unit files: a script that is newer than that has none yet.
    private static async ValueTask<bool> HasScript(ServiceRequest request, string unit, ModuleContext context, CancellationToken cancellation) =>
        request.Scope == "system" && unit.EndsWith(".service", StringComparison.Ordinal) && !unit.Contains('/', StringComparison.Ordinal)
        && await context.View.Ask(new StatLook(ScriptOf(unit), FollowLinks: true), cancellation) is { Kind: PathKind.File };

    private static string ScriptOf(string unit) => $"/etc/init.d/{unit[..^".service".Length]}";

    private static string? Word(bool? flag) => flag switch { true => Claim.Yes, false => Claim.No, _ => null };

    // Without a unit to ask about, a reload is of use to a push only.
    private static Plan PlanReload(ServiceRequest request, Purpose purpose) => Reload(request, purpose) with { Result = MapValue.From(("name", Value.Null), ("status", MapValue.Empty)) };

    private static Plan Reload(ServiceRequest request, Purpose purpose) => (request.DaemonReload, request.DaemonReexec, purpose) switch
    {
        (false, false, _) => new InSync("nothing is asked of systemd"),
        (_, _, not Purpose.Push) => new InSync("unit files are read again by a push"),
        (_, true, _) => new Change("systemd is to execute itself anew", [.. request.DaemonReload ? [Step(request, UnitAction.DaemonReload, "")] : ImmutableArray<Step>.Empty, Step(request, UnitAction.DaemonReexec, "")]) { OnlyWaits = true },
        _ => new Change("systemd is to read its unit files again", [Step(request, UnitAction.DaemonReload, "")]) { OnlyWaits = true },
    };

    private static ControlUnit Step(ServiceRequest request, UnitAction action, string unit) =>
        new(action, unit) { IsUsers = request.Scope == "user", NoBlock = request.NoBlock, Force = request.Force };

    private static async ValueTask<Plan> PlanUnit(ServiceRequest request, string name, ModuleContext context, CancellationToken cancellation)
    {
        var unit = UnitOf(name);
        var answer = await context.View.Ask(new UnitLook(unit) { IsUsers = request.Scope == "user" }, cancellation);
        var steps = ImmutableArray.CreateBuilder<Step>();
        var reasons = new List<string>();
        void Add(UnitAction action, string because)
        {
            steps.Add(Step(request, action, action is UnitAction.DaemonReload or UnitAction.DaemonReexec ? "" : unit));
            reasons.Add(because);
        }

        var isMissing = answer.LoadState == "not-found";
        // What is not there yet can be masked, so that it is not started by its installation.
        var hasScript = isMissing && !request.DaemonReload && await HasScript(request, unit, context, cancellation);
        if (isMissing && !request.DaemonReload && !hasScript && !(request is { Masked: not null, State: null, Enabled: null }))
        {
            return new Impossible($"Could not find the requested service {name}: host") { Remedy = "install its package in an earlier task; daemon_reload=yes after its unit file was written", MayBeMade = true };
        }
        if (hasScript)
        {
            Add(UnitAction.DaemonReload, $"systemd has not read the init script {ScriptOf(unit)} yet");
        }
        if (request.DaemonReload && (isMissing || answer.NeedsReload))
        {
            Add(UnitAction.DaemonReload, isMissing ? $"systemd does not know {unit} yet" : $"the unit file of {unit} changed");
        }
        if (request.DaemonReexec && context.Purpose == Purpose.Push)
        {
            Add(UnitAction.DaemonReexec, "a push has systemd execute itself anew");
        }
        var isMasked = answer.LoadState == "masked" || answer.EnabledState is "masked" or "masked-runtime";
        if (request.Masked == false && isMasked)
        {
            Add(UnitAction.Unmask, $"{unit} is masked");
        }
        var staysMasked = isMasked && request.Masked != false;
        if (staysMasked && request.State is ServiceState.Started or ServiceState.Restarted or ServiceState.Reloaded && !IsActive(answer))
        {
            return new Impossible($"{unit} is masked") { Remedy = "systemd: masked=no" };
        }
        var isEnabled = EnabledStates.Contains(answer.EnabledState ?? "") && !answer.HasNoLinks;
        // Nothing enables a static unit of its own, and so there is nothing to disable.
        var isBeyond = request.Enabled == false && answer.EnabledState is "static" or "transient";
        if (request.Enabled is { } enabled && enabled != isEnabled && !(staysMasked && !enabled) && !isBeyond)
        {
            Add(enabled ? UnitAction.Enable : UnitAction.Disable, $"{unit} is {answer.EnabledState ?? "not enabled"}");
        }
        else if (request.Enabled == false && answer.EnabledState is "enabled-runtime")
        {
            Add(UnitAction.Disable, $"{unit} is enabled until the next boot");
        }
        if (!(request.NoBlock && answer.HasJob) && StateAction(request.State, answer, context.Purpose) is { } action)
        {
            Add(action, action is UnitAction.Restart or UnitAction.Reload ? $"a push {(action == UnitAction.Restart ? "restarts" : "reloads")} {unit}" : $"{unit} is {answer.ActiveState}");
        }
        if (request.Masked == true && !isMasked)
        {
            Add(UnitAction.Mask, $"{unit} is not masked");
        }
        var result = Result(request, name, answer);
        return steps.Count == 0
            ? new InSync($"{unit} {(answer.IsOver ? "runs once and has not failed" : $"is {answer.ActiveState}")}{(answer.EnabledState is { } state ? $"{(answer.IsOver ? ", and is" : " and")} {state}" : "")}") { Result = result }
            : new Change(string.Join(", ", reasons), steps.ToImmutable())
            {
                Result = result,
                // To have unit files read again is no change of the machine, as Ansible counts.
                OnlyWaits = steps.All(step => step is ControlUnit { Action: UnitAction.DaemonReload or UnitAction.DaemonReexec }),
            };
    }

    // A reconvergence takes restarted and reloaded as started: it never bounces what runs.
    private static UnitAction? StateAction(ServiceState? state, UnitAnswer answer, Purpose purpose) => state switch
    {
        null => null,
        // A oneshot has done what it is started for. Where systemd forgets that it has, a push starts it again, and a look
        // at the host takes it that it did not fail for an answer.
        ServiceState.Started when answer.HasDone => null,
        not ServiceState.Stopped when answer.IsOver && purpose != Purpose.Push => null,
        ServiceState.Stopped => IsActive(answer) || answer.ActiveState == "deactivating" ? UnitAction.Stop : null,
        _ when !IsActive(answer) => UnitAction.Start,
        ServiceState.Restarted when purpose == Purpose.Push => UnitAction.Restart,
        ServiceState.Reloaded when purpose == Purpose.Push => UnitAction.Reload,
        _ => null,
    };

    private static bool IsActive(UnitAnswer answer) => answer.ActiveState is "active" or "activating" or "reloading";

    private static MapValue Result(ServiceRequest request, string name, UnitAnswer answer)
    {
        var result = MapValue.From(("name", Value.Of(name)));
        if (request.State is { } state)
        {
            result = result.With("state", Value.Of(state == ServiceState.Stopped ? "stopped" : "started"));
        }
        if (request.Enabled is { } enabled)
        {
            result = result.With("enabled", Value.Of(enabled));
        }
        // As it was looked at before the steps, which is what Ansible registers.
        return result.With("status", MapValue.From(
            ("LoadState", Value.Of(answer.LoadState)),
            ("ActiveState", Value.Of(answer.ActiveState)),
            ("SubState", Value.Of(answer.SubState)),
            ("UnitFileState", Value.Of(answer.EnabledState ?? "")),
            ("MainPID", Value.Of(answer.MainPid.ToString()))));
    }
}
