using System.Globalization;
using System.Text;

namespace FlaskDeploy.Compiler.Syntax;

/// <summary>Text that was put together from pieces of another, and where each of its characters came from.</summary>
internal sealed class MappedText
{
    private readonly StringBuilder _text = new();
    private readonly List<int> _offsets = [];

    public int Length => _text.Length;

    public bool EndsLine => Length > 0 && _text[^1] == '\n';

    public void Add(char c, int offset)
    {
        _text.Append(c);
        _offsets.Add(offset);
    }

    public void Add(string source, int start, int end)
    {
        for (var i = start; i < end; i++)
        {
            Add(source[i], i);
        }
    }

    public void Add(MappedText other)
    {
        _text.Append(other._text);
        _offsets.AddRange(other._offsets);
    }

    /// <summary>Where the character stood; past the end, behind the last.</summary>
    public int OffsetOf(int index) => index < _offsets.Count ? _offsets[index] : _offsets.Count == 0 ? 0 : _offsets[^1] + 1;

    public MappedText Part(int start, int end)
    {
        var part = new MappedText();
        part._text.Append(_text, start, end - start);
        part._offsets.AddRange(_offsets.GetRange(start, end - start));
        return part;
    }

    /// <summary>Blanks at the ends are gone, newlines at the end are not.</summary>
    public MappedText TrimmedToLines()
    {
        var text = ToString();
        var start = Length - text.TrimStart().Length;
        return Part(start, Math.Max(start, text.TrimEnd(' ', '\t').Length));
    }

    public MappedText Trimmed()
    {
        var text = ToString();
        var start = Length - text.TrimStart().Length;
        return Part(start, Math.Max(start, text.TrimEnd().Length));
    }

    /// <summary>The escapes that Ansible undoes before it looks for a <c>=</c>: <c>\n</c>, <c>\x41</c>, <c>\u00e9</c>, <c>\\</c>.</summary>
    public MappedText Unescaped()
    {
        var text = ToString();
        if (!text.Contains('\\'))
        {
            return this;
        }
        var result = new MappedText();
        for (var i = 0; i < text.Length; i++)
        {
            var digits = i + 1 == text.Length || text[i] != '\\' ? 0 : text[i + 1] switch { 'x' => 2, 'u' => 4, 'U' => 8, _ => 0 };
            var single = i + 1 == text.Length || text[i] != '\\' ? -1 : @"\'""abfnrtv".IndexOf(text[i + 1], StringComparison.Ordinal);
            if (digits > 0 && i + 2 + digits <= text.Length
                && int.TryParse(text.AsSpan(i + 2, digits), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var code) && Rune.IsValid(code))
            {
                foreach (var c in new Rune(code).ToString())
                {
                    result.Add(c, _offsets[i]);
                }
                i += 1 + digits;
            }
            else if (single >= 0)
            {
                result.Add("\\'\"\a\b\f\n\r\t\v"[single], _offsets[i]);
                i++;
            }
            else
            {
                result.Add(text[i], _offsets[i]);
            }
        }
        return result;
    }

    public override string ToString() => _text.ToString();
}
