using System.Collections.Immutable;
using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using FlaskDeploy.Cli.Pushing;
using FlaskDeploy.Cli.Rollouts;
using FlaskDeploy.Language.Bundles;
using FlaskDeploy.Protocol;
using Google.Protobuf;
using Grpc.Core;

namespace FlaskDeploy.Cli.Wire;

/// <param name="Superseded">Rollouts that this one took over, per host.</param>
internal sealed record PushAnswer(string Rollout, long Sequence, long Order, ImmutableArray<string> Superseded);

/// <summary>Content that a push needs at the controller, opened when it is missing there.</summary>
internal sealed record UploadSource(Digest Digest, long Size, string Name, Func<Stream> Open);

/// <summary>A file is no longer what was compiled. The message is for the operator.</summary>
internal sealed class ContentMovedException(string message) : IOException(message);

/// <summary>The operators' service in our own records. Calls fail with <see cref="RpcException"/>.</summary>
internal sealed class OperatorsGateway(V1.Operators.OperatorsClient client)
{
    private const int ChunkSize = 64 * 1024;

    /// <summary>For what needs the messages as they are.</summary>
    public V1.Operators.OperatorsClient Client => client;

    /// <summary>A deployment that is not there yet has head 0; who its hosts are is looked up all the same.</summary>
    public async Task<DeploymentView> GetDeploymentAsync(string deployment, IEnumerable<string> hosts, CancellationToken cancel)
    {
        try
        {
            var answer = await client.GetDeploymentAsync(new V1.GetDeploymentRequest { Deployment = deployment, Hosts = { hosts } }, cancellationToken: cancel);
            return new DeploymentView
            {
                Head = (long)answer.Head,
                LastOrder = (long)answer.LastOrder,
                Release = answer.Release?.Payload.ToByteArray(),
                Hosts = [.. answer.Hosts.Select(ToView)],
            };
        }
        catch (RpcException e) when (e.StatusCode == StatusCode.NotFound)
        {
            // No such deployment; who the hosts are is still to be known.
            var known = await client.ListHostsAsync(new V1.ListHostsRequest(), cancellationToken: cancel);
            return new DeploymentView { Hosts = [.. hosts.Select(host => Find(host, known.Hosts))] };
        }
    }

    public async Task UploadMissingAsync(IReadOnlyCollection<UploadSource> sources, Action<string> progress, CancellationToken cancel)
    {
        var request = new V1.MissingBlobsRequest { Digests = { sources.Select(source => ByteString.CopyFrom(source.Digest.ToBytes())) } };
        var answer = await client.MissingBlobsAsync(request, cancellationToken: cancel);
        var missing = answer.Digests.Select(digest => Digest.FromBytes(digest.Span)).ToHashSet();
        if (missing.Count == 0)
        {
            return;
        }
        using var call = client.Upload(cancellationToken: cancel);
        try
        {
            foreach (var source in sources.Where(source => missing.Remove(source.Digest)))
            {
                progress($"sending {source.Name}");
                await SendAsync(source, call.RequestStream, cancel);
            }
            await call.RequestStream.CompleteAsync();
        }
        catch (Exception e) when (e is InvalidOperationException or RpcException or (IOException and not ContentMovedException and not FileNotFoundException))
        {
            // The controller ended the call; its answer has the reason, and is asked for below.
        }
        await call.ResponseAsync;
    }

    public async Task<PushAnswer> PushAsync(V1.PushRequest request, CancellationToken cancel)
    {
        var answer = await client.PushAsync(request, cancellationToken: cancel);
        return new(answer.Rollout, (long)answer.Sequence, (long)answer.Order, [.. answer.Superseded]);
    }

    /// <summary>What has been and what comes, each with the cursor to go on from. Ends when the controller ends it.</summary>
    public async IAsyncEnumerable<(string Cursor, RolloutUpdate Update)> FollowAsync(string rollout, string after, [EnumeratorCancellation] CancellationToken cancel)
    {
        using var call = client.Follow(new V1.FollowRequest { Rollout = rollout, After = after }, cancellationToken: cancel);
        while (await call.ResponseStream.MoveNext(cancel))
        {
            var message = call.ResponseStream.Current;
            if (Mapping.ToUpdate(message) is { } update)
            {
                yield return (message.Cursor, update);
            }
        }
    }

    private static async Task SendAsync(UploadSource source, IClientStreamWriter<V1.BlobUpload> stream, CancellationToken cancel)
    {
        await using var content = source.Open();
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var buffer = new byte[ChunkSize];
        var isFirst = true;
        long sent = 0;
        while (true)
        {
            var read = await content.ReadAtLeastAsync(buffer, buffer.Length, throwOnEndOfStream: false, cancel);
            sent += read;
            if (sent > source.Size || (read < buffer.Length && sent < source.Size))
            {
                throw Moved(source);
            }
            hash.AppendData(buffer, 0, read);
            // The last chunk goes out only when the whole is what was promised.
            if (sent == source.Size && !hash.GetCurrentHash().AsSpan().SequenceEqual(source.Digest.ToBytes()))
            {
                throw Moved(source);
            }
            if (read > 0 || isFirst)
            {
                var message = new V1.BlobUpload { Data = ByteString.CopyFrom(buffer, 0, read) };
                if (isFirst)
                {
                    message.Digest = ByteString.CopyFrom(source.Digest.ToBytes());
                    message.Size = (ulong)source.Size;
                    isFirst = false;
                }
                await stream.WriteAsync(message, cancel);
            }
            if (read < buffer.Length)
            {
                return;
            }
        }
    }

    private static ContentMovedException Moved(UploadSource source) => new($"{source.Name} changed while it was being pushed; push again");

    private static HostView ToView(V1.HostState host) => new(host.Named, host.Host, host.Connected, host.HostPart?.Payload.ToByteArray())
    {
        AgentVersion = host.AgentVersion,
        BundleFormat = (int)host.BundleFormat,
        Language = (int)host.Language,
        Modules = [.. host.Modules],
        SealingKey = host.SealingKey.ToByteArray(),
        Voucher = host.Voucher.ToByteArray(),
    };

    private static HostView Find(string named, IEnumerable<V1.HostInfo> hosts) =>
        hosts.FirstOrDefault(host => host.Host == named || host.Addresses.Contains(named)) is { } found
            ? new(named, found.Host, found.Connected, HostPart: null) { AgentVersion = found.AgentVersion, SealingKey = found.SealingKey.ToByteArray(), Voucher = found.Voucher.ToByteArray() }
            : new(named, "", Connected: false, HostPart: null);
}
