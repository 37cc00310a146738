using System.Collections.Immutable;

namespace FlaskDeploy.Compiler.Syntax;

/// <param name="Offset">Of the first character of the value (after its quote) in the text it was read from.</param>
internal readonly record struct KeyValuePart(string Key, int KeyOffset, string Value, int Offset);

/// <summary>
/// A line of <c>key=value</c> pairs, or a command line with a few options in it, read as Ansible's <c>parse_kv</c> reads
/// it: see <see cref="ArgumentSplitter"/>; then at the first <c>=</c> of each part that no backslash escapes.
/// </summary>
internal sealed class KeyValueText
{
    // What may stand inside a command line; everything else in it belongs to the command.
    private static readonly ImmutableArray<string> CommandOptions =
        ["creates", "removes", "chdir", "executable", "warn", "stdin", "stdin_add_newline", "strip_empty_ends"];

    private MappedText _freeForm = new();

    private KeyValueText()
    {
    }

    /// <summary>In the order of writing; of equal keys the last counts.</summary>
    public ImmutableArray<KeyValuePart> Pairs { get; private set; } = [];

    /// <summary>What is left when the options are taken out, verbatim but for blanks at its ends; a newline at its end stays.</summary>
    public string FreeForm { get; private set; } = "";

    /// <summary>Where a problem is, and what.</summary>
    public (int Offset, string Message)? Problem { get; private set; }

    /// <summary>Parts without a <c>=</c>, where no command line is taken.</summary>
    public ImmutableArray<(string Text, int Offset)> Strays { get; private set; } = [];

    /// <summary>Where a character of <see cref="FreeForm"/> stands in the text.</summary>
    public int OffsetOf(int freeFormOffset) => _freeForm.OffsetOf(freeFormOffset);

    public static KeyValueText Parse(string text, bool isCommand)
    {
        var splitter = new ArgumentSplitter(text);
        var parts = splitter.Split();
        if (splitter.Problem is { } problem)
        {
            return new KeyValueText { Problem = problem };
        }
        var pairs = ImmutableArray.CreateBuilder<KeyValuePart>();
        var rest = new List<MappedText>();
        foreach (var part in parts)
        {
            var plain = part.Unescaped();
            if (EqualsOf(plain.ToString()) is not { } equals)
            {
                rest.Add(plain.ToString().Contains('=') ? WithoutBackslashes(plain) : part);
            }
            else if (isCommand && !CommandOptions.Contains(plain.ToString()[..equals]))
            {
                rest.Add(part);
            }
            else
            {
                pairs.Add(PairOf(plain, equals));
            }
        }
        var joined = Joined(rest).TrimmedToLines();
        return new KeyValueText
        {
            Pairs = pairs.ToImmutable(),
            Strays = isCommand ? [] : [.. rest.Select(part => (part.ToString().Trim(), part.OffsetOf(0))).Where(stray => stray.Item1.Length > 0)],
            FreeForm = isCommand ? joined.ToString() : "",
            _freeForm = joined,
        };
    }

    // Null: none, or only such as are escaped. The first character is never one.
    private static int? EqualsOf(string text)
    {
        for (var at = text.IndexOf('=', Math.Min(1, text.Length)); at > 0; at = text.IndexOf('=', at + 1))
        {
            if (text[at - 1] != '\\')
            {
                return at;
            }
        }
        return null;
    }

    private static KeyValuePart PairOf(MappedText part, int equals)
    {
        var key = part.Part(0, equals).Trimmed();
        var value = part.Part(equals + 1, part.Length);
        var after = value.Length > 0 ? value.OffsetOf(0) : part.OffsetOf(equals) + 1;
        value = value.Trimmed();
        var text = value.ToString();
        var isQuoted = text.Length > 1 && text[0] is '"' or '\'' && text.Length > 1 && text[^1] == text[0] && text[^2] != '\\';
        value = isQuoted ? value.Part(1, value.Length - 1) : value;
        return new KeyValuePart(key.ToString(), key.OffsetOf(0), value.ToString(), value.Length > 0 ? value.OffsetOf(0) : after);
    }

    private static MappedText WithoutBackslashes(MappedText part)
    {
        var text = part.ToString();
        var result = new MappedText();
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] != '\\' || i + 1 == text.Length || text[i + 1] != '=')
            {
                result.Add(text[i], part.OffsetOf(i));
            }
        }
        return result;
    }

    private static MappedText Joined(List<MappedText> parts)
    {
        var joined = new MappedText();
        foreach (var part in parts)
        {
            if (joined.Length > 0 && !joined.EndsLine)
            {
                joined.Add(' ', Math.Max(0, part.OffsetOf(0) - 1));
            }
            joined.Add(part);
        }
        return joined;
    }
}
