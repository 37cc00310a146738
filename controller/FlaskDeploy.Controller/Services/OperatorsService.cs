using System.Collections.Immutable;
using System.Net;
using FlaskDeploy.Controller.Rollouts;
using FlaskDeploy.Controller.Security;
using FlaskDeploy.Controller.Sessions;
using FlaskDeploy.Controller.Store;
using FlaskDeploy.Controller.Wire;
using FlaskDeploy.V1;
using Google.Protobuf;
using Grpc.Core;

namespace FlaskDeploy.Controller.Services;

/// <summary>What the operators' service is made of.</summary>
internal sealed record OperatorTools(
    Database Database,
    CertificateAuthority Authority,
    TrustStore Trust,
    HostStore Hosts,
    DeploymentStore Deployments,
    RolloutStore Rollouts,
    EventStore Events,
    BlobStore Blobs,
    SessionRegistry Sessions,
    Pulse Changes,
    TimeProvider Time,
    string Version,
    Func<string> Address,
    ILogger<OperatorsService> Logger);

/// <summary>Operators: root over the unix socket, or the holder of an operator's certificate. The gate has seen to that.</summary>
internal sealed partial class OperatorsService(OperatorTools tools, CancellationToken stopping) : Operators.OperatorsBase
{
    private const ulong LongestTokenLife = 366 * 24 * 3600;
    private const uint LongestCertificateDays = 3650;
    private const int DefaultRuns = 50;
    private const int MostRuns = 10_000;

    public override Task<DescribeResponse> Describe(DescribeRequest request, ServerCallContext context) => Task.FromResult(new DescribeResponse
    {
        Version = tools.Version,
        Authority = ByteString.CopyFrom(tools.Authority.Der),
        Address = tools.Address(),
        UnixMillis = tools.Time.GetUtcNow().ToUnixTimeMilliseconds(),
    });

    public override async Task<CreateTokenResponse> CreateToken(CreateTokenRequest request, ServerCallContext context)
    {
        if (request.LifetimeSeconds > LongestTokenLife)
        {
            throw Calls.Invalid("a token lives a year at most");
        }
        if (request.OperatorKeys.Any(key => !SigningRequest.IsPublicKey(key.Span)))
        {
            throw Calls.Invalid("an operator's key must be an ECDSA P-256 key as SubjectPublicKeyInfo");
        }
        var secret = Tokens.NewSecret();
        var life = request.LifetimeSeconds == 0 ? TimeSpan.FromDays(1) : TimeSpan.FromSeconds(request.LifetimeSeconds);
        var expires = tools.Time.GetUtcNow() + life;
        await tools.Trust.AddTokenAsync(
            Tokens.Hash(secret), request.Note, expires, request.Uses == 0 ? 1 : request.Uses, [.. request.OperatorKeys.Select(key => key.ToByteArray())], context.CancellationToken);
        Log.TokenCreated(tools.Logger, context.Caller().Name, request.Uses == 0 ? 1 : request.Uses, expires);
        return new CreateTokenResponse
        {
            Secret = secret,
            AuthorityFingerprint = ByteString.CopyFrom(tools.Authority.Fingerprint),
            ExpiresUnixMillis = expires.ToUnixTimeMilliseconds(),
        };
    }

    public override async Task<IssueOperatorCertificateResponse> IssueOperatorCertificate(IssueOperatorCertificateRequest request, ServerCallContext context)
    {
        if (!Identity.IsName(request.Name))
        {
            throw Calls.Invalid("an operator's name has letters, digits, '.', '-' and '_', and begins and ends with a letter or digit");
        }
        if (request.Days > LongestCertificateDays)
        {
            throw Calls.Invalid($"a certificate lives {LongestCertificateDays} days at most");
        }
        var (key, _, problem) = SigningRequest.Read(request.CertificateRequest.Span);
        if (key is null)
        {
            throw Calls.Invalid(problem!);
        }
        using var certificate = tools.Authority.IssueForOperator(key, request.Name, TimeSpan.FromDays(request.Days == 0 ? 365 : request.Days));
        await tools.Trust.AddOperatorCertificateAsync(request.Name, certificate.SerialNumber, context.CancellationToken);
        Log.OperatorCertified(tools.Logger, context.Caller().Name, request.Name);
        return new IssueOperatorCertificateResponse { Certificate = ByteString.CopyFrom(certificate.RawData), Authority = ByteString.CopyFrom(tools.Authority.Der) };
    }

    public override async Task<TrustOperatorKeyResponse> TrustOperatorKey(TrustOperatorKeyRequest request, ServerCallContext context)
    {
        if (!SigningRequest.IsPublicKey(request.Key.Span))
        {
            throw Calls.Invalid("an operator's key must be an ECDSA P-256 key as SubjectPublicKeyInfo");
        }
        await tools.Trust.TrustOperatorKeyAsync(request.Key.ToByteArray(), request.Name, context.CancellationToken);
        Log.KeyTrusted(tools.Logger, context.Caller().Name, request.Name);
        return new TrustOperatorKeyResponse();
    }

