using System.Collections.Immutable;
using System.Text;

namespace FlaskDeploy.Agent.Modules.Commands;

/// <summary>Splits a command line into words as Python's <c>shlex.split</c> does: quotes and backslashes of a POSIX shell, nothing else of it.</summary>
internal static class ShellWords
{
    /// <summary>False, with the problem in Python's words, where a quote is not closed or a backslash ends the text.</summary>
    internal static bool TrySplit(string text, out ImmutableArray<string> words, out string? problem)
    {
        var found = ImmutableArray.CreateBuilder<string>();
        StringBuilder? word = null;
        problem = null;
        for (var at = 0; at < text.Length; at++)
        {
            var c = text[at];
            if (c is ' ' or '\t' or '\r' or '\n')
            {
                if (word is not null)
                {
                    found.Add(word.ToString());
                    word = null;
                }
                continue;
            }
            word ??= new StringBuilder();
            if (c is '\'' or '"')
            {
                at = Quoted(text, at, word);
                if (at < 0)
                {
                    problem = "No closing quotation";
                    break;
                }
            }
            else if (c == '\\')
            {
                if (++at == text.Length)
                {
                    problem = "No escaped character";
                    break;
                }
                word.Append(text[at]);
            }
            else
            {
                word.Append(c);
            }
        }
        if (word is not null)
        {
            found.Add(word.ToString());
        }
        words = found.ToImmutable();
        return problem is null;
    }

    // Where the closing quote is, or -1. Inside double quotes a backslash escapes only itself and the quote.
    private static int Quoted(string text, int start, StringBuilder word)
    {
        var quote = text[start];
        for (var at = start + 1; at < text.Length; at++)
        {
            if (text[at] == quote)
            {
                return at;
            }
            if (quote == '"' && text[at] == '\\' && at + 1 < text.Length && text[at + 1] is '"' or '\\')
            {
                word.Append(text[++at]);
                continue;
            }
            word.Append(text[at]);
        }
        return -1;
    }
}
