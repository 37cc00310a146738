using System.Collections.Immutable;
using FlaskDeploy.Compiler.Files;
using FlaskDeploy.Compiler.Syntax;
using FlaskDeploy.Compiler.Yaml;
using FlaskDeploy.Language.Diagnostics;
using FlaskDeploy.Language.Values;

namespace FlaskDeploy.Compiler.Inventory;

/// <summary>The files of <c>group_vars</c> and <c>host_vars</c> in one directory: beside an inventory or beside the playbook.</summary>
internal sealed class VarsDirectories(SyntaxContext context, string directory)
{
    private const int MaxDepth = 10;

    private readonly Dictionary<string, ImmutableArray<KeyValuePair<string, Value>>> _known = new(StringComparer.Ordinal);

    /// <summary>The groups that there are files for.</summary>
    public IEnumerable<string> GroupNames =>
        OperatorListing.Names(context.Machine, Path.Combine(directory, "group_vars")).Where(name => !name.StartsWith('.') && !name.EndsWith('~')).Select(name => Path.GetExtension(name) is ".yml" or ".yaml" or ".json" ? Path.GetFileNameWithoutExtension(name) : name);

    public ImmutableArray<KeyValuePair<string, Value>> OfGroup(string name) => Read("group_vars", name);

    public ImmutableArray<KeyValuePair<string, Value>> OfHost(string name) => Read("host_vars", name);

    private ImmutableArray<KeyValuePair<string, Value>> Read(string kind, string name)
    {
        if (name.Contains('/') || name is "." or "..")
        {
            return [];
        }
        var start = Path.Combine(directory, kind, name);
        if (!_known.TryGetValue(start, out var vars))
        {
            vars = [.. FilesOf(start).SelectMany(path => ReadFile(path)).GroupBy(pair => pair.Key).Select(group => group.Last())];
            _known.Add(start, vars);
        }
        return vars;
    }

    // NAME, NAME.yml, NAME.yaml or NAME.json, the first there is; a directory stands for all files in it.
    private IEnumerable<string> FilesOf(string start)
    {
        foreach (var path in (string[])[start, start + ".yml", start + ".yaml", start + ".json"])
        {
            switch (context.Machine.Look(path)?.Kind)
            {
                case OperatorEntryKind.Directory:
                    return FilesBelow(path, 0);
                case OperatorEntryKind.File:
                    return [path];
                default:
                    continue;
            }
        }
        return [];
    }

    private IEnumerable<string> FilesBelow(string directory, int depth)
    {
        foreach (var name in OperatorListing.Names(context.Machine, directory).Where(name => !name.StartsWith('.') && !name.EndsWith('~')))
        {
            var path = Path.Combine(directory, name);
            var kind = context.Machine.Look(path)?.Kind;
            if (kind == OperatorEntryKind.Directory && depth < MaxDepth)
            {
                foreach (var below in FilesBelow(path, depth + 1))
                {
                    yield return below;
                }
            }
            else if (kind == OperatorEntryKind.File && Path.GetExtension(name) is "" or ".yml" or ".yaml" or ".json")
            {
                yield return path;
            }
        }
    }

    private ImmutableArray<KeyValuePair<string, Value>> ReadFile(string path)
    {
        var root = context.Files.ReadYaml(path, SourceSpan.None);
        if (root is null or YamlScalar { IsNull: true })
        {
            return [];
        }
        if (root is YamlMapping mapping)
        {
            return context.Values.ReadVariables(mapping);
        }
        context.Diagnostics.Error(CompilerCodes.NotAMapping, root.Span, $"a file of variables is a mapping, and this is {root.Kind}", "write 'name: value' on each line");
        return [];
    }
}
