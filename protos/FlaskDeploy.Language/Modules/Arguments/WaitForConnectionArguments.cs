using FlaskDeploy.Language.Values;

namespace FlaskDeploy.Language.Modules.Arguments;

/// <summary>https://docs.ansible.com/ansible/latest/collections/ansible/builtin/wait_for_connection_module.html</summary>
public sealed record WaitForConnectionArguments : IModuleArguments<WaitForConnectionArguments>
{
    private const string Here = "the agent is on the host: a task that runs has reached it";

    public static ModuleSpec Spec { get; } = new("wait_for_connection", ModuleNature.Information, "in sync wherever it runs: an agent has no connection to wait for")
    {
        Arguments =
        [
            CommonArguments.Ignored("connect_timeout", ArgumentType.Integer, "how long one attempt may take", Here),
            CommonArguments.Ignored("delay", ArgumentType.Integer, "how long to wait before the first attempt", Here),
            CommonArguments.Ignored("sleep", ArgumentType.Integer, "how long to wait between attempts", Here),
            CommonArguments.Ignored("timeout", ArgumentType.Integer, "how long to wait in all", Here),
        ],
    };

    public static WaitForConnectionArguments From(BoundArguments arguments) => new();
}
