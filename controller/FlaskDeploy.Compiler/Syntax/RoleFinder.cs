using System.Collections.Immutable;
using FlaskDeploy.Compiler.Files;
using FlaskDeploy.Compiler.Yaml;
using FlaskDeploy.Language.Bundles;
using FlaskDeploy.Language.Diagnostics;
using FlaskDeploy.Language.Values;

namespace FlaskDeploy.Compiler.Syntax;

/// <summary>Finds roles by name, in Ansible's order: <c>roles/</c> beside the playbook, the roles path, beside the role that asks, beside the playbook, as a path.</summary>
/// <remarks>https://docs.ansible.com/ansible/latest/playbook_guide/playbooks_reuse_roles.html#storing-and-finding-roles</remarks>
internal sealed class RoleFinder(SyntaxContext context)
{
    private static readonly ImmutableArray<string> OwnPlaces = ["~/.ansible/roles", "/usr/share/ansible/roles", "/etc/ansible/roles"];

    private static readonly ImmutableArray<string> OwnCollections = ["~/.ansible/collections", "/usr/share/ansible/collections"];

    private readonly Dictionary<string, RoleSource> _known = new(StringComparer.Ordinal);

    /// <summary>Null: said why not.</summary>
    /// <param name="file">The playbook's file, absolute.</param>
    /// <param name="asker">The role whose dependency it is; null: a play asks.</param>
    public RoleSource? Find(string name, SourceSpan span, string file, RoleSource? asker)
    {
        var places = Places(file, asker).ToList();
        foreach (var (place, tree) in places)
        {
            var path = context.Files.Absolute(name, place);
            if (context.Machine.Look(path)?.Kind == OperatorEntryKind.Directory)
            {
                if (tree is not null)
                {
                    context.Files.AddRoot(place, tree);
                }
                return Load(path);
            }
        }
        var isOfCollection = name.Count(c => c == '.') >= 2 && !name.Contains('/');
        foreach (var (place, tree) in isOfCollection ? Collections(name) : [])
        {
            if (context.Machine.Look(place)?.Kind == OperatorEntryKind.Directory)
            {
                if (tree is not null)
                {
                    context.Files.AddRoot(place, tree);
                }
                return Load(place, name);
            }
        }
        context.Diagnostics.Error(CompilerCodes.UnknownRole, span, isOfCollection ? $"there is no role '{name}' in the collections beside the playbook" : $"there is no role '{name}'",
            isOfCollection ? "copy the role into roles/ and name it without the collection"
                : Suggestion.For(name, places.SelectMany(place => Names(place.Path))) ?? "put it into roles/ beside the playbook, or name its place with --roles-path",
            $"looked for it in {string.Join(", ", places.Select(place => place.Tree ?? context.Files.NameOf(place.Path)).Distinct())}");
        return null;
    }

    /// <summary>The names of roles that are there, beside the playbook and beside the role that asks.</summary>
    public ImmutableArray<string> Nearby(string file, RoleSource? asker) =>
        [.. Places(file, asker).Where(place => place.Tree is null && Path.GetFileName(place.Path) == "roles").SelectMany(place => Names(place.Path)).Distinct().Order(StringComparer.Ordinal)];

    private IEnumerable<string> Names(string place) =>
        OperatorListing.Names(context.Machine, place).Where(name => context.Machine.Look(Path.Combine(place, name, "tasks"))?.Kind == OperatorEntryKind.Directory
            || context.Machine.Look(Path.Combine(place, name, "meta"))?.Kind == OperatorEntryKind.Directory);

    // Tree: what paths of roles found there are called, so that they are the same from every checkout; null: by their way from the playbook.
    private IEnumerable<(string Path, string? Tree)> Places(string file, RoleSource? asker)
    {
        var beside = Path.GetDirectoryName(file) ?? "/";
        yield return (Path.Combine(beside, "roles"), null);
        if (beside != context.Files.PlaybookDirectory)
        {
            yield return (Path.Combine(context.Files.PlaybookDirectory, "roles"), null);
        }
        var configured = context.Request.RolesPath.IsEmpty ? context.Configuration.RolesPath : context.Request.RolesPath;
        foreach (var place in configured.SelectMany(path => path.Split(':', StringSplitOptions.RemoveEmptyEntries)))
        {
            yield return (context.Files.Absolute(place), null);
        }
        if (configured.IsEmpty)
        {
            foreach (var place in OwnPlaces)
            {
                yield return (context.Files.Absolute(place), place);
            }
        }
        if (asker is not null)
        {
            yield return (Path.GetDirectoryName(asker.Directory) ?? "/", null);
        }
        yield return (beside, null);
    }

