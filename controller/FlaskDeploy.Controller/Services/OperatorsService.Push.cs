using System.Diagnostics;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using FlaskDeploy.Controller.Rollouts;
using FlaskDeploy.Controller.Store;
using FlaskDeploy.Controller.Wire;
using FlaskDeploy.Language.Bundles;
using FlaskDeploy.V1;
using Google.Protobuf;
using Grpc.Core;

namespace FlaskDeploy.Controller.Services;

// Blobs, pushes, and following them.
internal sealed partial class OperatorsService
{
    private const int MostSignatures = 16;
    private const int PageSize = 256;

    public override Task<MissingBlobsResponse> MissingBlobs(MissingBlobsRequest request, ServerCallContext context)
    {
        var asked = request.Digests.Select(Calls.DigestOf).Distinct().ToArray();
        // Both must know it: the row is what a push is checked against, the file is what agents get.
        var rows = tools.Database.Read(connection => asked.Where(digest => connection.Exists("SELECT 1 FROM blobs WHERE digest = $1", digest.ToString())).ToHashSet());
        return Task.FromResult(new MissingBlobsResponse
        {
            Digests = { asked.Where(digest => !rows.Contains(digest) || !tools.Blobs.Has(digest)).Select(digest => ByteString.CopyFrom(digest.ToBytes())) },
        });
    }

    public override async Task<UploadResponse> Upload(IAsyncStreamReader<BlobUpload> requestStream, ServerCallContext context)
    {
        var cancellation = context.CancellationToken;
        uint stored = 0;
        BlobStore.Incoming? current = null;
        try
        {
            while (await requestStream.MoveNext(cancellation))
            {
                var message = requestStream.Current;
                if (!message.Digest.IsEmpty && (current is null || Calls.DigestOf(message.Digest) != current.Digest))
                {
                    if (current is not null)
                    {
                        throw Calls.Invalid($"blob {current.Digest}: {current.Written} of {current.Size} bytes came before the next blob began");
                    }
                    current = tools.Blobs.Begin(Calls.DigestOf(message.Digest), Calls.Number(message.Size));
                }
                if (current is null && message.Data.IsEmpty)
                {
                    // The end of an empty blob, or of nothing: harmless.
                    continue;
                }
                if (current is null)
                {
                    throw Calls.Invalid("data came before the digest of its blob");
                }
                if (!await current.WriteAsync(message.Data.Memory, cancellation))
                {
                    throw Calls.Invalid($"blob {current.Digest}: more than the announced {current.Size} bytes came");
                }
                if (current.Written == current.Size)
                {
                    if (current.Finish() is { } problem)
                    {
                        throw Calls.Invalid(problem);
                    }
                    await tools.Deployments.AddBlobAsync(current.Digest, current.Size, cancellation);
                    current.Dispose();
                    current = null;
                    stored++;
                }
            }
            return current is null
                ? new UploadResponse { Stored = stored }
                : throw Calls.Invalid($"blob {current.Digest}: the upload ended after {current.Written} of {current.Size} bytes");
        }
        finally
        {
            current?.Dispose();
        }
    }

    public override async Task<PushResponse> Push(PushRequest request, ServerCallContext context)
    {
        var (push, problems) = PushReader.Read(request);
        if (push is null)
        {
            throw Calls.Invalid(string.Join('\n', problems));
        }
        foreach (var envelope in request.HostParts.Append(request.Order).Append(request.Release).OfType<Envelope>())
        {
            CheckSignatures(envelope);
        }
        var outcome = await tools.Deployments.PushAsync(push, tools.Sessions.IsConnected, context.CancellationToken);
        switch (outcome)
        {
            case PushOutcome.Done done:
                Log.Pushed(tools.Logger, context.Caller().Name, push.Deployment, done.Sequence, done.Order, push.Order.Hosts.Length);
                tools.Changes.Fire();
                tools.Sessions.Wake(done.Hosts);
                return new PushResponse { Rollout = done.Rollout, Sequence = (ulong)done.Sequence, Order = (ulong)done.Order, Superseded = { done.Superseded } };
            case PushOutcome.Conflict conflict:
                throw new RpcException(new Status(StatusCode.Aborted, conflict.Reason));
            case PushOutcome.Invalid invalid:
                throw Calls.Invalid(string.Join('\n', invalid.Problems));
            default:
                throw new UnreachableException();
        }
    }

