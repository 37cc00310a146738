using System.Collections.Immutable;
using System.Text;

namespace FlaskDeploy.Agent.Modules.Repositories;

/// <summary>One section: its options by name in small letters, in their order.</summary>
internal sealed record RepositorySection(string Id, ImmutableArray<KeyValuePair<string, string>> Options)
{
    /// <summary>Whether it says the same, in whatever order.</summary>
    internal bool Says(RepositorySection other) =>
        Options.OrderBy(option => option.Key, StringComparer.Ordinal).SequenceEqual(other.Options.OrderBy(option => option.Key, StringComparer.Ordinal));
}

/// <summary>
/// A file of repositories as Python's configparser reads and writes it, because that is who reads it: comments are lost when
/// it is written, values go on in lines that are indented.
/// </summary>
internal sealed record RepositoryFile(ImmutableArray<RepositorySection> Sections)
{
    internal RepositorySection? Find(string id) => Sections.FirstOrDefault(section => section.Id == id);

    /// <summary>Without the section of that name, if there is one.</summary>
    internal RepositoryFile Without(string id) => new([.. Sections.Where(section => section.Id != id)]);

    /// <summary>The section stands last.</summary>
    internal RepositoryFile With(RepositorySection section) => new(Without(section.Id).Sections.Add(section));

    /// <summary>The file, or what is wrong with it.</summary>
    internal static (RepositoryFile? File, string? Problem) Parse(string text)
    {
        var sections = new List<(string Id, List<(string Key, List<string> Lines)> Options)>();
        var indent = 0;
        foreach (var (number, raw) in text.ReplaceLineEndings("\n").Split('\n').Index())
        {
            var line = raw.Trim();
            if (line.StartsWith('#') || line.StartsWith(';'))
            {
                continue;
            }
            var option = sections.Count > 0 && sections[^1].Options.Count > 0 ? sections[^1].Options[^1].Lines : null;
            if (line.Length == 0)
            {
                option?.Add("");
                continue;
            }
            var level = raw.Length - raw.TrimStart().Length;
            if (option is not null && level > indent)
            {
                option.Add(line);
                continue;
            }
            indent = level;
            if (line.StartsWith('[') && line.LastIndexOf(']') is > 0 and var end)
            {
                var id = line[1..end];
                if (sections.Exists(section => section.Id == id))
                {
                    return (null, $"line {number + 1}: there is a second section [{id}]");
                }
                sections.Add((id, []));
                continue;
            }
            if (sections.Count == 0 || line.AsSpan().IndexOfAny('=', ':') is var at && at <= 0)
            {
                return (null, $"line {number + 1} is neither a section nor an option: {line}");
            }
            var key = line[..at].TrimEnd().ToLowerInvariant();
            if (sections[^1].Options.Exists(other => other.Key == key))
            {
                return (null, $"line {number + 1}: [{sections[^1].Id}] has a second {key}");
            }
            sections[^1].Options.Add((key, [line[(at + 1)..].Trim()]));
        }
        return (new RepositoryFile([.. sections.Select(section => new RepositorySection(
            section.Id, [.. section.Options.Select(option => KeyValuePair.Create(option.Key, string.Join('\n', option.Lines).TrimEnd()))]))]), null);
    }

    public override string ToString()
    {
        var text = new StringBuilder();
        foreach (var section in Sections)
        {
            text.Append('[').Append(section.Id).Append("]\n");
            foreach (var (key, value) in section.Options)
            {
                text.Append(key).Append(" = ").Append(value.Replace("\n", "\n\t", StringComparison.Ordinal)).Append('\n');
            }
            text.Append('\n');
        }
        return text.ToString();
    }
}
