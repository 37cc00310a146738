using FlaskDeploy.Language.Values;

namespace FlaskDeploy.Language.Modules.Arguments;

/// <summary>https://docs.ansible.com/ansible/latest/collections/ansible/builtin/async_status_module.html</summary>
public sealed record AsyncStatusArguments(string Id, bool IsCleanup) : IModuleArguments<AsyncStatusArguments>
{
    public static ModuleSpec Spec { get; } = new("async_status", ModuleNature.Information, "how a command is that was started with async and poll: 0")
    {
        Arguments =
        [
            new("jid", ArgumentType.Text, "the job: ansible_job_id of what the task registered") { Required = true },
            new("mode", ArgumentType.Text, "ask for it, or forget what is kept of it") { Choices = ["status", "cleanup"], Default = Value.Of("status") },
        ],
    };

    public static AsyncStatusArguments From(BoundArguments arguments) => new(arguments.RequiredText("jid"), arguments.Text("mode") == "cleanup");
}