    public override async Task Follow(FollowRequest request, IServerStreamWriter<RolloutUpdate> responseStream, ServerCallContext context)
    {
        if (tools.Rollouts.Find(request.Rollout) is null)
        {
            throw Calls.NotFound($"there is no rollout {request.Rollout}");
        }
        long position = 0;
        if (request.After.Length > 0 && !long.TryParse(request.After, NumberStyles.None, CultureInfo.InvariantCulture, out position))
        {
            throw Calls.Invalid($"'{request.After}' is not the cursor of an update");
        }
        using var linked = CancellationTokenSource.CreateLinkedTokenSource(context.CancellationToken, stopping);
        while (true)
        {
            var next = tools.Changes.Next;
            var (updates, finished) = tools.Rollouts.UpdatesAfter(request.Rollout, position, PageSize);
            foreach (var update in updates)
            {
                position = update.Position;
                await responseStream.WriteAsync(Of(update), linked.Token);
            }
            if (updates.Length == PageSize)
            {
                continue;
            }
            if (finished)
            {
                await responseStream.WriteAsync(new RolloutUpdate { Cursor = Cursor(position), Finished = new RolloutFinished() }, linked.Token);
                return;
            }
            await WaitAsync(next, linked.Token);
        }
    }

    public override async Task ListEvents(ListEventsRequest request, IServerStreamWriter<HostEvent> responseStream, ServerCallContext context)
    {
        if (request.After > 0 && request.Host.Length == 0)
        {
            throw Calls.Invalid("'after' counts events of one host; name the host");
        }
        var filter = new EventFilter(request.Host, request.Run, request.Deployment, Calls.Number(request.After));
        long left = request.Limit == 0 ? long.MaxValue : request.Limit;
        // A limit without a place to begin means the newest ones, as tail does.
        var position = request is { Limit: > 0, After: 0 } ? tools.Events.BeforeNewest(filter, request.Limit) : 0;
        using var linked = CancellationTokenSource.CreateLinkedTokenSource(context.CancellationToken, stopping);
        while (left > 0)
        {
            var next = tools.Changes.Next;
            var page = tools.Events.After(position, filter, Math.Min(left, PageSize));
            foreach (var stored in page)
            {
                position = stored.Position;
                await responseStream.WriteAsync(Replies.Of(stored.Host, stored.Host, stored.Log, stored.Bytes), linked.Token);
            }
            // The limit is on what has been; what comes is followed for as long as somebody listens.
            left = request.Follow ? long.MaxValue : left - page.Length;
            if (page.Length > 0)
            {
                continue;
            }
            if (!request.Follow)
            {
                return;
            }
            await WaitAsync(next, linked.Token);
        }
    }

    private async Task WaitAsync(Task next, CancellationToken cancellationToken)
    {
        try
        {
            await next.WaitAsync(cancellationToken);
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            throw new RpcException(new Status(StatusCode.Unavailable, "the controller stops; go on later with the last cursor"));
        }
    }

    private static RolloutUpdate Of(RolloutUpdateRow row) => row.Event is { } bytes
        ? new RolloutUpdate { Cursor = Cursor(row.Position), Event = Replies.Of(row.Host, row.InventoryName, row.Log, bytes) }
        : new RolloutUpdate { Cursor = Cursor(row.Position), Progress = Replies.Of(row.Host, row.InventoryName, row.Progress!) };

    private static string Cursor(long position) => position.ToString(CultureInfo.InvariantCulture);

    /// <summary>
    /// Agents decide what they believe. A signature that names a key known here and does not hold is told to the
    /// operator at once, though, and not by every host one after the other.
    /// </summary>
    private void CheckSignatures(Envelope envelope)
    {
        if (envelope.Signatures.Count > MostSignatures)
        {
            throw Calls.Invalid($"the {envelope.Type} has more than {MostSignatures} signatures");
        }
        foreach (var signature in envelope.Signatures)
        {
            if (tools.Trust.KeyOf(signature.Key.ToByteArray()) is not { } key)
            {
                continue;
            }
            using var verifier = ECDsa.Create();
            verifier.ImportSubjectPublicKeyInfo(key.Info, out _);
            byte[] signed = [.. Encoding.ASCII.GetBytes($"flaskdeploy envelope v1\n{envelope.Type}\n"), .. envelope.Payload.Span];
            if (!verifier.VerifyData(signed, signature.Value.Span, HashAlgorithmName.SHA256, DSASignatureFormat.IeeeP1363FixedFieldConcatenation))
            {
                throw Calls.Invalid($"the signature of {key.Name} on the {envelope.Type} does not hold: it was altered after signing");
            }
        }
    }
}
