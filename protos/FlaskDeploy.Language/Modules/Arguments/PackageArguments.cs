namespace FlaskDeploy.Language.Modules.Arguments;

/// <summary>https://docs.ansible.com/ansible/latest/collections/ansible/builtin/package_module.html</summary>
public sealed record PackageArguments(PackageRequest Request) : IModuleArguments<PackageArguments>
{
    public static ModuleSpec Spec { get; } = new("package", ModuleNature.Converging, "packages, with whichever package manager the host has")
    {
        Arguments = PackageRequest.Arguments,
        MutuallyExclusive = PackageRequest.Exclusive,
        RequiredOneOf = PackageRequest.OneOf,
    };

    public static PackageArguments From(BoundArguments arguments) => new(PackageRequest.From(arguments));
}
