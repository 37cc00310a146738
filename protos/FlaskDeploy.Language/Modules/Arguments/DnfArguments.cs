namespace FlaskDeploy.Language.Modules.Arguments;

/// <summary>https://docs.ansible.com/ansible/latest/collections/ansible/builtin/dnf_module.html</summary>
public sealed record DnfArguments(PackageRequest Request) : IModuleArguments<DnfArguments>
{
    public static ModuleSpec Spec { get; } = new("dnf", ModuleNature.Converging, "RPM packages, with whichever of dnf and yum the host has")
    {
        Aliases = ["dnf5"],
        Arguments = PackageRequest.Arguments,
        MutuallyExclusive = PackageRequest.Exclusive,
        RequiredOneOf = PackageRequest.OneOf,
    };

    public static DnfArguments From(BoundArguments arguments) => new(PackageRequest.From(arguments));
}
