using System.Collections.Immutable;
using FlaskDeploy.Agent.Machine;
using FlaskDeploy.Language.Modules.Arguments;
using FlaskDeploy.Language.Values;

namespace FlaskDeploy.Agent.Modules;

/// <summary><c>supervisorctl</c>: processes as <c>supervisorctl status</c> tells them.</summary>
internal sealed class SupervisorctlModule : Module<SupervisorctlArguments>
{
    private static readonly TimeSpan Deadline = TimeSpan.FromMinutes(2);
    private static readonly ImmutableArray<string> States = ["STOPPED", "STARTING", "RUNNING", "BACKOFF", "STOPPING", "EXITED", "FATAL", "UNKNOWN"];

    // After the state come a pid and a time, which are of the moment and no evidence.
    private const string NamesAndStates = "\"$@\" 2>&1 | awk '{ if ($2 ~ /^[A-Z]+$/) print $1, $2; else print }'";

    // Its options come before its verbs.
    private const string PasswordVariable = "SUPERVISORCTL_PASSWORD";
    private const string WithPassword = $"exec \"$0\" -p \"${PasswordVariable}\" \"$@\"";
    private static readonly ImmutableSortedDictionary<string, string> NoEnvironment = ImmutableSortedDictionary<string, string>.Empty;

    protected override async ValueTask<Plan> Plan(SupervisorctlArguments arguments, ModuleContext context, CancellationToken cancellation)
    {
        if (arguments is { State: "signalled", Signal: null })
        {
            return new Impossible("state is signalled but all of the following are missing: signal");
        }
        ImmutableArray<string> tool = arguments.Password is null ? arguments.Command : ["/bin/sh", "-c", WithPassword, .. arguments.Command];
        var environment = arguments.Password is { } password ? NoEnvironment.Add(PasswordVariable, password) : NoEnvironment;
        var status = await context.View.Ask(new ToolLook(["/bin/sh", "-c", NamesAndStates, "sh", .. tool, "status"]) { Environment = environment }, cancellation);
        var lines = status.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => line.Split(' ')).ToList();
        if (lines.Find(words => words.Length != 2 || !States.Contains(words[1])) is { } other)
        {
            return new Impossible($"supervisorctl: {string.Join(' ', other)}") { Remedy = "supervisord is to run, and to be reached with what the task gives", MayBeMade = true };
        }
        var processes = lines.Where(words => Matches(words[0], arguments.Name)).ToList();
        var result = MapValue.From(("name", Value.Of(arguments.Name)), ("state", Value.Of(arguments.State)));
        return arguments.State switch
        {
            "present" when processes.Count == 0 => Do($"supervisord does not know {arguments.Name}", [["reread"], ["add", arguments.Name]]),
            "absent" when processes.Count > 0 => Do($"supervisord has {arguments.Name}", [["reread"], .. Each("stop", arguments.StopsBeforeRemoving ? Running(processes) : []), ["remove", arguments.Name]]),
            "present" or "absent" => new InSync($"supervisord {(processes.Count > 0 ? "knows" : "does not know")} {arguments.Name}") { Result = result },
            "restarted" when context.Purpose == Purpose.Push => Do($"a push restarts {arguments.Name}", [["update"], ["restart", Whole(arguments.Name)]]),
            _ when processes.Count == 0 => new Impossible($"supervisorctl: {arguments.Name}: ERROR (no such process)") { Remedy = "write its [program:...] and add it with state=present in an earlier task", MayBeMade = true },
            "signalled" => context.Purpose == Purpose.Push ? Do($"a push sends {arguments.Signal}", Each($"signal {arguments.Signal}", Names(processes, "RUNNING"))) : new InSync("signals are sent by a push") { Result = result },
            "stopped" => For("stop", Running(processes), $"{arguments.Name} is stopped"),
            _ => For("start", [.. processes.Select(words => words[0]).Except(Running(processes))], $"{arguments.Name} runs"),
        };

        Plan For(string verb, ImmutableArray<string> affected, string inSync) => affected.IsEmpty
            ? new InSync(inSync) { Result = result }
            : Do(string.Join(", ", lines.Where(words => affected.Contains(words[0])).Select(words => $"{words[0]} is {words[1]}")), Each(verb, affected), affected);

        Change Do(string because, IEnumerable<ImmutableArray<string>> commands, ImmutableArray<string> affected = default) =>
            new(because, [.. commands.Select(command => new RunTool([.. tool, .. command], Deadline) { Environment = environment })])
            {
                Result = affected.IsDefault ? result : result.With("affected", new ListValue([.. affected.Select(Value.Of)])),
            };
    }

    protected override ValueTask<ImmutableArray<Claim>> Claims(SupervisorctlArguments arguments, ModuleContext context, CancellationToken cancellation) =>
        new([Claim.Of(ClaimKind.Unit, $"{arguments.Name} of supervisord", ("state", arguments.State switch { "started" or "restarted" or "signalled" => "running", var state => state }))]);

    private static bool Matches(string process, string name) =>
        name == "all" || process == name || (name.EndsWith(':') && process.StartsWith(name, StringComparison.Ordinal));

    private static string Whole(string name) => name.EndsWith(':') ? $"{name}*" : name;

    private static ImmutableArray<string> Running(List<string[]> processes) => Names(processes, "RUNNING", "STARTING");

    private static ImmutableArray<string> Names(List<string[]> processes, params ReadOnlySpan<string> states)
    {
        var wanted = states.ToArray();
        return [.. processes.Where(words => wanted.Contains(words[1])).Select(words => words[0])];
    }

    private static IEnumerable<ImmutableArray<string>> Each(string verb, ImmutableArray<string> processes) => processes.Select(process => ImmutableArray.Create([.. verb.Split(' '), process]));
}
