using FlaskDeploy.Language.Values;

namespace FlaskDeploy.Language.Expressions;

/// <summary>
/// Splits a template into tokens as Jinja2 does, whitespace control, <c>trim_blocks</c>, <c>lstrip_blocks</c> and
/// <c>raw</c> included. See https://jinja.palletsprojects.com/en/stable/templates/#whitespace-control.
/// </summary>
internal sealed partial class Lexer(string source, TemplateOptions options)
{
    private readonly List<Token> _tokens = [];
    private readonly Stack<char> _open = new();
    private string _text = source;
    private int _position;

    // Whether what was matched last ended a line: then blanks before the next tag start a line.
    private bool _lineStarting = true;

    /// <exception cref="SyntaxStop">The text is not a template.</exception>
    internal List<Token> ReadTemplate()
    {
        if (!options.KeepTrailingNewline && _text.EndsWith('\n'))
        {
            _text = _text[..^1];
        }
        while (_position < _text.Length)
        {
            ReadRoot();
        }
        _tokens.Add(new Token(TokenKind.End, _text.Length, ""));
        return _tokens;
    }

    /// <summary>The tokens of a bare expression.</summary>
    internal List<Token> ReadExpression()
    {
        while (SkipBlanks())
        {
            ReadTagToken(inVariable: false);
        }
        if (_open.Count > 0)
        {
            throw new SyntaxStop(_text.Length, $"'{_open.Peek()}' is missing at the end");
        }
        _tokens.Add(new Token(TokenKind.End, _text.Length, ""));
        return _tokens;
    }

    private enum Tag
    {
        Raw,
        Block,
        Variable,
        Comment,
        LineStatement,
        LineComment,
    }

    private void ReadRoot()
    {
        var (tag, at, length) = FindTag();
        if (length == 0)
        {
            AddData(_position, _text[_position..]);
            _position = _text.Length;
            return;
        }
        var start = _position;
        var after = at + length;
        var sign = tag is Tag.LineStatement or Tag.LineComment ? '\0' : SignAt(after);
        var text = Stripped(_text[start..at], sign, tag);
        AddData(start, text);
        if (sign != '\0')
        {
            after++;
        }
        switch (tag)
        {
            case Tag.Raw:
                Advance(RawTagEnd(after)!.Value);
                ReadRaw(at);
                break;
            case Tag.Comment:
                Advance(after);
                ReadComment(at);
                break;
            case Tag.Block:
                Advance(after);
                _tokens.Add(new Token(TokenKind.BlockStart, at, options.BlockStart));
                ReadTag(at, isVariable: false);
                break;
            case Tag.Variable:
                Advance(after);
                _tokens.Add(new Token(TokenKind.VariableStart, at, options.VariableStart));
                ReadTag(at, isVariable: true);
                break;
            case Tag.LineStatement:
                Advance(after);
                _tokens.Add(new Token(TokenKind.BlockStart, at, options.LineStatementPrefix!));
                ReadLineStatement();
                break;
            default:
                var end = _text.IndexOf('\n', after);
                Advance(end < 0 ? _text.Length : end);
                break;
        }
    }

    private (Tag Tag, int At, int Length) FindTag()
    {
        (Tag Tag, int At, int Length) best = (Tag.Block, int.MaxValue, 0);
        var prefix = 0;
        Consider(Tag.Block, options.BlockStart);
        Consider(Tag.Variable, options.VariableStart);
        Consider(Tag.Comment, options.CommentStart);
        if (options.LineStatementPrefix is { Length: > 0 } statement)
        {
            ConsiderLine(Tag.LineStatement, statement);
        }
        if (options.LineCommentPrefix is { Length: > 0 } comment)
        {
            ConsiderLine(Tag.LineComment, comment);
        }
        if (best is { Tag: Tag.Block, Length: > 0 })
        {
            var after = best.At + best.Length;
            var sign = SignAt(after) == '\0' ? 0 : 1;
            if (RawTagEnd(after + sign) is not null)
            {
                best = best with { Tag = Tag.Raw };
            }
        }
        return best;

        void Consider(Tag tag, string opening)
        {
            var at = _text.IndexOf(opening, _position, StringComparison.Ordinal);
            if (at >= 0 && (at < best.At || at == best.At && opening.Length > prefix))
            {
                (best, prefix) = ((tag, at, opening.Length), opening.Length);
            }
        }

        // A statement is a line of its own; a comment may follow something on the line.
        void ConsiderLine(Tag tag, string opening)
        {
            for (var at = _text.IndexOf(opening, _position, StringComparison.Ordinal); at >= 0; at = _text.IndexOf(opening, at + 1, StringComparison.Ordinal))
            {
                var begin = at;
                while (begin > _position && _text[begin - 1] != '\n' && PythonChar.IsSpace(_text[begin - 1]))
                {
                    begin--;
                }
                var startsLine = begin == 0 || _text[begin - 1] == '\n';
                if (startsLine || tag == Tag.LineComment)
                {
                    if (begin < best.At || begin == best.At && opening.Length > prefix)
                    {
                        (best, prefix) = ((tag, begin, at + opening.Length - begin), opening.Length);
                    }
                    return;
                }
            }
        }
    }

    private string Stripped(string text, char sign, Tag tag)
    {
        if (sign == '-')
        {
            return PythonChar.TrimEnd(text);
        }
        if (sign != '+' && options.LstripBlocks && tag is not (Tag.Variable or Tag.LineStatement or Tag.LineComment))
        {
            var line = text.LastIndexOf('\n') + 1;
            if ((line > 0 || _lineStarting) && line < text.Length && text.AsSpan(line).IndexOfAnyExcept(PythonChar.Spaces) < 0)
            {
                return text[..line];
            }
        }
        return text;
    }

