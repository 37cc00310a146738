using FlaskDeploy.Agent.Machine;

namespace FlaskDeploy.Agent.Modules.Packages;

/// <summary>Which of two versions is newer, by the rules of rpm (rpm-version(7) and rpmvercmp).</summary>
internal static class RpmVersion
{
    /// <summary>Epoch, then version, then release. Negative: the left one is older.</summary>
    internal static int Compare(Package left, Package right)
    {
        var byEpoch = left.Epoch.CompareTo(right.Epoch);
        var byVersion = byEpoch != 0 ? byEpoch : Compare(left.Version, right.Version);
        return byVersion != 0 ? byVersion : Compare(left.Release, right.Release);
    }

    /// <summary>
    /// Runs of digits compare as numbers, runs of letters as text, and digits are newer than letters; what separates them
    /// does not count. A tilde sorts before everything, the end too; a caret after the end and before all else.
    /// </summary>
    internal static int Compare(string left, string right)
    {
        var (l, r) = (0, 0);
        while (true)
        {
            l = SkipSeparators(left, l);
            r = SkipSeparators(right, r);
            var (a, b) = (At(left, l), At(right, r));
            if (a == '~' || b == '~')
            {
                if (a != b)
                {
                    return a == '~' ? -1 : 1;
                }
                (l, r) = (l + 1, r + 1);
                continue;
            }
            if (a == '^' || b == '^')
            {
                if (a != b)
                {
                    return a == '\0' ? -1 : b == '\0' ? 1 : a == '^' ? -1 : 1;
                }
                (l, r) = (l + 1, r + 1);
                continue;
            }
            if (a == '\0' || b == '\0')
            {
                return a == b ? 0 : a == '\0' ? -1 : 1;
            }
            var isNumber = char.IsAsciiDigit(a);
            var first = Run(left, l, isNumber);
            var second = Run(right, r, isNumber);
            if (second.Length == 0)
            {
                return isNumber ? 1 : -1;
            }
            var order = isNumber ? CompareNumbers(first, second) : string.CompareOrdinal(first, second);
            if (order != 0)
            {
                return Math.Sign(order);
            }
            (l, r) = (l + first.Length, r + second.Length);
        }
    }

    private static char At(string text, int index) => index < text.Length ? text[index] : '\0';

    private static int SkipSeparators(string text, int at)
    {
        while (at < text.Length && !char.IsAsciiLetterOrDigit(text[at]) && text[at] is not ('~' or '^'))
        {
            at++;
        }
        return at;
    }

    private static string Run(string text, int start, bool digits)
    {
        var end = start;
        while (end < text.Length && (digits ? char.IsAsciiDigit(text[end]) : char.IsAsciiLetter(text[end])))
        {
            end++;
        }
        return text[start..end];
    }

    private static int CompareNumbers(string left, string right)
    {
        var (l, r) = (left.TrimStart('0'), right.TrimStart('0'));
        return l.Length != r.Length ? l.Length.CompareTo(r.Length) : string.CompareOrdinal(l, r);
    }
}
