using FlaskDeploy.Language.Values;

namespace FlaskDeploy.Language.Modules.Arguments;

/// <summary>https://docs.ansible.com/ansible/latest/collections/ansible/builtin/async_status_module.html</summary>
public sealed record AsyncStatusArguments(string Job) : IModuleArguments<AsyncStatusArguments>
{
    public bool CleansUp { get; init; }

    public static ModuleSpec Spec { get; } = new("async_status", ModuleNature.Information, "how a command is that a task with async and poll: 0 has started")
    {
        Arguments =
        [
            new("jid", ArgumentType.Text, "which: ansible_job_id of what the task registered") { Required = true },
            new("mode", ArgumentType.Text, "cleanup removes what it has left") { Choices = ["cleanup", "status"], Default = Value.Of("status") },
        ],
    };

    public static AsyncStatusArguments From(BoundArguments arguments) => new(arguments.RequiredText("jid")) { CleansUp = arguments.Text("mode") == "cleanup" };
}
