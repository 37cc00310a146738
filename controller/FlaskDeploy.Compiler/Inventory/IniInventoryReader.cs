using System.Text;
using FlaskDeploy.Compiler.Syntax;
using FlaskDeploy.Language.Diagnostics;
using FlaskDeploy.Language.Values;

namespace FlaskDeploy.Compiler.Inventory;

/// <summary>
/// Reads an inventory in Ansible's INI: hosts with variables, <c>[group]</c>, <c>[group:children]</c>,
/// <c>[group:vars]</c>. A plain list of addresses is one too.
/// </summary>
internal sealed class IniInventoryReader(InventoryModel model, TemplateTable templates, DiagnosticBag diagnostics, string file)
{
    private readonly List<(InventoryGroup Parent, string Child, SourceSpan Span)> _children = [];
    private readonly List<(string Group, SourceSpan Span)> _needed = [];
    private readonly HashSet<string> _written = new(StringComparer.Ordinal) { "all", "ungrouped" };
    private InventoryGroup _group = model.Ungrouped;
    private Section _section = Section.Hosts;

    private enum Section
    {
        Hosts,
        Children,
        Vars,
        /// <summary>A heading could not be read; what is below it is passed over.</summary>
        Unknown,
    }

    public void Read(string text)
    {
        foreach (var (index, raw) in text.Split('\n').Index())
        {
            var line = raw.TrimEnd('\r', ' ', '\t');
            var indent = line.Length - line.TrimStart().Length;
            line = line[indent..];
            if (line.Length > 0 && line[0] is not ('#' or ';'))
            {
                ReadLine(line, new SourceSpan(file, index + 1, indent + 1));
            }
        }
        // Groups may be named before they are written.
        foreach (var (parent, child, span) in _children)
        {
            if (Known(child, span) is { } group)
            {
                model.AddChild(parent, group, span, diagnostics);
            }
        }
        foreach (var (group, span) in _needed)
        {
            Known(group, span);
        }
    }

    private InventoryGroup? Known(string name, SourceSpan span)
    {
        if (_written.Contains(name) || model.FindGroup(name) is { } existing && !existing.Span.IsNone && existing.Span.File != file)
        {
            return model.FindGroup(name);
        }
        diagnostics.Error(CompilerCodes.UndefinedGroup, span, $"there is no group '{name}'", Suggestion.For(name, _written) ?? $"add [{name}] with its hosts");
        return null;
    }

    private void ReadLine(string line, SourceSpan span)
    {
        if (line[0] == '[' && IsHeading(line))
        {
            ReadHeading(line, span);
            return;
        }
        switch (_section)
        {
            case Section.Hosts:
                ReadHost(line, span);
                break;
            case Section.Children:
                var child = line.Split([' ', '\t', '#'], 2)[0];
                _children.Add((_group, child, span));
                break;
            case Section.Vars:
                ReadVariable(line, span);
                break;
            default:
                break;
        }
    }

    // [1:3].example.com starts a host.
    private static bool IsHeading(string line)
    {
        var close = line.IndexOf(']');
        return close < 0 || line[(close + 1)..].TrimStart() is "" or ['#' or ';', ..];
    }

    private void ReadHeading(string line, SourceSpan span)
    {
        var close = line.IndexOf(']');
        var parts = close < 0 ? [] : line[1..close].Trim().Split(':');
        var kind = parts.Length < 2 ? "hosts" : parts[1];
        if (parts.Length is 0 or > 2 || parts[0].Length == 0 || parts[0].Any(char.IsWhiteSpace) || kind is not ("hosts" or "children" or "vars"))
        {
            _section = Section.Unknown;
            diagnostics.Error(CompilerCodes.InventorySyntax, span, $"'{line}' is no heading of a group",
                kind is "hosts" or "children" or "vars" ? "write [group], [group:children] or [group:vars]" : Suggestion.For(kind, ["children", "vars"]) ?? "write [group], [group:children] or [group:vars]");
            return;
        }
        _section = kind switch { "children" => Section.Children, "vars" => Section.Vars, _ => Section.Hosts };
        _group = model.AddGroup(parts[0], span);
        if (_section == Section.Vars)
        {
            _needed.Add((parts[0], span.Shift(1)));
        }
        else
        {
            _written.Add(parts[0]);
            _group.Span = _group.Span.IsNone ? span : _group.Span;
        }
    }

