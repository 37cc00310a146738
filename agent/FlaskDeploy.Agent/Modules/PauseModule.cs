using System.Globalization;
using FlaskDeploy.Agent.Machine;
using FlaskDeploy.Language.Modules.Arguments;
using FlaskDeploy.Language.Values;

namespace FlaskDeploy.Agent.Modules;

/// <summary><c>pause</c>: a push waits; what keeps the host converged does not.</summary>
internal sealed class PauseModule : Module<PauseArguments>
{
    /// <summary>A run holds its host that long, and nothing else is applied.</summary>
    private static readonly TimeSpan Most = TimeSpan.FromHours(24);

    protected override ValueTask<Plan> Plan(PauseArguments arguments, ModuleContext context, CancellationToken cancellation) => new(Plan(arguments, context));

    public override MapValue Result(Plan plan, IReadOnlyList<StepOutcome> outcomes) =>
        outcomes.Select(outcome => outcome.Details.GetValueOrDefault("elapsed")).LastOrDefault(elapsed => elapsed is not null) is { } elapsed && long.TryParse(elapsed, CultureInfo.InvariantCulture, out var seconds)
            ? plan.Result.With("delta", Value.Of(seconds))
            : plan.Result;

    private static Plan Plan(PauseArguments arguments, ModuleContext context)
    {
        if (arguments.Time is not { } time)
        {
            return new Impossible("pause waits for an answer, and on a host there is nobody to give it") { Remedy = "give seconds or minutes, or ask before the push with vars_prompt" };
        }
        if (time > Most)
        {
            return new Impossible($"a pause of {time.TotalSeconds:0} seconds holds the host for longer than {Most.TotalHours:0} hours");
        }
        if (context.Purpose == Purpose.Maintain)
        {
            return new InSync("only a push pauses");
        }
        var amount = arguments.InMinutes ? time.TotalMinutes : time.TotalSeconds;
        return new Change($"a pause of {time.TotalSeconds:0} seconds", [new WaitUntil(WaitFor.Nothing, time)])
        {
            OnlyWaits = true,
            Result = MapValue.From(
                ("delta", Value.Of((long)time.TotalSeconds)),
                ("rc", Value.Of(0)),
                ("echo", Value.True),
                ("stderr", Value.Of("")),
                ("stdout", Value.Of(string.Create(CultureInfo.InvariantCulture, $"Paused for {amount:0.0#} {(arguments.InMinutes ? "minutes" : "seconds")}"))),
                ("user_input", Value.Of(""))),
        };
    }
}
