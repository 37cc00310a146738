using System.Collections.Frozen;
using System.Collections.Immutable;
using FlaskDeploy.Compiler.Files;
using FlaskDeploy.Compiler.Yaml;
using FlaskDeploy.Language.Bundles;
using FlaskDeploy.Language.Diagnostics;
using FlaskDeploy.Language.Expressions;
using FlaskDeploy.Language.Values;

namespace FlaskDeploy.Compiler.Syntax;

/// <summary>Turns uses of roles into blocks: dependencies first, then the role's tasks, with its variables around them.</summary>
/// <param name="file">The playbook's file, absolute: where roles are looked for.</param>
internal sealed class RoleReader(SyntaxContext context, string file, RoleGathering gathering)
{
    private const int MaxDepth = 20;

    private static readonly FrozenSet<string> OfGalaxy = new[] { "src", "version", "scm" }.ToFrozenSet(StringComparer.Ordinal);

    /// <summary>The same, gathering elsewhere what roles bring to all.</summary>
    public RoleReader With(RoleGathering other) => new(context, file, other);

    /// <summary>The entries of <c>roles:</c>.</summary>
    public ImmutableArray<TaskNode> ReadList(YamlEntry list, string prefix, int first)
    {
        if (list.Value is YamlScalar { IsNull: true })
        {
            return [];
        }
        if (list.Value is not YamlSequence sequence)
        {
            context.WrongKind(list, "a list of roles", "start each role with '- '");
            return [];
        }
        var result = ImmutableArray.CreateBuilder<TaskNode>();
        foreach (var (index, node) in sequence.Items.Index())
        {
            if (ReadEntry(node, null) is { } use)
            {
                result.Add(Build(use, $"{prefix}{first + index}", [], node => node, isLate: false));
            }
        }
        return result.ToImmutable();
    }

    /// <summary>A role in the place of a task: <c>import_role</c>, or what an <c>include_role</c> brings.</summary>
    /// <param name="asker">The role around it.</param>
    public TaskNode Build(RoleUse use, string id, bool isLate)
    {
        // As Ansible has it, what an import gives a role is the play's too.
        gathering.Vars.AddRange(isLate ? use.Keywords.Vars : []);
        return Build(use, id, [], node => node, isLate);
    }

    /// <summary>Null: said why not.</summary>
    public RoleSource? Find(string name, SourceSpan span, RoleSource? asker) => context.Roles.Find(name, span, file, asker);

    private RoleUse? ReadEntry(YamlNode node, RoleSource? asker)
    {
        if (node is YamlScalar { IsNull: false } scalar)
        {
            var plain = new TaskNode { Id = "", Name = Value.Null, Action = new Block([], [], []), Span = scalar.Span };
            return NameOf(scalar) is { } only && Find(only, scalar.Span, asker) is { } found ? new RoleUse(found, plain, new RoleFiles()) { IsOnce = true } : null;
        }
        if (node is not YamlMapping mapping || (mapping["role"] ?? mapping["name"] ?? mapping["src"]) is not YamlScalar { IsNull: false } named)
        {
            context.Diagnostics.Error(CompilerCodes.BadRole, node.Span, $"a role is a name, or a mapping with 'role', and this is {node.Kind}", "write '- role: NAME'");
            return null;
        }
        var reader = new TaskReader(context, file, new TaskPlace(this, gathering));
        var keywords = reader.Keywords(mapping, "", new Block([], [], []), Value.Null);
        var given = mapping.Entries.Where(entry => entry.Name is not ("role" or "name") && !Keywords.RoleEntry.Contains(entry.Name) && !(asker is not null && OfGalaxy.Contains(entry.Name)));
        return NameOf(named) is { } name && Find(name, named.Span, asker) is { } role
            ? new RoleUse(role, keywords with { Vars = [] }, new RoleFiles()) { Params = Read(given), Vars = keywords.Vars, IsOnce = true, ModuleDefaults = context.ModuleDefaults.With(context, mapping) }
            : null;
    }

    private ImmutableArray<KeyValuePair<string, Value>> Read(IEnumerable<YamlEntry> given) =>
        [.. given.SelectMany(entry => context.Values.ReadVariables(new YamlMapping(entry.Key.Span, null, [entry])))];

    private string? NameOf(YamlScalar scalar)
    {
        if (!Template.HasMarkup(scalar.Text))
        {
            return scalar.Text.Trim();
        }
        var value = context.Templates.TextOrTemplate(scalar.Text, scalar.SpanAt);
        var result = Resolver.Resolve(value, new EvaluationContext(new Binding.Scope(null, "extra vars", context.ExtraVars)) { Span = scalar.Span });
        if (result.Error is { } error)
        {
            context.Diagnostics.Add(error with { Span = scalar.Span, Remedy = "which role it is can depend on -e NAME=VALUE only; include_role takes any variable" });
            return null;
        }
        return result.Value!.ToString().Trim();
    }

