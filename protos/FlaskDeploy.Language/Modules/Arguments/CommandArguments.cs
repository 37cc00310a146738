namespace FlaskDeploy.Language.Modules.Arguments;

/// <summary>https://docs.ansible.com/ansible/latest/collections/ansible/builtin/command_module.html</summary>
public sealed record CommandArguments(CommandRequest Request) : IModuleArguments<CommandArguments>
{
    public static ModuleSpec Spec { get; } = new("command", ModuleNature.Command, "a program with its arguments, without a shell")
    {
        TakesFreeForm = true,
        Arguments =
        [
            .. CommandRequest.Specs.Select(argument => argument.Name == "executable" ? argument with { Summary = "passed over with a warning, as Ansible does since 2.4: no shell runs this; shell takes one" } : argument),
            new("argv", ArgumentType.List, "the program and its arguments, one by one"),
            CommonArguments.Flag("expand_argument_vars", "expand ~ and $VAR in each argument", true),
        ],
        MutuallyExclusive = [["cmd", "argv"]],
        Guards = CommandRequest.GuardNames,
        OnlyRunsBecause = CommandRequest.OnlyRuns,
    };

    public static CommandArguments From(BoundArguments arguments) => new(CommandRequest.From(arguments) with
    {
        Arguments = arguments.Texts("argv"),
        ExpandVariables = arguments.IsSet("expand_argument_vars"),
    });
}
