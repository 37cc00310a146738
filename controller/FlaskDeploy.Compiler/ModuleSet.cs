using FlaskDeploy.Language.Modules;

namespace FlaskDeploy.Compiler;

/// <summary>The modules that a playbook may name.</summary>
/// <param name="Find">By any name that a playbook may use; null where there is no such module.</param>
/// <param name="Names">For suggestions and lists.</param>
public sealed record ModuleSet(Func<string, ModuleSpec?> Find, IEnumerable<string> Names)
{
    /// <summary>All of <see cref="ModuleCatalog"/>.</summary>
    public static ModuleSet Catalog { get; } = new(ModuleCatalog.Find, ModuleCatalog.Names);

    public static ModuleSet Of(params IReadOnlyCollection<ModuleSpec> specs) => new(
        name => specs.FirstOrDefault(spec => spec.Name == ShortName(name) || spec.Aliases.Contains(ShortName(name))),
        specs.SelectMany(spec => spec.Aliases.Append(spec.Name)));

    private static string ShortName(string name) =>
        name.StartsWith("ansible.builtin.", StringComparison.Ordinal) ? name["ansible.builtin.".Length..]
        : name.StartsWith("ansible.legacy.", StringComparison.Ordinal) ? name["ansible.legacy.".Length..]
        : name;
}
