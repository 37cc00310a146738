using System.Collections.Immutable;
using FlaskDeploy.Compiler.Files;
using FlaskDeploy.Compiler.Yaml;
using FlaskDeploy.Language.Diagnostics;
using FlaskDeploy.Language.Values;

namespace FlaskDeploy.Compiler.Syntax;

/// <summary>Turns nodes into values of the language: texts with markup become templates, unless they are tagged <c>!unsafe</c>.</summary>
internal sealed class ValueReader(TemplateTable templates, DiagnosticBag diagnostics, SourceFiles files)
{
    public Value Read(YamlNode node) => Read(node, isTemplated: true);

    /// <summary>The entries of a mapping whose keys are names of variables.</summary>
    public ImmutableArray<KeyValuePair<string, Value>> ReadVariables(YamlMapping mapping)
    {
        var result = ImmutableArray.CreateBuilder<KeyValuePair<string, Value>>(mapping.Entries.Length);
        foreach (var entry in mapping.Entries)
        {
            if (!Names.IsIdentifier(entry.Name))
            {
                diagnostics.Error(CompilerCodes.BadName, entry.Key.Span, $"'{entry.Name}' cannot be the name of a variable", "letters, digits and '_', not starting with a digit");
                continue;
            }
            result.Add(KeyValuePair.Create(entry.Name, Read(entry.Value)));
        }
        return result.ToImmutable();
    }

    private Value Read(YamlNode node, bool isTemplated)
    {
        isTemplated &= node.Tag != "!unsafe";
        if (node.Tag is "!vault" or "!vault-encrypted")
        {
            // As Ansible has it: what comes out of an inline vault is a text, and no template.
            return node is YamlScalar { Text: var vault } && files.Open(vault, node.Span) is { } text ? new SecretValue(Value.Of(text)) : Value.Null;
        }
        CheckTag(node);
        return node switch
        {
            // The leaves are secret, not the whole: a loop over a list out of a vault has secret items.
            YamlScalar scalar when files.IsSecret(scalar.Span.File) && ReadScalar(scalar, isTemplated) is var leaf => leaf is NullValue or BoolValue ? leaf : new SecretValue(leaf),
            YamlScalar scalar => ReadScalar(scalar, isTemplated),
            YamlSequence sequence => new ListValue([.. sequence.Items.Select(item => Read(item, isTemplated))]),
            YamlMapping mapping => ReadMapping(mapping, isTemplated),
            _ => throw new System.Diagnostics.UnreachableException(),
        };
    }

    private MapValue ReadMapping(YamlMapping mapping, bool isTemplated) =>
        new(mapping.Entries.Select(entry => KeyValuePair.Create(Read(entry.Key, isTemplated).Reveal(), Read(entry.Value, isTemplated))));

    private Value ReadScalar(YamlScalar scalar, bool isTemplated) => scalar switch
    {
        { Tag: "tag:yaml.org,2002:int" or "tag:yaml.org,2002:float" or "tag:yaml.org,2002:bool" or "tag:yaml.org,2002:null" or "tag:yaml.org,2002:timestamp" } => YamlScalars.Resolve(scalar.Text),
        { IsPlain: true, Tag: null } when YamlScalars.Resolve(scalar.Text) is not TextValue and var resolved => resolved,
        { IsPlain: true, Tag: null } when MomentValue.IsWritten(scalar.Text) => Impossible(scalar),
        _ when isTemplated => templates.TextOrTemplate(scalar.Text, scalar.SpanAt),
        _ => Value.Of(scalar.Text),
    };

    private NullValue Impossible(YamlScalar scalar)
    {
        diagnostics.Error(CompilerCodes.YamlSyntax, scalar.Span, $"'{scalar.Text}' is written as a date, and no calendar has it", "a text that looks like a date needs quotes");
        return Value.Null;
    }

    private void CheckTag(YamlNode node)
    {
        if (node.Tag is null or "!" or "!unsafe" || node.Tag.StartsWith("tag:yaml.org,2002:", StringComparison.Ordinal) && !node.Tag.Contains("python", StringComparison.Ordinal))
        {
            return;
        }
        diagnostics.Error(CompilerCodes.UnknownTag, node.Span, $"the tag '{node.Tag}' is unknown", "a text that starts with '!' needs quotes");
    }
}
