using System.Collections.Immutable;
using FlaskDeploy.Language.Values;

namespace FlaskDeploy.Language.Modules.Arguments;

/// <summary>https://docs.ansible.com/ansible/latest/collections/ansible/builtin/package_facts_module.html</summary>
public sealed record PackageFactsArguments(ImmutableArray<string> Managers) : IModuleArguments<PackageFactsArguments>
{
    /// <summary>Of several managers all, not the first that is there.</summary>
    public bool All { get; init; }

    public static ModuleSpec Spec { get; } = new("package_facts", ModuleNature.Information, "the packages that are installed, as the fact packages")
    {
        Arguments =
        [
            new("manager", ArgumentType.List, "rpm or apt, or auto for what the host has") { Default = Value.Of(["auto"]) },
            new("strategy", ArgumentType.Text, "of several managers: the first that is there, or all") { Choices = ["first", "all"], Default = Value.Of("first") },
        ],
    };

    public static PackageFactsArguments From(BoundArguments arguments) => new(arguments.Texts("manager")) { All = arguments.Text("strategy") == "all" };
}