    private void ReadHost(string line, SourceSpan span)
    {
        var words = Split(line, span);
        if (words.Count == 0)
        {
            return;
        }
        var (names, port, problem) = HostRange.Expand(words[0].Text);
        if (problem is not null)
        {
            diagnostics.Error(CompilerCodes.BadRange, span, $"'{words[0].Text}' {problem}");
            return;
        }
        var vars = new List<KeyValuePair<string, Value>>();
        foreach (var (text, offset) in words.Skip(1))
        {
            var equals = text.IndexOf('=');
            if (equals <= 0)
            {
                diagnostics.Error(CompilerCodes.InventorySyntax, span.Shift(offset), $"'{text}' is no key=value", "variables of a host stand behind it as key=value; one host to a line");
                continue;
            }
            vars.Add(KeyValuePair.Create(text[..equals], Read(text[(equals + 1)..], span.Shift(offset + equals + 1))));
        }
        foreach (var name in names)
        {
            var host = model.AddHost(name);
            if (_group != model.Ungrouped)
            {
                model.AddTo(_group, host);
            }
            if (port is { } number)
            {
                host.Vars["ansible_port"] = Value.Of(number);
            }
            foreach (var (key, value) in vars)
            {
                host.Vars[key] = value;
            }
        }
    }

    private void ReadVariable(string line, SourceSpan span)
    {
        var equals = line.IndexOf('=');
        if (equals <= 0)
        {
            diagnostics.Error(CompilerCodes.InventorySyntax, span, $"'{line}' is no key=value", "below [group:vars] each line is key=value");
            return;
        }
        var value = line[(equals + 1)..];
        var start = value.Length - value.TrimStart().Length;
        _group.Vars[line[..equals].Trim()] = Read(value.Trim(), span.Shift(equals + 1 + start));
    }

    private Value Read(string text, SourceSpan span) => PythonLiteral.TryParse(text) switch
    {
        null => templates.TextOrTemplate(text, span.Shift),
        TextValue quoted => templates.TextOrTemplate(quoted.Text, offset => span.Shift(offset + 1)),
        { } value => value,
    };

    // As a shell splits words; '#' starts a comment.
    private List<(string Text, int Offset)> Split(string line, SourceSpan span)
    {
        var words = new List<(string, int)>();
        var word = new StringBuilder();
        var start = -1;
        var quote = '\0';
        for (var i = 0; i < line.Length; i++)
        {
            var c = line[i];
            if (quote == '\0' && c == '#')
            {
                break;
            }
            if (quote == '\0' && c is ' ' or '\t')
            {
                if (start >= 0)
                {
                    words.Add((word.ToString(), start));
                    word.Clear();
                    start = -1;
                }
                continue;
            }
            start = start < 0 ? i : start;
            if (c == '\\' && quote != '\'' && i + 1 < line.Length && (quote == '\0' || line[i + 1] is '"' or '\\'))
            {
                word.Append(line[++i]);
            }
            else if (quote == '\0' && c is '"' or '\'')
            {
                quote = c;
            }
            else if (quote != '\0' && c == quote)
            {
                quote = '\0';
            }
            else
            {
                word.Append(c);
            }
        }
        if (quote != '\0')
        {
            diagnostics.Error(CompilerCodes.InventorySyntax, span, "a quote is never closed on this line");
        }
        if (start >= 0)
        {
            words.Add((word.ToString(), start));
        }
        return words;
    }
}
