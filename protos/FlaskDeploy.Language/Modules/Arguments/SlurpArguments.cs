namespace FlaskDeploy.Language.Modules.Arguments;

/// <summary>https://docs.ansible.com/ansible/latest/collections/ansible/builtin/slurp_module.html</summary>
public sealed record SlurpArguments(string Source) : IModuleArguments<SlurpArguments>
{
    public static ModuleSpec Spec { get; } = new("slurp", ModuleNature.Information, "the content of a file of the host, in base64")
    {
        Arguments = [new("src", ArgumentType.Path, "the file on the host") { Required = true, Aliases = ["path"] }],
    };

    public static SlurpArguments From(BoundArguments arguments) => new(arguments.RequiredText("src"));
}
