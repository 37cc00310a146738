using System.Collections.Concurrent;
using System.Threading.Channels;
using FlaskDeploy.Language.Bundles;
using FlaskDeploy.Protocol;
using Google.Protobuf;
using Grpc.Core;

namespace FlaskDeploy.Cli.Tests;

/// <summary>
/// The operators' service in memory, behind the generated client: compare-and-set on heads and orders, blobs by digest, and
/// a rollout whose updates the test writes.
/// </summary>
internal sealed class FakeController : CallInvoker
{
    public Dictionary<string, V1.HostInfo> Known { get; } = [];

    public ConcurrentDictionary<string, byte[]> Blobs { get; } = [];

    public List<V1.PushRequest> Pushes { get; } = [];

    public long Head { get; set; }

    public long LastOrder { get; set; }

    public V1.Envelope? Release { get; set; }

    public Dictionary<string, V1.Envelope> Parts { get; } = [];

    /// <summary>What to answer instead, by method; taken once each.</summary>
    public Queue<(string Method, RpcException Failure)> Failures { get; } = [];

    /// <summary>One script for each time that somebody follows.</summary>
    public Queue<Func<ChannelWriter<V1.RolloutUpdate>, Task>> Follows { get; } = [];

    public List<string> FollowedAfter { get; } = [];

    public FakeController WithHosts(params string[] hosts)
    {
        foreach (var host in hosts)
        {
            Known[host] = new V1.HostInfo { Host = host, Connected = true };
        }
        return this;
    }

    public static V1.RolloutUpdate Update(string cursor, string host, V1.Event e) => new() { Cursor = cursor, Event = new() { Host = host, InventoryName = host, Event = e } };

    public static V1.RolloutUpdate Progress(string cursor, string host, V1.HostProgress.Types.State state) => new() { Cursor = cursor, Progress = new() { Host = host, InventoryName = host, State = state } };

    public static V1.RolloutUpdate End { get; } = new() { Cursor = "end", Finished = new() };

    public static V1.Event Finished(V1.RunResult result, uint changed = 0) => new() { RunFinished = new() { Result = result, Counts = new() { Ok = 1, Changed = changed } } };

    public FakeController Tells(params V1.RolloutUpdate[] updates)
    {
        Follows.Enqueue(async writer =>
        {
            foreach (var update in updates)
            {
                await writer.WriteAsync(update);
            }
            writer.Complete();
        });
        return this;
    }

    public override AsyncUnaryCall<TResponse> AsyncUnaryCall<TRequest, TResponse>(Method<TRequest, TResponse> method, string? host, CallOptions options, TRequest request) =>
        new(Answered<TResponse>(method.Name, request), Task.FromResult(new Metadata()), () => Status.DefaultSuccess, () => [], () => { });

    public override AsyncServerStreamingCall<TResponse> AsyncServerStreamingCall<TRequest, TResponse>(Method<TRequest, TResponse> method, string? host, CallOptions options, TRequest request)
    {
        var channel = Channel.CreateUnbounded<V1.RolloutUpdate>();
        FollowedAfter.Add(((V1.FollowRequest)(object)request).After);
        _ = Follows.Dequeue()(channel.Writer);
        return new((IAsyncStreamReader<TResponse>)(object)new Reader(channel.Reader), Task.FromResult(new Metadata()), () => Status.DefaultSuccess, () => [], () => { });
    }

    public override AsyncClientStreamingCall<TRequest, TResponse> AsyncClientStreamingCall<TRequest, TResponse>(Method<TRequest, TResponse> method, string? host, CallOptions options)
    {
        var writer = new Uploads(Blobs);
        return new((IClientStreamWriter<TRequest>)(object)writer, AnswerAsync(), Task.FromResult(new Metadata()), () => Status.DefaultSuccess, () => [], () => { });

        async Task<TResponse> AnswerAsync() => (TResponse)(object)await writer.Answer;
    }

    public override AsyncDuplexStreamingCall<TRequest, TResponse> AsyncDuplexStreamingCall<TRequest, TResponse>(Method<TRequest, TResponse> method, string? host, CallOptions options) =>
        throw new InvalidOperationException("operators have no such call");

    public override TResponse BlockingUnaryCall<TRequest, TResponse>(Method<TRequest, TResponse> method, string? host, CallOptions options, TRequest request) =>
        throw new InvalidOperationException("the CLI never blocks");

