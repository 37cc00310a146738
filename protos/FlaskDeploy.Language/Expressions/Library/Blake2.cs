using System.Buffers.Binary;
using System.Numerics;

namespace FlaskDeploy.Language.Expressions;

/// <summary>BLAKE2b and BLAKE2s at their full lengths and without a key, as Python's hashlib has them. RFC 7693.</summary>
internal static class Blake2
{
    private static readonly byte[][] Orders =
    [
        [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15],
        [14, 10, 4, 8, 9, 15, 13, 6, 1, 12, 0, 2, 11, 7, 5, 3],
        [11, 8, 12, 0, 5, 2, 15, 13, 10, 14, 3, 6, 7, 1, 9, 4],
        [7, 9, 3, 1, 13, 12, 11, 14, 2, 6, 5, 10, 4, 0, 15, 8],
        [9, 0, 5, 7, 2, 4, 10, 15, 14, 1, 11, 12, 6, 8, 3, 13],
        [2, 12, 6, 10, 0, 11, 8, 3, 4, 13, 7, 5, 15, 14, 1, 9],
        [12, 5, 1, 15, 14, 13, 4, 10, 0, 7, 6, 3, 9, 2, 8, 11],
        [13, 11, 7, 14, 12, 1, 3, 9, 5, 0, 15, 4, 8, 6, 2, 10],
        [6, 15, 14, 9, 11, 3, 0, 8, 12, 2, 13, 7, 1, 4, 10, 5],
        [10, 2, 8, 4, 7, 6, 1, 5, 15, 11, 9, 14, 3, 12, 13, 0],
    ];

    private static readonly byte[][] Mixes =
    [
        [0, 4, 8, 12], [1, 5, 9, 13], [2, 6, 10, 14], [3, 7, 11, 15], [0, 5, 10, 15], [1, 6, 11, 12], [2, 7, 8, 13], [3, 4, 9, 14],
    ];

    internal static byte[] HashB(ReadOnlySpan<byte> data) => Hash(data, 12, 8, Sha2.Start512, [32, 24, 16, 63]);

    internal static byte[] HashS(ReadOnlySpan<byte> data) => Hash(data, 10, 4, [.. Sha2.Start256.Select(word => (ulong)word)], [16, 12, 8, 7]);

    // Both are one function over words of another size; those of 32 bits stand in the lower halves.
    private static byte[] Hash(ReadOnlySpan<byte> data, int rounds, int wordBytes, ReadOnlySpan<ulong> start, int[] turns)
    {
        var mask = wordBytes == 8 ? ulong.MaxValue : uint.MaxValue;
        var h = start.ToArray();
        h[0] ^= 0x01010000u ^ (uint)(8 * wordBytes);
        var block = new byte[16 * wordBytes];
        var words = new ulong[16];
        Span<ulong> v = stackalloc ulong[16];
        for (var at = 0; ;)
        {
            var count = Math.Min(block.Length, data.Length - at);
            block.AsSpan().Clear();
            data.Slice(at, count).CopyTo(block);
            at += count;
            var isLast = at == data.Length;
            for (var i = 0; i < 16; i++)
            {
                words[i] = wordBytes == 8 ? BinaryPrimitives.ReadUInt64LittleEndian(block.AsSpan(i * 8)) : BinaryPrimitives.ReadUInt32LittleEndian(block.AsSpan(i * 4));
                v[i] = i < 8 ? h[i] : start[i - 8];
            }
            v[12] ^= (ulong)at;
            v[14] ^= isLast ? mask : 0;
            for (var round = 0; round < rounds; round++)
            {
                var order = Orders[round % 10];
                for (var i = 0; i < 8; i++)
                {
                    var (a, b, c, d) = (Mixes[i][0], Mixes[i][1], Mixes[i][2], Mixes[i][3]);
                    v[a] = (v[a] + v[b] + words[order[2 * i]]) & mask;
                    v[d] = Turn(v[d] ^ v[a], turns[0]);
                    v[c] = (v[c] + v[d]) & mask;
                    v[b] = Turn(v[b] ^ v[c], turns[1]);
                    v[a] = (v[a] + v[b] + words[order[2 * i + 1]]) & mask;
                    v[d] = Turn(v[d] ^ v[a], turns[2]);
                    v[c] = (v[c] + v[d]) & mask;
                    v[b] = Turn(v[b] ^ v[c], turns[3]);
                }
            }
            for (var i = 0; i < 8; i++)
            {
                h[i] ^= v[i] ^ v[i + 8];
            }
            if (isLast)
            {
                break;
            }
        }
        return [.. h.SelectMany(word => BitConverter.GetBytes(word).Take(wordBytes))];

        ulong Turn(ulong word, int by) => wordBytes == 8 ? BitOperations.RotateRight(word, by) : BitOperations.RotateRight((uint)word, by);
    }
}
