using FlaskDeploy.Agent.State;
using FlaskDeploy.Agent.Wire;
using FlaskDeploy.Protocol;

namespace FlaskDeploy.Agent.Runs;

/// <summary>From a verified assignment whose blobs are here to what a run works with.</summary>
internal sealed class AssignedLoader(AssignmentVerifier verifier, BlobStore blobs)
{
    /// <summary>Null and a refusal: the bundle is missing, cannot be read, or needs a newer agent. A retired deployment has no bundle and is never loaded.</summary>
    public (Assigned? Assigned, Refusal? Refusal) Load(VerifiedAssignment assignment)
    {
        if (assignment.Content.Bundle is not { } digest || blobs.Read(digest) is not { } bytes)
        {
            return (null, new Refusal("its bundle is not on this host", "push again"));
        }
        var bundle = BundleCodec.Decode(bytes);
        if (!bundle.IsGood)
        {
            return (null, new Refusal($"its bundle cannot be read: {bundle.Problem}", "upgrade flaskdeploy-agent on this host, or push again"));
        }
        if (verifier.CheckRequirements(bundle.Value!) is { } refusal)
        {
            return (null, refusal);
        }
        return (new Assigned
        {
            Deployment = assignment.Release.Deployment,
            Sequence = (ulong)assignment.Release.Sequence,
            Host = assignment.Part.Host,
            Bundle = bundle.Value!,
            Release = assignment.Content,
            Part = assignment.PartContent,
            Content = assignment.ContentDigest,
        }, null);
    }
}
