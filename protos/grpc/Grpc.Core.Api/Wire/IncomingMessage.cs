using System.Buffers;

namespace Grpc.Core.Wire;

/// <summary>A received message's bytes, as deserializers want them.</summary>
internal sealed class IncomingMessage(ReadOnlyMemory<byte> payload) : DeserializationContext
{
    public override int PayloadLength => payload.Length;

    public override byte[] PayloadAsNewBuffer() => payload.ToArray();

    public override ReadOnlySequence<byte> PayloadAsReadOnlySequence() => new(payload);

    /// <summary>Throws <see cref="RpcException"/> with Internal for bytes that are no such message.</summary>
    public T Deserialize<T>(Marshaller<T> marshaller)
    {
        try
        {
            return marshaller.ContextualDeserializer(this);
        }
        // The marshaller is foreign code; whatever it throws means that the peer sent no such message.
        catch (Exception e) when (e is not RpcException)
        {
            throw new RpcException(new Status(StatusCode.Internal, $"The message could not be deserialized: {e.Message}", e));
        }
    }
}
