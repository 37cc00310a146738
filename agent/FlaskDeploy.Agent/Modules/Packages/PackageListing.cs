using System.Globalization;
using FlaskDeploy.Agent.Machine;
using FlaskDeploy.Language.Modules.Arguments;
using FlaskDeploy.Language.Values;

namespace FlaskDeploy.Agent.Modules.Packages;

/// <summary><c>list=</c>: nothing is changed, and what there is is registered. A reconvergence does not read lists.</summary>
internal static class PackageListing
{
    internal static async ValueTask<Plan> Plan(string what, PackageRequest request, ModuleContext context, CancellationToken cancellation)
    {
        if (context.Purpose != Purpose.Push && what != "installed")
        {
            return new InSync($"{what} is listed by a push");
        }
        var answer = await context.View.Ask(new ListedPackagesLook(what, request.EnableRepositories, request.DisableRepositories) { Options = request.RepositoryOptions, Root = request.InstallRoot }, cancellation);
        var results = new ListValue([.. answer.Packages.Select(Shown)]);
        return new InSync($"{answer.Packages.Length} listed ({what})") { Result = MapValue.From(("results", results), ("msg", Value.Of(""))) };
    }

    private static Value Shown(ListedPackage listed)
    {
        if (listed.Package is not { } package)
        {
            return MapValue.From(("repoid", Value.Of(listed.Repository)), ("state", Value.Of("enabled")));
        }
        var epoch = package.Epoch.ToString(CultureInfo.InvariantCulture);
        return MapValue.From(
            ("arch", Value.Of(package.Architecture)),
            ("epoch", Value.Of(epoch)),
            ("name", Value.Of(package.Name)),
            ("release", Value.Of(package.Release)),
            ("version", Value.Of(package.Version)),
            ("repo", Value.Of(listed.Repository)),
            ("envra", Value.Of($"{epoch}:{package.Name}-{package.Version}-{package.Release}.{package.Architecture}")),
            ("nevra", Value.Of($"{epoch}:{package.Name}-{package.Version}-{package.Release}.{package.Architecture}")),
            ("yumstate", Value.Of(listed.Repository is "installed" or "@System" ? "installed" : "available")));
    }
}
