using System.Collections.Immutable;

namespace FlaskDeploy.Compiler.Linting.Model;

/// <param name="Text">As written, its quotes included.</param>
/// <param name="Offset">In the whole text.</param>
internal readonly record struct ShellWord(string Text, int Offset)
{
    /// <summary>Without quotes around the whole.</summary>
    public string Plain => Text.Length > 1 && Text[0] is '"' or '\'' && Text.Length > 1 && Text[^1] == Text[0] ? Text[1..^1] : Text;

    /// <summary>The quote that the word starts with, or NUL.</summary>
    public char Quote => Text.Length > 1 && Text[0] is '"' or '\'' ? Text[0] : '\0';
}

/// <summary>One program with its words.</summary>
/// <param name="Before">What joins it to the one before: <c>&amp;&amp;</c>, <c>|</c>, <c>;</c>, a newline; empty: the first.</param>
/// <param name="After">What follows it: <c>&amp;</c> puts it into the background.</param>
internal sealed record ShellCommand(ImmutableArray<ShellWord> Words, ImmutableArray<ShellWord> Redirections, string Before, string After)
{
    private int First => Words.TakeWhile(IsAssignment).Count();

    /// <summary>Variables set for this program only: <c>LANG=C sort</c>.</summary>
    public IEnumerable<ShellWord> Assignments => Words.Take(First);

    public int Offset => Words.IsEmpty ? 0 : Words[0].Offset;

    /// <summary>The program's name without its directory; empty: there is none, or only the host knows.</summary>
    public string Program => First < Words.Length && !Words[First].Text.StartsWith("{{", StringComparison.Ordinal) ? Words[First].Plain.Split('/')[^1] : "";

    public ImmutableArray<ShellWord> Arguments => [.. Words.Skip(First + 1)];

    /// <summary>The first argument that is no option: of git or systemctl, what it shall do.</summary>
    public string Verb => Arguments.FirstOrDefault(word => !word.Text.StartsWith('-')) is { Text: not null } word ? word.Plain : "";

    public bool HasOption(params ReadOnlySpan<string> options)
    {
        foreach (var word in Arguments)
        {
            if (options.Contains(word.Plain.Split('=')[0]))
            {
                return true;
            }
        }
        return false;
    }

    private static bool IsAssignment(ShellWord word)
    {
        var equals = word.Text.IndexOf('=', StringComparison.Ordinal);
        return equals > 0 && word.Text.AsSpan(0, equals).IndexOfAnyExcept("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_") < 0 && !char.IsAsciiDigit(word.Text[0]);
    }
}

/// <summary>
/// A command line, split roughly as a shell does it: enough to see which programs it runs and what joins them. Braces of
/// Jinja are part of their word, whatever is inside. What it cannot follow (here documents, loops) becomes more words.
/// </summary>
internal sealed record ShellLine(ImmutableArray<ShellCommand> Commands)
{
    /// <summary>One program, nothing that joins it to another.</summary>
    public bool IsSimple => Commands.Length == 1 && Commands[0].Redirections.IsEmpty && Commands[0].After != "&";

    /// <summary>Pipes, redirections, several commands: what needs a shell, other than by expanding words.</summary>
    public bool HasOperators => Commands.Length > 1 || Commands.Any(command => !command.Redirections.IsEmpty || command.After.Length > 0);

    public static ShellLine Read(string text) => new Reader(text).Read();

    private sealed class Reader(string text)
    {
        private readonly ImmutableArray<ShellCommand>.Builder _commands = ImmutableArray.CreateBuilder<ShellCommand>();
        private readonly ImmutableArray<ShellWord>.Builder _words = ImmutableArray.CreateBuilder<ShellWord>();
        private readonly ImmutableArray<ShellWord>.Builder _redirections = ImmutableArray.CreateBuilder<ShellWord>();
        private string _before = "";
        private int _at;

        public ShellLine Read()
        {
            while (_at < text.Length)
            {
                Step();
            }
            End("");
            return new ShellLine(_commands.ToImmutable());
        }

