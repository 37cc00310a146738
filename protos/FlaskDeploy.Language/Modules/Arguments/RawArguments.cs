using FlaskDeploy.Language.Values;

namespace FlaskDeploy.Language.Modules.Arguments;

/// <summary>https://docs.ansible.com/ansible/latest/collections/ansible/builtin/raw_module.html</summary>
public sealed record RawArguments(string? Line) : IModuleArguments<RawArguments>
{
    public string Executable { get; init; } = "/bin/sh";

    public static ModuleSpec Spec { get; } = new("raw", ModuleNature.Command, "a command line, run by /bin/sh; agents need no Python, so shell does all that it does")
    {
        TakesFreeForm = true,
        Arguments = [new("executable", ArgumentType.Path, "the shell to run it with, absolute") { Default = Value.Of("/bin/sh") }],
        OnlyRunsBecause = "what a command does can only be found out by running it; shell with creates or removes can be guarded",
    };

    public static RawArguments From(BoundArguments arguments) => new(string.IsNullOrWhiteSpace(arguments.FreeForm) ? null : arguments.FreeForm)
    {
        Executable = arguments.RequiredText("executable"),
    };
}
