using System.Buffers.Binary;
using System.Numerics;

namespace FlaskDeploy.Language.Expressions;

/// <summary>SHA-3, which older systems' libraries lack. FIPS 202.</summary>
internal static class Keccak
{
    internal static byte[] Hash(ReadOnlySpan<byte> data, int bits)
    {
        var rate = 200 - bits / 4;
        var state = new ulong[25];
        var padded = new byte[(data.Length / rate + 1) * rate];
        data.CopyTo(padded);
        padded[data.Length] = 0x06;
        padded[^1] |= 0x80;
        for (var at = 0; at < padded.Length; at += rate)
        {
            for (var i = 0; i < rate / 8; i++)
            {
                state[i] ^= BinaryPrimitives.ReadUInt64LittleEndian(padded.AsSpan(at + i * 8));
            }
            Permute(state);
        }
        return [.. state.SelectMany(BitConverter.GetBytes).Take(bits / 8)];
    }

    private static void Permute(ulong[] a)
    {
        var next = new ulong[25];
        var feedback = (byte)1;
        for (var round = 0; round < 24; round++)
        {
            for (var x = 0; x < 5; x++)
            {
                var (left, right) = ((x + 4) % 5, (x + 1) % 5);
                var d = Column(a, left) ^ BitOperations.RotateLeft(Column(a, right), 1);
                for (var y = 0; y < 25; y += 5)
                {
                    next[x + y] = a[x + y] ^ d;
                }
            }
            next.CopyTo(a, 0);
            next[0] = a[0];
            for (var (x, y, t) = (1, 0, 0); t < 24; t++)
            {
                var to = (2 * x + 3 * y) % 5;
                next[y + to * 5] = BitOperations.RotateLeft(a[x + y * 5], (t + 1) * (t + 2) / 2 % 64);
                (x, y) = (y, to);
            }
            for (var i = 0; i < 25; i++)
            {
                var row = i / 5 * 5;
                a[i] = next[i] ^ ~next[row + (i + 1) % 5] & next[row + (i + 2) % 5];
            }
            for (var j = 0; j < 7; j++)
            {
                a[0] ^= (ulong)(feedback & 1) << ((1 << j) - 1);
                feedback = (byte)(feedback << 1 ^ ((feedback & 0x80) != 0 ? 0x71 : 0));
            }
        }
    }

    private static ulong Column(ulong[] a, int x) => a[x] ^ a[x + 5] ^ a[x + 10] ^ a[x + 15] ^ a[x + 20];
}
