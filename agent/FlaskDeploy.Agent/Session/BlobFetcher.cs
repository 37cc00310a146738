using FlaskDeploy.Agent.State;
using FlaskDeploy.Language.Bundles;
using FlaskDeploy.V1;
using Google.Protobuf;
using Grpc.Core;

namespace FlaskDeploy.Agent.Session;

/// <summary>Brings the blobs that are not here. What was brought before a cut stays.</summary>
internal static class BlobFetcher
{
    /// <param name="deadline">Between two parts: a line that died says nothing.</param>
    /// <exception cref="RpcException">The line was cut, or the host may not read one of them.</exception>
    /// <exception cref="InvalidDataException">Something else was sent than asked for.</exception>
    public static async Task Fetch(Agents.AgentsClient client, BlobStore blobs, IEnumerable<Digest> wanted, TimeSpan deadline, TimeProvider time, CancellationToken cancellation)
    {
        var missing = wanted.Where(digest => !blobs.Contains(digest)).ToList();
        if (missing.Count == 0)
        {
            return;
        }
        using var call = client.Fetch(new FetchRequest { Digests = { missing.Select(digest => ByteString.CopyFrom(digest.ToBytes())) } }, cancellationToken: cancellation);
        BlobStore.BlobWriter? writer = null;
        try
        {
            Digest? current = null;
            long left = 0;
            while (await MoveNext(call.ResponseStream, deadline, time, cancellation))
            {
                var chunk = call.ResponseStream.Current;
                if (chunk.Digest.Length != Digest.Length && (chunk.Digest.Length != 0 || current is null))
                {
                    throw new InvalidDataException("A part of a blob does not say which.");
                }
                var digest = chunk.Digest.Length == 0 ? current!.Value : Digest.FromBytes(chunk.Digest.Span);
                if (digest != current)
                {
                    if (left != 0 || !missing.Remove(digest))
                    {
                        throw new InvalidDataException(left != 0 ? $"Blob {current} was sent short." : $"Blob {digest} was not asked for.");
                    }
                    (current, left) = (digest, (long)chunk.Size);
                    writer = blobs.Begin(digest);
                }
                if (writer is null || chunk.Data.Length > left)
                {
                    throw new InvalidDataException($"Blob {current} was sent with more than its size.");
                }
                writer.Write(chunk.Data.Span);
                left -= chunk.Data.Length;
                if (left == 0)
                {
                    writer.Complete();
                    writer.Dispose();
                    writer = null;
                }
            }
            if (left != 0 || missing.Count > 0)
            {
                throw new InvalidDataException("The controller sent fewer blobs than it was asked for.");
            }
        }
        finally
        {
            writer?.Dispose();
        }
    }

    private static async Task<bool> MoveNext(IAsyncStreamReader<BlobChunk> stream, TimeSpan deadline, TimeProvider time, CancellationToken cancellation)
    {
        using var timeout = new CancellationTokenSource(deadline, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellation, timeout.Token);
        try
        {
            return await stream.MoveNext(either.Token);
        }
        catch (Exception e) when (timeout.IsCancellationRequested && (e is OperationCanceledException or RpcException { StatusCode: StatusCode.Cancelled }))
        {
            throw new TimeoutException($"the controller sent nothing of a blob for {deadline.TotalSeconds:0.#} s", e);
        }
    }
}
