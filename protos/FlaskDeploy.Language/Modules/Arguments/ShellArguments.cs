namespace FlaskDeploy.Language.Modules.Arguments;

/// <summary>https://docs.ansible.com/ansible/latest/collections/ansible/builtin/shell_module.html</summary>
public sealed record ShellArguments(CommandRequest Request) : IModuleArguments<ShellArguments>
{
    public static ModuleSpec Spec { get; } = new("shell", ModuleNature.Command, "a command line, run by /bin/sh")
    {
        TakesFreeForm = true,
        Arguments = CommandRequest.Specs,
        Guards = CommandRequest.GuardNames,
        OnlyRunsBecause = CommandRequest.OnlyRuns,
    };

    public static ShellArguments From(BoundArguments arguments) => new(CommandRequest.From(arguments));
}
