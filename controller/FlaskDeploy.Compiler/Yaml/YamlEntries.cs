using System.Collections.Immutable;
using FlaskDeploy.Language.Diagnostics;

namespace FlaskDeploy.Compiler.Yaml;

/// <summary>Gathers the entries of one mapping: of a key written twice the last one counts, which is told; merge keys are followed (<c>&lt;&lt;: *defaults</c>).</summary>
internal sealed class YamlEntries(DiagnosticBag diagnostics)
{
    private readonly List<YamlEntry> _own = [];
    private readonly List<YamlEntry> _merged = [];
    private readonly Dictionary<string, YamlNode> _seen = new(StringComparer.Ordinal);

    public void Add(YamlNode key, YamlNode value)
    {
        if (key is YamlScalar { IsPlain: true, Text: "<<", Tag: null })
        {
            Merge(key, value);
        }
        else if (key is not YamlScalar scalar)
        {
            RefuseKey(key);
        }
        else if (_seen.TryGetValue(scalar.Text, out var first))
        {
            // As Ansible: it is told, and the last one counts.
            diagnostics.Warning(CompilerCodes.DuplicateKey, key.Span, $"'{scalar.Text}' is written a second time, and only this one counts; the first is at {first.Span.Line}:{first.Span.Column}", "keep one of them");
            _own[_own.FindIndex(entry => entry.Name == scalar.Text)] = new YamlEntry(key, value);
        }
        else
        {
            _seen.Add(scalar.Text, key);
            _own.Add(new YamlEntry(key, value));
        }
    }

    /// <summary>What was merged comes first, and gives way to what the mapping says itself.</summary>
    public ImmutableArray<YamlEntry> ToImmutable() =>
        [.. _merged.Where(entry => !_seen.ContainsKey(entry.Name)).DistinctBy(entry => entry.Name), .. _own];

    private void Merge(YamlNode key, YamlNode value)
    {
        switch (value)
        {
            case YamlMapping mapping:
                _merged.AddRange(mapping.Entries);
                break;
            case YamlSequence sequence when sequence.Items.All(item => item is YamlMapping):
                // Of several, the first that has a key wins.
                _merged.AddRange(sequence.Items.SelectMany(item => ((YamlMapping)item).Entries));
                break;
            default:
                diagnostics.Error(CompilerCodes.YamlSyntax, key.Span, $"'<<' merges mappings, and this is {value.Kind}");
                break;
        }
    }

    private void RefuseKey(YamlNode key)
    {
        if (IsTemplate(key))
        {
            diagnostics.Error(CompilerCodes.UnquotedTemplate, key.Span, "YAML reads an unquoted '{{' as the start of a mapping", "put the whole value in quotes: \"{{ name }}\"");
        }
        else
        {
            diagnostics.Error(CompilerCodes.YamlSyntax, key.Span, $"{key.Kind} cannot be a key");
        }
    }

    private static bool IsTemplate(YamlNode key) => key is YamlMapping { Entries.Length: <= 1 };
}
