namespace Grpc.Core;

/// <summary>Whether a channel is encrypted. Certificates are the matter of the channel's HTTP handler.</summary>
public abstract class ChannelCredentials
{
    private protected ChannelCredentials()
    {
    }

    /// <summary>Plain text; for addresses that begin with <c>http://</c>.</summary>
    public static ChannelCredentials Insecure { get; } = new Fixed(isSecure: false);

    /// <summary>TLS; for addresses that begin with <c>https://</c>.</summary>
    public static ChannelCredentials SecureSsl { get; } = new Fixed(isSecure: true);

    internal abstract bool IsSecure { get; }

    private sealed class Fixed(bool isSecure) : ChannelCredentials
    {
        internal override bool IsSecure { get; } = isSecure;
    }
}