    public override Task<ListHostsResponse> ListHosts(ListHostsRequest request, ServerCallContext context) => Task.FromResult(tools.Database.Read(connection =>
    {
        var response = new ListHostsResponse();
        foreach (var host in HostStore.AllOf(connection))
        {
            response.Hosts.Add(new HostInfo
            {
                Host = host.Name,
                Addresses = { host.Addresses },
                Connected = tools.Sessions.IsConnected(host.Name),
                LastSeenUnixMillis = tools.Sessions.IsConnected(host.Name) ? tools.Time.GetUtcNow().ToUnixTimeMilliseconds() : host.LastSeen,
                AgentVersion = host.AgentVersion,
                Os = host.Os,
                Boot = host.Boot,
                ClockSkewMillis = host.ClockSkew,
                EnrolledUnixMillis = host.Enrolled,
                CertificateExpiresUnixMillis = host.CertificateExpires,
                Deployments = { HostDeployments.Of(connection, host.Name) },
                SealingKey = ByteString.CopyFrom(host.SealingKey),
                Voucher = ByteString.CopyFrom(host.Voucher),
            });
        }
        return response;
    }));

    public override Task<ListDeploymentsResponse> ListDeployments(ListDeploymentsRequest request, ServerCallContext context) =>
        Task.FromResult(new ListDeploymentsResponse { Deployments = { tools.Deployments.All().Select(Replies.Of) } });

    public override Task<ListRunsResponse> ListRuns(ListRunsRequest request, ServerCallContext context)
    {
        var limit = request.Limit == 0 ? DefaultRuns : Math.Min(request.Limit, MostRuns);
        var filter = request.CorrectionsOnly ? RunFilter.Corrections : request.ChangedOnly ? RunFilter.News : RunFilter.All;
        var runs = tools.Database.Read(connection => RunRows.List(connection, request.Host, request.Deployment, request.Run, filter, limit));
        return Task.FromResult(new ListRunsResponse { Runs = { runs.Select(Replies.Of) } });
    }

    public override async Task<RemoveHostResponse> RemoveHost(RemoveHostRequest request, ServerCallContext context)
    {
        if (!await tools.Hosts.RemoveAsync(request.Host, context.CancellationToken))
        {
            throw Calls.NotFound($"no host {request.Host} is enrolled here");
        }
        tools.Sessions.End(request.Host, SessionEnd.Removed);
        tools.Changes.Fire();
        Log.HostRemoved(tools.Logger, context.Caller().Name, request.Host);
        return new RemoveHostResponse();
    }

    public override Task<GetDeploymentResponse> GetDeployment(GetDeploymentRequest request, ServerCallContext context) => Task.FromResult(tools.Database.Read(connection =>
    {
        var deployment = DeploymentStore.Find(connection, request.Deployment);
        // Whoever names hosts prepares a first push and needs to know them; only a bare question can be answered by "none".
        if (deployment is not { Head: > 0 } && request.Hosts.Count == 0)
        {
            throw Calls.NotFound($"there is no deployment {request.Deployment}");
        }
        var hosts = HostStore.AllOf(connection);
        var known = hosts.Select(host => new KnownHost(host.Name, host.Addresses)).ToImmutableArray();
        var byName = hosts.ToDictionary(host => host.Name, StringComparer.Ordinal);
        var response = new GetDeploymentResponse { Deployment = request.Deployment };
        if (deployment is not null)
        {
            response.Head = (ulong)deployment.Head;
            response.LastOrder = (ulong)deployment.LastOrder;
            response.Release = DeploymentStore.ReleaseOf(connection, deployment.Name, deployment.Head) is { } release ? Envelope.Parser.ParseFrom(release) : null;
        }
        foreach (var named in request.Hosts)
        {
            var found = HostNames.Resolve(named, known);
            response.Hosts.Add(found is null
                ? new HostState { Named = named }
                : HostDeployments.StateOf(connection, byName[found], named, request.Deployment, tools.Sessions.IsConnected(found)));
        }
        return response;
    }));

    /// <summary>HOST:PORT, as agents write it.</summary>
    public static string AddressOf(string name, int port) =>
        IPAddress.TryParse(name, out var ip) && ip.AddressFamily == System.Net.Sockets.AddressFamily.InterNetworkV6 ? $"[{name}]:{port}" : $"{name}:{port}";
}

internal static partial class Log
{
    [LoggerMessage(4001, LogLevel.Information, "{Caller} made a token for {Uses} enrolments, good until {Expires}")]
    public static partial void TokenCreated(ILogger logger, string caller, uint uses, DateTimeOffset expires);

    [LoggerMessage(4002, LogLevel.Information, "{Caller} had a certificate issued for operator {Name}")]
    public static partial void OperatorCertified(ILogger logger, string caller, string name);

    [LoggerMessage(4003, LogLevel.Information, "{Caller} trusts the signing key of {Name}")]
    public static partial void KeyTrusted(ILogger logger, string caller, string name);

    [LoggerMessage(4004, LogLevel.Information, "{Caller} removed host {Host}")]
    public static partial void HostRemoved(ILogger logger, string caller, string host);

    [LoggerMessage(4005, LogLevel.Information, "{Caller} pushed {Deployment} r{Sequence}, order {Order}, for {Hosts} hosts")]
    public static partial void Pushed(ILogger logger, string caller, string deployment, long sequence, long order, int hosts);
}
