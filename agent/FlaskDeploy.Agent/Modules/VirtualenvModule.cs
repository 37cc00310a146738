using System.Collections.Immutable;
using FlaskDeploy.Agent.Machine;
using FlaskDeploy.Agent.Modules.Files;
using FlaskDeploy.Agent.Modules.Python;
using FlaskDeploy.Language.Modules.Arguments;
using FlaskDeploy.Language.Values;

namespace FlaskDeploy.Agent.Modules;

/// <summary><c>virtualenv</c>: a virtual environment is there, or not.</summary>
internal sealed class VirtualenvModule : Module<VirtualenvArguments>
{
    protected override async ValueTask<Plan> Plan(VirtualenvArguments arguments, ModuleContext context, CancellationToken cancellation)
    {
        var path = await HostPath.Expand(arguments.Path, context, cancellation);
        var result = MapValue.From(("path", Value.Of(path)), ("state", Value.Of(arguments.Present ? "present" : "absent")), ("python", Value.Of($"{path}/bin/python")));
        if (!arguments.Present)
        {
            return await PlanAbsence(path, result, context, cancellation);
        }
        if (await VirtualenvPlanner.Exists(path, context, cancellation))
        {
            return new InSync($"{path}/bin/activate is there") { Result = result };
        }
        var command = arguments.Command
            ?? ((await context.View.Ask(new ProgramLook(["virtualenv"]), cancellation)).Paths.IsEmpty && arguments.Python is null ? "python3 -m venv"
                : arguments.Python is { } python && (await context.View.Ask(new ProgramLook(["virtualenv"]), cancellation)).Paths.IsEmpty ? $"{python} -m venv"
                : "virtualenv");
        var interpreter = command.EndsWith(" -m venv", StringComparison.Ordinal) ? null : arguments.Python;
        var (step, problem) = await VirtualenvPlanner.Make(path, command, interpreter, arguments.SystemSitePackages, context, cancellation);
        return step is null ? problem! : new Change($"{path}/bin/activate is not there", [step]) { Result = result };
    }

    protected override async ValueTask<ImmutableArray<Claim>> Claims(VirtualenvArguments arguments, ModuleContext context, CancellationToken cancellation)
    {
        var path = await HostPath.Expand(arguments.Path, context, cancellation);
        return [arguments.Present ? Claim.Path(path, "directory") : Claim.NoPath(path)];
    }

    // Only what looks like an environment is removed: a slip of the pen in path must not take a home directory along.
    private static async ValueTask<Plan> PlanAbsence(string path, MapValue result, ModuleContext context, CancellationToken cancellation)
    {
        var answer = await context.View.Ask(new StatLook(path, FollowLinks: false), cancellation);
        if (!answer.Exists)
        {
            return new InSync($"{path} is not there") { Result = result };
        }
        return await VirtualenvPlanner.Exists(path, context, cancellation)
            ? new Change($"{path} is there", [new Remove(path)]) { Result = result }
            : new Impossible($"{path} is no virtual environment: it has no bin/activate") { Remedy = "file: state=absent removes anything" };
    }
}
