using FlaskDeploy.Agent.State;
using FlaskDeploy.Agent.Wire;
using FlaskDeploy.Protocol;

namespace FlaskDeploy.Agent.Runs;

/// <summary>From a verified assignment whose blobs are here to what a run works with, its secrets opened: in memory, never on the disk.</summary>
/// <param name="sealing">Null: this host has no key, and can open nothing.</param>
internal sealed class AssignedLoader(AssignmentVerifier verifier, BlobStore blobs, SealingKey? sealing = null)
{
    /// <summary>Null and a refusal: the bundle is missing, cannot be read, or needs a newer agent. A retired deployment has no bundle and is never loaded.</summary>
    public (Assigned? Assigned, Refusal? Refusal) Load(VerifiedAssignment assignment)
    {
        if (assignment.Content.Bundle is not { } digest || blobs.Read(digest) is not { } bytes)
        {
            return (null, new Refusal("its bundle is not on this host", "push again"));
        }
        var secrets = Open(assignment);
        if (!secrets.IsGood)
        {
            return (null, new Refusal(secrets.Problem!, "push again; where the host lost its key, enrol it again first, with a new token"));
        }
        var bundle = BundleCodec.Decode(bytes, secrets.Value);
        if (!bundle.IsGood)
        {
            return (null, new Refusal($"its bundle cannot be read: {bundle.Problem}", "upgrade flaskdeploy-agent on this host, or push again"));
        }
        foreach (var entry in bundle.Value!.Tree)
        {
            if (entry is { Digest: { } content, Sealed: { } blob })
            {
                blobs.Know(content, blob);
            }
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
            Release = secrets.Value!.IsEmpty ? assignment.Content : ReleaseCodec.Decode(assignment.Release.Content, secrets.Value).Value!,
            Part = secrets.Value.IsEmpty ? assignment.PartContent : ReleaseCodec.DecodeHostPart(assignment.Part.Content, secrets.Value).Value!,
            Content = assignment.ContentDigest,
        }, null);
    }

    private Decoded<SecretTable> Open(VerifiedAssignment assignment) => assignment.PartContent.Secrets switch
    {
        null => Decoded<SecretTable>.Good(SecretTable.Empty),
        _ when sealing is null => Decoded<SecretTable>.Bad("its secrets were sealed to a key that this host no longer has"),
        var secrets => sealing.Open(secrets, assignment.Part.Host, assignment.Release.Deployment),
    };
}
