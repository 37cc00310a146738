using System.Text;

namespace FlaskDeploy.Agent.Modules.Files;

/// <summary>What differs between two texts, as diff(1) -u shows it. Bounded: texts that are long or no text give a short remark instead.</summary>
internal static class UnifiedDiff
{
    internal const int MostBytes = 104_448;

    private const int Context = 3;
    // Lines times lines that are compared one by one; above it, the differing middle is shown as replaced whole.
    private const int MostCells = 4_000_000;

    /// <summary>Null: they are equal.</summary>
    internal static string? Between(ReadOnlySpan<byte> before, ReadOnlySpan<byte> after, string beforeName, string afterName)
    {
        if (before.SequenceEqual(after))
        {
            return null;
        }
        if (before.Length > MostBytes || after.Length > MostBytes)
        {
            return $"(not shown: {before.Length} and {after.Length} bytes)\n";
        }
        if (before.Contains((byte)0) || after.Contains((byte)0))
        {
            return $"(not shown: binary, {before.Length} and {after.Length} bytes)\n";
        }
        var old = Lines(before);
        var now = Lines(after);
        var edits = Edits(old, now);
        var text = new StringBuilder($"--- {beforeName}\n+++ {afterName}\n");
        foreach (var (start, end) in Hunks(edits))
        {
            AppendHunk(text, edits, start, end, old, now);
        }
        return text.ToString();
    }

    private static string[] Lines(ReadOnlySpan<byte> bytes)
    {
        var text = Encoding.UTF8.GetString(bytes);
        if (text.Length == 0)
        {
            return [];
        }
        var lines = text.Split('\n');
        return lines[^1].Length == 0 ? lines[..^1] : [.. lines[..^1], lines[^1] + "\n\\ No newline at end of file"];
    }

    // One per shown line: both have it (Old and New), only the old text (Old), only the new one (New). -1: not there.
    private static List<(int Old, int New)> Edits(string[] old, string[] now)
    {
        var head = 0;
        while (head < old.Length && head < now.Length && old[head] == now[head])
        {
            head++;
        }
        var tail = 0;
        while (tail < old.Length - head && tail < now.Length - head && old[^(tail + 1)] == now[^(tail + 1)])
        {
            tail++;
        }
        var edits = new List<(int, int)>(old.Length + now.Length);
        edits.AddRange(Enumerable.Range(0, head).Select(i => (i, i)));
        AppendMiddle(edits, old, head, old.Length - tail, now, head, now.Length - tail);
        edits.AddRange(Enumerable.Range(0, tail).Select(i => (old.Length - tail + i, now.Length - tail + i)));
        return edits;
    }

    private static void AppendMiddle(List<(int, int)> edits, string[] old, int oldStart, int oldEnd, string[] now, int newStart, int newEnd)
    {
        var (height, width) = (oldEnd - oldStart, newEnd - newStart);
        var common = (long)height * width <= MostCells ? LongestCommon(old.AsSpan(oldStart, height), now.AsSpan(newStart, width)) : null;
        var (i, j) = (0, 0);
        while (i < height || j < width)
        {
            if (common is not null && i < height && j < width && old[oldStart + i] == now[newStart + j])
            {
                edits.Add((oldStart + i++, newStart + j++));
            }
            else if (i < height && (j == width || common is null || common[i + 1, j] >= common[i, j + 1]))
            {
                edits.Add((oldStart + i++, -1));
            }
            else
            {
                edits.Add((-1, newStart + j++));
            }
        }
    }

    private static int[,] LongestCommon(ReadOnlySpan<string> old, ReadOnlySpan<string> now)
    {
        var length = new int[old.Length + 1, now.Length + 1];
        for (var i = old.Length - 1; i >= 0; i--)
        {
            for (var j = now.Length - 1; j >= 0; j--)
            {
                length[i, j] = old[i] == now[j] ? length[i + 1, j + 1] + 1 : Math.Max(length[i + 1, j], length[i, j + 1]);
            }
        }
        return length;
    }

    private static IEnumerable<(int Start, int End)> Hunks(List<(int Old, int New)> edits)
    {
        var start = -1;
        var last = -1;
        for (var i = 0; i < edits.Count; i++)
        {
            if (edits[i].Old >= 0 && edits[i].New >= 0)
            {
                continue;
            }
            if (start >= 0 && i - last > 2 * Context)
            {
                yield return (start, Math.Min(edits.Count, last + Context + 1));
                start = -1;
            }
            start = start < 0 ? Math.Max(0, i - Context) : start;
            last = i;
        }
        if (start >= 0)
        {
            yield return (start, Math.Min(edits.Count, last + Context + 1));
        }
    }

    private static void AppendHunk(StringBuilder text, List<(int Old, int New)> edits, int start, int end, string[] old, string[] now)
    {
        var oldBefore = edits.Take(start).Count(edit => edit.Old >= 0);
        var newBefore = edits.Take(start).Count(edit => edit.New >= 0);
        var oldLength = edits.Skip(start).Take(end - start).Count(edit => edit.Old >= 0);
        var newLength = edits.Skip(start).Take(end - start).Count(edit => edit.New >= 0);
        text.Append($"@@ -{Range(oldBefore, oldLength)} +{Range(newBefore, newLength)} @@\n");
        foreach (var (o, n) in edits.Skip(start).Take(end - start))
        {
            _ = (o, n) switch
            {
                ( >= 0, >= 0) => text.Append(' ').Append(old[o]).Append('\n'),
                ( >= 0, _) => text.Append('-').Append(old[o]).Append('\n'),
                _ => text.Append('+').Append(now[n]).Append('\n'),
            };
        }
    }

    // Of an empty range, the line before it, as diff(1) has it.
    private static string Range(int before, int length) => length switch
    {
        0 => $"{before},0",
        1 => $"{before + 1}",
        _ => $"{before + 1},{length}",
    };
}
