using System.Collections.Immutable;
using FlaskDeploy.Compiler.Yaml;
using FlaskDeploy.Language.Diagnostics;

namespace FlaskDeploy.Compiler.Linting.Model;

/// <summary>Says what a file of YAML is, and makes its plays, tasks and variables.</summary>
internal sealed class FileModel(ModuleSet modules)
{
    /// <param name="root">Of the text, mended where it could not be read whole.</param>
    /// <param name="texts">Plain variables known from other files: of the role, of the inventory.</param>
    public LintFile Read(string path, string text, YamlNode? root, IReadOnlyDictionary<string, string> texts)
    {
        var file = new LintFile(path, text, root, KindOf(path, root));
        return file.Kind switch
        {
            LintFileKind.Playbook => ReadPlaybook(file, (YamlSequence)root!, texts),
            LintFileKind.Tasks or LintFileKind.Handlers => ReadTasks(file, texts),
            LintFileKind.Variables => file with { Variables = [.. VariablesOf((YamlMapping)root!, IsOfRole(path))] },
            _ => file,
        };
    }

    public static LintFileKind KindOf(string path, YamlNode? root)
    {
        var directories = path.Split('/')[..^1];
        return root switch
        {
            YamlSequence { Items: var items } when items.OfType<YamlMapping>().Any(item => item.Find("hosts") is not null && item.Find("add_host") is null || item.Entries.Any(entry => entry.Name.EndsWith("import_playbook", StringComparison.Ordinal))) => LintFileKind.Playbook,
            YamlSequence { Items: var items } when directories.Contains("meta") || items.OfType<YamlMapping>().Any(item => item.Find("src") is not null || item.Find("role") is not null) => LintFileKind.Other,
            YamlSequence => directories.Length > 0 && directories[^1] == "handlers" ? LintFileKind.Handlers : LintFileKind.Tasks,
            YamlMapping when directories.Any(directory => directory is "vars" or "defaults" or "group_vars" or "host_vars") => LintFileKind.Variables,
            _ => LintFileKind.Other,
        };
    }

    /// <summary>The plain texts among the variables of a mapping.</summary>
    public static void Collect(YamlNode? mapping, Dictionary<string, string> into)
    {
        foreach (var entry in (mapping as YamlMapping)?.Entries ?? [])
        {
            if (entry.Value is YamlScalar { IsNull: false, Tag: null } scalar)
            {
                into[entry.Name] = scalar.Text;
            }
        }
    }

    private LintFile ReadPlaybook(LintFile file, YamlSequence root, IReadOnlyDictionary<string, string> texts)
    {
        var model = new TaskModel(modules);
        var plays = ImmutableArray.CreateBuilder<LintPlay>();
        var variables = new List<LintVariable>();
        foreach (var mapping in root.Items.OfType<YamlMapping>())
        {
            var known = new Dictionary<string, string>(texts, StringComparer.Ordinal);
            Collect(mapping["vars"], known);
            var play = new LintPlay(mapping, file.Path) { Texts = known };
            plays.Add(play);
            foreach (var section in (ReadOnlySpan<string>)["pre_tasks", "tasks", "post_tasks", "handlers"])
            {
                model.Add(mapping[section], play, areHandlers: section == "handlers");
            }
            variables.AddRange(VariablesOf(mapping["vars"] as YamlMapping, isOfRole: false));
        }
        return file with { Plays = plays.ToImmutable(), Tasks = model.Tasks, Variables = [.. variables] };
    }

    private LintFile ReadTasks(LintFile file, IReadOnlyDictionary<string, string> texts)
    {
        var model = new TaskModel(modules);
        var play = new LintPlay(null, file.Path) { Texts = new Dictionary<string, string>(texts, StringComparer.Ordinal) };
        model.Add(file.Root, play, areHandlers: file.Kind == LintFileKind.Handlers);
        return file with { Plays = [play], Tasks = model.Tasks };
    }

    private static IEnumerable<LintVariable> VariablesOf(YamlMapping? mapping, bool isOfRole) =>
        (mapping?.Entries ?? []).Where(entry => entry.Key is YamlScalar).Select(entry => new LintVariable(entry.Name, entry.Value, entry.Key.Span, isOfRole));

    private static bool IsOfRole(string path) => path.Split('/')[..^1].Any(part => part is "vars" or "defaults") && !path.Split('/').Any(part => part is "group_vars" or "host_vars");
}
