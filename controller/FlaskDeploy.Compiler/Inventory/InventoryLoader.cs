using System.Collections.Immutable;
using FlaskDeploy.Compiler.Files;
using FlaskDeploy.Compiler.Syntax;
using FlaskDeploy.Language.Diagnostics;

namespace FlaskDeploy.Compiler.Inventory;

/// <summary>Reads all sources that <c>-i</c> names into one inventory.</summary>
internal static class InventoryLoader
{
    private static readonly ImmutableArray<string> IgnoredExtensions = [".orig", ".ini~", ".bak", ".retry", ".pyc", ".pyo", ".cfg", ".swp", ".md"];

    public static InventoryModel Load(SyntaxContext context)
    {
        var model = new InventoryModel();
        foreach (var source in context.Request.Inventories)
        {
            if (source.Contains(','))
            {
                ReadList(context, model, source);
            }
            else
            {
                ReadPath(context, model, source);
            }
        }
        if (context.Request.Inventories.IsEmpty)
        {
            if (context.Request.ForLocalApply)
            {
                model.AddHost("localhost");
            }
            else
            {
                context.Diagnostics.Error(CompilerCodes.NoHosts, new SourceSpan("<inventory>", 0, 0), "no inventory says which hosts there are", "name one with -i FILE, or list hosts with -i host1,host2,");
            }
        }
        if (context.Request.ForLocalApply && model.FindHost("localhost") is null)
        {
            model.Implicit = new InventoryHost("localhost");
        }
        model.Close();
        return model;
    }

    private static void ReadList(SyntaxContext context, InventoryModel model, string source)
    {
        foreach (var item in source.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            var (names, port, problem) = HostRange.Expand(item);
            if (problem is not null)
            {
                context.Diagnostics.Error(CompilerCodes.BadRange, new SourceSpan("<inventory>", 0, 0), $"'{item}' {problem}");
            }
            foreach (var host in names.Select(model.AddHost))
            {
                if (port is { } number)
                {
                    host.Vars["ansible_port"] = Language.Values.Value.Of(number);
                }
            }
        }
    }

    private static void ReadPath(SyntaxContext context, InventoryModel model, string source)
    {
        var path = context.Files.Absolute(source);
        var entry = context.Machine.Look(path);
        if (entry?.Kind == OperatorEntryKind.Directory)
        {
            model.Directories.Add(path);
            ReadDirectory(context, model, path, 0);
            return;
        }
        model.Directories.Add(Path.GetDirectoryName(path) ?? "/");
        ReadSource(context, model, path, source);
    }

    private static void ReadDirectory(SyntaxContext context, InventoryModel model, string directory, int depth)
    {
        foreach (var name in OperatorListing.Names(context.Machine, directory))
        {
            var path = Path.Combine(directory, name);
            if (name.StartsWith('.') || name.EndsWith('~') || name is "group_vars" or "host_vars" || IgnoredExtensions.Contains(Path.GetExtension(name)))
            {
                continue;
            }
            if (context.Machine.Look(path)?.Kind == OperatorEntryKind.Directory)
            {
                if (depth < 10)
                {
                    ReadDirectory(context, model, path, depth + 1);
                }
            }
            else
            {
                ReadSource(context, model, path, null);
            }
        }
    }

    private static void ReadSource(SyntaxContext context, InventoryModel model, string path, string? shown)
    {
        var known = model.Hosts.Count;
        ReadFile(context, model, path, shown);
        foreach (var host in model.Hosts.Skip(known))
        {
            host.Source = path;
        }
    }

    private static void ReadFile(SyntaxContext context, InventoryModel model, string path, string? shown)
    {
        if (Path.GetExtension(path) is ".yml" or ".yaml" or ".json")
        {
            if (context.Files.ReadYaml(path, SourceSpan.None, shown) is { } root)
            {
                new YamlInventoryReader(model, context.Values, context.Diagnostics).Read(root);
            }
            return;
        }
        if (context.Files.ReadText(path, SourceSpan.None, shown) is not { } text)
        {
            return;
        }
        var name = context.Files.NameOf(path, shown);
        if (text.StartsWith("#!", StringComparison.Ordinal))
        {
            if ((context.Machine.Look(path)!.Mode & 0x49) == 0)
            {
                context.Diagnostics.Error(CompilerCodes.InventorySyntax, new SourceSpan(name, 1, 1), "the inventory is a program, and it may not be executed", "chmod +x it");
                return;
            }
            new ScriptInventoryReader(context, model, path, name).Read();
            return;
        }
        new IniInventoryReader(model, context.Templates, context.Diagnostics, name).Read(text);
    }
}