    // Wrap: the keywords of the roles that depend on this one are around its handlers too.
    private TaskNode Build(RoleUse use, string id, ImmutableArray<RoleUse> above, Func<TaskNode, TaskNode> wrap, bool isLate)
    {
        using var under = context.Under(use.ModuleDefaults ?? context.ModuleDefaults);
        var role = use.Role;
        if (above.Length > MaxDepth || above.Any(other => other.Role.Directory == role.Directory))
        {
            context.Diagnostics.Error(CompilerCodes.BadRole, use.Keywords.Span, $"the role '{role.Name}' depends on itself", detail: string.Join(" -> ", above.Select(other => other.Role.Name).Append(role.Name)));
            return use.Keywords with { Id = id };
        }
        var own = LoadVars(role, "vars", use.Files.Vars, use.Keywords.Span);
        var scope = new RoleScope(role.Name, role.Path)
        {
            Defaults = LoadVars(role, "defaults", use.Files.Defaults, use.Keywords.Span),
            Vars = Later(own, use.Vars),
            Params = use.Params,
            Once = use.Files.IsOnce || use.IsOnce && !role.AllowDuplicates ? KeyOf(use) : null,
        };
        var block = use.Keywords with { Name = use.Keywords.Name is NullValue ? Value.Of(role.Name) : use.Keywords.Name, Role = scope };
        TaskNode Inside(TaskNode inner) => wrap(block with { Id = inner.Id, Action = new Block([inner], [], []), Role = scope with { Once = null } });
        var parts = new List<TaskNode>();
        var (defaults, vars) = (scope.Defaults, ImmutableArray<KeyValuePair<string, Value>>.Empty);
        foreach (var dependency in role.Dependencies.Select(node => ReadEntry(node, role)).OfType<RoleUse>())
        {
            var part = Build(dependency, $"{id}/b{parts.Count}", above.Add(use), Inside, isLate);
            parts.Add(part);
            (defaults, vars) = (Later(part.Role?.Defaults ?? [], defaults), Later(vars, part.Role?.Vars ?? []));
        }
        scope = scope with { Defaults = defaults, Vars = Later(vars, scope.Vars) };
        using var knowing = context.Knowing(context.Known.In(scope));
        gathering.Defaults.AddRange(scope.Defaults);
        gathering.Vars.AddRange(scope.Vars);
        var place = new TaskPlace(this, gathering) { Role = role };
        parts.Add(new TaskNode
        {
            Id = $"{id}/b{parts.Count}",
            Name = Value.Of(role.Name),
            Span = use.Keywords.Span,
            Action = new Block([.. Validation(use, scope, $"{id}/b{parts.Count}/v"), .. ReadTasks(role, "tasks", use.Files.Tasks, $"{id}/b{parts.Count}/b", areHandlers: false, use, place)], [], []),
        });
        if (gathering.IsNew($"{KeyOf(use)} {use.Files.Handlers}"))
        {
            var handlerId = gathering.NextHandler();
            var handlers = ReadTasks(role, "handlers", use.Files.Handlers, $"{handlerId}/b", areHandlers: true, use, place);
            if (!handlers.IsEmpty)
            {
                (isLate ? gathering.LateHandlers : gathering.Handlers).Add(wrap(block with { Id = handlerId, Role = scope with { Once = null }, Action = new Block(handlers, [], []) }));
            }
        }
        return block with { Id = id, Role = scope, Action = new Block([.. parts], [], []) };
    }

    // The task that Ansible puts in front of a role whose file of tasks has a specification.
    private IEnumerable<TaskNode> Validation(RoleUse use, RoleScope scope, string id)
    {
        if (!use.Files.IsValidated || !use.Role.Specifications.TryGetValue(use.Files.Tasks, out var specification) || context.Modules.Find("validate_argument_spec") is not { } spec)
        {
            return [];
        }
        var about = MapValue.From(
            ("type", Value.Of("role")),
            ("name", Value.Of(Path.GetFileName(use.Role.Directory))),
            ("argument_spec_name", Value.Of(use.Files.Tasks)),
            // Where the playbook is applied on the spot, the host has the role itself.
            ("path", Value.Of(context.Request.ForLocalApply ? use.Role.Directory : use.Role.Path)));
        var arguments = MapValue.From(("argument_spec", specification.Options), ("provided_arguments", MapValue.From(scope.Params.Select(pair => (pair.Key, pair.Value)))), ("validate_args_context", about));
        var call = new ModuleCall(spec.Name, arguments, null, "");
        context.Note(call, new CallSite(spec, _ => use.Keywords.Span));
        var name = $"Validating arguments against arg spec '{use.Files.Tasks}'" + (specification.Summary is { } summary ? $" - {summary}" : "");
        return [new TaskNode { Id = id, Name = Value.Of(name), Action = call, Span = use.Keywords.Span, Tags = ["always"] }];
    }

