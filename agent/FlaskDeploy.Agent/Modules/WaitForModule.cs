using System.Collections.Immutable;
using System.Text;
using System.Text.RegularExpressions;
using FlaskDeploy.Agent.Machine;
using FlaskDeploy.Agent.Modules.Files;
using FlaskDeploy.Language.Expressions;
using FlaskDeploy.Language.Modules.Arguments;
using FlaskDeploy.Language.Values;

namespace FlaskDeploy.Agent.Modules;

/// <summary>
/// <c>wait_for</c>: one probe when it is planned; where that does not hold, a step that waits. Of a port of this machine
/// the probe looks for the listener, so that the evidence names the process. A push with a delay always waits it out:
/// it is there because the old process may still be dying.
/// </summary>
internal sealed class WaitForModule : Module<WaitForArguments>
{
    private const int MostBytes = 64 * 1024 * 1024;

    private static readonly TimeSpan MostMatching = TimeSpan.FromSeconds(5);

    /// <summary>
    /// A port of this machine that commands are to have opened. It counts as theirs only where commands stand before it in
    /// one stretch, which <see cref="Drift.Stretch"/> decides: waiting for somebody else's port claims nothing.
    /// </summary>
    protected override ValueTask<ImmutableArray<Claim>> Claims(WaitForArguments arguments, ModuleContext context, CancellationToken cancellation) => new(
        arguments is { Port: { } port, State: WaitForState.Started, Host: "127.0.0.1" or "localhost" or "::1" or "0.0.0.0" }
            ? [Claim.Port(port, $"the commands of '{context.Deployment}'")]
            : []);

    protected override async ValueTask<Plan> Plan(WaitForArguments arguments, ModuleContext context, CancellationToken cancellation)
    {
        if (!arguments.ExcludeHosts.IsEmpty)
        {
            return new Impossible("exclude_hosts is not supported: connections are counted whole");
        }
        if (arguments.ActiveConnectionStates.FirstOrDefault(state => !ProcNetConnections.States.ContainsKey(state)) is { } unknown)
        {
            return new Impossible($"active_connection_states: {unknown} is no state that is waited for") { Remedy = string.Join(", ", ProcNetConnections.States.Keys) };
        }
        PythonPattern? pattern = null;
        if (arguments.SearchRegex is { } written && (pattern = Pattern(written, out var problem)) is null)
        {
            return new Impossible($"search_regex {problem}");
        }
        var path = arguments.Path is { } p ? await HostPath.Expand(p, context, cancellation) : null;
        var result = MapValue.From(
            ("state", Value.Of(arguments.StateWord)),
            ("port", arguments.Port is { } port ? Value.Of(port) : Value.Null),
            ("path", path is null ? Value.Null : Value.Of(path)),
            ("search_regex", arguments.SearchRegex is { } regex ? Value.Of(regex) : Value.Null),
            ("match_groups", ListValue.Empty),
            ("match_groupdict", MapValue.Empty),
            ("elapsed", Value.Of(0)));
        var probe = await Probe(arguments, path, pattern, context, cancellation);
        if (probe.Holds && !(context.Purpose == Purpose.Push && arguments.Delay > TimeSpan.Zero))
        {
            return new InSync(probe.Because) { Result = result.Merge(probe.Groups) };
        }
        var wait = new WaitUntil(probe.Condition, arguments.Timeout)
        {
            Host = arguments.Host,
            Port = arguments.Port,
            Path = path,
            ActiveStates = probe.Condition == WaitFor.PortDrained ? [.. arguments.ActiveConnectionStates.Select(state => ProcNetConnections.States[state])] : [],
            Pattern = arguments.SearchRegex,
            Delay = arguments.Delay,
            Sleep = arguments.Sleep,
            ConnectTimeout = arguments.ConnectTimeout,
            Message = arguments.Message,
        };
        return new Change(probe.Holds ? $"{probe.Because}, and a push waits {arguments.Delay.TotalSeconds:0.###} seconds before it looks" : probe.Because, [wait]) { OnlyWaits = true, Result = result };
    }

    public override MapValue Result(Plan plan, IReadOnlyList<StepOutcome> outcomes)
    {
        var result = plan.Result;
        foreach (var details in outcomes.Select(outcome => outcome.Details))
        {
            result = details.TryGetValue("elapsed", out var elapsed) && long.TryParse(elapsed, out var seconds) ? result.With("elapsed", Value.Of(seconds)) : result;
            if (details.TryGetValue(Waits.GroupsDetail, out var groups) && plan is Change { Steps: [WaitUntil { Pattern: { } written }] } && Pattern(written, out _) is { } pattern)
            {
                result = result.Merge(Grouped(pattern, Waits.Groups(groups)));
            }
        }
        return result;
    }

