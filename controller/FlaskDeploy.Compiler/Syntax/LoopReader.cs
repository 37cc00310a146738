using System.Collections.Immutable;
using FlaskDeploy.Compiler.Yaml;
using FlaskDeploy.Language.Bundles;
using FlaskDeploy.Language.Diagnostics;
using FlaskDeploy.Language.Values;

namespace FlaskDeploy.Compiler.Syntax;

/// <summary>Reads <c>loop</c>, <c>with_items</c> and its kin, and <c>loop_control</c>.</summary>
internal static class LoopReader
{
    private static readonly ImmutableArray<string> Controls = ["loop_var", "index_var", "label", "pause", "extended", "extended_allitems", "break_when"];

    /// <summary>1.9: the first of several files that is there, as <c>item</c>.</summary>
    public const string FirstAvailable = "first_available_file";

    public static bool IsLoop(string keyword) => keyword is "loop" or FirstAvailable || keyword.StartsWith("with_", StringComparison.Ordinal);

    /// <summary>Null: the task does not loop, or said why it cannot.</summary>
    public static Loop? Read(SyntaxContext context, YamlMapping task)
    {
        var loops = task.Entries.Where(entry => IsLoop(entry.Name)).ToList();
        var control = task.Find("loop_control");
        if (loops.Count == 0)
        {
            if (control is { } alone)
            {
                context.Diagnostics.Error(CompilerCodes.ConflictingKeywords, alone.Key.Span, "'loop_control' stands without a loop", "add loop, or remove it");
            }
            return null;
        }
        if (loops.Count > 1)
        {
            context.Diagnostics.Error(CompilerCodes.ConflictingKeywords, loops[1].Key.Span, $"'{loops[0].Name}' and '{loops[1].Name}' exclude each other", "keep one of them");
            return null;
        }
        var kind = loops[0].Name switch
        {
            "loop" => "loop",
            FirstAvailable => "first_found",
            var name => name["with_".Length..],
        };
        kind = kind.StartsWith("ansible.builtin.", StringComparison.Ordinal) ? kind["ansible.builtin.".Length..] : kind;
        if (kind != "loop" && !Keywords.LoopKinds.Contains(kind))
        {
            context.NotSupportedYet(loops[0].Name, loops[0].Key.Span,
                Suggestion.For(loops[0].Name, Keywords.LoopKinds.Select(known => "with_" + known)) ?? "write it as loop with an expression");
            return null;
        }
        if (loops[0].Value is YamlScalar { IsNull: true })
        {
            context.WrongKind(loops[0], "a list");
            return null;
        }
        if (LookupLoop.IsOne(kind))
        {
            context.Templates.NoteLookup(kind);
        }
        return WithControl(context, new Loop(kind, ReadItems(context, kind, loops[0])), control);
    }

    /// <summary>The loop of a task that is read elsewhere as well: what is wrong with it is said there.</summary>
    public static Loop? Peek(SyntaxContext context, YamlMapping task)
    {
        var before = context.Diagnostics.Count;
        var loop = Read(context, task);
        context.Diagnostics.TakeSince(before);
        return loop;
    }

    private static Value ReadItems(SyntaxContext context, string kind, YamlEntry loop)
    {
        // 1.9 took the bare name of a variable. Where there is no such variable, it is the text itself, as in 2.x.
        if (kind is not ("loop" or "fileglob" or "sequence") && loop.Value is YamlScalar { Tag: null } scalar && Names.IsBareVariable(scalar.Text))
        {
            var name = scalar.Text.Replace("'", "\"", StringComparison.Ordinal);
            return context.Templates.TextOrTemplate($"{{{{ {name} | default('{name.Replace("\"", "\\'", StringComparison.Ordinal)}') }}}}", offset => scalar.SpanAt(Math.Clamp(offset - 3, 0, scalar.Text.Length)));
        }
        var items = context.Values.Read(loop.Value);
        if (kind == "loop" && items is not (ListValue or TemplateValue))
        {
            context.WrongKind(loop, "a list", "write a list, or a template that gives one");
            return ListValue.Empty;
        }
        return items;
    }

    private static Loop WithControl(SyntaxContext context, Loop loop, YamlEntry? control)
    {
        if (control is not { } entry)
        {
            return loop;
        }
        if (entry.Value is not YamlMapping mapping)
        {
            context.WrongKind(entry, "a mapping");
            return loop;
        }
        foreach (var option in mapping.Entries.Where(option => !Controls.Contains(option.Name)))
        {
            context.Diagnostics.Error(CompilerCodes.UnknownKeyword, option.Key.Span, $"loop_control has no '{option.Name}'", Suggestion.For(option.Name, Controls) ?? $"it takes {string.Join(", ", Controls)}");
        }
        var read = new KeywordReader(context, mapping);
        return loop with
        {
            LoopVar = Variable(context, mapping, read, "loop_var") ?? "item",
            IndexVar = Variable(context, mapping, read, "index_var"),
            Label = read.Any("label"),
            Pause = read.Number("pause"),
            IsExtended = read.PlainFlag("extended") ?? false,
            BreakWhen = read.Conditions("break_when"),
            LeavesOutAllItems = read.PlainFlag("extended_allitems") == false,
        };
    }

    private static string? Variable(SyntaxContext context, YamlMapping mapping, KeywordReader read, string option)
    {
        var written = read.Text(option);
        var name = written?.ToString();
        // Which name a template makes is known where the loop runs.
        if (written is TemplateValue template)
        {
            return template.Source;
        }
        if (name is null || Names.IsIdentifier(name))
        {
            return name;
        }
        context.Diagnostics.Error(CompilerCodes.BadName, mapping[option]!.Span, $"'{name}' cannot be the name of a variable");
        return null;
    }
}
