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

    protected override async ValueTask<Plan> Plan(PackageArguments arguments, ModuleContext context, CancellationToken cancellation) => arguments.OtherManager is { } other
        ? new Impossible($"it is to use {other}, and the packages of this host are those of dnf and yum") { Remedy = "remove use, or give the task a condition" }
        : await PackagePlanner.Plan(arguments.Request, context, cancellation);

    protected override ValueTask<ImmutableArray<Claim>> Claims(PackageArguments arguments, ModuleContext context, CancellationToken cancellation) =>
        PackageClaims.Of(arguments.Request, context, cancellation);
}
