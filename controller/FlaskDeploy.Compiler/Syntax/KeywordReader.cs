using System.Collections.Immutable;
using FlaskDeploy.Compiler.Yaml;
using FlaskDeploy.Language.Bundles;
using FlaskDeploy.Language.Diagnostics;
using FlaskDeploy.Language.Expressions;
using FlaskDeploy.Language.Values;

namespace FlaskDeploy.Compiler.Syntax;

/// <summary>Reads the values of the keywords of one play, block or task. An absent keyword gives null or nothing.</summary>
internal sealed class KeywordReader(SyntaxContext context, YamlMapping owner)
{
    public bool Has(string name) => owner.Find(name) is not null;

    public SourceSpan SpanOf(string name) => owner.Find(name)?.Key.Span ?? owner.Span;

    /// <summary>Any value, as it is.</summary>
    public Value? Any(string name) => owner.Find(name) is { } entry && entry.Value is not YamlScalar { IsNull: true } ? context.Values.Read(entry.Value) : null;

    /// <summary>A boolean, or a template that will give one.</summary>
    public Value? Flag(string name)
    {
        if (owner.Find(name) is not { } entry || entry.Value is YamlScalar { IsNull: true })
        {
            return null;
        }
        if (entry.Value is not YamlScalar scalar)
        {
            context.WrongKind(entry, "yes or no");
            return null;
        }
        if (context.Values.Read(scalar) is TemplateValue template)
        {
            return template;
        }
        if (YamlScalars.AsBoolean(scalar.Text) is not { } flag)
        {
            context.Diagnostics.Error(CompilerCodes.BadKeywordValue, scalar.Span, $"'{name}' takes yes or no, not '{scalar.Text}'", Suggestion.For(scalar.Text, ["yes", "no", "true", "false"]));
            return null;
        }
        return Value.Of(flag);
    }

    /// <summary>A boolean that must be known now.</summary>
    public bool? PlainFlag(string name)
    {
        var value = Flag(name);
        if (value is TemplateValue template)
        {
            return Now(name, template) is { } known ? YamlScalars.AsBoolean(known.Reveal().ToString()) ?? known.IsTruthy : null;
        }
        return value?.IsTruthy;
    }

    // Null, and said why: only the host knows.
    private Value? Now(string name, TemplateValue template)
    {
        var result = KnownNames.Resolve(context, template, role: null, template.Span);
        if (result.Value is { IsUnknown: false } known)
        {
            return known;
        }
        context.Diagnostics.Error(CompilerCodes.BadKeywordValue, template.Span, $"'{name}' cannot depend on what only the host knows", "it can depend on -e NAME=VALUE and on vars of the play, its blocks and its roles", result.Error?.Summary);
        return null;
    }

    /// <summary>A number of seconds or times, or a template that will give one.</summary>
    public Value? Number(string name)
    {
        var value = Any(name);
        if (value is TextValue text && YamlScalars.Number(text.Text) is { } number)
        {
            return number;
        }
        if (value is null or TemplateValue or IntegerValue or RealValue)
        {
            return value;
        }
        context.Diagnostics.Error(CompilerCodes.BadKeywordValue, owner[name]!.Span, $"'{name}' takes a number, not {(value is TextValue ? $"'{value}'" : $"a {value.TypeName}")}");
        return null;
    }

    /// <summary>A text, or a template.</summary>
    public Value? Text(string name)
    {
        if (owner.Find(name) is not { } entry || entry.Value is YamlScalar { IsNull: true })
        {
            return null;
        }
        if (entry.Value is not YamlScalar scalar)
        {
            context.WrongKind(entry, "a text");
            return null;
        }
        return context.Templates.TextOrTemplate(scalar.Text, scalar.SpanAt);
    }

    /// <summary>A text that must be known now.</summary>
    public string? PlainText(string name)
    {
        var value = Text(name);
        return (value is TemplateValue template ? Now(name, template)?.Reveal() : value)?.ToString();
    }

    /// <summary>One text or a list of them, all known now.</summary>
    /// <param name="isCommaSeparated">A text is split at its commas.</param>
    /// <param name="mayBeTemplates">Then they are rendered on the host.</param>
    public ImmutableArray<string> Texts(string name, bool isCommaSeparated, bool mayBeTemplates = false)
    {
        if (owner.Find(name) is not { } entry)
        {
            return [];
        }
        var result = ImmutableArray.CreateBuilder<string>();
        foreach (var node in Flatten(entry.Value))
        {
            if (node is not YamlScalar scalar)
            {
                context.WrongKind(entry, "a text or a list of texts");
            }
            else if (mayBeTemplates && context.Templates.TextOrTemplate(scalar.Text, scalar.SpanAt) is TemplateValue template)
            {
                result.Add(template.Source);
            }
            else if (context.Templates.TextOrTemplate(scalar.Text, scalar.SpanAt) is TemplateValue made)
            {
                result.AddRange(Now(name, made)?.Reveal() switch
                {
                    null => [],
                    ListValue list => list.Items.Select(item => item.Reveal().ToString()),
                    var text => text.ToString().Split(isCommaSeparated ? ',' : '\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries),
                });
            }
            else if (isCommaSeparated)
            {
                result.AddRange(scalar.Text.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries));
            }
            else if (!scalar.IsNull)
            {
                result.Add(scalar.Text);
            }
        }
        return [.. result.Distinct()];
    }

