using System.Buffers.Binary;
using System.Numerics;

namespace FlaskDeploy.Language.Expressions;

/// <summary>The shortened members of SHA-2, which the platform has not: the same functions from another start. FIPS 180-4.</summary>
internal static class Sha2
{
    internal static readonly uint[] Start256 = [0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19];

    internal static readonly ulong[] Start512 =
    [
        0x6a09e667f3bcc908, 0xbb67ae8584caa73b, 0x3c6ef372fe94f82b, 0xa54ff53a5f1d36f1, 0x510e527fade682d1, 0x9b05688c2b3e6c1f, 0x1f83d9abfb41bd6b, 0x5be0cd19137e2179,
    ];

    private static readonly uint[] Start224 = [0xc1059ed8, 0x367cd507, 0x3070dd17, 0xf70e5939, 0xffc00b31, 0x68581511, 0x64f98fa7, 0xbefa4fa4];

    // The bits behind the point of the cube roots of the first primes; those of SHA-256 are their upper halves.
    private static readonly ulong[] Roots = [.. Primes(80).Select(CubeRoot)];

    internal static byte[] Hash224(ReadOnlySpan<byte> data)
    {
        var h = Start224.ToArray();
        var w = new uint[64];
        foreach (var block in Padded(data, 64))
        {
            for (var i = 0; i < 64; i++)
            {
                w[i] = i < 16 ? BinaryPrimitives.ReadUInt32BigEndian(block.AsSpan(i * 4)) : w[i - 16] + Small(w[i - 15], 7, 18, 3) + w[i - 7] + Small(w[i - 2], 17, 19, 10);
            }
            var (a, b, c, d, e, f, g, k) = (h[0], h[1], h[2], h[3], h[4], h[5], h[6], h[7]);
            for (var i = 0; i < 64; i++)
            {
                var one = k + Turned(e, 6, 11, 25) + (e & f ^ ~e & g) + (uint)(Roots[i] >> 32) + w[i];
                var two = Turned(a, 2, 13, 22) + (a & b ^ a & c ^ b & c);
                (k, g, f, e, d, c, b, a) = (g, f, e, d + one, c, b, a, one + two);
            }
            uint[] next = [a, b, c, d, e, f, g, k];
            for (var i = 0; i < 8; i++)
            {
                h[i] += next[i];
            }
        }
        return [.. h.SelectMany(word => BitConverter.GetBytes(BinaryPrimitives.ReverseEndianness(word))).Take(28)];

        static uint Small(uint x, int r, int s, int shift) => BitOperations.RotateRight(x, r) ^ BitOperations.RotateRight(x, s) ^ x >> shift;

        static uint Turned(uint x, int r, int s, int t) => BitOperations.RotateRight(x, r) ^ BitOperations.RotateRight(x, s) ^ BitOperations.RotateRight(x, t);
    }

    /// <summary>SHA-512/224 and SHA-512/256.</summary>
    internal static byte[] Hash512(ReadOnlySpan<byte> data, int bits)
    {
        // What they start from is itself a digest, of their name.
        var start = new ulong[8];
        var name = Run512(System.Text.Encoding.ASCII.GetBytes($"SHA-512/{bits}"), [.. Start512.Select(word => word ^ 0xa5a5a5a5a5a5a5a5)]);
        name.CopyTo(start, 0);
        return [.. Run512(data, start).SelectMany(word => BitConverter.GetBytes(BinaryPrimitives.ReverseEndianness(word))).Take(bits / 8)];
    }

    private static ulong[] Run512(ReadOnlySpan<byte> data, ulong[] h)
    {
        var w = new ulong[80];
        foreach (var block in Padded(data, 128))
        {
            for (var i = 0; i < 80; i++)
            {
                w[i] = i < 16 ? BinaryPrimitives.ReadUInt64BigEndian(block.AsSpan(i * 8)) : w[i - 16] + Small(w[i - 15], 1, 8, 7) + w[i - 7] + Small(w[i - 2], 19, 61, 6);
            }
            var (a, b, c, d, e, f, g, k) = (h[0], h[1], h[2], h[3], h[4], h[5], h[6], h[7]);
            for (var i = 0; i < 80; i++)
            {
                var one = k + Turned(e, 14, 18, 41) + (e & f ^ ~e & g) + Roots[i] + w[i];
                var two = Turned(a, 28, 34, 39) + (a & b ^ a & c ^ b & c);
                (k, g, f, e, d, c, b, a) = (g, f, e, d + one, c, b, a, one + two);
            }
            ulong[] next = [a, b, c, d, e, f, g, k];
            for (var i = 0; i < 8; i++)
            {
                h[i] += next[i];
            }
        }
        return h;

        static ulong Small(ulong x, int r, int s, int shift) => BitOperations.RotateRight(x, r) ^ BitOperations.RotateRight(x, s) ^ x >> shift;

        static ulong Turned(ulong x, int r, int s, int t) => BitOperations.RotateRight(x, r) ^ BitOperations.RotateRight(x, s) ^ BitOperations.RotateRight(x, t);
    }

    private static IEnumerable<byte[]> Padded(ReadOnlySpan<byte> data, int size)
    {
        var length = (data.Length + 1 + size / 8 + size - 1) / size * size;
        var all = new byte[length];
        data.CopyTo(all);
        all[data.Length] = 0x80;
        BinaryPrimitives.WriteUInt64BigEndian(all.AsSpan(length - 8), (ulong)data.Length * 8);
        return all.Chunk(size);
    }

    private static IEnumerable<int> Primes(int count) =>
        Enumerable.Range(2, 500).Where(n => Enumerable.Range(2, n - 2).All(d => n % d != 0)).Take(count);

    private static ulong CubeRoot(int number)
    {
        // By halves: the largest root, in units of 2^-64, whose cube is not above.
        var cube = (BigInteger)number << 192;
        var root = BigInteger.Zero;
        for (var bit = 67; bit >= 0; bit--)
        {
            var next = root + (BigInteger.One << bit);
            root = next * next * next <= cube ? next : root;
        }
        return (ulong)(root & ulong.MaxValue);
    }
}
