using System.Buffers;
using System.Globalization;

namespace FlaskDeploy.Language.Values;

/// <summary>Python's classes of characters, which are not .NET's.</summary>
internal static class PythonChar
{
    /// <summary>What <c>str.isspace</c> and <c>\s</c> mean.</summary>
    internal static SearchValues<char> Spaces { get; } = SearchValues.Create(
        "\t\n\v\f\r\x1c\x1d\x1e\x1f \x85\xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u2028\u2029\u202f\u205f\u3000");

    internal static bool IsSpace(char c) => Spaces.Contains(c);

    /// <summary>What <c>\w</c> means.</summary>
    internal static bool IsWord(string text, int at) =>
        text[at] == '_' || char.IsLetterOrDigit(text, at)
        || char.GetUnicodeCategory(text, at) is UnicodeCategory.LetterNumber or UnicodeCategory.OtherNumber
        || char.IsLowSurrogate(text[at]) && at > 0 && char.IsHighSurrogate(text[at - 1]) && char.IsLetterOrDigit(text, at - 1);

    /// <summary>What <c>str.isprintable</c> means, and <c>repr</c> leaves as it is.</summary>
    internal static bool IsPrintable(int codePoint) =>
        codePoint == ' '
        || codePoint <= 0x10ffff && CharUnicodeInfo.GetUnicodeCategory(codePoint) is not (
            UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.Surrogate or UnicodeCategory.PrivateUse
            or UnicodeCategory.OtherNotAssigned or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator or UnicodeCategory.SpaceSeparator);

    internal static string TrimEnd(string text) => text[..(text.AsSpan().LastIndexOfAnyExcept(Spaces) + 1)];

    internal static string TrimStart(string text) => text.AsSpan().IndexOfAnyExcept(Spaces) is var at and >= 0 ? text[at..] : "";

    internal static string Trim(string text) => TrimStart(TrimEnd(text));
}
