namespace Grpc.Core.Wire;

/// <summary>A message on the wire: one byte that says whether it is compressed, four that give its length, then it.</summary>
internal static class MessageFrame
{
    public const int HeaderSize = 5;

    public const int DefaultMaxReceiveSize = 4 * 1024 * 1024;
}
