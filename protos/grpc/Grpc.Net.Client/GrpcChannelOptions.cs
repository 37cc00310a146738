using Grpc.Core;
using Grpc.Core.Wire;
using Microsoft.Extensions.Logging;

namespace Grpc.Net.Client;

/// <summary>How a channel reaches its peer. At most one of <see cref="HttpHandler"/> and <see cref="HttpClient"/> may be set.</summary>
public sealed class GrpcChannelOptions
{
    /// <summary>Null: by the address's scheme. Set, it must agree with the scheme.</summary>
    public ChannelCredentials? Credentials { get; set; }

    /// <summary>In bytes; null is no limit. A larger message ends its call with ResourceExhausted before it is sent.</summary>
    public int? MaxSendMessageSize { get; set; }

    /// <summary>In bytes, 4 MiB by default; null is no limit. A larger message ends its call with ResourceExhausted.</summary>
    public int? MaxReceiveMessageSize { get; set; } = MessageFrame.DefaultMaxReceiveSize;

    public ILoggerFactory? LoggerFactory { get; set; }

    /// <summary>Makes the connections: certificates, proxies, unix sockets and HTTP/2 pings are set here.</summary>
    public HttpMessageHandler? HttpHandler { get; set; }

    /// <summary>Its <see cref="HttpClient.Timeout"/> bounds every call up to the response's headers, so it should be infinite.</summary>
    public HttpClient? HttpClient { get; set; }

    /// <summary>Whether disposing the channel disposes the given handler or client too. One that the channel made itself always is.</summary>
    public bool DisposeHttpClient { get; set; }
}
