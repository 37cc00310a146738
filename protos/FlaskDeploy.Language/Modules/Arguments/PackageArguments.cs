namespace FlaskDeploy.Language.Modules.Arguments;

/// <summary>https://docs.ansible.com/ansible/latest/collections/ansible/builtin/package_module.html</summary>
public sealed record PackageArguments(PackageRequest Request) : IModuleArguments<PackageArguments>
{
    public static ModuleSpec Spec { get; } = new("package", ModuleNature.Converging, "packages, with whichever package manager the host has")
    {
        // Playbooks for several systems give it what the package manager of another one takes, under a condition.
        Arguments = [.. PackageRequest.Arguments, CommonArguments.Ignored("cache_valid_time", ArgumentType.Integer, "how old the lists of packages may be", "dnf and yum know that themselves")],
        MutuallyExclusive = PackageRequest.Exclusive,
        RequiredOneOf = PackageRequest.OneOf,
    };

    public static PackageArguments From(BoundArguments arguments) => new(PackageRequest.From(arguments));
}
