namespace FlaskDeploy.Compiler.Syntax;

/// <summary>
/// Splits a line of arguments as Ansible's <c>split_args</c> does, its oddities included: at newlines, then at blanks;
/// joined again while a quote or Jinja's braces are open; blanks and newlines stay at the end of the part before them.
/// </summary>
internal sealed class ArgumentSplitter(string source)
{
    private readonly List<MappedText> _parts = [];
    private readonly Brackets[] _brackets = [new("{{", "}}"), new("{%", "%}"), new("{#", "#}")];
    private char _quote;
    private int _openedAt;

    /// <summary>Where a quote or braces open that never close, and what; null: the parts are whole.</summary>
    public (int Offset, string Message)? Problem { get; private set; }

    private bool IsInBraces => _brackets.Any(bracket => bracket.Depth > 0);

    public IReadOnlyList<MappedText> Split()
    {
        var at = 0;
        while (at <= source.Length)
        {
            var end = source.IndexOf('\n', at) is var found and >= 0 ? found : source.Length;
            Line(at, end);
            at = end + 1;
        }
        Problem = _quote != '\0' ? (_openedAt, "the quote that opens here is never closed")
            : IsInBraces ? (_openedAt, "the braces that open here are never closed") : null;
        return _parts;
    }

    private void Line(int start, int end)
    {
        var continues = false;
        var isSole = source.IndexOf(' ', start, end - start) < 0;
        for (var at = start; at <= end;)
        {
            var stop = source.IndexOf(' ', at, end - at) is var found and >= 0 ? found : end;
            if (stop == at && at != start)
            {
                // Blanks in a row are kept, behind what is there already.
                _parts.LastOrDefault()?.Add(' ', at - 1);
            }
            else if (stop == at + 1 && source[at] == '\\' && _quote == '\0')
            {
                continues = true;
            }
            else
            {
                Token(at, stop, isFirst: at == start, isSole);
            }
            at = stop + 1;
        }
        if (end < source.Length && !continues)
        {
            _parts.LastOrDefault()?.Add('\n', end);
        }
    }

    private void Token(int start, int end, bool isFirst, bool isSole)
    {
        var wasQuoted = _quote != '\0';
        var wasInBraces = IsInBraces;
        Quote(start, end);
        var isQuoted = _quote != '\0';
        var isAdded = true;
        if (isQuoted && !wasQuoted && !wasInBraces)
        {
            Append(start, end);
        }
        else if ((wasInBraces || isQuoted || wasQuoted) && _parts.Count > 0)
        {
            if (!(isFirst && wasQuoted) && (!isFirst || isSole))
            {
                _parts[^1].Add(source[start - 1], start - 1);
            }
            _parts[^1].Add(source, start, end);
        }
        else
        {
            isAdded = false;
        }
        foreach (var bracket in _brackets)
        {
            var before = bracket.Depth;
            if (bracket.Count(source.AsSpan(start, end - start)) && !isAdded)
            {
                Append(start, end);
                isAdded = true;
            }
            _openedAt = before == 0 && bracket.Depth > 0 && !isQuoted ? source.IndexOf(bracket.Open, start, StringComparison.Ordinal) : _openedAt;
        }
        if (!isAdded && !IsInBraces && !isQuoted && end > start)
        {
            Append(start, end);
        }
    }

    private void Append(int start, int end)
    {
        var part = new MappedText();
        part.Add(source, start, end);
        _parts.Add(part);
    }

    private void Quote(int start, int end)
    {
        for (var i = start; i < end; i++)
        {
            if (source[i] is '"' or '\'' && (i == start || source[i - 1] != '\\'))
            {
                (_quote, _openedAt) = _quote == '\0' ? (source[i], i) : _quote == source[i] ? ('\0', _openedAt) : (_quote, _openedAt);
            }
        }
    }

    private sealed class Brackets(string open, string close)
    {
        public string Open => open;

        public int Depth { get; private set; }

        /// <summary>Whether the depth is another after the token.</summary>
        public bool Count(ReadOnlySpan<char> token)
        {
            var before = Depth;
            var (opened, closed) = (token.Count(open), token.Count(close));
            Depth = opened == closed ? Depth : Math.Max(0, Depth + opened - closed);
            return Depth != before;
        }
    }
}
