using System.Collections.Immutable;
using FlaskDeploy.Language.Values;

namespace FlaskDeploy.Language.Modules.Arguments;

/// <summary>https://docs.ansible.com/ansible/latest/collections/ansible/builtin/package_module.html</summary>
public sealed record PackageArguments(PackageRequest Request) : IModuleArguments<PackageArguments>
{
    // What this host's packages are of, by every name that Ansible has for it.
    private static readonly ImmutableArray<string> Own = ["auto", "unknown", "dnf", "dnf5", "yum", "yum4"];

    /// <summary>A package manager that is no package manager of such a host, and is insisted on.</summary>
    public string? OtherManager { get; init; }

    public static ModuleSpec Spec { get; } = new("package", ModuleNature.Converging, "packages, with whichever package manager the host has")
    {
        // Playbooks for several systems give it what the package manager of another one takes, under a condition.
        Arguments =
        [
            .. PackageRequest.Arguments.Where(argument => argument.Name != "use"),
            new("use", ArgumentType.Text, "the package manager; whichever of dnf and yum the host has is used for either, and any other one fails the task") { Default = Value.Of("auto") },
            CommonArguments.Ignored("cache_valid_time", ArgumentType.Integer, "how old the lists of packages may be", "dnf and yum know that themselves"),
        ],
        MutuallyExclusive = PackageRequest.Exclusive,
        RequiredOneOf = PackageRequest.OneOf,
    };

    public static PackageArguments From(BoundArguments arguments) => new(PackageRequest.From(arguments))
    {
        OtherManager = arguments.RequiredText("use") is var use && Own.Contains(use[(use.LastIndexOf('.') + 1)..]) ? null : use,
    };
}
