using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text;
using FlaskDeploy.Language.Values;

namespace FlaskDeploy.Language.Expressions;

/// <summary>
/// Choices. With a seed they are the same everywhere and for ever, but not the ones that Python's generator makes:
/// number n of a seed is the first eight bytes of SHA-256 of <c>seed:n</c>.
/// </summary>
internal sealed class Randomness(string? seed)
{
    private long _drawn;

    internal static Value Pick(Call call)
    {
        var random = new Randomness(call.OptionalText(3));
        if (Numbers.TryInteger(call.Subject, out var end) && call.Subject is IntegerValue)
        {
            var (start, step) = (call.Has(1) ? call.Int(1) : 0, call.Has(2) ? call.Int(2) : 1);
            var count = step > 0 ? ((long)end - start + step - 1) / step : 0;
            return count > 0 ? Value.Of(start + step * random.Below(count)) : throw call.Error("the range is empty");
        }
        var items = call.SubjectItems;
        return items.Length > 0 ? items[(int)random.Below(items.Length)] : call.Evaluator.UndefinedResult("No random item, sequence was empty.");
    }

    internal static Value Shuffle(Call call) => new ListValue(new Randomness(call.OptionalText(0)).Shuffled(call.SubjectItems));

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

    private long Below(long limit)
    {
        if (seed is null)
        {
            return Random.Shared.NextInt64(limit);
        }
        var digest = SHA256.HashData(Encoding.UTF8.GetBytes($"{seed}:{_drawn++}"));
        return (long)(BitConverter.ToUInt64(digest) % (ulong)limit);
    }
}
