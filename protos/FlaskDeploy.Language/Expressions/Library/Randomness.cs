using System.Collections.Immutable;
using System.Numerics;
using System.Security.Cryptography;
using System.Text;
using FlaskDeploy.Language.Values;

namespace FlaskDeploy.Language.Expressions;

/// <summary>Choices. With a seed they are those that Python's generator makes, everywhere and for ever.</summary>
internal sealed class Randomness
{
    private readonly MersenneTwister? _seeded;

    private Randomness(Call call, Value? seed) => _seeded = seed switch
    {
        null or NullValue => null,
        TextValue text => new MersenneTwister(OfText(text.Text)),
        _ when Numbers.TryInteger(seed, out var number) => new MersenneTwister(BigInteger.Abs(number)),
        _ => throw call.Error($"a seed is a text or an integer, not {seed.TypeName}"),
    };

    private Randomness(string? seed) => _seeded = seed is null ? null : new MersenneTwister(OfText(seed));

    /// <summary>So many of these characters.</summary>
    internal static string Text(int length, string characters, string? seed)
    {
        var random = new Randomness(seed);
        return string.Create(length, characters, (text, from) =>
        {
            for (var i = 0; i < text.Length; i++)
            {
                text[i] = from[(int)random.Below(from.Length)];
            }
        });
    }

    internal static Value Pick(Call call)
    {
        var random = new Randomness(call, call[2]);
        if (Numbers.TryInteger(call.Subject, out var end))
        {
            var (start, step) = (call.Has(0) ? call.Evaluator.Integer(call[0]!) : 0, call.Has(1) ? call.Evaluator.Integer(call[1]!) : 1);
            step = step.IsZero ? 1 : step;
            var count = step.Sign > 0 ? (end - start + step - 1) / step : (end - start + step + 1) / step;
            return count.Sign > 0 ? new IntegerValue(start + step * random.Below(count)) : throw call.Error("the range is empty");
        }
        if (call.Has(0) || call.Has(1))
        {
            throw call.Said("start and step can only be used with integer values");
        }
        if (call.Subject is NullValue or RealValue)
        {
            throw call.Said("random can only be used on sequences and integers");
        }
        if (call.Subject is MapValue)
        {
            throw call.Error("wants a list or an integer, not a dict");
        }
        var items = call.SubjectItems;
        return items.Length > 0 ? items[(int)random.Below(items.Length)] : throw call.Error("Cannot choose from an empty sequence");
    }

    // What is no list is left as it is, as Ansible has it.
    internal static Value Shuffle(Call call) => call.Subject is NullValue or BoolValue or IntegerValue or RealValue or ObjectValue ? call.Subject : new ListValue(new Randomness(call, call[0] is { IsTruthy: true } seed ? seed : null).Shuffled(call.SubjectItems));

    private ImmutableArray<Value> Shuffled(ImmutableArray<Value> items)
    {
        var result = items.ToArray();
        for (var i = result.Length - 1; i > 0; i--)
        {
            var j = (int)Below(i + 1);
            (result[i], result[j]) = (result[j], result[i]);
        }
        return [.. result];
    }

    // As random.seed has it: the text and its digest, as one number.
    private static BigInteger OfText(string text)
    {
        var bytes = Encoding.UTF8.GetBytes(text);
        return new BigInteger([.. bytes, .. SHA512.HashData(bytes)], isUnsigned: true, isBigEndian: true);
    }

    private BigInteger Below(BigInteger limit)
    {
        var bits = (int)limit.GetBitLength();
        while (true)
        {
            var drawn = _seeded?.Bits(bits) ?? new BigInteger(RandomNumberGenerator.GetBytes((bits + 7) / 8), isUnsigned: true) & (BigInteger.One << bits) - 1;
            if (drawn < limit)
            {
                return drawn;
            }
        }
    }
}

/// <summary>MT19937 with its seeding by a key, see http://www.math.sci.hiroshima-u.ac.jp/m-mat/MT/MT2002/emt19937ar.html.</summary>
internal sealed class MersenneTwister
{
    private const int Size = 624;

    private readonly uint[] _state = new uint[Size];
    private int _at = Size;

    internal MersenneTwister(BigInteger seed)
    {
        var bytes = seed.ToByteArray(isUnsigned: true);
        var key = new uint[Math.Max(1, (bytes.Length + 3) / 4)];
        for (var n = 0; n < bytes.Length; n++)
        {
            key[n / 4] |= (uint)bytes[n] << n % 4 * 8;
        }
        Fill(19650218);
        var (i, j) = (1, 0);
        for (var k = Math.Max(Size, key.Length); k > 0; k--)
        {
            _state[i] = (_state[i] ^ (_state[i - 1] ^ _state[i - 1] >> 30) * 1664525) + key[j] + (uint)j;
            j = (j + 1) % key.Length;
            Step(ref i);
        }
        for (var k = Size - 1; k > 0; k--)
        {
            _state[i] = (_state[i] ^ (_state[i - 1] ^ _state[i - 1] >> 30) * 1566083941) - (uint)i;
            Step(ref i);
        }
        _state[0] = 0x80000000;
    }

    /// <summary>The next so many bits, as Python's getrandbits gives them.</summary>
    internal BigInteger Bits(int count)
    {
        var result = BigInteger.Zero;
        for (var done = 0; done < count; done += 32)
        {
            result |= new BigInteger(Next() >> Math.Max(0, 32 - (count - done))) << done;
        }
        return result;
    }

    private void Fill(uint seed)
    {
        _state[0] = seed;
        for (var i = 1; i < Size; i++)
        {
            _state[i] = 1812433253 * (_state[i - 1] ^ _state[i - 1] >> 30) + (uint)i;
        }
    }

    private void Step(ref int i)
    {
        if (++i >= Size)
        {
            _state[0] = _state[Size - 1];
            i = 1;
        }
    }

    private uint Next()
    {
        if (_at == Size)
        {
            for (var i = 0; i < Size; i++)
            {
                var y = _state[i] & 0x80000000 | _state[(i + 1) % Size] & 0x7fffffff;
                _state[i] = _state[(i + 397) % Size] ^ y >> 1 ^ ((y & 1) != 0 ? 0x9908b0df : 0);
            }
            _at = 0;
        }
        var drawn = _state[_at++];
        drawn ^= drawn >> 11;
        drawn ^= drawn << 7 & 0x9d2c5680;
        drawn ^= drawn << 15 & 0xefc60000;
        return drawn ^ drawn >> 18;
    }
}