    private ImmutableArray<TaskNode> ReadTasks(RoleSource role, string kind, string name, string prefix, bool areHandlers, RoleUse use, TaskPlace place)
    {
        if (context.Roles.FileOf(role.Directory, kind, name) is not { } path)
        {
            if (name != "main")
            {
                Missing(role, kind, name, use.Keywords.Span);
            }
            return [];
        }
        var root = context.Files.ReadYaml(path, SourceSpan.None);
        if (root is null or YamlScalar { IsNull: true })
        {
            return [];
        }
        if (root is YamlSequence tasks)
        {
            return new TaskReader(context, path, place).ReadList(tasks, prefix, areHandlers);
        }
        context.Diagnostics.Error(CompilerCodes.BadInclude, root.Span, $"a file of tasks is a list, and this is {root.Kind}");
        return [];
    }

    private ImmutableArray<KeyValuePair<string, Value>> LoadVars(RoleSource role, string kind, string name, SourceSpan span)
    {
        var path = context.Roles.FileOf(role.Directory, kind, name);
        ImmutableArray<string> paths = path is not null ? [path] : [.. Below(Path.Combine(role.Directory, kind, name), 0)];
        if (paths.IsEmpty && name != "main")
        {
            Missing(role, kind, name, span);
        }
        return [.. paths.SelectMany(path => VarsOf(path)).GroupBy(pair => pair.Key, StringComparer.Ordinal).Select(group => group.Last())];
    }

    private ImmutableArray<KeyValuePair<string, Value>> VarsOf(string path)
    {
        switch (context.Files.ReadYaml(path, SourceSpan.None))
        {
            case null or YamlScalar { IsNull: true }:
                return [];
            case YamlMapping mapping:
                return context.Values.ReadVariables(mapping);
            case var other:
                context.Diagnostics.Error(CompilerCodes.NotAMapping, other.Span, $"a file of variables is a mapping, and this is {other.Kind}", "write 'name: value' on each line");
                return [];
        }
    }

    private IEnumerable<string> Below(string directory, int depth) => depth > 10 ? [] : OperatorListing.Names(context.Machine, directory).Where(name => !name.StartsWith('.'))
        .Select(name => Path.Combine(directory, name))
        .SelectMany(path => context.Machine.Look(path)?.Kind switch
        {
            OperatorEntryKind.Directory => Below(path, depth + 1),
            OperatorEntryKind.File when Path.GetExtension(path) is "" or ".yml" or ".yaml" or ".json" => [path],
            _ => [],
        });

    private void Missing(RoleSource role, string kind, string name, SourceSpan span) =>
        context.Diagnostics.Error(CompilerCodes.BadRole, span, $"the role '{role.Name}' has no {kind}/{name}",
            Suggestion.For(name, OperatorListing.Names(context.Machine, Path.Combine(role.Directory, kind)).Select(file => Path.GetFileNameWithoutExtension(file))));

    // Equal uses of a role are one: by its place, its parameters, its condition and its tags, as Ansible has it.
    private static string KeyOf(RoleUse use)
    {
        var given = use.Params.Concat(use.Vars).Select(pair => $"{pair.Key}={pair.Value.ToRepr()}").Concat(use.Keywords.When.Select(when => $"when {(when as TemplateValue)?.Source ?? when.ToRepr()}")).Concat(use.Keywords.Tags.Select(tag => $"tag {tag}"));
        var text = string.Join('\n', given.Prepend(use.Role.Path).Append(use.Files.ToString()));
        return $"{use.Role.Name} {Digest.Of(System.Text.Encoding.UTF8.GetBytes(text)).ToString()[..12]}";
    }

    private static ImmutableArray<KeyValuePair<string, Value>> Later(ImmutableArray<KeyValuePair<string, Value>> earlier, ImmutableArray<KeyValuePair<string, Value>> later) =>
        later.IsEmpty ? earlier : [.. earlier.Where(pair => !later.Any(other => other.Key == pair.Key)), .. later];
}
