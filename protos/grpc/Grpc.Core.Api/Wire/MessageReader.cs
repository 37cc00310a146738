using System.Buffers.Binary;

namespace Grpc.Core.Wire;

/// <summary>
/// Takes messages off a body. A cancelled read loses nothing: the next one goes on where it stopped. Throws
/// <see cref="RpcException"/> for what the protocol forbids and lets the body's own exceptions through.
/// </summary>
internal sealed class MessageReader(Stream body, string? encoding, int? maxSize)
{
    // A length is only a claim: memory follows what has arrived, in steps.
    private const int FirstBuffer = 64 * 1024;

    private readonly byte[] _header = new byte[MessageFrame.HeaderSize];
    private int _headerFilled;
    private byte[] _payload = [];
    private int _payloadFilled;

    /// <summary>The next message, or null at the orderly end of the body.</summary>
    public async ValueTask<IncomingMessage?> ReadAsync(CancellationToken cancellationToken)
    {
        while (_headerFilled < _header.Length)
        {
            int read = await body.ReadAsync(_header.AsMemory(_headerFilled), cancellationToken).ConfigureAwait(false);
            if (read == 0)
                return _headerFilled == 0 ? null : throw Incomplete();
            _headerFilled += read;
        }

        int length = CheckedLength();
        while (_payloadFilled < length)
        {
            if (_payloadFilled == _payload.Length)
                Array.Resize(ref _payload, (int)Math.Min(length, Math.Max(FirstBuffer, _payload.Length * 2L)));
            int read = await body.ReadAsync(_payload.AsMemory(_payloadFilled), cancellationToken).ConfigureAwait(false);
            if (read == 0)
                throw Incomplete();
            _payloadFilled += read;
        }

        ReadOnlyMemory<byte> payload = _payload.AsMemory(0, length);
        bool compressed = _header[0] == 1;
        // The array goes with the message: an idle stream holds no buffer.
        (_payload, _payloadFilled, _headerFilled) = ([], 0, 0);
        return new IncomingMessage(compressed ? MessageEncoding.Decompress(payload, encoding, maxSize) : payload);
    }

    private static RpcException Incomplete() => new(new Status(StatusCode.Internal, "Incomplete message."));

    private int CheckedLength()
    {
        if (_header[0] > 1)
            throw new RpcException(new Status(StatusCode.Internal, $"Unexpected compressed flag {_header[0]} in a message's header."));
        uint length = BinaryPrimitives.ReadUInt32BigEndian(_header.AsSpan(1));
        return length <= (uint)(maxSize ?? Array.MaxLength) ? (int)length : throw MessageEncoding.TooLarge();
    }
}
