using System.Collections.Immutable;
using System.Text;

namespace FlaskDeploy.Agent.Machine.Looks;

/// <summary>/proc/self/mountinfo, see proc(5).</summary>
internal static class MountLooks
{
    public static async ValueTask<MountAnswer> Look(string path, CancellationToken cancellation) => Parse(await File.ReadAllTextAsync("/proc/self/mountinfo", cancellation), path);

    /// <summary>What is mounted at this very path, in the order of mounting.</summary>
    public static MountAnswer Parse(string text, string path) => new(
    [
        .. from line in text.Split('\n')
           let fields = line.Split(' ')
           let divider = Array.IndexOf(fields, "-")
           where divider >= 6 && fields.Length > divider + 2 && Plain(fields[4]) == path
           select new MountPoint(Plain(fields[divider + 2]), Plain(fields[3]), fields[divider + 1], fields[5]),
    ]);

    // Blanks, tabulators, line ends and backslashes are written as \ and three octal digits.
    private static string Plain(string field)
    {
        if (!field.Contains('\\', StringComparison.Ordinal))
        {
            return field;
        }
        var text = new StringBuilder(field.Length);
        for (var i = 0; i < field.Length; i++)
        {
            if (field[i] == '\\' && i + 3 < field.Length && field.AsSpan(i + 1, 3).IndexOfAnyExceptInRange('0', '7') < 0)
            {
                text.Append((char)field[(i + 1)..(i + 4)].Aggregate(0, (number, digit) => number * 8 + digit - '0'));
                i += 3;
            }
            else
            {
                text.Append(field[i]);
            }
        }
        return text.ToString();
    }
}
