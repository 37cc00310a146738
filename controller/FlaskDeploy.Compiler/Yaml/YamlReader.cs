using System.Collections.Immutable;
using FlaskDeploy.Language.Diagnostics;
using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace FlaskDeploy.Compiler.Yaml;

/// <summary>
/// Reads one YAML text into nodes with positions. Of the library only the event parser is used: its deserialiser needs
/// reflection. What PyYAML refuses and the library lets pass (tabs as indentation, keys written twice, control
/// characters) is refused here.
/// </summary>
internal sealed class YamlReader
{
    private const int MaxDepth = 100;
    // An alias repeats what it names; nine levels of nine are a billion values in a few lines.
    private const int MaxNodes = 500_000;
    private const int MaxCharacters = 16 * 1024 * 1024;

    private readonly string _file;
    private readonly string _text;
    private readonly DiagnosticBag _diagnostics;
    private readonly Dictionary<string, (YamlNode Node, int Weight)> _anchors = new(StringComparer.Ordinal);
    private readonly HashSet<string> _openAnchors = new(StringComparer.Ordinal);
    private readonly Parser _parser;
    private int _weight;

    private YamlReader(string file, string text, DiagnosticBag diagnostics)
    {
        (_file, _text, _diagnostics) = (file, text, diagnostics);
        _parser = new Parser(new Scanner(new StringReader(text), skipComments: true));
    }

    /// <summary>The root of the only document. Null: there is none, or an error stopped the reading.</summary>
    public static YamlNode? Read(string file, string text, DiagnosticBag diagnostics)
    {
        text = text.StartsWith('\uFEFF') ? text[1..] : text;
        if (text.Length > MaxCharacters)
        {
            diagnostics.Error(CompilerCodes.TooMuchYaml, new SourceSpan(file, 0, 0), $"the file has more than {MaxCharacters / 1024 / 1024} MiB");
            return null;
        }
        if (FindControlCharacter(file, text) is { } found)
        {
            diagnostics.Add(found);
            return null;
        }
        var reader = new YamlReader(file, text, diagnostics);
        try
        {
            return reader.ReadStream();
        }
        catch (StopException)
        {
            return null;
        }
        catch (YamlException problem)
        {
            diagnostics.Add(YamlProblem.Explain(file, text, problem));
            return null;
        }
        // The library's scanner has been seen to throw these on malformed directives and escapes.
        catch (Exception problem) when (problem is ArgumentException or FormatException or InvalidOperationException or OverflowException or IndexOutOfRangeException)
        {
            diagnostics.Add(YamlProblem.Explain(text, reader.Here(), problem));
            return null;
        }
    }

    private static Diagnostic? FindControlCharacter(string file, string text)
    {
        var (line, column) = (1, 1);
        foreach (var c in text)
        {
            if (c < ' ' && c is not ('\t' or '\n' or '\r') || c is '\u007f' or '\ufffe' or '\uffff')
            {
                return new Diagnostic(CompilerCodes.YamlSyntax, Severity.Error, new SourceSpan(file, line, column), $"the character U+{(int)c:X4} cannot stand in YAML")
                {
                    Remedy = "write it as an escape in double quotes, or remove it",
                };
            }
            (line, column) = c == '\n' ? (line + 1, 1) : (line, column + 1);
        }
        return null;
    }

    private YamlNode? ReadStream()
    {
        Advance();
        Advance();
        if (_parser.Current is StreamEnd)
        {
            return null;
        }
        Advance();
        var root = ReadNode(0);
        Advance();
        if (_parser.Current is DocumentStart second)
        {
            _diagnostics.Error(CompilerCodes.SeveralDocuments, At(second.Start), "the file has a second document", "a playbook or a file of variables is one document: remove the '---'");
        }
        return root;
    }

    private YamlNode ReadNode(int depth)
    {
        var current = _parser.Current!;
        if (depth > MaxDepth)
        {
            Stop(At(current.Start), $"the nesting is deeper than {MaxDepth} levels");
        }
        Charge(1, At(current.Start));
        CheckIndentation(current);
        if (current is AnchorAlias alias)
        {
            return ReadAlias(alias);
        }
        var anchor = current is NodeEvent { Anchor.IsEmpty: false } named ? named.Anchor.Value : null;
        if (anchor is not null)
        {
            _openAnchors.Add(anchor);
        }
        var before = _weight;
        YamlNode node = current switch
        {
            Scalar scalar => ReadScalar(scalar),
            SequenceStart sequence => ReadSequence(sequence, depth),
            MappingStart mapping => ReadMapping(mapping, depth),
            _ => throw new InvalidOperationException($"No node starts with {current.GetType().Name}."),
        };
        if (anchor is not null)
        {
            _openAnchors.Remove(anchor);
            _anchors[anchor] = (node, _weight - before + 1);
        }
        return node;
    }

