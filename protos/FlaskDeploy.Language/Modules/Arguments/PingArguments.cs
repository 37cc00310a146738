using FlaskDeploy.Language.Values;

namespace FlaskDeploy.Language.Modules.Arguments;

/// <summary>https://docs.ansible.com/ansible/latest/collections/ansible/builtin/ping_module.html</summary>
/// <param name="Data">Text; of anything else its spelling, as Ansible has it.</param>
public sealed record PingArguments(string Data) : IModuleArguments<PingArguments>
{
    public static ModuleSpec Spec { get; } = new("ping", ModuleNature.Information, "answers pong: the agent runs modules")
    {
        Arguments = [new("data", ArgumentType.Any, "what to answer; 'crash' fails") { Default = Value.Of("pong") }],
    };

    public static PingArguments From(BoundArguments arguments) => new(arguments.RequiredText("data"));
}
