namespace FlaskDeploy.Language.Diagnostics;

/// <summary>Finds what somebody probably meant.</summary>
public static class Suggestion
{
    /// <summary><c>did you mean 'dest'?</c>, or null where nothing known is close.</summary>
    public static string? For(string written, IEnumerable<string> known) =>
        Nearest(written, known) is { } found ? $"did you mean '{found}'?" : null;

    /// <summary>The known word within a third of the letters of the written one, or that it starts or ends with.</summary>
    public static string? Nearest(string written, IEnumerable<string> known)
    {
        var limit = Math.Max(1, written.Length / 3);
        var lower = written.ToLowerInvariant();
        string? best = null;
        var bestDistance = int.MaxValue;
        foreach (var word in known)
        {
            // No less than the letters that one has more.
            var distance = Math.Abs(written.Length - word.Length) > limit ? int.MaxValue : Distance(lower, word.ToLowerInvariant());
            if (distance > limit && word.Length >= 3
                && (written.StartsWith(word, StringComparison.OrdinalIgnoreCase) || word.StartsWith(written, StringComparison.OrdinalIgnoreCase) && written.Length >= 3))
            {
                distance = limit;
            }
            if (distance <= limit && distance < bestDistance)
            {
                (best, bestDistance) = (word, distance);
            }
        }
        return best;
    }

    // Damerau's distance with adjacent transpositions: the common slips of a keyboard cost one.
    private static int Distance(string a, string b)
    {
        var d = new int[a.Length + 1, b.Length + 1];
        for (var i = 0; i <= a.Length; i++)
        {
            d[i, 0] = i;
        }
        for (var j = 0; j <= b.Length; j++)
        {
            d[0, j] = j;
        }
        for (var i = 1; i <= a.Length; i++)
        {
            for (var j = 1; j <= b.Length; j++)
            {
                var cost = a[i - 1] == b[j - 1] ? 0 : 1;
                d[i, j] = Math.Min(Math.Min(d[i - 1, j] + 1, d[i, j - 1] + 1), d[i - 1, j - 1] + cost);
                if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                {
                    d[i, j] = Math.Min(d[i, j], d[i - 2, j - 2] + 1);
                }
            }
        }
        return d[a.Length, b.Length];
    }
}
