using FlaskDeploy.Agent.State;
using FlaskDeploy.Language.Bundles;

namespace FlaskDeploy.Agent.Machine.Files;

/// <summary>The blobs of the agent's own store.</summary>
internal sealed class StoredBlobs(BlobStore store) : IBlobSource
{
    public ValueTask<Stream?> Open(Digest digest, CancellationToken cancellation) =>
        ValueTask.FromResult<Stream?>(store.IsOpen(digest) ? new FileStream(store.PathOf(digest), FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete)
            : store.Read(digest) is { } opened ? new MemoryStream(opened, writable: false)
            : null);
}
