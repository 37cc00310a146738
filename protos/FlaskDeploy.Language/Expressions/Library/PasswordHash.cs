using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using FlaskDeploy.Language.Values;

namespace FlaskDeploy.Language.Expressions;

/// <summary>
/// <c>password_hash</c>: crypt's MD5, SHA-2 and bcrypt methods, with the rounds that Ansible asks passlib for. See
/// https://www.akkadia.org/drepper/SHA-crypt.txt and crypt(5).
/// </summary>
internal static class PasswordHash
{
    private const string Alphabet = "./0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    private const int RoundsThatNeedNotBeSaid = 5000;
    private const int Capacity = 256;

    // A memo of a pure function, bounded and without what went in: the many rounds are there to be slow.
    private static readonly ConcurrentDictionary<string, string> Known = new(StringComparer.Ordinal);

    private static readonly byte[] Sha256Order = [0, 10, 20, 21, 1, 11, 12, 22, 2, 3, 13, 23, 24, 4, 14, 15, 25, 5, 6, 16, 26, 27, 7, 17, 18, 28, 8, 9, 19, 29];
    private static readonly byte[] Md5Order = [0, 6, 12, 1, 7, 13, 2, 8, 14, 3, 9, 15, 4, 10, 5];

    internal static Value Hash(Call call)
    {
        var (type, saltSize, usualRounds) = call.Text(0, "sha512").ToLowerInvariant() switch
        {
            "sha512" or "sha512_crypt" => ("6", 16, 656_000),
            "sha256" or "sha256_crypt" => ("5", 16, 535_000),
            "md5" or "md5_crypt" => ("1", 8, 0),
            "blowfish" or "bcrypt" => ("2b", Bcrypt.SaltLetters, 12),
            var other => throw call.Said($"password_hash does not support '{other}'; it supports sha512, sha256, bcrypt and md5"),
        };
        // Ansible takes it for all methods, and only bcrypt has several.
        var isBcrypt = type == "2b";
        type = isBcrypt ? call.OptionalText(4)?.Trim('$') ?? type : type;
        if (isBcrypt && type is not ("2a" or "2b" or "2y"))
        {
            throw call.Error($"'{type}' is no ident of bcrypt; these are 2a, 2b and 2y");
        }
        var salt = call.OptionalText(1) is { Length: > 0 } given ? given : RandomSalt(Math.Clamp(call.Has(2) ? call.Int(2) : saltSize, 1, saltSize));
        if (isBcrypt && salt.Length != saltSize)
        {
            throw call.Error($"a salt for bcrypt has {saltSize} of the letters ./0-9A-Za-z");
        }
        if (salt.Length > saltSize || salt.AsSpan().ContainsAnyExcept(Alphabet))
        {
            throw call.Error($"a salt for {call.Text(0, "sha512")} has at most {saltSize} of the letters ./0-9A-Za-z");
        }
        var rounds = call.Has(3) && call.Int(3) != 0 ? call.Int(3) : usualRounds;
        if (type == "1" && call.Has(3))
        {
            throw call.Error("md5 has no rounds to choose");
        }
        if (isBcrypt && rounds is < 4 or > 31)
        {
            throw call.Error("rounds of bcrypt are 4 to 31, each twice the work of the one before");
        }
        if (!isBcrypt && type != "1" && rounds is < 1000 or > 999_999_999)
        {
            throw call.Error("rounds are 1000 to 999999999");
        }
        var password = Encoding.UTF8.GetBytes(call.SubjectText);
        if (password.Contains((byte)0))
        {
            throw call.Error("a password holds no NUL");
        }
        var key = Convert.ToHexString(SHA256.HashData([.. Encoding.UTF8.GetBytes($"{type}\0{rounds}\0{salt}\0"), .. password]));
        if (!Known.TryGetValue(key, out var hash))
        {
            hash = type == "1" ? Md5(password, salt)
                : isBcrypt ? Bcrypt.Hash(type, password, salt, rounds, () => call.Evaluator.Charge(512))
                : Sha2(call.Evaluator, type, password, salt, rounds);
            if (Known.Count >= Capacity)
            {
                Known.Clear();
            }
            Known[key] = hash;
        }
        return Value.Of(hash);
    }

