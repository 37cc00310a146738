using System.Collections.Immutable;
using FlaskDeploy.Agent.Machine;
using FlaskDeploy.Agent.Modules.Packages;
using FlaskDeploy.Language.Modules.Arguments;
using FlaskDeploy.Language.Values;

namespace FlaskDeploy.Agent.Modules;

/// <summary><c>package</c>: packages of the rpm database, with whichever of dnf and yum the host has.</summary>
internal sealed class PackageModule : Module<PackageArguments>
{
    public override MapValue Result(Plan plan, IReadOnlyList<StepOutcome> outcomes) => PackagePlanner.Result(plan, outcomes);

    protected override ValueTask<Plan> Plan(PackageArguments arguments, ModuleContext context, CancellationToken cancellation) =>
        PackagePlanner.Plan(arguments.Request, context, cancellation);

    protected override ValueTask<ImmutableArray<Claim>> Claims(PackageArguments arguments, ModuleContext context, CancellationToken cancellation) =>
        PackageClaims.Of(arguments.Request, context, cancellation);
}