    private YamlNode ReadAlias(AnchorAlias alias)
    {
        var span = At(alias.Start);
        Advance();
        var name = alias.Value.Value;
        if (!_openAnchors.Contains(name) && _anchors.TryGetValue(name, out var target))
        {
            Charge(target.Weight, span);
            return target.Node;
        }
        if (_openAnchors.Contains(name))
        {
            _diagnostics.Error(CompilerCodes.UnknownAlias, span, $"'*{name}' stands inside of what it names", "a value cannot contain itself");
        }
        else
        {
            _diagnostics.Error(CompilerCodes.UnknownAlias, span, $"nothing before this is called '&{name}'",
                Suggestion.For(name, _anchors.Keys) ?? $"a text that starts with '*' needs quotes: \"*{name}\"");
        }
        return new YamlScalar(span, null, "", isPlain: false, new ScalarSource(_text, span, 0, 0, ScalarStyle.Plain));
    }

    private YamlScalar ReadScalar(Scalar scalar)
    {
        var style = scalar.Style switch
        {
            YamlDotNet.Core.ScalarStyle.SingleQuoted => ScalarStyle.SingleQuoted,
            YamlDotNet.Core.ScalarStyle.DoubleQuoted => ScalarStyle.DoubleQuoted,
            YamlDotNet.Core.ScalarStyle.Literal or YamlDotNet.Core.ScalarStyle.Folded => ScalarStyle.Block,
            _ => ScalarStyle.Plain,
        };
        var start = (int)scalar.Start.Index;
        var end = (int)scalar.End.Index;
        var tag = TagOf(scalar);
        if (style == ScalarStyle.Plain && (tag is not null || !scalar.Anchor.IsEmpty))
        {
            // The event starts at the tag or anchor; the text does not.
            var at = _text.LastIndexOf(FirstWord(scalar.Value), Math.Max(start, Math.Min(end, _text.Length) - 1), StringComparison.Ordinal);
            start = at < start ? start : at;
        }
        var span = At(scalar.Start);
        Advance();
        return new YamlScalar(span, tag, scalar.Value, style == ScalarStyle.Plain, new ScalarSource(_text, span.Shift(start - (int)scalar.Start.Index), start, end, style));
    }

    private static string FirstWord(string text) => text.Split([' ', '\n'], 2)[0];

    private YamlSequence ReadSequence(SequenceStart start, int depth)
    {
        Advance();
        var items = ImmutableArray.CreateBuilder<YamlNode>();
        while (_parser.Current is not SequenceEnd)
        {
            items.Add(ReadNode(depth + 1));
        }
        Advance();
        return new YamlSequence(At(start.Start), TagOf(start), items.ToImmutable());
    }

    private YamlMapping ReadMapping(MappingStart start, int depth)
    {
        Advance();
        var entries = new YamlEntries(_diagnostics);
        while (_parser.Current is not MappingEnd)
        {
            var key = ReadNode(depth + 1);
            var value = ReadNode(depth + 1);
            entries.Add(key, value);
        }
        Advance();
        return new YamlMapping(At(start.Start), TagOf(start), entries.ToImmutable());
    }

    private void CheckIndentation(ParsingEvent current)
    {
        var at = Math.Min((int)current.Start.Index, _text.Length);
        var lineStart = at == 0 ? 0 : _text.LastIndexOf('\n', at - 1) + 1;
        for (var i = lineStart; i < at && _text[i] is ' ' or '\t' or '-'; i++)
        {
            if (_text[i] == '\t')
            {
                _diagnostics.Error(CompilerCodes.TabIndentation, new SourceSpan(_file, (int)current.Start.Line, i - lineStart + 1), "a tab stands in the indentation", "indent with spaces");
                return;
            }
        }
    }

    private void Charge(int weight, SourceSpan span)
    {
        _weight += weight;
        if (_weight > MaxNodes)
        {
            Stop(span, $"the file comes to more than {MaxNodes} values once its aliases are followed");
        }
    }

    private void Stop(SourceSpan span, string summary)
    {
        _diagnostics.Error(CompilerCodes.TooMuchYaml, span, summary);
        throw new StopException();
    }

    private void Advance()
    {
        if (!_parser.MoveNext())
        {
            throw new InvalidOperationException("The text ends too early.");
        }
    }

    private SourceSpan Here() => _parser.Current is { } current ? At(current.End) : new SourceSpan(_file, 1, 1);

    private SourceSpan At(Mark mark) => new(_file, (int)mark.Line, (int)mark.Column);

    private static string? TagOf(NodeEvent node) => node.Tag.IsEmpty ? null : node.Tag.IsNonSpecific ? "!" : node.Tag.Value;

    // Leaves the recursion once a limit is passed; the diagnostic is already in the bag.
    private sealed class StopException : Exception;
}