    private void AddData(int at, string text)
    {
        if (text.Length > 0)
        {
            _tokens.Add(new Token(TokenKind.Data, at, options.NewlineSequence == "\n" ? text : text.Replace("\n", options.NewlineSequence, StringComparison.Ordinal)));
        }
    }

    private char SignAt(int at) => at < _text.Length && _text[at] is '-' or '+' ? _text[at] : '\0';

    private bool StandsAt(int at, string what) => string.CompareOrdinal(_text, at, what, 0, what.Length) == 0 && what.Length > 0;

    private int SkipSpaces(int at)
    {
        while (at < _text.Length && PythonChar.IsSpace(_text[at]))
        {
            at++;
        }
        return at;
    }

    private void Advance(int to)
    {
        _lineStarting = to > _position ? _text[to - 1] == '\n' : _lineStarting;
        _position = to;
    }

    /// <summary>Where the text after <c>{% raw %}</c> starts, or null where this is another tag.</summary>
    private int? RawTagEnd(int at)
    {
        at = SkipSpaces(at);
        if (!StandsAt(at, "raw"))
        {
            return null;
        }
        at = SkipSpaces(at + 3);
        return StandsAt(at, "-" + options.BlockEnd) ? SkipSpaces(at + 1 + options.BlockEnd.Length)
            : StandsAt(at, options.BlockEnd) ? at + options.BlockEnd.Length
            : null;
    }

    private void ReadRaw(int opened)
    {
        var start = _position;
        for (var at = _text.IndexOf(options.BlockStart, start, StringComparison.Ordinal); at >= 0; at = _text.IndexOf(options.BlockStart, at + 1, StringComparison.Ordinal))
        {
            var after = at + options.BlockStart.Length;
            var sign = SignAt(after);
            var name = SkipSpaces(after + (sign == '\0' ? 0 : 1));
            if (StandsAt(name, "endraw") && BlockEndAt(SkipSpaces(name + 6)) is { } end)
            {
                AddData(start, Stripped(_text[start..at], sign, Tag.Raw));
                Advance(end);
                return;
            }
        }
        throw new SyntaxStop(opened, "the end of this raw block is missing: {% endraw %}");
    }

    private void ReadComment(int opened)
    {
        var end = _text.IndexOf(options.CommentEnd, _position, StringComparison.Ordinal);
        if (end < 0)
        {
            throw new SyntaxStop(opened, $"the end of this comment is missing: {options.CommentEnd}");
        }
        var after = end + options.CommentEnd.Length;
        var sign = end > _position ? _text[end - 1] : '\0';
        Advance(sign switch
        {
            '-' => SkipSpaces(after),
            '+' => after,
            _ => AfterTrimmedNewline(after),
        });
    }

    private int AfterTrimmedNewline(int at) => options.TrimBlocks && at < _text.Length && _text[at] == '\n' ? at + 1 : at;

    private int? BlockEndAt(int at) =>
        StandsAt(at, "+" + options.BlockEnd) ? at + 1 + options.BlockEnd.Length
        : StandsAt(at, "-" + options.BlockEnd) ? SkipSpaces(at + 1 + options.BlockEnd.Length)
        : StandsAt(at, options.BlockEnd) ? AfterTrimmedNewline(at + options.BlockEnd.Length)
        : null;

    private int? VariableEndAt(int at) =>
        StandsAt(at, "-" + options.VariableEnd) ? SkipSpaces(at + 1 + options.VariableEnd.Length)
        : StandsAt(at, options.VariableEnd) ? at + options.VariableEnd.Length
        : null;

    private void ReadTag(int opened, bool isVariable)
    {
        while (true)
        {
            if (_open.Count == 0 && (isVariable ? VariableEndAt(_position) : BlockEndAt(_position)) is { } end)
            {
                _tokens.Add(new Token(isVariable ? TokenKind.VariableEnd : TokenKind.BlockEnd, _position, isVariable ? options.VariableEnd : options.BlockEnd));
                Advance(end);
                return;
            }
            if (_position >= _text.Length)
            {
                throw new SyntaxStop(opened, $"the end of this tag is missing: {(_open.TryPeek(out var closing) ? $"'{closing}' and " : "")}{(isVariable ? options.VariableEnd : options.BlockEnd)}");
            }
            if (PythonChar.IsSpace(_text[_position]))
            {
                Advance(SkipSpaces(_position));
                continue;
            }
            ReadTagToken(isVariable);
        }
    }

    private void ReadLineStatement()
    {
        while (true)
        {
            if (_open.Count == 0)
            {
                // Empty lines behind it belong to it.
                var blanks = SkipSpaces(_position);
                var end = blanks == _text.Length ? blanks : _text.LastIndexOf('\n', Math.Max(blanks - 1, 0), blanks - _position) + 1;
                if (end > 0)
                {
                    _tokens.Add(new Token(TokenKind.BlockEnd, _position, ""));
                    Advance(end);
                    return;
                }
            }
            if (_position >= _text.Length)
            {
                throw new SyntaxStop(_text.Length, "the line statement does not end");
            }
            if (PythonChar.IsSpace(_text[_position]))
            {
                Advance(_position + 1);
                continue;
            }
            ReadTagToken(inVariable: false);
        }
    }

    private bool SkipBlanks()
    {
        _position = SkipSpaces(_position);
        return _position < _text.Length;
    }
}