    private static ValueTask<Probed> Probe(WaitForArguments arguments, string? path, PythonPattern? pattern, ModuleContext context, CancellationToken cancellation) => (arguments, path) switch
    {
        (_, not null) => ProbePath(arguments, path, pattern, context, cancellation),
        ({ Port: not null }, _) => ProbePort(arguments, arguments.Port.Value, context, cancellation),
        // Neither: a pause of a push.
        _ => ValueTask.FromResult(new Probed(WaitFor.Nothing, context.Purpose == Purpose.Maintain, context.Purpose == Purpose.Maintain ? "only a push pauses" : $"a pause of {arguments.Timeout.TotalSeconds:0.###} seconds")),
    };

    private static async ValueTask<Probed> ProbePath(WaitForArguments arguments, string path, PythonPattern? pattern, ModuleContext context, CancellationToken cancellation)
    {
        var answer = await context.View.Ask(new StatLook(path, FollowLinks: true), cancellation);
        if (arguments.State == WaitForState.Stopped)
        {
            return new Probed(WaitFor.PathAbsent, !answer.Exists, $"{path} is {(answer.Exists ? "there" : "not there")}");
        }
        if (pattern is null || !answer.Exists)
        {
            return new Probed(pattern is null ? WaitFor.PathPresent : WaitFor.PathMatches, answer.Exists, $"{path} is {(answer.Exists ? "there" : "not there")}");
        }
        var bytes = (await context.View.Ask(new ReadLook(path, MostBytes), cancellation)).Bytes ?? [];
        try
        {
            var match = pattern.Search(Encoding.UTF8.GetString(bytes));
            return new Probed(WaitFor.PathMatches, match is not null, $"{path} {(match is null ? "does not hold" : "holds")} {arguments.SearchRegex}") { Groups = match is null ? MapValue.Empty : Grouped(pattern, pattern.Groups(match)) };
        }
        catch (PatternException e)
        {
            return new Probed(WaitFor.PathMatches, false, $"{e.Message} on {path}");
        }
    }

    private static async ValueTask<Probed> ProbePort(WaitForArguments arguments, int port, ModuleContext context, CancellationToken cancellation)
    {
        if (arguments.State == WaitForState.Drained)
        {
            return new Probed(WaitFor.PortDrained, context.Purpose == Purpose.Maintain, context.Purpose == Purpose.Maintain ? "connections come and go; a push waits for them" : $"the connections of port {port} are to end");
        }
        var (isOpen, who) = await Open(arguments, port, context, cancellation);
        if (arguments.State == WaitForState.Stopped)
        {
            return new Probed(WaitFor.PortClosed, !isOpen, who);
        }
        // What a port sends is only known by connecting and reading: a push does so, a check is content with the listener.
        return arguments.SearchRegex is null
            ? new Probed(WaitFor.PortOpen, isOpen, who)
            : new Probed(WaitFor.PortSends, isOpen && context.Purpose == Purpose.Maintain, context.Purpose == Purpose.Maintain ? who : $"what port {port} sends is to match {arguments.SearchRegex}");
    }

    private static async ValueTask<(bool IsOpen, string Who)> Open(WaitForArguments arguments, int port, ModuleContext context, CancellationToken cancellation)
    {
        if (arguments.Host is not ("127.0.0.1" or "localhost" or "::1" or "0.0.0.0"))
        {
            var answer = await context.View.Ask(new ConnectLook(arguments.Host, port, arguments.ConnectTimeout), cancellation);
            return (answer.Connected, answer.Connected ? $"{arguments.Host}:{port} answers" : $"{arguments.Host}:{port} does not answer: {answer.Problem}");
        }
        // A socket that is bound to another address of the machine is not reached through the loopback.
        var listeners = (await context.View.Ask(new ListenersLook(port), cancellation)).Listeners;
        var listener = listeners.FirstOrDefault(listener => IsReachedLocally(listener.Address));
        return listener is null
            ? (false, listeners.IsEmpty ? $"nobody listens on port {port}" : $"port {port} is only open on {listeners[0].Address}")
            : (true, listener.Pid == 0 ? $"port {port} is open" : $"process {listener.Pid} listens on port {port}");
    }

    private static bool IsReachedLocally(string address) =>
        address is "0.0.0.0" or "::" or "*" or "::1" or "" || address.StartsWith("127.", StringComparison.Ordinal) || address.StartsWith("::ffff:127.", StringComparison.Ordinal);

    private static MapValue Grouped(PythonPattern pattern, IReadOnlyList<string?> groups)
    {
        Value Of(string? group) => group is null ? Value.Null : Value.Of(group);
        return MapValue.From(
            ("match_groups", Value.Of(groups.Select(Of))),
            ("match_groupdict", MapValue.From(pattern.Names.Where(name => name.Value < groups.Count).Select(name => (name.Key, Of(groups[name.Value]))))));
    }

    private static PythonPattern? Pattern(string written, out string? problem) => PythonPattern.TryCreate(written, RegexOptions.Multiline, MostMatching, out problem);

    /// <param name="Condition">What a step waits for.</param>
    private sealed record Probed(WaitFor Condition, bool Holds, string Because)
    {
        public MapValue Groups { get; init; } = MapValue.Empty;
    }
}