    private Task<T> Answered<T>(string method, object request)
    {
        if (Failures.TryPeek(out var next) && next.Method == method)
        {
            return Task.FromException<T>(Failures.Dequeue().Failure);
        }
        return Task.FromResult((T)(object)(IMessage)(request switch
        {
            V1.GetDeploymentRequest get => Get(get),
            V1.MissingBlobsRequest missing => new V1.MissingBlobsResponse { Digests = { missing.Digests.Where(digest => !Blobs.ContainsKey(Hex(digest))) } },
            V1.PushRequest push => Take(push),
            V1.DescribeRequest => new V1.DescribeResponse { Version = "1.2.3", Address = "controller.example:7443" },
            V1.ListHostsRequest => new V1.ListHostsResponse { Hosts = { Known.Values } },
            V1.ListDeploymentsRequest => new V1.ListDeploymentsResponse { Deployments = { new V1.DeploymentInfo { Deployment = "flask", Head = (ulong)Head } } },
            _ => throw new InvalidOperationException(method),
        }));
    }

    private V1.GetDeploymentResponse Get(V1.GetDeploymentRequest request) => new()
    {
        Deployment = request.Deployment,
        Head = (ulong)Head,
        LastOrder = (ulong)LastOrder,
        Release = Release,
        Hosts = { request.Hosts.Select(named => State(named, Known.GetValueOrDefault(named))) },
    };

    private V1.HostState State(string named, V1.HostInfo? known) => new()
    {
        Named = named,
        Host = known?.Host ?? "",
        Connected = known is not null,
        HostPart = Parts.GetValueOrDefault(named),
        SealingKey = known?.SealingKey ?? ByteString.Empty,
        Voucher = known?.Voucher ?? ByteString.Empty,
    };

    private V1.PushResponse Take(V1.PushRequest push)
    {
        if ((long)push.ExpectedHead != Head || (long)push.ExpectedLastOrder != LastOrder)
        {
            throw new RpcException(new Status(StatusCode.Aborted, "another push came first"));
        }
        Pushes.Add(push);
        LastOrder++;
        var order = StatementCodec.DecodeOrder(push.Order.Payload.Memory).Value!;
        if (push.Release is { } release && order.Mode != OrderMode.Check)
        {
            Release = release;
            Head = StatementCodec.DecodeRelease(release.Payload.Memory).Value!.Sequence;
            foreach (var part in push.HostParts)
            {
                Parts[StatementCodec.DecodeHostPart(part.Payload.Memory).Value!.Host] = part;
            }
        }
        return new V1.PushResponse { Rollout = $"flask.{LastOrder}", Sequence = (ulong)order.Sequence, Order = (ulong)LastOrder };
    }

    private static string Hex(ByteString digest) => Convert.ToHexStringLower(digest.Span);

    private sealed class Reader(ChannelReader<V1.RolloutUpdate> updates) : IAsyncStreamReader<V1.RolloutUpdate>
    {
        public V1.RolloutUpdate Current { get; private set; } = new();

        public async Task<bool> MoveNext(CancellationToken cancellationToken)
        {
            if (!await updates.WaitToReadAsync(cancellationToken))
            {
                return false;
            }
            Current = await updates.ReadAsync(cancellationToken);
            return true;
        }
    }

    private sealed class Uploads(ConcurrentDictionary<string, byte[]> blobs) : IClientStreamWriter<V1.BlobUpload>
    {
        private readonly TaskCompletionSource<V1.UploadResponse> _answer = new();
        private string _current = "";
        private ulong _size;
        private MemoryStream _data = new();

        public Task<V1.UploadResponse> Answer => _answer.Task;

        public WriteOptions? WriteOptions { get; set; }

        public Task WriteAsync(V1.BlobUpload message)
        {
            if (!message.Digest.IsEmpty)
            {
                (_current, _size, _data) = (Hex(message.Digest), message.Size, new MemoryStream());
            }
            message.Data.WriteTo(_data);
            if ((ulong)_data.Length == _size)
            {
                Assert.Equal(_current, Digest.Of(_data.ToArray()).ToString());
                blobs[_current] = _data.ToArray();
            }
            return Task.CompletedTask;
        }

        public Task CompleteAsync()
        {
            _answer.TrySetResult(new V1.UploadResponse());
            return Task.CompletedTask;
        }
    }
}
