using System.Text;

namespace FlaskDeploy.Language.Expressions;

/// <summary>Python counts code points where .NET counts UTF-16 units. Texts without surrogates take the short way.</summary>
internal static class CodePoints
{
    internal static bool IsSimple(string text) => text.AsSpan().IndexOfAnyInRange('\ud800', '\udfff') < 0;

    internal static int Length(string text) => IsSimple(text) ? text.Length : Offsets(text).Length - 1;

    internal static IEnumerable<string> Split(string text)
    {
        var offsets = Offsets(text);
        for (var i = 0; i + 1 < offsets.Length; i++)
        {
            yield return text[offsets[i]..offsets[i + 1]];
        }
    }

    /// <summary>Where each code point starts, and the end.</summary>
    internal static int[] Offsets(string text)
    {
        var offsets = new List<int>(text.Length + 1);
        for (var i = 0; i < text.Length; i++)
        {
            offsets.Add(i);
            if (char.IsHighSurrogate(text[i]) && i + 1 < text.Length && char.IsLowSurrogate(text[i + 1]))
            {
                i++;
            }
        }
        offsets.Add(text.Length);
        return [.. offsets];
    }

    /// <summary>By code points from <paramref name="start"/> on, at most <paramref name="count"/> of them.</summary>
    internal static string Part(string text, int start, int count)
    {
        if (IsSimple(text))
        {
            start = Math.Clamp(start, 0, text.Length);
            return text.Substring(start, Math.Clamp(count, 0, text.Length - start));
        }
        var offsets = Offsets(text);
        start = Math.Clamp(start, 0, offsets.Length - 1);
        var end = Math.Clamp(start + count, start, offsets.Length - 1);
        return text[offsets[start]..offsets[end]];
    }

    /// <summary>The code point at which a UTF-16 offset lies.</summary>
    internal static int IndexOf(string text, int offset) => offset < 0 || IsSimple(text) ? offset : Array.BinarySearch(Offsets(text), offset);

    /// <summary>The UTF-16 offset of a code point.</summary>
    internal static int OffsetOf(string text, int index)
    {
        if (IsSimple(text))
        {
            return Math.Clamp(index, 0, text.Length);
        }
        var offsets = Offsets(text);
        return offsets[Math.Clamp(index, 0, offsets.Length - 1)];
    }

    internal static int Compare(string a, string b)
    {
        if (IsSimple(a) && IsSimple(b))
        {
            return string.CompareOrdinal(a, b);
        }
        using var x = a.EnumerateRunes().GetEnumerator();
        using var y = b.EnumerateRunes().GetEnumerator();
        while (true)
        {
            var (hasX, hasY) = (x.MoveNext(), y.MoveNext());
            if (!hasX || !hasY)
            {
                return hasX.CompareTo(hasY);
            }
            var order = x.Current.Value.CompareTo(y.Current.Value);
            if (order != 0)
            {
                return order;
            }
        }
    }

    internal static string Reverse(string text) => string.Concat(Split(text).Reverse());

    internal static int Rune(string text) => Rune(text, 0);

    private static int Rune(string text, int at) => System.Text.Rune.TryGetRuneAt(text, at, out var rune) ? rune.Value : text[at];
}
