using FlaskDeploy.Language.Values;

namespace FlaskDeploy.Language.Modules.Arguments;

/// <summary>https://docs.ansible.com/ansible/latest/collections/ansible/builtin/known_hosts_module.html</summary>
public sealed record KnownHostsArguments(string Name) : IModuleArguments<KnownHostsArguments>
{
    /// <summary>A line of known_hosts; null: every key of the host.</summary>
    public string? Key { get; init; }

    public string Path { get; init; } = "~/.ssh/known_hosts";

    public bool Hashes { get; init; }

    public bool Present { get; init; } = true;

    public static ModuleSpec Spec { get; } = new("known_hosts", ModuleNature.Converging, "the key of a host in a file of known hosts")
    {
        Arguments =
        [
            new("name", ArgumentType.Text, "the host, as ssh is asked for it: host or [host]:port") { Required = true, Aliases = ["host"] },
            new("key", ArgumentType.Text, "the whole line of known_hosts: name, kind and key; without it, absent removes all keys of the host"),
            new("path", ArgumentType.Path, "the file") { Default = Value.Of("~/.ssh/known_hosts") },
            CommonArguments.Flag("hash_host", "write a hash instead of the name"),
            new("state", ArgumentType.Text, "whether it is to be there") { Choices = ["absent", "present"], Default = Value.Of("present") },
        ],
    };

    public static KnownHostsArguments From(BoundArguments arguments) => new(arguments.RequiredText("name").ToLowerInvariant().ToLowerInvariant())
    {
        Key = arguments.Text("key") is { } key && !string.IsNullOrWhiteSpace(key) ? key.Trim() : null,
        Path = arguments.RequiredText("path"),
        Hashes = arguments.IsSet("hash_host"),
        Present = arguments.Text("state") == "present",
    };
}
