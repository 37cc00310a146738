using FlaskDeploy.Agent.Machine;
using FlaskDeploy.Agent.Modules.Files;
using FlaskDeploy.Language.Modules.Arguments;

namespace FlaskDeploy.Agent.Modules.Packages;

/// <summary>The root that a package task is about, where it is not this machine (<c>installroot</c>).</summary>
internal static class PackageRoot
{
    /// <summary>The request with an absolute path; <c>/</c>, however it is written, is this machine.</summary>
    internal static async ValueTask<PackageRequest> Resolve(PackageRequest request, ModuleContext context, CancellationToken cancellation) =>
        request.InstallRoot is not { } written ? request
            : request with { InstallRoot = await HostPath.Expand(written, context, cancellation) is var path and not "/" ? path : null };

    /// <summary>What is installed as root into a directory of somebody else's that one can lead to another place.</summary>
    internal static async ValueTask<Impossible?> Refusal(PackageRequest request, ModuleContext context, CancellationToken cancellation)
    {
        if (request.InstallRoot is not { } root)
        {
            return null;
        }
        if (root.Split('/').Contains(".."))
        {
            return new Impossible($"installroot={root} leads over '..', and what that comes to depends on links") { Remedy = "write the path that is meant" };
        }
        var directory = await context.View.Ask(new StatLook(root, FollowLinks: true), cancellation);
        return directory switch
        {
            { Exists: true, Kind: not PathKind.Directory } => new Impossible($"installroot={root} is no directory"),
            { Exists: true, Uid: not 0 } => new Impossible($"installroot={root} belongs to user {directory.Uid}, who could lead what is installed there to another place") { Remedy = "let root own it: file: state=directory owner=root" },
            _ => null,
        };
    }
}
