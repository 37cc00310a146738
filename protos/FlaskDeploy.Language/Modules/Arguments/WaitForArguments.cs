using System.Collections.Immutable;
using FlaskDeploy.Language.Values;

namespace FlaskDeploy.Language.Modules.Arguments;

public enum WaitForState
{
    /// <summary>Open, or there. Ansible's <c>present</c> is the same.</summary>
    Started,

    /// <summary>Closed, or not there. Ansible's <c>absent</c> is the same.</summary>
    Stopped,

    /// <summary>No connection of the port is active any more.</summary>
    Drained,
}

/// <summary>https://docs.ansible.com/ansible/latest/collections/ansible/builtin/wait_for_module.html</summary>
public sealed record WaitForArguments : IModuleArguments<WaitForArguments>
{
    public string Host { get; init; } = "127.0.0.1";

    public int? Port { get; init; }

    public string? Path { get; init; }

    public string? SearchRegex { get; init; }

    public WaitForState State { get; init; }

    /// <summary>The state in the playbook's word, for results.</summary>
    public string StateWord { get; init; } = "started";

    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(300);

    public TimeSpan ConnectTimeout { get; init; } = TimeSpan.FromSeconds(5);

    public TimeSpan Delay { get; init; }

    public TimeSpan Sleep { get; init; } = TimeSpan.FromSeconds(1);

    public string? Message { get; init; }

    public ImmutableArray<string> ExcludeHosts { get; init; } = [];

    public ImmutableArray<string> ActiveConnectionStates { get; init; } = [];

    public static ModuleSpec Spec { get; } = new("wait_for", ModuleNature.Verification, "waits for a port, a file or a text in it; in a check, one probe")
    {
        Arguments =
        [
            new("port", ArgumentType.Integer, "the TCP port"),
            new("host", ArgumentType.Text, "where the port is") { Default = Value.Of("127.0.0.1") },
            new("path", ArgumentType.Path, "the file, instead of a port"),
            new("search_regex", ArgumentType.Text, "what the file must hold, or the port must send"),
            new("state", ArgumentType.Text, "started or present: open or there; stopped or absent: not; drained: no active connections") { Choices = ["absent", "drained", "present", "started", "stopped"], Default = Value.Of("started") },
            new("timeout", ArgumentType.Real, "seconds, the delay among them") { Default = Value.Of(300) },
            new("connect_timeout", ArgumentType.Real, "seconds for one attempt to connect") { Default = Value.Of(5) },
            new("delay", ArgumentType.Real, "seconds before the first probe") { Default = Value.Of(0) },
            new("sleep", ArgumentType.Real, "seconds between probes") { Default = Value.Of(1) },
            new("msg", ArgumentType.Text, "what to say where it did not come about"),
            new("exclude_hosts", ArgumentType.List, "hosts whose connections do not count, with state=drained"),
            new("active_connection_states", ArgumentType.List, "TCP states that count as active, with state=drained")
            {
                Default = Value.Of(["ESTABLISHED", "FIN_WAIT1", "FIN_WAIT2", "SYN_RECV", "SYN_SENT", "TIME_WAIT"]),
            },
        ],
        MutuallyExclusive = [["port", "path"]],
    };

    public static WaitForArguments From(BoundArguments arguments) => new()
    {
        Host = arguments.RequiredText("host"),
        Port = (int?)arguments.Integer("port"),
        Path = arguments.Text("path"),
        SearchRegex = arguments.Text("search_regex"),
        State = arguments.RequiredText("state") switch
        {
            "absent" or "stopped" => WaitForState.Stopped,
            "drained" => WaitForState.Drained,
            _ => WaitForState.Started,
        },
        StateWord = arguments.RequiredText("state"),
        Timeout = arguments.SecondsOf("timeout"),
        ConnectTimeout = arguments.SecondsOf("connect_timeout"),
        Delay = arguments.SecondsOf("delay"),
        Sleep = arguments.SecondsOf("sleep"),
        Message = arguments.Text("msg"),
        ExcludeHosts = arguments.Texts("exclude_hosts"),
        ActiveConnectionStates = arguments.Texts("active_connection_states"),
    };
}
