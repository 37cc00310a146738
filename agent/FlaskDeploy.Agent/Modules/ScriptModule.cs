using FlaskDeploy.Agent.Machine;
using FlaskDeploy.Agent.Modules.Commands;
using FlaskDeploy.Agent.Modules.Files;
using FlaskDeploy.Language.Bundles;
using FlaskDeploy.Language.Modules.Arguments;
using FlaskDeploy.Language.Values;

namespace FlaskDeploy.Agent.Modules;

/// <summary><c>script</c>: a file of the operator's side, laid on the host while it runs. What follows its name goes through a shell, as Ansible's does.</summary>
internal sealed class ScriptModule : Module<ScriptArguments>
{
    protected override async ValueTask<Plan> Plan(ScriptArguments arguments, ModuleContext context, CancellationToken cancellation)
    {
        var request = arguments.Request;
        if (request.Line?.Trim() is not { Length: > 0 } line)
        {
            return new Impossible(CommandPlanner.NoCommand) { Remedy = "write the script's path after script:" };
        }
        if (!ShellWords.TrySplit(line, out var words, out var problem))
        {
            return new Impossible($"{problem}: {line}") { Remedy = "close the quote" };
        }
        if (request.Directory is { } directory && !directory.StartsWith('/'))
        {
            return new Impossible($"chdir {directory} must be an absolute path") { Remedy = "relative to what would be another question on each host" };
        }
        var source = words[0];
        if (OperatorSource.Find(context, source, OperatorFileKind.File) is not { Digest: { } digest } entry)
        {
            return OperatorSource.Missing(context, source, OperatorFileKind.File);
        }
        var at = line.IndexOf(source, StringComparison.Ordinal);
        if (at < 0)
        {
            return new Impossible($"the name {source} is written with backslashes in it: {line}") { Remedy = "put it in quotes" };
        }
        var text = $"{(request.Executable is { } program ? $"{program} " : "")}{line[..at]}{RunCommand.ScriptPlace}{line[(at + source.Length)..]}";
        var plan = await CommandPlanner.Plan(request, ["/bin/sh", "-c", text], Value.Of(line), line, context, cancellation);
        return plan switch
        {
            Change { Steps: [RunCommand command] } change => change with { Steps = [command with { Script = new CommandScript(HostPath.Name(entry.Path), digest) }] },
            InSync skipped => skipped with { Result = skipped.Result.Merge(MapValue.From(("skipped", Value.True), ("msg", Value.Of(Skipped(request))))) },
            _ => plan,
        };
    }

    public override MapValue Result(Plan plan, IReadOnlyList<StepOutcome> outcomes) => CommandPlanner.Result(plan, outcomes);

    // In Ansible's words, which playbooks compare.
    private static string Skipped(CommandRequest request) => request.Creates is { } creates ? $"{creates} exists, matching creates option" : $"{request.Removes} does not exist, matching removes option";
}
