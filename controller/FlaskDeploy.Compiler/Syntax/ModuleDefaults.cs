using System.Collections.Frozen;
using System.Collections.Immutable;
using FlaskDeploy.Compiler.Yaml;
using FlaskDeploy.Language.Diagnostics;
using FlaskDeploy.Language.Expressions;
using FlaskDeploy.Language.Modules;

namespace FlaskDeploy.Compiler.Syntax;

/// <summary>
/// <c>module_defaults</c> around what is read: arguments that calls of a module have where they say nothing themselves. An
/// inner one takes the place of an outer one for the modules that it names, whole, as Ansible has it. Source:
/// https://docs.ansible.com/ansible/latest/playbook_guide/playbooks_module_defaults.html
/// </summary>
internal sealed class ModuleDefaults
{
    private const string OfGroup = "group/";

    // The action groups of Ansible's own collection, with the modules in them that an agent has. All else in them is of clouds.
    private static readonly FrozenDictionary<string, ImmutableArray<string>> Groups = new Dictionary<string, ImmutableArray<string>>(StringComparer.Ordinal)
    {
        ["testgroup"] = ["ping"], ["testlegacy"] = [], ["aws"] = [], ["acme"] = [], ["azure"] = [], ["cpm"] = [], ["docker"] = [], ["gcp"] = [], ["k8s"] = [], ["os"] = [], ["ovirt"] = [], ["vmware"] = [],
    }.ToFrozenDictionary(StringComparer.Ordinal);

    // By a module's name, or by a group's behind `group/`.
    private readonly ImmutableSortedDictionary<string, YamlMapping> _ofModules;

    private ModuleDefaults(ImmutableSortedDictionary<string, YamlMapping> ofModules)
    {
        _ofModules = ofModules;
        Signature = string.Concat(ofModules.Select(pair => $"{pair.Key}: {Text(pair.Value)}\n"));
    }

    public static ModuleDefaults None { get; } = new(ImmutableSortedDictionary.Create<string, YamlMapping>(StringComparer.Ordinal));

    /// <summary>Equal: they say the same, wherever they stand.</summary>
    public string Signature { get; }

    /// <summary>What the module's own say stands above what those of its groups say.</summary>
    public YamlMapping? Of(string module)
    {
        var all = Groups.Where(group => group.Value.Contains(module)).Select(group => OfGroup + group.Key).Append(module).Select(name => _ofModules.GetValueOrDefault(name)).OfType<YamlMapping>().ToList();
        return all.Count <= 1 ? all.FirstOrDefault() : new YamlMapping(all[^1].Span, all[^1].Tag, [.. all.SelectMany(defaults => defaults.Entries).Reverse().DistinctBy(entry => entry.Name).Reverse()]);
    }

    /// <summary>With what a play, a block, a task, a role's entry or <c>apply</c> says.</summary>
    public ModuleDefaults With(SyntaxContext context, YamlMapping owner)
    {
        switch (owner.Find("module_defaults"))
        {
            case null or { Value: YamlScalar { IsNull: true } }:
                return this;
            case { Value: YamlMapping mapping }:
                return With(context, [mapping]);
            case { Value: YamlSequence sequence } when sequence.Items.All(item => item is YamlMapping):
                return With(context, sequence.Items.Cast<YamlMapping>());
            case { } entry:
                context.WrongKind(entry, "a mapping of modules to their arguments", "write the modules' names out; the values of their arguments may have variables");
                return this;
        }
    }

    private ModuleDefaults With(SyntaxContext context, IEnumerable<YamlMapping> mappings)
    {
        var result = _ofModules.ToBuilder();
        foreach (var entry in mappings.SelectMany(mapping => mapping.Entries))
        {
            if (Template.HasMarkup(entry.Name))
            {
                context.NotSupportedYet("a variable in the name of a module", entry.Key.Span, "write the name out");
            }
            else if (entry.Value is not (YamlMapping or YamlScalar { IsNull: true }))
            {
                context.WrongKind(entry, "a mapping of arguments", "write the arguments out; their values may have variables");
            }
            else if (entry.Name.StartsWith(OfGroup, StringComparison.Ordinal))
            {
                if (GroupOf(context, entry) is { } group)
                {
                    result[OfGroup + group] = entry.Value as YamlMapping ?? new YamlMapping(entry.Key.Span, null, []);
                }
            }
            else if (context.Modules.Find(entry.Name) is { } spec)
            {
                result[spec.Name] = entry.Value as YamlMapping ?? new YamlMapping(entry.Key.Span, null, []);
            }
            else if (!ForeignModules.Contains(entry.Name))
            {
                // Ansible passes it over without a word.
                context.Diagnostics.Warning(DiagnosticCodes.UnknownModule, entry.Key.Span, $"there is no module '{entry.Name}': its defaults are nobody's", Suggestion.For(entry.Name[(entry.Name.LastIndexOf('.') + 1)..], context.Modules.Names) ?? "remove them");
            }
        }
        return new(result.ToImmutable());
    }

    // Null: its modules are none of this agent's, or there is no such group, which is said.
    private static string? GroupOf(SyntaxContext context, YamlEntry entry)
    {
        var name = entry.Name[OfGroup.Length..];
        var parts = name.Split('.');
        if (parts.Length == 1 || parts is ["ansible", "builtin", _])
        {
            if (!Groups.TryGetValue(parts[^1], out var modules))
            {
                context.Diagnostics.Error(CompilerCodes.BadKeywordValue, entry.Key.Span, $"there is no group of modules '{name}'", Suggestion.For(parts[^1], Groups.Keys) ?? "write the modules' names in the place of the group's");
                return null;
            }
            if (modules.Length > 0)
            {
                return parts[^1];
            }
        }
        context.Diagnostics.Warning(CompilerCodes.NoMeaningHere, entry.Key.Span, $"no module of the group '{name}' is one of this agent's: its defaults are nobody's", "remove them");
        return null;
    }

    private static string Text(YamlNode node) => node switch
    {
        YamlScalar scalar => $"{scalar.Tag} {(scalar.IsPlain ? "" : "'")}{scalar.Text.Replace("\n", "\n ", StringComparison.Ordinal)}",
        YamlSequence sequence => $"[{string.Join(",", sequence.Items.Select(Text))}]",
        YamlMapping mapping => $"{{{string.Join(",", mapping.Entries.Select(entry => $"{Text(entry.Key)}={Text(entry.Value)}"))}}}",
        _ => "",
    };
}
