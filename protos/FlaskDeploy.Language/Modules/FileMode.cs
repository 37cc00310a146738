using System.Globalization;
using FlaskDeploy.Language.Values;

namespace FlaskDeploy.Language.Modules;

/// <summary>
/// A <c>mode</c> as playbooks write it: an octal string or number, or symbolic as chmod(1) takes it, or <c>preserve</c>.
/// A YAML number that was meant as octal and was not written with a leading zero is taken as Ansible takes it: decimal.
/// </summary>
/// <param name="Octal">The bits, when written as a number.</param>
/// <param name="Symbolic">The clauses (<c>u=rw,g-w</c>), when written as such; <c>preserve</c> stays as that word.</param>
public sealed record FileMode(int? Octal, string? Symbolic)
{
    public const string Preserve = "preserve";

    public static bool TryParse(Value value, out FileMode mode, out string? problem)
    {
        problem = null;
        mode = new FileMode(null, null);
        if (Numbers.TryInteger(value, out var number))
        {
            mode = new FileMode((int)number, null);
            problem = number < 0 || number > 0xFFF ? $"is {number}, outside of 0 to 07777" : null;
            return problem is null;
        }
        var text = value.Reveal().ToString().Trim();
        if (text == Preserve || text.Split(',').All(IsClause))
        {
            mode = new FileMode(null, text);
            return true;
        }
        var digits = text.StartsWith("0o", StringComparison.Ordinal) ? text[2..] : text;
        if (digits.Length is > 0 and <= 5 && digits.All(c => c is >= '0' and <= '7') && int.Parse(digits, CultureInfo.InvariantCulture) <= 7777)
        {
            mode = new FileMode(Convert.ToInt32(digits, 8), null);
            return true;
        }
        problem = $"is '{text}', neither octal nor symbolic";
        return false;
    }

    /// <summary>The bits that a file has after chmod, as chmod(1) computes them.</summary>
    /// <param name="current">Its bits before; for a new file, those that it is made with.</param>
    /// <param name="umask">Used by clauses without a who (<c>+x</c>).</param>
    public int Apply(int current, bool isDirectory, int umask)
    {
        if (Octal is { } octal)
        {
            return octal;
        }
        if (Symbolic is null or Preserve)
        {
            return current;
        }
        return Symbolic.Split(',').Aggregate(current, (bits, clause) => ApplyClause(bits, clause, isDirectory, umask));
    }

    private static bool IsClause(string clause)
    {
        var at = clause.IndexOfAny(['+', '-', '=']);
        return at >= 0 && clause[..at].All(c => "ugoa".Contains(c)) && clause[at..].All(c => "+-=rwxXstugo".Contains(c));
    }

    private static int ApplyClause(int bits, string clause, bool isDirectory, int umask)
    {
        var at = clause.IndexOfAny(['+', '-', '=']);
        var who = clause[..at];
        var implicitWho = who.Length == 0;
        var all = implicitWho || who.Contains('a');
        var mask = (all || who.Contains('u') ? 0x1C0 | 0x800 : 0) | (all || who.Contains('g') ? 0x38 | 0x400 : 0) | (all || who.Contains('o') ? 0x7 | 0x200 : 0);
        while (at < clause.Length)
        {
            var op = clause[at++];
            var end = clause.IndexOfAny(['+', '-', '='], at);
            end = end < 0 ? clause.Length : end;
            var wanted = Permissions(clause[at..end], bits, isDirectory) & mask & (implicitWho ? ~umask : ~0);
            at = end;
            // '=' leaves setuid and setgid of a directory alone, as GNU chmod does.
            var cleared = mask & (isDirectory ? 0x1FF | 0x200 : 0xFFF);
            bits = op switch { '+' => bits | wanted, '-' => bits & ~wanted, _ => bits & ~cleared | wanted };
        }
        return bits;
    }

    private static int Permissions(string letters, int bits, bool isDirectory)
    {
        var result = 0;
        foreach (var letter in letters)
        {
            result |= letter switch
            {
                'r' => 0x124,
                'w' => 0x92,
                'x' => 0x49,
                'X' => isDirectory || (bits & 0x49) != 0 ? 0x49 : 0,
                's' => 0xC00,
                't' => 0x200,
                'u' => Spread(bits >> 6),
                'g' => Spread(bits >> 3),
                _ => Spread(bits),
            };
        }
        return result;
    }

    private static int Spread(int bits) => (bits & 7) * 0x49;
}
