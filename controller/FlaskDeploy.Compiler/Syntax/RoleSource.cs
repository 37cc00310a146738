using System.Collections.Immutable;
using FlaskDeploy.Compiler.Yaml;
using FlaskDeploy.Language.Bundles;
using FlaskDeploy.Language.Diagnostics;
using FlaskDeploy.Language.Values;

namespace FlaskDeploy.Compiler.Syntax;

/// <summary>A role's directory, found.</summary>
/// <param name="Directory">Absolute.</param>
/// <param name="Path">In the tree.</param>
internal sealed record RoleSource(string Name, string Directory, string Path)
{
    public ImmutableArray<YamlNode> Dependencies { get; init; } = [];

    public bool AllowDuplicates { get; init; }

    /// <summary>What its <c>argument_specs</c> say, by file of tasks.</summary>
    public ImmutableDictionary<string, RoleSpecification> Specifications { get; init; } = ImmutableDictionary<string, RoleSpecification>.Empty;
}

/// <summary>What a file of a role's tasks takes.</summary>
/// <param name="Options">As <see cref="Language.Modules.ArgumentSpecification"/> reads them.</param>
internal sealed record RoleSpecification(MapValue Options, string? Summary, SourceSpan Span);

/// <summary>Which files of a role are taken where it is not <c>main</c>.</summary>
internal sealed record RoleFiles(string Tasks = "main", string Vars = "main", string Defaults = "main", string Handlers = "main")
{
    /// <summary>What the role is given is held against its <c>argument_specs</c>.</summary>
    public bool IsValidated { get; init; } = true;

    /// <summary><c>allow_duplicates: no</c> where the role is taken among tasks: it runs once in a play.</summary>
    public bool IsOnce { get; init; }

    /// <summary>Part of the key of an included role: the same role with other variables is another one.</summary>
    public string Variant => string.Join(' ', [
        .. new[] { ("vars", Vars), ("defaults", Defaults), ("handlers", Handlers) }.Where(pair => pair.Item2 != "main").Select(pair => $"{pair.Item1}={pair.Item2}"),
        .. IsOnce ? ["once=yes"] : Array.Empty<string>(),
        .. IsValidated ? Array.Empty<string>() : ["unvalidated"],
    ]);
}

/// <summary>A role as one place of a playbook uses it.</summary>
/// <param name="Keywords">What the place says of all its tasks: a node whose action is put in here.</param>
internal sealed record RoleUse(RoleSource Role, TaskNode Keywords, RoleFiles Files)
{
    /// <summary>Given beside the role's name: <c>{ role: web, port: 80 }</c>.</summary>
    public ImmutableArray<KeyValuePair<string, Value>> Params { get; init; } = [];

    /// <summary>Under <c>vars:</c> where the role is named.</summary>
    public ImmutableArray<KeyValuePair<string, Value>> Vars { get; init; } = [];

    /// <summary>By <c>roles:</c> or as a dependency: the same use of it runs once in a play.</summary>
    public bool IsOnce { get; init; }

    /// <summary>Where the role is named; null: what stands around it holds.</summary>
    public ModuleDefaults? ModuleDefaults { get; init; }
}

/// <summary>What the roles of one play, or of one included role, bring to all of it.</summary>
/// <param name="handlers">The start of the ids of roles' handlers.</param>
internal sealed class RoleGathering(string handlers)
{
    private readonly HashSet<string> _handled = new(StringComparer.Ordinal);

    public List<TaskNode> Handlers { get; } = [];

    /// <summary>Of roles that were imported among tasks: they come after the play's own.</summary>
    public List<TaskNode> LateHandlers { get; } = [];

    public List<KeyValuePair<string, Value>> Defaults { get; } = [];

    public List<KeyValuePair<string, Value>> Vars { get; } = [];

    /// <summary>True the first time.</summary>
    public bool IsNew(string use) => _handled.Add(use);

    public string NextHandler() => $"{handlers}{Handlers.Count + LateHandlers.Count}";
}
