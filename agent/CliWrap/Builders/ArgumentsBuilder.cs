using System.Text;

namespace CliWrap.Builders;

/// <summary>
/// Collects arguments into one line, quoted so that splitting gives them back. The rules are those of the C runtime of
/// Windows, which .NET uses for <c>ProcessStartInfo.Arguments</c> everywhere.
/// </summary>
public class ArgumentsBuilder
{
    private readonly StringBuilder _line = new();

    public ArgumentsBuilder Add(string value, bool escape)
    {
        if (_line.Length > 0)
        {
            _line.Append(' ');
        }
        _line.Append(escape ? Escape(value) : value);
        return this;
    }

    public ArgumentsBuilder Add(string value) => Add(value, escape: true);

    public ArgumentsBuilder Add(IEnumerable<string> values, bool escape)
    {
        foreach (var value in values)
        {
            Add(value, escape);
        }
        return this;
    }

    public ArgumentsBuilder Add(IEnumerable<string> values) => Add(values, escape: true);

    public string Build() => _line.ToString();

    /// <summary>The inverse of building.</summary>
    internal static List<string> Split(string line)
    {
        var arguments = new List<string>();
        var at = 0;
        while (true)
        {
            while (at < line.Length && line[at] is ' ' or '\t')
            {
                at++;
            }
            if (at == line.Length)
            {
                return arguments;
            }
            arguments.Add(Next(line, ref at));
        }
    }

    private static string Next(string line, ref int at)
    {
        var argument = new StringBuilder();
        var quoted = false;
        while (at < line.Length && (quoted || line[at] is not (' ' or '\t')))
        {
            var slashes = 0;
            while (at < line.Length && line[at] == '\\')
            {
                slashes++;
                at++;
            }
            if (at == line.Length || line[at] != '"')
            {
                argument.Append('\\', slashes);
                if (slashes == 0)
                {
                    argument.Append(line[at++]);
                }
                continue;
            }
            argument.Append('\\', slashes / 2);
            if (slashes % 2 == 1)
            {
                argument.Append('"');
            }
            else if (quoted && at + 1 < line.Length && line[at + 1] == '"')
            {
                // Two quotes within quotes are one.
                argument.Append('"');
                at++;
            }
            else
            {
                quoted = !quoted;
            }
            at++;
        }
        return argument.ToString();
    }

    private static string Escape(string argument)
    {
        if (argument.Length > 0 && argument.All(c => !char.IsWhiteSpace(c) && c != '"'))
        {
            return argument;
        }
        var quoted = new StringBuilder("\"");
        for (var i = 0; i < argument.Length; i++)
        {
            var slashes = 0;
            while (i < argument.Length && argument[i] == '\\')
            {
                slashes++;
                i++;
            }
            if (i == argument.Length)
            {
                quoted.Append('\\', slashes * 2);
            }
            else if (argument[i] == '"')
            {
                quoted.Append('\\', (slashes * 2) + 1).Append('"');
            }
            else
            {
                quoted.Append('\\', slashes).Append(argument[i]);
            }
        }
        return quoted.Append('"').ToString();
    }
}
