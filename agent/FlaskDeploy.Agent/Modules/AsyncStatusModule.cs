using FlaskDeploy.Agent.Machine;
using FlaskDeploy.Agent.Modules.Commands;
using FlaskDeploy.Language.Modules.Arguments;
using FlaskDeploy.Language.Values;

namespace FlaskDeploy.Agent.Modules;

/// <summary><c>async_status</c>: what has become of a command that was left running. Only a push asks: jobs are of their moment.</summary>
internal sealed class AsyncStatusModule : Module<AsyncStatusArguments>
{
    protected override async ValueTask<Plan> Plan(AsyncStatusArguments arguments, ModuleContext context, CancellationToken cancellation)
    {
        var job = BackgroundJob.Of(arguments.Job, context.View.Environment, context.As);
        if (context.Purpose == Purpose.Maintain)
        {
            return new InSync("only a push asks after what it has started") { Result = job.Registered(isFinished: true) };
        }
        var isThere = BackgroundJob.IsId(arguments.Job) && (await context.View.Ask(new StatLook(job.Directory, FollowLinks: false), cancellation)).Kind == PathKind.Directory;
        if (arguments.CleansUp)
        {
            var erased = MapValue.From(("ansible_job_id", Value.Of(arguments.Job)), ("erased", Value.Of(job.Directory)));
            return isThere ? new Change($"{job.Directory} is there", [new Remove(job.Directory)]) { Result = erased } : new InSync($"{job.Directory} is not there") { Result = erased };
        }
        if (!isThere)
        {
            return new Impossible("could not find job") { Remedy = $"no task of {context.As.Name} has started {arguments.Job}", Result = job.Registered(isFinished: true) };
        }
        return await job.Ended(context.View, cancellation) switch
        {
            null => new InSync($"job {job.Id} runs") { Result = job.Registered(isFinished: false) },
            (0, var result) => new Change($"job {job.Id} has ended", []) { Result = result },
            var (_, result) => new Impossible("non-zero return code") { Result = result },
        };
    }
}
