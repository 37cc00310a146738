using FlaskDeploy.Compiler.Syntax;
using FlaskDeploy.Compiler.Yaml;
using FlaskDeploy.Language.Diagnostics;
using FlaskDeploy.Language.Values;

namespace FlaskDeploy.Compiler.Inventory;

/// <summary>Asks an inventory that is a program: <c>--list</c>, and <c>--host NAME</c> for each host where the list has no <c>_meta</c>.</summary>
/// <remarks>https://docs.ansible.com/ansible/latest/dev_guide/developing_inventory.html#inventory-scripts</remarks>
internal sealed class ScriptInventoryReader(SyntaxContext context, InventoryModel model, string path, string name)
{
    private readonly SourceSpan _span = new(name, 0, 0);

    public void Read()
    {
        if (Ask("--list") is not { } groups)
        {
            return;
        }
        var hosts = new List<InventoryHost>();
        foreach (var entry in groups.Entries.Where(entry => entry.Name != "_meta"))
        {
            ReadGroup(entry, hosts);
        }
        if (groups["_meta"] is YamlMapping meta && meta["hostvars"] is YamlMapping known)
        {
            foreach (var entry in known.Entries)
            {
                Add(model.AddHost(entry.Name).Vars, entry.Value);
            }
            return;
        }
        foreach (var host in hosts.Distinct())
        {
            if (Ask("--host", host.Name) is { } vars)
            {
                Add(host.Vars, vars);
            }
        }
    }

    private YamlMapping? Ask(params ReadOnlySpan<string> arguments)
    {
        var asked = string.Join(' ', arguments);
        var (output, problem) = context.Machine.Run(path, [.. arguments]);
        if (output is null)
        {
            context.Diagnostics.Error(CompilerCodes.InventorySyntax, _span, $"the inventory {asked} gave nothing: {problem}");
            return null;
        }
        // JSON is YAML; an empty answer has no variables.
        switch (output.Trim().Length == 0 ? null : YamlReader.Read($"{name} {asked}", output, context.Diagnostics))
        {
            case YamlMapping mapping:
                return mapping;
            case null:
                return new YamlMapping(_span, null, []);
            case var other:
                context.Diagnostics.Error(CompilerCodes.InventorySyntax, _span, $"the inventory {asked} gave {other.Kind} and not a mapping", "it is to print JSON");
                return null;
        }
    }

    private void ReadGroup(YamlEntry entry, List<InventoryHost> hosts)
    {
        var group = model.AddGroup(entry.Name, entry.Key.Span);
        switch (entry.Value)
        {
            // The old form: a list of hosts is the whole of a group.
            case YamlSequence list:
                AddHosts(group, list, hosts);
                break;
            case YamlMapping body:
                foreach (var part in body.Entries)
                {
                    ReadPart(group, part, hosts);
                }
                break;
            default:
                context.Diagnostics.Error(CompilerCodes.InventorySyntax, entry.Value.Span, $"a group is a mapping or a list of hosts, and this is {entry.Value.Kind}");
                break;
        }
    }

    private void ReadPart(InventoryGroup group, YamlEntry part, List<InventoryHost> hosts)
    {
        switch (part.Name, part.Value)
        {
            case ("hosts", YamlSequence list):
                AddHosts(group, list, hosts);
                break;
            case ("vars", YamlMapping):
                Add(group.Vars, part.Value);
                break;
            case ("children", YamlSequence children):
                foreach (var child in children.Items.OfType<YamlScalar>())
                {
                    model.AddChild(group, model.AddGroup(child.Text, child.Span), child.Span, context.Diagnostics);
                }
                break;
            case ("hosts" or "vars" or "children", YamlScalar { IsNull: true }):
                break;
            default:
                context.Diagnostics.Error(CompilerCodes.InventorySyntax, part.Key.Span, $"a group has no '{part.Name}' that is {part.Value.Kind}", "it takes lists of hosts and children, and a mapping of vars");
                break;
        }
    }

    private void AddHosts(InventoryGroup group, YamlSequence list, List<InventoryHost> hosts)
    {
        foreach (var item in list.Items.OfType<YamlScalar>())
        {
            var host = model.AddHost(item.Text);
            hosts.Add(host);
            if (group != model.All && group != model.Ungrouped)
            {
                model.AddTo(group, host);
            }
        }
    }

    private void Add(Dictionary<string, Value> to, YamlNode vars)
    {
        foreach (var (key, value) in vars is YamlMapping mapping ? context.Values.ReadVariables(mapping) : [])
        {
            to[key] = value;
        }
    }
}
