using System.Numerics;
using System.Text;

namespace FlaskDeploy.Language.Expressions;

/// <summary>bcrypt, as crypt(5) has it under <c>$2b$</c>. https://www.usenix.org/legacy/events/usenix99/provos.html</summary>
internal static class Bcrypt
{
    internal const string Alphabet = "./ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
    internal const int SaltLetters = 22;

    private const int Boxes = 4 * 256;
    private const int Rounds = 16;

    // Blowfish starts from the bits of pi behind the point: first the keys of the rounds, then the boxes.
    private static readonly Lazy<uint[]> Pi = new(() => FractionOfPi(Rounds + 2 + Boxes));

    /// <param name="salt">22 letters of <see cref="Alphabet"/>.</param>
    /// <param name="charge">Called now and then on the way.</param>
    internal static string Hash(string ident, byte[] password, string salt, int cost, Action charge)
    {
        var saltBytes = Decode(salt);
        // With its end, as C has it; what is longer than 72 bytes counts for nothing.
        byte[] key = [.. password, 0];
        var cipher = new Cipher(Pi.Value);
        cipher.Expand(key, saltBytes);
        for (var i = 0L; i < 1L << cost; i++)
        {
            if (i % 64 == 0)
            {
                charge();
            }
            cipher.Expand(key, null);
            cipher.Expand(saltBytes, null);
        }
        var text = Words("OrpheanBeholderScryDoubt"u8);
        for (var i = 0; i < 64; i++)
        {
            for (var at = 0; at < text.Length; at += 2)
            {
                (text[at], text[at + 1]) = cipher.Encrypt(text[at], text[at + 1]);
            }
        }
        var digest = text.SelectMany(word => new[] { (byte)(word >> 24), (byte)(word >> 16), (byte)(word >> 8), (byte)word }).Take(23).ToArray();
        // The last letter of a salt has bits to spare; they are printed as none.
        return $"${ident}${cost:00}${Encode(saltBytes)}{Encode(digest)}";
    }

    private static uint[] Words(ReadOnlySpan<byte> bytes)
    {
        var words = new uint[bytes.Length / 4];
        for (var i = 0; i < words.Length; i++)
        {
            words[i] = System.Buffers.Binary.BinaryPrimitives.ReadUInt32BigEndian(bytes[(i * 4)..]);
        }
        return words;
    }

    private static byte[] Decode(string letters)
    {
        var bits = letters.Aggregate(BigInteger.Zero, (all, letter) => all << 6 | Alphabet.IndexOf(letter, StringComparison.Ordinal));
        bits >>= 6 * SaltLetters - 128;
        return [.. bits.ToByteArray(isUnsigned: true, isBigEndian: true) is { Length: var length } bytes ? Enumerable.Repeat((byte)0, 16 - length).Concat(bytes) : []];
    }

    private static string Encode(byte[] bytes)
    {
        var letters = (bytes.Length * 8 + 5) / 6;
        var bits = new BigInteger(bytes, isUnsigned: true, isBigEndian: true) << letters * 6 - bytes.Length * 8;
        var text = new StringBuilder(letters);
        for (var i = letters - 1; i >= 0; i--)
        {
            text.Append(Alphabet[(int)(bits >> i * 6 & 63)]);
        }
        return text.ToString();
    }

    // Machin's: pi = 16 arctan(1/5) - 4 arctan(1/239), with some bits to spare.
    private static uint[] FractionOfPi(int words)
    {
        const int spare = 64;
        var one = BigInteger.One << words * 32 + spare;
        var pi = (16 * Arctan(5) - 4 * Arctan(239)) % one >> spare;
        var bytes = pi.ToByteArray(isUnsigned: true, isBigEndian: true);
        return Words((byte[])[.. Enumerable.Repeat((byte)0, words * 4 - bytes.Length), .. bytes]);

        BigInteger Arctan(int inverse)
        {
            var power = one / inverse;
            var sum = power;
            for (var n = 3; !power.IsZero; n += 2)
            {
                power /= -inverse * inverse;
                sum += power / n;
            }
            return sum;
        }
    }

    private sealed class Cipher(uint[] start)
    {
        private readonly uint[] _keys = start[..(Rounds + 2)];
        private readonly uint[] _boxes = start[(Rounds + 2)..];

        internal (uint Left, uint Right) Encrypt(uint left, uint right)
        {
            for (var i = 0; i < Rounds; i += 2)
            {
                left ^= _keys[i];
                right ^= Mixed(left);
                right ^= _keys[i + 1];
                left ^= Mixed(right);
            }
            return (right ^ _keys[Rounds + 1], left ^ _keys[Rounds]);
        }

        internal void Expand(byte[] key, byte[]? salt)
        {
            var at = 0;
            for (var i = 0; i < _keys.Length; i++)
            {
                _keys[i] ^= Next(key, ref at);
            }
            var (left, right, from) = (0u, 0u, 0);
            foreach (var table in (ReadOnlySpan<uint[]>)[_keys, _boxes])
            {
                for (var i = 0; i < table.Length; i += 2)
                {
                    if (salt is not null)
                    {
                        left ^= Next(salt, ref from);
                        right ^= Next(salt, ref from);
                    }
                    (left, right) = Encrypt(left, right);
                    (table[i], table[i + 1]) = (left, right);
                }
            }
        }

        private uint Mixed(uint x) => (_boxes[x >> 24] + _boxes[256 + (x >> 16 & 255)] ^ _boxes[512 + (x >> 8 & 255)]) + _boxes[768 + (x & 255)];

        // The key over and over, four bytes at a time.
        private static uint Next(byte[] key, ref int at)
        {
            var word = 0u;
            for (var i = 0; i < 4; i++)
            {
                word = word << 8 | key[at];
                at = (at + 1) % key.Length;
            }
            return word;
        }
    }
}
