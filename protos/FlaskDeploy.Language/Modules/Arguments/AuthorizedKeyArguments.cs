using FlaskDeploy.Language.Values;

namespace FlaskDeploy.Language.Modules.Arguments;

/// <summary>https://docs.ansible.com/ansible/latest/collections/ansible/posix/authorized_key_module.html</summary>
public sealed record AuthorizedKeyArguments(string User, string Key) : IModuleArguments<AuthorizedKeyArguments>
{
    /// <summary>Null: <c>.ssh/authorized_keys</c> of the user's home.</summary>
    public string? Path { get; init; }

    public bool ManagesDirectory { get; init; } = true;

    public bool Present { get; init; } = true;

    /// <summary>Before the key, over those that are written with it.</summary>
    public string? Options { get; init; }

    public bool Exclusive { get; init; }

    /// <summary>After the key, over the one that is written with it.</summary>
    public string? Comment { get; init; }

    public bool ValidateCertificates { get; init; } = true;

    public bool Follow { get; init; }

    public static ModuleSpec Spec { get; } = new("authorized_key", ModuleNature.Converging, "the keys that a user may log in with")
    {
        Arguments =
        [
            new("user", ArgumentType.Text, "the user") { Required = true },
            new("key", ArgumentType.Text, "the key or keys, one in a line, or an address that has them, which a push asks") { Required = true },
            new("path", ArgumentType.Path, "the file; authorized_keys in the user's .ssh otherwise"),
            CommonArguments.Flag("manage_dir", "make the directory, and have it belong to the user alone", true),
            new("state", ArgumentType.Text, "whether they are to be there") { Choices = ["absent", "present"], Default = Value.Of("present") },
            new("key_options", ArgumentType.Text, "options before the key, as sshd(8) has them"),
            CommonArguments.Flag("exclusive", "remove every other key"),
            new("comment", ArgumentType.Text, "the comment after the key"),
            CommonArguments.Flag("validate_certs", "the certificate of an address must be good", true),
            CommonArguments.Flag("follow", "where the file is a link, write what it points to"),
        ],
    };

    public static AuthorizedKeyArguments From(BoundArguments arguments) => new(arguments.RequiredText("user"), arguments.RequiredText("key"))
    {
        Path = arguments.Text("path"),
        ManagesDirectory = arguments.IsSet("manage_dir"),
        Present = arguments.Text("state") == "present",
        Options = arguments.Text("key_options"),
        Exclusive = arguments.IsSet("exclusive"),
        Comment = arguments.Text("comment"),
        ValidateCertificates = arguments.IsSet("validate_certs"),
        Follow = arguments.IsSet("follow"),
    };
}
