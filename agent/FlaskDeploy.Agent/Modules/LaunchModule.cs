using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using FlaskDeploy.Agent.Machine;
using FlaskDeploy.Agent.Modules.Commands;
using FlaskDeploy.Agent.Modules.Files;
using FlaskDeploy.Language.Bundles;
using FlaskDeploy.Language.Modules.Arguments;
using FlaskDeploy.Language.Values;

namespace FlaskDeploy.Agent.Modules;

/// <summary>
/// <c>launch</c>: the declarative <c>nohup … &amp;</c>. In sync is a process of that name that runs, from the same inputs, and
/// listens where it should. A port that somebody else holds is never taken away.
/// </summary>
internal sealed class LaunchModule : Module<LaunchArguments>
{
    private const string LogDirectory = "/var/log/flaskdeploy";
    private const int MostGenerations = 16;

    protected override async ValueTask<Plan> Plan(LaunchArguments arguments, ModuleContext context, CancellationToken cancellation)
    {
        var words = arguments.Arguments;
        if (arguments.Command is { } command && !ShellWords.TrySplit(command, out words, out var unclosed))
        {
            return new Impossible($"{unclosed}: {command}");
        }
        if (words.IsDefaultOrEmpty)
        {
            return arguments is { Name: { } known, State: LaunchState.Stopped }
                ? await PlanStop(Safe(known), arguments, context, cancellation)
                : new Impossible("no command given") { Remedy = "add command" };
        }
        var directory = arguments.Directory is { } written ? await HostPath.Expand(written, context, cancellation) : context.As.Home;
        var expanded = ImmutableArray.CreateBuilder<string>(words.Length);
        foreach (var word in words)
        {
            expanded.Add(await HostPath.ExpandText(word, context.View, cancellation));
        }
        var name = arguments.Name is { } given ? Safe(given) : Named(context, directory, expanded.ToImmutable());
        if (arguments.State == LaunchState.Stopped)
        {
            return await PlanStop(name, arguments, context, cancellation);
        }
        if ((await context.View.Ask(new StatLook(directory, FollowLinks: true), cancellation)).Kind != PathKind.Directory)
        {
            return new Impossible($"the directory {directory} is not there") { Remedy = "correct chdir, or make the directory in an earlier task", MayBeMade = true };
        }
        var program = expanded[0].Contains('/') && !expanded[0].StartsWith('/') ? HostPath.Normal($"{directory}/{expanded[0]}") : expanded[0];
        if ((await context.View.Ask(new ProgramLook([program]), cancellation)).Paths is not [var found, ..])
        {
            return new Impossible($"there is no program {program} that could be run") { Remedy = "install it or make its environment in an earlier task; the command is no shell line", MayBeMade = true };
        }
        expanded[0] = found;
        if (LaunchLimits.Problem(arguments, out var limits, out var health) is { } problem)
        {
            return problem;
        }
        var call = new Call(arguments, context, name, directory, expanded.ToImmutable(), limits, health);
        return await PlanRun(call, cancellation);
    }

    public override MapValue Result(Plan plan, IReadOnlyList<StepOutcome> outcomes)
    {
        var result = plan.Result;
        foreach (var (key, value) in outcomes.SelectMany(outcome => outcome.Details).Where(pair => pair.Key is "pid" or "start_time"))
        {
            result = result.With(key, long.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? Value.Of(number) : Value.Of(value));
        }
        return result;
    }

    private static async ValueTask<Plan> PlanRun(Call call, CancellationToken cancellation)
    {
        var (arguments, context) = (call.Arguments, call.Context);
        var (inputs, problem) = await LaunchInputs.Of(call.Words, call.Directory, arguments.Port, arguments.Environment, arguments.RestartOn, context, cancellation);
        if (problem is not null)
        {
            return problem;
        }
        var launched = await context.View.Ask(new LaunchLook(call.Name), cancellation);
        var log = arguments.Log is { } written ? await HostPath.Expand(written, context, cancellation, call.Directory) : $"{LogDirectory}/{call.Name}.log";
        var result = MapValue.From(
            ("name", Value.Of(call.Name)),
            ("cmd", Value.Of(call.Words)),
            ("log", Value.Of(log)),
            ("port", arguments.Port is { } wanted ? Value.Of(wanted) : Value.Null));
        var because = !launched.Known ? $"{call.Name} was not launched yet"
            : !launched.Runs ? $"{call.Name} no longer runs (it was process {launched.Pid})"
            : launched.Inputs is "" ? $"{call.Name} runs as process {launched.Pid}, and nothing says any more what it was started from"
            : launched.Inputs != inputs ? $"what {call.Name} was started from changed"
            : launched.Log is { } now && now != log ? $"the output of {call.Name} goes to {now}"
            : arguments.State == LaunchState.Restarted && context.Purpose == Purpose.Push ? $"a push restarts {call.Name}"
            : null;
        if (arguments.Port is { } port)
        {
            var listeners = (await context.View.Ask(new ListenersLook(port), cancellation)).Listeners;
            foreach (var listener in listeners)
            {
                if (!launched.Runs || !await Belongs(listener, launched, context, cancellation))
                {
                    return await Taken(port, listener, context, cancellation);
                }
            }
            because ??= listeners.IsEmpty ? $"{call.Name} runs as process {launched.Pid} and does not listen on port {port}" : null;
        }
        // Asked last: of what is to be restarted anyway, how it is says nothing.
        var health = because is null && call.Health is { } check ? await context.View.Ask(new HealthLook(call.Name, check), cancellation) : null;
        if (health is { IsWell: false })
        {
            because = $"{call.Name} is not well: {health.Problem}{(health.Failures > 1 ? $", {health.Failures} times in a row" : "")}";
        }
        var keeps = because is null && launched.Limits != call.Limits;
        if (because is null && !keeps)
        {
            return new InSync($"{call.Name} runs as process {launched.Pid}{(arguments.Port is { } open ? $" and listens on port {open}" : "")}{Words(health)}")
            {
                Result = result.With("pid", Value.Of(launched.Pid)).With("start_time", new IntegerValue(launched.StartTime)),
            };
        }
        return new Change(because ?? $"the log of {call.Name} is {launched.Limits}", [new LaunchProcess(call.Name, call.Words)
        {
            Limits = call.Limits,
            KeepsProcess = keeps,
            Health = call.Health,
            MinHealthy = arguments.MinHealthy,
            Directory = call.Directory,
            Log = log,
            Inputs = inputs,
            Port = arguments.Port,
            Environment = arguments.Environment,
            StartTimeout = arguments.StartTimeout,
            StopTimeout = arguments.StopTimeout,
        }]) { Result = result };
    }

