using System.Collections.Immutable;
using FlaskDeploy.Language.Diagnostics;

namespace FlaskDeploy.Compiler.Yaml;

/// <summary>What was written, and where. Classes and not records: an alias makes a node shared, and nodes are told apart by identity.</summary>
internal abstract class YamlNode(SourceSpan span, string? tag)
{
    public SourceSpan Span { get; } = span;

    /// <summary>As written (<c>!vault</c>) or resolved (<c>tag:yaml.org,2002:str</c>); null where none was written.</summary>
    public string? Tag { get; } = tag;

    /// <summary>For messages: <c>a list</c>.</summary>
    public abstract string Kind { get; }
}

internal sealed class YamlScalar(SourceSpan span, string? tag, string text, bool isPlain, ScalarSource source) : YamlNode(span, tag)
{
    public string Text { get; } = text;

    /// <summary>Not quoted and no block: YAML's rules for booleans, numbers and null apply.</summary>
    public bool IsPlain { get; } = isPlain;

    public bool IsNull => IsPlain && Tag is null && Text is "" or "~" or "null" or "Null" or "NULL";

    public override string Kind => IsNull ? "nothing" : "a text";

    /// <summary>Where a character of <see cref="Text"/> stands in the file.</summary>
    public SourceSpan SpanAt(int offset) => source.SpanAt(Text, offset);
}

internal sealed class YamlSequence(SourceSpan span, string? tag, ImmutableArray<YamlNode> items) : YamlNode(span, tag)
{
    public ImmutableArray<YamlNode> Items { get; } = items;

    public override string Kind => "a list";
}

internal readonly record struct YamlEntry(YamlNode Key, YamlNode Value)
{
    /// <summary>The key's text; of a key that is no text, what kind it is.</summary>
    public string Name => Key is YamlScalar scalar ? scalar.Text : $"({Key.Kind})";
}

internal sealed class YamlMapping(SourceSpan span, string? tag, ImmutableArray<YamlEntry> entries) : YamlNode(span, tag)
{
    public ImmutableArray<YamlEntry> Entries { get; } = entries;

    public override string Kind => "a mapping";

    public YamlNode? this[string name] => Find(name)?.Value;

    public YamlEntry? Find(string name)
    {
        foreach (var entry in Entries)
        {
            if (entry.Key is YamlScalar scalar && scalar.Text == name)
            {
                return entry;
            }
        }
        return null;
    }
}
