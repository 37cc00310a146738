using FlaskDeploy.Agent.Machine;
using FlaskDeploy.Agent.Modules.Commands;
using FlaskDeploy.Language.Modules.Arguments;
using FlaskDeploy.Language.Values;

namespace FlaskDeploy.Agent.Modules;

/// <summary><c>async_status</c>: a job that is over answers with what its command came to.</summary>
internal sealed class AsyncStatusModule : Module<AsyncStatusArguments>
{
    protected override ValueTask<Plan> Plan(AsyncStatusArguments arguments, ModuleContext context, CancellationToken cancellation) => ValueTask.FromResult(Plan(arguments, context));

    private static Plan Plan(AsyncStatusArguments arguments, ModuleContext context)
    {
        MapValue State(bool isFinished) => MapValue.From(("ansible_job_id", Value.Of(arguments.Id)), ("started", Value.Of(1)), ("finished", Value.Of(isFinished ? 1 : 0)));
        if (context.Job(arguments.Id) is not { } job)
        {
            return arguments.IsCleanup
                ? new InSync($"there is no job {arguments.Id}") { Result = MapValue.From(("ansible_job_id", Value.Of(arguments.Id))) }
                : new Impossible("could not find job") { Result = State(isFinished: true) };
        }
        if (arguments.IsCleanup)
        {
            return new Change($"what is kept of {arguments.Id} is given up", [new ForgetJob(arguments.Id)]) { Result = MapValue.From(("ansible_job_id", Value.Of(arguments.Id)), ("erased", Value.Of(arguments.Id))) };
        }
        if (job.Result is not { } result)
        {
            return new InSync($"{arguments.Id} still runs") { Result = State(isFinished: false) };
        }
        var told = CommandPlanner.Result(new InSync("") { Result = State(isFinished: true) }, [StepOutcome.Done with { Command = result }]);
        return result.Succeeded
            ? new Change($"{arguments.Id} has ended", []) { Result = told }
            : new Impossible("non-zero return code") { Result = told };
    }
}
