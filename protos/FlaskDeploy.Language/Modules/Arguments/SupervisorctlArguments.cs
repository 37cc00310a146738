using System.Collections.Immutable;

namespace FlaskDeploy.Language.Modules.Arguments;

/// <summary>https://docs.ansible.com/ansible/latest/collections/community/general/supervisorctl_module.html</summary>
/// <param name="Name">A process, a group with a colon at its end, or <c>all</c>.</param>
/// <param name="State">present, absent, started, stopped, restarted or signalled.</param>
/// <param name="Command">supervisorctl with what it connects by.</param>
public sealed record SupervisorctlArguments(string Name, string State, ImmutableArray<string> Command) : IModuleArguments<SupervisorctlArguments>
{
    /// <summary>Not in the command: what is shown of that is shown to everybody.</summary>
    public string? Password { get; init; }

    public string? Signal { get; init; }

    public bool StopsBeforeRemoving { get; init; }

    public static ModuleSpec Spec { get; } = new("supervisorctl", ModuleNature.Converging, "a process of supervisord: known to it, running or not")
    {
        Arguments =
        [
            new("name", ArgumentType.Text, "the process; a group with a colon at its end; all") { Required = true },
            new("state", ArgumentType.Text, "known to supervisord or not, running or not, or restarted or sent a signal by each push; a reconvergence takes restarted as started")
            { Required = true, Choices = ["present", "absent", "started", "stopped", "restarted", "signalled"] },
            new("signal", ArgumentType.Text, "with state=signalled: which, as HUP"),
            new("config", ArgumentType.Path, "supervisord's configuration"),
            new("server_url", ArgumentType.Text, "where supervisord listens") { Aliases = ["serverurl"] },
            new("username", ArgumentType.Text, "who asks it"),
            new("password", ArgumentType.Text, "with which password; other processes of the host see it in the list of processes") { Secret = true },
            new("supervisorctl_path", ArgumentType.Path, "the program"),
            CommonArguments.Flag("stop_before_removing", "with state=absent: stop it first"),
        ],
    };

    public static SupervisorctlArguments From(BoundArguments arguments) => new(
        arguments.RequiredText("name"),
        arguments.RequiredText("state"),
        [
            arguments.Text("supervisorctl_path") ?? "supervisorctl",
            .. Option("-c", arguments.Text("config")),
            .. Option("-s", arguments.Text("server_url")),
            .. Option("-u", arguments.Text("username")),
        ])
    {
        Password = arguments.Text("password"),
        Signal = arguments.Text("signal"),
        StopsBeforeRemoving = arguments.IsSet("stop_before_removing"),
    };

    private static ImmutableArray<string> Option(string name, string? value) => value is null ? [] : [name, value];
}