    private static string RandomSalt(int size) => new(RandomNumberGenerator.GetItems<char>(Alphabet, size));

    private static string Sha2(Evaluator evaluator, string type, byte[] password, string saltText, int rounds)
    {
        Func<byte[], byte[]> digest = type == "6" ? SHA512.HashData : SHA256.HashData;
        var salt = Encoding.ASCII.GetBytes(saltText);
        var length = digest([]).Length;
        var b = digest([.. password, .. salt, .. password]);
        using var a = new MemoryStream();
        a.Write([.. password, .. salt, .. Stretched(b, password.Length)]);
        for (var bits = password.Length; bits > 0; bits >>= 1)
        {
            a.Write((bits & 1) != 0 ? b : password);
        }
        var state = digest(a.ToArray());
        var p = Stretched(digest(Repeated(password, password.Length)), password.Length);
        var s = Stretched(digest(Repeated(salt, 16 + state[0])), salt.Length);
        for (var i = 0; i < rounds; i++)
        {
            if (i % 1000 == 0)
            {
                evaluator.Charge(512);
            }
            state = digest([.. i % 2 != 0 ? p : state, .. i % 3 != 0 ? s : [], .. i % 7 != 0 ? p : [], .. i % 2 != 0 ? state : p]);
        }
        var text = new StringBuilder(rounds == RoundsThatNeedNotBeSaid ? $"${type}${saltText}$" : $"${type}$rounds={rounds}${saltText}$");
        if (length == 64)
        {
            // Triples start at 0, 21, 42 and turn by one place each.
            for (var i = 0; i < 21; i++)
            {
                byte[] triple = [state[i], state[i + 21], state[i + 42]];
                Append(text, triple[i % 3], triple[(i + 1) % 3], triple[(i + 2) % 3], 4);
            }
            Append(text, 0, 0, state[63], 2);
        }
        else
        {
            AppendAll(text, state, Sha256Order);
            Append(text, 0, state[31], state[30], 3);
        }
        return text.ToString();
    }

#pragma warning disable CA5351 // What playbooks ask for by name.
    private static string Md5(byte[] password, string saltText)
    {
        var salt = Encoding.ASCII.GetBytes(saltText);
        var b = MD5.HashData([.. password, .. salt, .. password]);
        using var a = new MemoryStream();
        a.Write([.. password, .. "$1$"u8, .. salt, .. Stretched(b, password.Length)]);
        for (var bits = password.Length; bits > 0; bits >>= 1)
        {
            a.WriteByte((bits & 1) != 0 ? (byte)0 : password[0]);
        }
        var state = MD5.HashData(a.ToArray());
        for (var i = 0; i < 1000; i++)
        {
            state = MD5.HashData([.. i % 2 != 0 ? password : state, .. i % 3 != 0 ? salt : [], .. i % 7 != 0 ? password : [], .. i % 2 != 0 ? state : password]);
        }
        var text = new StringBuilder($"$1${saltText}$");
        AppendAll(text, state, Md5Order);
        Append(text, 0, 0, state[11], 2);
        return text.ToString();
    }
#pragma warning restore CA5351

    private static byte[] Repeated(byte[] part, int times)
    {
        var result = new byte[part.Length * times];
        for (var i = 0; i < times; i++)
        {
            part.CopyTo(result, i * part.Length);
        }
        return result;
    }

    private static byte[] Stretched(byte[] digest, int length) => [.. Enumerable.Range(0, length).Select(i => digest[i % digest.Length])];

    private static void AppendAll(StringBuilder text, byte[] state, byte[] order)
    {
        for (var i = 0; i < order.Length; i += 3)
        {
            Append(text, state[order[i]], state[order[i + 1]], state[order[i + 2]], 4);
        }
    }

    private static void Append(StringBuilder text, byte high, byte middle, byte low, int count)
    {
        for (var (word, i) = (high << 16 | middle << 8 | low, 0); i < count; i++, word >>= 6)
        {
            text.Append(Alphabet[word & 0x3f]);
        }
    }
}
