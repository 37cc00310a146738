namespace FlaskDeploy.Language.Modules.Arguments;

/// <summary>https://docs.ansible.com/ansible/latest/collections/ansible/builtin/yum_module.html</summary>
public sealed record YumArguments(PackageRequest Request) : IModuleArguments<YumArguments>
{
    public static ModuleSpec Spec { get; } = new("yum", ModuleNature.Converging, "RPM packages, with whichever of dnf and yum the host has")
    {
        Arguments = PackageRequest.Arguments,
        MutuallyExclusive = PackageRequest.Exclusive,
        RequiredOneOf = PackageRequest.OneOf,
    };

    public static YumArguments From(BoundArguments arguments) => new(PackageRequest.From(arguments));
}
