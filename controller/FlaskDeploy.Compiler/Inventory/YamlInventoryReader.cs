using FlaskDeploy.Compiler.Syntax;
using FlaskDeploy.Compiler.Yaml;
using FlaskDeploy.Language.Diagnostics;
using FlaskDeploy.Language.Values;

namespace FlaskDeploy.Compiler.Inventory;

/// <summary>Reads an inventory in YAML: groups with <c>hosts</c>, <c>vars</c> and <c>children</c>.</summary>
internal sealed class YamlInventoryReader(InventoryModel model, ValueReader values, DiagnosticBag diagnostics)
{
    public void Read(YamlNode root)
    {
        if (root is not YamlMapping groups)
        {
            diagnostics.Error(CompilerCodes.InventorySyntax, root.Span, $"an inventory is a mapping of groups, and this is {root.Kind}", "write 'all:' with 'hosts:' below");
            return;
        }
        foreach (var entry in groups.Entries)
        {
            ReadGroup(entry);
        }
    }

    private InventoryGroup ReadGroup(YamlEntry entry)
    {
        var group = model.AddGroup(entry.Name, entry.Key.Span);
        if (entry.Value is YamlScalar { IsNull: true })
        {
            return group;
        }
        if (entry.Value is not YamlMapping body)
        {
            diagnostics.Error(CompilerCodes.InventorySyntax, entry.Value.Span, $"a group is a mapping, and this is {entry.Value.Kind}", "it takes hosts, vars and children");
            return group;
        }
        foreach (var part in body.Entries)
        {
            if (part.Name is not ("hosts" or "vars" or "children"))
            {
                diagnostics.Error(CompilerCodes.InventorySyntax, part.Key.Span, $"a group has no '{part.Name}'", Suggestion.For(part.Name, ["hosts", "vars", "children"]) ?? "it takes hosts, vars and children");
            }
            else if (part.Value is YamlMapping content)
            {
                ReadPart(group, part.Name, content);
            }
            else if (part.Value is not YamlScalar { IsNull: true })
            {
                diagnostics.Error(CompilerCodes.InventorySyntax, part.Value.Span, $"'{part.Name}' is a mapping, and this is {part.Value.Kind}", part.Name == "hosts" ? "write each host as 'name:'" : null);
            }
        }
        return group;
    }

    private void ReadPart(InventoryGroup group, string part, YamlMapping content)
    {
        switch (part)
        {
            case "vars":
                Add(group.Vars, content);
                break;
            case "children":
                foreach (var child in content.Entries)
                {
                    model.AddChild(group, ReadGroup(child), child.Key.Span, diagnostics);
                }
                break;
            default:
                foreach (var host in content.Entries)
                {
                    ReadHost(group, host);
                }
                break;
        }
    }

    private void ReadHost(InventoryGroup group, YamlEntry entry)
    {
        var (names, port, problem) = HostRange.Expand(entry.Name);
        if (problem is not null)
        {
            diagnostics.Error(CompilerCodes.BadRange, entry.Key.Span, $"'{entry.Name}' {problem}");
            return;
        }
        if (entry.Value is not (YamlMapping or YamlScalar { IsNull: true }))
        {
            diagnostics.Error(CompilerCodes.InventorySyntax, entry.Value.Span, $"the variables of a host are a mapping, and this is {entry.Value.Kind}");
        }
        foreach (var name in names)
        {
            var host = model.AddHost(name);
            if (group != model.All && group != model.Ungrouped)
            {
                model.AddTo(group, host);
            }
            if (port is { } number)
            {
                host.Vars["ansible_port"] = Value.Of(number);
            }
            if (entry.Value is YamlMapping vars)
            {
                Add(host.Vars, vars);
            }
        }
    }

    private void Add(Dictionary<string, Value> to, YamlMapping mapping)
    {
        foreach (var (name, value) in values.ReadVariables(mapping))
        {
            to[name] = value;
        }
    }
}