    // Their roles are files like any; what else is in a collection runs on no agent.
    private IEnumerable<(string Path, string? Tree)> Collections(string name)
    {
        var parts = name.Split('.', 3);
        var below = Path.Combine("ansible_collections", parts[0], parts[1], "roles", parts[2]);
        yield return (Path.Combine(context.Files.PlaybookDirectory, "collections", below), null);
        foreach (var place in context.Configuration.CollectionsPath)
        {
            yield return (context.Files.Absolute(Path.Combine(place, below)), null);
        }
        foreach (var place in OwnCollections)
        {
            yield return (context.Files.Absolute(Path.Combine(place, below)), Path.Combine(place, below));
        }
    }

    private RoleSource Load(string directory, string? name = null)
    {
        if (_known.TryGetValue(directory, out var known))
        {
            return known;
        }
        var role = new RoleSource(name ?? Path.GetFileName(directory), directory, context.Files.NameOf(directory));
        _known.Add(directory, role);
        if (FileOf(directory, "meta", "main") is { } meta && context.Files.ReadYaml(meta, SourceSpan.None) is { } about)
        {
            role = ReadMeta(role, about);
        }
        // Its own file is the only one that counts where it is there.
        if (FileOf(directory, "meta", "argument_specs") is { } file)
        {
            role = role with { Specifications = context.Files.ReadYaml(file, SourceSpan.None) is YamlMapping root ? Specifications(root) : role.Specifications };
        }
        _known[directory] = role;
        return role;
    }

    /// <summary>The file that <c>main</c> or another name means in a directory of a role; null: there is none.</summary>
    public string? FileOf(string role, string kind, string name)
    {
        foreach (var ending in (ReadOnlySpan<string>)["", ".yml", ".yaml", ".json"])
        {
            var path = Path.Combine(role, kind, name + ending);
            if (context.Machine.Look(path)?.Kind == OperatorEntryKind.File)
            {
                return path;
            }
        }
        return null;
    }

    private RoleSource ReadMeta(RoleSource role, YamlNode root)
    {
        if (root is YamlScalar { IsNull: true })
        {
            return role;
        }
        if (root is not YamlMapping mapping)
        {
            context.Diagnostics.Error(CompilerCodes.BadRole, root.Span, $"meta/main of a role is a mapping, and this is {root.Kind}");
            return role;
        }
        if (mapping.Find("collections") is { Value: YamlSequence { Items.Length: > 0 } } collections)
        {
            context.Diagnostics.Warning(CompilerCodes.NoMeaningHere, collections.Key.Span, "'collections' has no meaning here: modules are part of the agent", "remove it");
        }
        foreach (var entry in mapping.Entries.Where(entry => entry.Name is not ("galaxy_info" or "dependencies" or "allow_duplicates" or "collections" or "argument_specs")))
        {
            context.Diagnostics.Warning(CompilerCodes.UnknownKeyword, entry.Key.Span, $"meta/main of a role has no '{entry.Name}'", Suggestion.For(entry.Name, ["galaxy_info", "dependencies", "allow_duplicates", "collections", "argument_specs"]));
        }
        ImmutableArray<YamlNode> dependencies = [];
        if (mapping.Find("dependencies") is { Value: not YamlScalar { IsNull: true } } list)
        {
            if (list.Value is YamlSequence sequence)
            {
                dependencies = sequence.Items;
            }
            else
            {
                context.WrongKind(list, "a list of roles");
            }
        }
        return role with { Specifications = Specifications(mapping), Dependencies = dependencies, AllowDuplicates = new KeywordReader(context, mapping).PlainFlag("allow_duplicates") ?? false };
    }

    private ImmutableDictionary<string, RoleSpecification> Specifications(YamlMapping mapping)
    {
        if (mapping.Find("argument_specs") is not { Value: not YamlScalar { IsNull: true } } specs)
        {
            return ImmutableDictionary<string, RoleSpecification>.Empty;
        }
        if (specs.Value is not YamlMapping entries)
        {
            context.WrongKind(specs, "a mapping of files of tasks to what they take");
            return ImmutableDictionary<string, RoleSpecification>.Empty;
        }
        return entries.Entries.Where(entry => entry.Value is YamlMapping).ToImmutableDictionary(entry => entry.Name, entry =>
        {
            var about = (YamlMapping)entry.Value;
            var options = about["options"] is YamlMapping written && context.Values.Read(written) is MapValue map ? map : MapValue.Empty;
            return new RoleSpecification(options, about["short_description"] is YamlScalar { IsNull: false } text ? text.Text : null, entry.Key.Span);
        });
    }
}
