using System.Buffers;
using System.Buffers.Binary;

namespace Grpc.Core.Wire;

/// <summary>
/// One message with its five bytes of frame in front (flag 0, never compressed; length, big-endian), written in place so
/// that it leaves in one write. Throws <see cref="RpcException"/> with ResourceExhausted for one over the limit.
/// </summary>
internal sealed class OutgoingMessage : SerializationContext, IBufferWriter<byte>
{
    private readonly int? _maxSize;
    private byte[] _buffer = [];
    private int _length = MessageFrame.HeaderSize;
    private bool _complete;

    private OutgoingMessage(int? maxSize) => _maxSize = maxSize;

    public static ReadOnlyMemory<byte> Frame<T>(T message, Marshaller<T> marshaller, int? maxSize)
    {
        var outgoing = new OutgoingMessage(maxSize);
        try
        {
            marshaller.ContextualSerializer(message, outgoing);
        }
        // The marshaller is foreign code; whatever it throws is this side's failure to serialize, and the call's status.
        catch (Exception e) when (e is not RpcException)
        {
            throw new RpcException(new Status(StatusCode.Internal, $"The message could not be serialized: {e.Message}", e));
        }

        return outgoing._complete
            ? outgoing._buffer.AsMemory(0, outgoing._length)
            : throw new RpcException(new Status(StatusCode.Internal, "The serializer did not complete the message."));
    }

    public override void SetPayloadLength(int payloadLength)
    {
        ThrowIfTooLarge(payloadLength);
        EnsureSpace(payloadLength);
    }

    public override IBufferWriter<byte> GetBufferWriter() => this;

    public override void Complete(byte[] payload)
    {
        SetPayloadLength(payload.Length);
        payload.CopyTo(_buffer, MessageFrame.HeaderSize);
        _length += payload.Length;
        Complete();
    }

    public override void Complete()
    {
        int payloadLength = _length - MessageFrame.HeaderSize;
        ThrowIfTooLarge(payloadLength);
        EnsureSpace(0);
        BinaryPrimitives.WriteInt32BigEndian(_buffer.AsSpan(1), payloadLength);
        _complete = true;
    }

    void IBufferWriter<byte>.Advance(int count)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(count, _buffer.Length - _length);
        _length += count;
    }

    Memory<byte> IBufferWriter<byte>.GetMemory(int sizeHint)
    {
        EnsureSpace(Math.Max(sizeHint, 1));
        return _buffer.AsMemory(_length);
    }

    Span<byte> IBufferWriter<byte>.GetSpan(int sizeHint)
    {
        EnsureSpace(Math.Max(sizeHint, 1));
        return _buffer.AsSpan(_length);
    }

    private void EnsureSpace(int count)
    {
        if (_buffer.Length - _length < count || _buffer.Length == 0)
            Array.Resize(ref _buffer, Math.Max(checked(_length + count), (int)Math.Min(_buffer.Length * 2L, Array.MaxLength)));
    }

    private void ThrowIfTooLarge(int payloadLength)
    {
        if (payloadLength > _maxSize)
        {
            throw new RpcException(new Status(
                StatusCode.ResourceExhausted,
                $"Sending message exceeds the maximum configured message size ({payloadLength} of {_maxSize} bytes)."));
        }
    }
}
