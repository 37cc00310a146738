using FlaskDeploy.Language.Values;

namespace FlaskDeploy.Language.Modules.Arguments;

/// <summary>https://docs.ansible.com/ansible/latest/collections/ansible/builtin/getent_module.html</summary>
public sealed record GetentArguments(string Database) : IModuleArguments<GetentArguments>
{
    /// <summary>Null: all of the database.</summary>
    public string? Key { get; init; }

    public string? Service { get; init; }

    /// <summary>What stands between the fields; null: a colon where the database has colons, else blanks.</summary>
    public string? Split { get; init; }

    public bool FailsWithoutKey { get; init; }

    public static ModuleSpec Spec { get; } = new("getent", ModuleNature.Information, "entries of passwd, group, hosts and other databases, as facts: getent_passwd")
    {
        Arguments =
        [
            new("database", ArgumentType.Text, "which one") { Required = true },
            new("key", ArgumentType.Text, "the entry; all of them otherwise"),
            new("service", ArgumentType.Text, "the only source to ask, as nsswitch.conf names it"),
            new("split", ArgumentType.Text, "what stands between the fields of an entry"),
            CommonArguments.Flag("fail_key", "fail where the key is not there; without it, its value is null", true),
        ],
    };

    public static GetentArguments From(BoundArguments arguments) => new(arguments.RequiredText("database"))
    {
        Key = arguments.Text("key"),
        Service = arguments.Text("service"),
        Split = arguments.Text("split"),
        FailsWithoutKey = arguments.IsSet("fail_key"),
    };
}