    /// <summary>Names that are compared as they are written: not even Ansible renders them.</summary>
    public ImmutableArray<string> Topics(string name)
    {
        foreach (var scalar in owner.Find(name) is { } entry ? Flatten(entry.Value).OfType<YamlScalar>().Where(scalar => Template.HasMarkup(scalar.Text)) : [])
        {
            context.Diagnostics.Warning(CompilerCodes.NoMeaningHere, scalar.Span, $"'{name}' is not rendered: only a task that notifies the very same text means it", "write the name out");
        }
        return Texts(name, isCommaSeparated: false, mayBeTemplates: true);
    }

    /// <summary>Bare expressions that must all hold.</summary>
    public ImmutableArray<Value> Conditions(string name)
    {
        if (owner.Find(name) is not { } entry)
        {
            return [];
        }
        var result = ImmutableArray.CreateBuilder<Value>();
        foreach (var node in Flatten(entry.Value))
        {
            if (node is YamlScalar scalar)
            {
                if (!scalar.IsNull && scalar.Text.Trim().Length > 0)
                {
                    result.Add(ConditionReader.Read(context.Templates, scalar));
                }
            }
            else
            {
                context.WrongKind(entry, "a condition or a list of conditions",
                    node is YamlMapping ? "a condition that starts with '{{' or has ': ' inside needs quotes" : null);
            }
        }
        return result.ToImmutable();
    }

    /// <summary>A mapping of variables; 1.9 took a list of mappings too.</summary>
    public ImmutableArray<KeyValuePair<string, Value>> Variables(string name)
    {
        if (owner.Find(name) is not { } entry || entry.Value is YamlScalar { IsNull: true })
        {
            return [];
        }
        var mappings = Flatten(entry.Value).ToList();
        if (mappings.Any(node => node is not YamlMapping))
        {
            context.WrongKind(entry, "a mapping of names to values");
            return [];
        }
        return [.. mappings.Cast<YamlMapping>().SelectMany(mapping => context.Values.ReadVariables(mapping)).GroupBy(pair => pair.Key).Select(group => group.Last())];
    }

    public ImmutableArray<Value> Environment()
    {
        if (owner.Find("environment") is not { } entry || entry.Value is YamlScalar { IsNull: true })
        {
            return [];
        }
        var values = Flatten(entry.Value).Select(context.Values.Read).ToImmutableArray();
        if (values.Any(value => value is not (MapValue or TemplateValue)))
        {
            context.WrongKind(entry, "a mapping of names to values");
        }
        return values;
    }

    public Become Become()
    {
        var isOld = Has("sudo") || Has("sudo_user");
        if (isOld && (Has("become") || Has("become_user")))
        {
            context.Diagnostics.Error(CompilerCodes.ConflictingKeywords, SpanOf(Has("sudo") ? "sudo" : "sudo_user"), "sudo and become are two spellings of one thing", "keep become");
        }
        if (Has("become_method"))
        {
            // The agent changes users by itself, whichever it is.
            var method = Text("become_method") is TextValue written ? written.Text[(written.Text.LastIndexOf('.') + 1)..] : null;
            if (method is not (null or "sudo" or "su" or "runas" or "doas" or "pbrun" or "pfexec" or "dzdo" or "ksu"))
            {
                context.Diagnostics.Error(CompilerCodes.BadKeywordValue, owner["become_method"]!.Span, $"there is no become_method '{method}'", Suggestion.For(method, ["sudo", "su", "doas", "pbrun", "pfexec", "dzdo", "ksu"]));
            }
        }
        // 1.9: naming sudo's user asks for sudo.
        var enabled = Flag("become") ?? Flag("sudo") ?? (Has("sudo_user") && !Has("sudo") ? Value.True : null);
        return new Become(enabled, Text("become_user") ?? Text("sudo_user"));
    }

    private static ImmutableArray<YamlNode> Flatten(YamlNode node) => node is YamlSequence sequence ? sequence.Items : [node];
}
