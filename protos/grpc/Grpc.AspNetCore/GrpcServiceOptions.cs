using Grpc.Core.Wire;

namespace Grpc.AspNetCore.Server;

/// <summary>What holds for every gRPC service of a program.</summary>
public class GrpcServiceOptions
{
    /// <summary>In bytes; null is no limit. A larger message ends its call with ResourceExhausted before it is sent.</summary>
    public int? MaxSendMessageSize { get; set; }

    /// <summary>In bytes, 4 MiB by default; null is no limit. A larger message ends its call with ResourceExhausted.</summary>
    public int? MaxReceiveMessageSize { get; set; } = MessageFrame.DefaultMaxReceiveSize;

    /// <summary>Whether clients see the message of an exception that a handler let through. Null and false: they do not.</summary>
    public bool? EnableDetailedErrors { get; set; }
}
