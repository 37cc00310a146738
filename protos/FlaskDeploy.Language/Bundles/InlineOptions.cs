using System.Collections.Immutable;
using FlaskDeploy.Language.Values;

namespace FlaskDeploy.Language.Bundles;

/// <summary>Options of a lookup, and those that stand in its term as Ansible once had them: <c>'Li file=elements.csv delimiter=,'</c>.</summary>
internal sealed class InlineOptions(IReadOnlyDictionary<string, Value> options, ImmutableArray<string> known)
{
    private readonly Dictionary<string, string> _inline = new(StringComparer.Ordinal);

    /// <summary>What is left of the term. An option of one term is one for those behind it as well.</summary>
    public (string Key, string? Problem) Take(string term)
    {
        if (options.Keys.FirstOrDefault(name => !known.Contains(name)) is { } strange)
        {
            return ("", Unknown(strange));
        }
        var rest = new List<string>();
        foreach (var word in term.Split(' '))
        {
            var at = word.IndexOf('=', StringComparison.Ordinal);
            if (at <= 0 || word[at - 1] == '\\')
            {
                rest.Add(word.Replace("\\=", "=", StringComparison.Ordinal));
            }
            else if (known.Contains(word[..at]))
            {
                _inline[word[..at]] = word[(at + 1)..];
            }
            else
            {
                return ("", Unknown(word[..at]));
            }
        }
        return (string.Join(' ', rest).Trim(), null);
    }

    /// <summary>What is wrong with an encoding: files are read as UTF-8, which holds ASCII.</summary>
    public string? EncodingProblem => Text("encoding")?.ToLowerInvariant() is not (null or "utf-8" or "utf8" or "utf_8" or "ascii" or "us-ascii") ? $"encoding={Text("encoding")} is not read; make the file UTF-8" : null;

    public string? Text(string name) => _inline.GetValueOrDefault(name) ?? (options.GetValueOrDefault(name) is { } said and not NullValue ? said.Reveal().ToString() : null);

    /// <summary>As it was given.</summary>
    public Value? Value(string name) => _inline.TryGetValue(name, out var said) ? Values.Value.Of(said) : options.GetValueOrDefault(name);

    public bool Flag(string name) => Text(name) is { } said && YamlScalars.AsBoolean(said) == true;

    private string Unknown(string name) => $"it takes no {name}; it takes {string.Join(", ", known)}";
}
