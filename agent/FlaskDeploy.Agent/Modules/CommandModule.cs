using System.Collections.Immutable;
using FlaskDeploy.Agent.Machine;
using FlaskDeploy.Agent.Modules.Commands;
using FlaskDeploy.Agent.Modules.Files;
using FlaskDeploy.Language.Modules.Arguments;
using FlaskDeploy.Language.Values;

namespace FlaskDeploy.Agent.Modules;

/// <summary><c>command</c>: a program and its arguments. <c>~</c> and <c>$VAR</c> are expanded in each; no shell sees them.</summary>
internal sealed class CommandModule : Module<CommandArguments>
{
    protected override async ValueTask<Plan> Plan(CommandArguments arguments, ModuleContext context, CancellationToken cancellation)
    {
        var request = arguments.Request;
        var words = request.Arguments;
        if (request.Line is not null && !words.IsDefaultOrEmpty)
        {
            return new Impossible("only command or argv can be given, not both") { Remedy = "keep one of them", Result = CommandPlanner.WrongCall };
        }
        if (request.Line is { } line && !ShellWords.TrySplit(line, out words, out var problem))
        {
            return new Impossible($"{problem}: {line}") { Remedy = "close the quote, or use shell" };
        }
        if (words.IsDefaultOrEmpty)
        {
            return new Impossible(CommandPlanner.NoCommand) { Remedy = "write the command line after command:, or give argv", Result = CommandPlanner.WrongCall };
        }
        var expanded = ImmutableArray.CreateBuilder<string>(words.Length);
        foreach (var word in words)
        {
            expanded.Add(request.ExpandVariables ? await HostPath.ExpandText(word, context.View, cancellation) : word);
        }
        var all = expanded.ToImmutable();
        var plan = await CommandPlanner.Plan(request, all, Value.Of(all), request.Line?.Trim() ?? string.Join(' ', all), context, cancellation);
        return request.Executable is not { } shell ? plan : plan with
        {
            Result = plan.Result.With("warnings", Value.Of([$"As of Ansible 2.4, the parameter 'executable' is no longer supported with the 'command' module. Not using '{shell}'."])),
        };
    }

    public override MapValue Result(Plan plan, IReadOnlyList<StepOutcome> outcomes) => CommandPlanner.Result(plan, outcomes);
}
