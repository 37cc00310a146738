using FlaskDeploy.Language.Values;

namespace FlaskDeploy.Language.Modules.Arguments;

/// <summary>https://docs.ansible.com/ansible/latest/collections/ansible/builtin/fail_module.html</summary>
public sealed record FailArguments(string Message) : IModuleArguments<FailArguments>
{
    public static ModuleSpec Spec { get; } = new("fail", ModuleNature.Information, "fails, with a message")
    {
        IsOfTheRun = true,
        Arguments = [new("msg", ArgumentType.Text, "what to say") { Default = Value.Of("Failed as requested from task") }],
    };

    public static FailArguments From(BoundArguments arguments) => new(arguments.RequiredText("msg"));
}
