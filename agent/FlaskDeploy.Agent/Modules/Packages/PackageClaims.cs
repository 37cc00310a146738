using System.Collections.Immutable;
using FlaskDeploy.Agent.Machine;
using FlaskDeploy.Agent.Modules.Files;
using FlaskDeploy.Language.Modules.Arguments;

namespace FlaskDeploy.Agent.Modules.Packages;

/// <summary>
/// What a package task claims: each name, whether it is to be installed, and the version where one is pinned. <c>latest</c>
/// demands no version: afterwards it means "not older". Globs, groups and ranges claim nothing.
/// </summary>
internal static class PackageClaims
{
    internal static async ValueTask<ImmutableArray<Claim>> Of(PackageRequest request, ModuleContext context, CancellationToken cancellation)
    {
        request = await PackageRoot.Resolve(request, context, cancellation);
        var specs = request.Names.Distinct(StringComparer.Ordinal).Select(name => new PackageSpec(name)).Where(spec => spec is { IsGroup: false, IsGlob: false, IsRange: false }).ToList();
        if (specs.Count == 0 || request.UpdateOnly)
        {
            return [];
        }
        ImmutableArray<string> unclear = [.. specs.Where(spec => spec.IsUnclear).SelectMany(spec => spec.Questions).Distinct()];
        var installed = unclear.IsEmpty ? new PackagesAnswer([], []) : await context.View.Ask(new PackagesLook(unclear) { Root = request.InstallRoot }, cancellation);
        var exists = request.State == PackageState.Absent ? Claim.No : Claim.Yes;
        var claims = ImmutableArray.CreateBuilder<Claim>(specs.Count);
        foreach (var spec in specs)
        {
            var (name, version) = spec.Means(installed);
            // Removing one version and wanting another is no contradiction.
            if (name is not null && (exists == Claim.Yes || version is null))
            {
                claims.Add(Claim.Of(ClaimKind.Package, request.InstallRoot is { } root ? $"{name} in {root}" : name, ("exists", exists), ("version", version)));
            }
        }
        return claims.ToImmutable();
    }
}