    private static string Words(HealthAnswer? health) => health switch
    {
        null => "",
        { Problem: { } problem } => $"; {problem}, {(health.Failures == 1 ? "once" : $"{health.Failures} times in a row")} so far",
        _ => ", and answers well",
    };

    private static async ValueTask<Plan> PlanStop(string name, LaunchArguments arguments, ModuleContext context, CancellationToken cancellation)
    {
        var launched = await context.View.Ask(new LaunchLook(name), cancellation);
        var result = MapValue.From(("name", Value.Of(name)));
        return launched.Runs
            ? new Change($"{name} runs as process {launched.Pid}", [new StopProcesses([new ProcessIdentity(launched.Pid, launched.StartTime)], arguments.StopTimeout) { Launched = name }]) { Result = result }
            : new InSync($"{name} does not run") { Result = result };
    }

    // A server may hand its socket to children: the listener is the process, one of its unit, or a descendant.
    private static async ValueTask<bool> Belongs(Listener listener, LaunchAnswer launched, ModuleContext context, CancellationToken cancellation)
    {
        var pid = listener.Pid;
        for (var generation = 0; generation < MostGenerations && pid > 1; generation++)
        {
            if (pid == launched.Pid)
            {
                return true;
            }
            var process = await context.View.Ask(new ProcessLook(pid), cancellation);
            if (launched.Unit is { Length: > 0 } unit && process.ControlGroup?.Split('/').Contains(unit) == true)
            {
                return true;
            }
            pid = process.Parent;
        }
        return false;
    }

    private static async ValueTask<Impossible> Taken(int port, Listener listener, ModuleContext context, CancellationToken cancellation)
    {
        var process = listener.Pid == 0 ? null : await context.View.Ask(new ProcessLook(listener.Pid), cancellation);
        var holder = process?.Command ?? process?.Executable;
        return new Impossible($"port {port} is held by {(listener.Pid == 0 ? "a process of another user" : $"process {listener.Pid}{(holder is null ? "" : $" ({holder})")}")}, which this task did not launch")
        {
            Remedy = $"end it in an earlier task (stop: port={port}), or choose another port",
        };
    }

    // Not from the port: the same program on another port is the same launch, moved. Two of one program need names.
    private static string Named(ModuleContext context, string directory, ImmutableArray<string> words)
    {
        var script = words.Skip(1).FirstOrDefault(word => !word.StartsWith('-') && (word.Contains('/') || word.EndsWith(".py", StringComparison.Ordinal)));
        var stem = HostPath.Name(script ?? words[0]);
        stem = stem.Contains('.') ? stem[..stem.LastIndexOf('.')] : stem;
        var identity = Digest.Of(Encoding.UTF8.GetBytes($"{context.As.Name}\n{directory}\n{words[0]}\n{script}")).ToString()[..6];
        return Safe($"{context.Deployment}-{stem}-{identity}");
    }

    // It becomes part of a unit's and of a file's name.
    private static string Safe(string name)
    {
        var safe = string.Concat(name.Select(c => char.IsAsciiLetterOrDigit(c) || c is '_' or '.' or '-' ? c : '-')).TrimStart('.', '-');
        return safe.Length == 0 ? "unnamed" : safe[..Math.Min(safe.Length, 100)];
    }

    private sealed record Call(LaunchArguments Arguments, ModuleContext Context, string Name, string Directory, ImmutableArray<string> Words, LogLimits Limits, HealthCheck? Health);
}