        private void Step()
        {
            var c = text[_at];
            if (c is ' ' or '\t' or '\r')
            {
                _at++;
            }
            else if (c == '\\' && _at + 1 < text.Length && text[_at + 1] == '\n')
            {
                _at += 2;
            }
            else if (c == '#' && (_at == 0 || char.IsWhiteSpace(text[_at - 1])))
            {
                _at = text.IndexOf('\n', _at) is >= 0 and var end ? end : text.Length;
            }
            else if (Operator() is { } found)
            {
                _at += found.Length;
                End(found);
            }
            else if (RedirectionLength() is > 0 and var length)
            {
                _redirections.Add(new ShellWord(text.Substring(_at, length), _at));
                _at += length;
            }
            else
            {
                Word();
            }
        }

        private string? Operator()
        {
            var rest = text.AsSpan(_at);
            return rest.StartsWith("&&") ? "&&" : rest.StartsWith("||") ? "||" : rest.StartsWith("&>") ? null
                : rest[0] switch { '&' => "&", '|' => "|", ';' => ";", '\n' => "\n", _ => null };
        }

        // 2>&1, >/dev/null, >> "file", <in, &>log
        private int RedirectionLength()
        {
            var at = _at;
            while (at < text.Length && char.IsAsciiDigit(text[at]))
            {
                at++;
            }
            if (at == _at && text[at] == '&')
            {
                at++;
            }
            var signs = at;
            while (at < text.Length && text[at] is '>' or '<')
            {
                at++;
            }
            if (at == signs)
            {
                return 0;
            }
            if (at < text.Length && text[at] is '&' or '|')
            {
                at++;
            }
            while (at < text.Length && text[at] is ' ' or '\t')
            {
                at++;
            }
            return WordEnd(at) - _at;
        }

        private void Word()
        {
            var end = Math.Max(WordEnd(_at), _at + 1);
            _words.Add(new ShellWord(text[_at..end], _at));
            _at = end;
        }

        private int WordEnd(int at)
        {
            while (at < text.Length)
            {
                var c = text[at];
                if (Braces(at) is > 0 and var after)
                {
                    at = after;
                }
                else if (c is '"' or '\'' or '`')
                {
                    at = Quoted(at, c);
                }
                else if (c == '$' && at + 1 < text.Length && text[at + 1] == '(')
                {
                    at = Parentheses(at + 1);
                }
                else if (c == '\\' && at + 1 < text.Length)
                {
                    at += 2;
                }
                else if (char.IsWhiteSpace(c) || c is '|' or ';' or '>' or '<' || c == '&')
                {
                    return at;
                }
                else
                {
                    at++;
                }
            }
            return Math.Min(at, text.Length);
        }

        // The place behind '{{ ... }}' or '{% ... %}'; 0: none starts here.
        private int Braces(int at)
        {
            if (text[at] != '{' || at + 1 >= text.Length || text[at + 1] is not ('{' or '%' or '#'))
            {
                return 0;
            }
            var close = text[at + 1] == '{' ? "}}" : text[at + 1] + "}";
            return text.IndexOf(close, at + 2, StringComparison.Ordinal) is >= 0 and var end ? end + 2 : text.Length;
        }

        private int Quoted(int at, char quote)
        {
            for (at++; at < text.Length && text[at] != quote; at++)
            {
                if (Braces(at) is > 0 and var after)
                {
                    at = after - 1;
                }
                else if (text[at] == '\\' && quote != '\'')
                {
                    at++;
                }
            }
            return Math.Min(at + 1, text.Length);
        }

        private int Parentheses(int at)
        {
            var depth = 0;
            for (; at < text.Length; at++)
            {
                depth += text[at] switch { '(' => 1, ')' => -1, _ => 0 };
                if (depth == 0)
                {
                    return at + 1;
                }
            }
            return at;
        }

        private void End(string joint)
        {
            if (_words.Count > 0 || _redirections.Count > 0)
            {
                _commands.Add(new ShellCommand(_words.ToImmutable(), _redirections.ToImmutable(), _before, joint == "\n" ? "" : joint));
                _words.Clear();
                _redirections.Clear();
            }
            _before = joint;
        }
    }
}
