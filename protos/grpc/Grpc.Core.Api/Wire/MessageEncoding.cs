using System.IO.Compression;

namespace Grpc.Core.Wire;

/// <summary>What compressed messages are understood. None are sent.</summary>
internal static class MessageEncoding
{
    public const string Identity = "identity";
    public const string Gzip = "gzip";

    /// <summary>The value of <c>grpc-accept-encoding</c>.</summary>
    public const string Accepted = "identity,gzip";

    public static bool IsSupported(string? encoding) => encoding is null or Identity or Gzip;

    /// <summary>The size limit holds for what comes out, so that a small message cannot become a huge one.</summary>
    public static ReadOnlyMemory<byte> Decompress(ReadOnlyMemory<byte> payload, string? encoding, int? maxSize)
    {
        if (encoding != Gzip)
        {
            throw new RpcException(new Status(
                encoding is null or Identity ? StatusCode.Internal : StatusCode.Unimplemented,
                $"A message is compressed, but the message encoding is '{encoding ?? Identity}'."));
        }

        using var source = new MemoryStream(payload.ToArray(), writable: false);
        using var gzip = new GZipStream(source, CompressionMode.Decompress);
        using var decompressed = new MemoryStream();
        byte[] chunk = new byte[16 * 1024];
        try
        {
            for (int read = gzip.Read(chunk); read > 0; read = gzip.Read(chunk))
            {
                if (decompressed.Length + read > (maxSize ?? Array.MaxLength))
                    throw TooLarge();
                decompressed.Write(chunk, 0, read);
            }
        }
        catch (InvalidDataException e)
        {
            throw new RpcException(new Status(StatusCode.Internal, $"A compressed message is broken: {e.Message}", e));
        }

        return decompressed.GetBuffer().AsMemory(0, (int)decompressed.Length);
    }

    public static RpcException TooLarge() =>
        new(new Status(StatusCode.ResourceExhausted, "Received message exceeds the maximum configured message size."));
}
