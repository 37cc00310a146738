using System.Collections.Immutable;
using System.Globalization;
using System.Text;

namespace FlaskDeploy.Compiler.Syntax;

/// <param name="Offset">Of the first character of the value (after its quote) in the text it was read from.</param>
internal readonly record struct KeyValuePart(string Key, int KeyOffset, string Value, int Offset);

/// <summary>
/// A line of <c>key=value</c> pairs, or a command line with a few options in it. Split as Ansible splits: at blanks, but
/// not inside quotes and not inside <c>{{ }}</c>, <c>{% %}</c> or <c>{# #}</c>; at the first <c>=</c> of each part; a
/// backslash alone continues the line.
/// </summary>
internal sealed class KeyValueText
{
    // What may stand inside a command line; everything else in it belongs to the command.
    private static readonly ImmutableArray<string> CommandOptions =
        ["chdir", "creates", "removes", "executable", "warn", "stdin", "argv", "stdin_add_newline", "strip_empty_ends"];

    private readonly List<(int At, int Offset)> _pieces = [];

    private KeyValueText()
    {
    }

    public ImmutableArray<KeyValuePart> Pairs { get; private set; } = [];

    /// <summary>What is left when the options are taken out, verbatim but for blanks at its ends.</summary>
    public string FreeForm { get; private set; } = "";

    /// <summary>Where a problem is, and what.</summary>
    public (int Offset, string Message)? Problem { get; private set; }

    /// <summary>Parts without a <c>=</c>, where no command line is taken.</summary>
    public ImmutableArray<(string Text, int Offset)> Strays { get; private set; } = [];

    /// <summary>Where a character of <see cref="FreeForm"/> stands in the text.</summary>
    public int OffsetOf(int freeFormOffset)
    {
        var (at, offset) = _pieces.LastOrDefault(piece => piece.At <= freeFormOffset);
        return offset + (freeFormOffset - at);
    }

    public static KeyValueText Parse(string text, bool isCommand)
    {
        var result = new KeyValueText();
        var parts = result.Split(text);
        if (result.Problem is not null)
        {
            return result;
        }
        var pairs = ImmutableArray.CreateBuilder<KeyValuePart>();
        var rest = new List<(int Start, int End)>();
        foreach (var (start, end) in parts)
        {
            if (text[start..end] == @"\")
            {
                continue;
            }
            if (PairAt(text, start, end) is { } pair && (!isCommand || CommandOptions.Contains(pair.Key)))
            {
                pairs.Add(pair);
            }
            else
            {
                rest.Add((start, end));
            }
        }
        result.Pairs = pairs.ToImmutable();
        if (isCommand)
        {
            result.Join(text, rest);
        }
        else
        {
            result.Strays = [.. rest.Select(part => (text[part.Start..part.End], part.Start))];
        }
        return result;
    }

    private List<(int Start, int End)> Split(string text)
    {
        var parts = new List<(int, int)>();
        var start = -1;
        var quote = '\0';
        var quoteAt = 0;
        var braces = new JinjaDepth();
        for (var i = 0; i < text.Length; i++)
        {
            var c = text[i];
            if (c is ' ' or '\n' or '\r' && quote == '\0' && braces.IsOutside)
            {
                if (start >= 0)
                {
                    parts.Add((start, i));
                    start = -1;
                }
                continue;
            }
            start = start < 0 ? i : start;
            braces.Look(text, i);
            if (c is '"' or '\'' && (i == 0 || text[i - 1] != '\\'))
            {
                (quote, quoteAt) = quote == '\0' ? (c, i) : quote == c ? ('\0', i) : (quote, quoteAt);
            }
        }
        if (quote != '\0')
        {
            Problem = (quoteAt, "the quote that opens here is never closed");
        }
        else if (!braces.IsOutside)
        {
            Problem = (braces.OpenedAt, "the braces that open here are never closed");
        }
        if (start >= 0)
        {
            parts.Add((start, text.Length));
        }
        return parts;
    }

    private static KeyValuePart? PairAt(string text, int start, int end)
    {
        var equals = text.IndexOf('=', start, end - start);
        if (equals <= start || text[start] is '"' or '\'')
        {
            return null;
        }
        var key = text[start..equals];
        if (key.Contains('{'))
        {
            return null;
        }
        var value = text[(equals + 1)..end];
        var offset = equals + 1;
        if (value.Length > 1 && value[0] is '"' or '\'' && value.Length > 1 && value[^1] == value[0] && value[^2] != '\\')
        {
            (value, offset) = (value[1..^1], offset + 1);
        }
        return new KeyValuePart(key, start, Unescape(value), offset);
    }

    // Verbatim: the blanks between two parts that stay are kept as written.
    private void Join(string text, List<(int Start, int End)> rest)
    {
        var joined = new StringBuilder();
        var from = -1;
        var to = 0;
        foreach (var (start, end) in rest)
        {
            if (from >= 0 && IsBlank(text, to, start))
            {
                to = end;
                continue;
            }
            Append(joined, text, from, to);
            if (joined.Length > 0)
            {
                var gap = text[to..start].Replace("\\\n", "", StringComparison.Ordinal);
                joined.Append(gap.Contains('\n') ? '\n' : ' ');
            }
            (from, to) = (start, end);
        }
        Append(joined, text, from, to);
        FreeForm = joined.ToString();
    }

    private void Append(StringBuilder joined, string text, int from, int to)
    {
        if (from >= 0)
        {
            _pieces.Add((joined.Length, from));
            joined.Append(text, from, to - from);
        }
    }

    private static bool IsBlank(string text, int from, int to) => text.AsSpan(from, to - from).IsWhiteSpace();

    /// <summary>The escapes that Ansible undoes in the values of pairs (never in command lines).</summary>
    private static string Unescape(string text)
    {
        if (!text.Contains('\\'))
        {
            return text;
        }
        var result = new StringBuilder(text.Length);
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] != '\\' || i + 1 == text.Length)
            {
                result.Append(text[i]);
                continue;
            }
            var digits = text[i + 1] switch { 'x' => 2, 'u' => 4, 'U' => 8, _ => 0 };
            if (digits > 0)
            {
                if (i + 2 + digits <= text.Length
                    && int.TryParse(text.AsSpan(i + 2, digits), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var code) && Rune.IsValid(code))
                {
                    result.Append(new Rune(code).ToString());
                    i += 1 + digits;
                }
                else
                {
                    result.Append('\\');
                }
                continue;
            }
            var at = @"\'""abfnrtv".IndexOf(text[i + 1], StringComparison.Ordinal);
            if (at < 0)
            {
                result.Append('\\');
                continue;
            }
            result.Append("\\'\"\a\b\f\n\r\t\v"[at]);
            i++;
        }
        return result.ToString();
    }

    // Open braces of each of the three kinds; a closing pair too many counts as none.
    private struct JinjaDepth
    {
        private int _print;
        private int _block;
        private int _comment;
        private int _skipTo;

        public int OpenedAt { get; private set; }

        public readonly bool IsOutside => _print == 0 && _block == 0 && _comment == 0;

        public void Look(string text, int i)
        {
            if (i < _skipTo || i + 1 >= text.Length)
            {
                return;
            }
            var wasOutside = IsOutside;
            _skipTo = i + 2;
            switch (text[i], text[i + 1])
            {
                case ('{', '{'):
                    _print++;
                    break;
                case ('}', '}'):
                    _print = Math.Max(0, _print - 1);
                    break;
                case ('{', '%'):
                    _block++;
                    break;
                case ('%', '}'):
                    _block = Math.Max(0, _block - 1);
                    break;
                case ('{', '#'):
                    _comment++;
                    break;
                case ('#', '}'):
                    _comment = Math.Max(0, _comment - 1);
                    break;
                default:
                    _skipTo = i;
                    break;
            }
            OpenedAt = wasOutside && !IsOutside ? i : OpenedAt;
        }
    }
}
