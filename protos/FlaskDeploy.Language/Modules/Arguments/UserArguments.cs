using System.Collections.Immutable;
using FlaskDeploy.Language.Values;

namespace FlaskDeploy.Language.Modules.Arguments;

/// <summary>https://docs.ansible.com/ansible/latest/collections/ansible/builtin/user_module.html</summary>
public sealed record UserArguments(string Name) : IModuleArguments<UserArguments>
{
    public long? Uid { get; init; }

    public bool NonUnique { get; init; }

    /// <summary>The primary group, by name or number.</summary>
    public string? Group { get; init; }

    /// <summary>Supplementary groups; null: as they are; empty: none.</summary>
    public ImmutableArray<string>? Groups { get; init; }

    /// <summary>The groups are added to those that the user is in.</summary>
    public bool Append { get; init; }

    public string? Comment { get; init; }

    public string? Home { get; init; }

    public string? Shell { get; init; }

    /// <summary>The hash, as /etc/shadow has it.</summary>
    public string? Password { get; init; }

    /// <summary>Otherwise the password is only set when the user is made.</summary>
    public bool UpdatesPassword { get; init; } = true;

    public bool? PasswordLock { get; init; }

    public bool CreateHome { get; init; } = true;

    public bool MoveHome { get; init; }

    public string? Skeleton { get; init; }

    public string? Umask { get; init; }

    public bool System { get; init; }

    public bool Present { get; init; } = true;

    public bool Force { get; init; }

    /// <summary>The home directory and the mail go with the user.</summary>
    public bool Remove { get; init; }

    /// <summary>Seconds since the epoch; negative: never.</summary>
    public double? Expires { get; init; }

    /// <summary>Days of chage(1), by its option.</summary>
    public ImmutableArray<(string Option, int Field, long Days)> Aging { get; init; } = [];

    public string? SelinuxUser { get; init; }

    /// <summary>Null: the user's key is nobody's business.</summary>
    public UserKey? Key { get; init; }

    private const string OtherSystems = "a matter of other systems than CentOS";

    public static ModuleSpec Spec { get; } = new("user", ModuleNature.Converging, "a user of this machine: number, groups, home directory, shell, password")
    {
        Arguments =
        [
            new("name", ArgumentType.Text, "the user") { Required = true, Aliases = ["user"] },
            new("uid", ArgumentType.Integer, "the user's number"),
            CommonArguments.Flag("non_unique", "the number may be another user's as well"),
            new("group", ArgumentType.Text, "the primary group"),
            new("groups", ArgumentType.List, "further groups; an empty text: none"),
            CommonArguments.Flag("append", "add to the groups that the user is in, and take none away"),
            new("comment", ArgumentType.Text, "the full name, or another comment"),
            new("home", ArgumentType.Text, "the home directory"),
            new("shell", ArgumentType.Text, "the login shell"),
            new("password", ArgumentType.Text, "the password's hash, as crypt(5) has it; password_hash makes one") { Secret = true },
            new("update_password", ArgumentType.Text, "always, or only for a user that is made") { Choices = ["always", "on_create"], Default = Value.Of("always") },
            new("password_lock", ArgumentType.Boolean, "lock the password, or unlock it"),
            CommonArguments.Flag("create_home", "make the home directory where it is not there", true) with { Aliases = ["createhome"] },
            CommonArguments.Flag("move_home", "move what is in the old home directory to the new one"),
            new("skeleton", ArgumentType.Text, "the directory that a new home directory is copied from; /etc/skel otherwise"),
            new("umask", ArgumentType.Text, "the umask that a new home directory is made with"),
            CommonArguments.Flag("system", "one of the system's: the number comes from their range"),
            new("state", ArgumentType.Text, "there or not") { Choices = ["absent", "present"], Default = Value.Of("present") },
            CommonArguments.Flag("force", "remove also who is logged in"),
            CommonArguments.Flag("remove", "remove the home directory and the mail as well"),
            new("expires", ArgumentType.Real, "when the account ends, in seconds since 1970; a negative number: never"),
            new("password_expire_max", ArgumentType.Integer, "days after which a password has to be changed"),
            new("password_expire_min", ArgumentType.Integer, "days before which it may not be changed"),
            new("password_expire_warn", ArgumentType.Integer, "days of warning before it has to be changed"),
            new("password_expire_account_disable", ArgumentType.Integer, "days after which an account with a password that has run out is locked"),
            new("seuser", ArgumentType.Text, "the SELinux user"),
            CommonArguments.Flag("generate_ssh_key", "make an SSH key for the user on the host where there is none; one that is there stays, also with force"),
            new("ssh_key_bits", ArgumentType.Integer, "size of the key; what ssh-keygen takes by itself otherwise"),
            new("ssh_key_comment", ArgumentType.Text, "comment of the key; ansible-generated on HOSTNAME otherwise"),
            new("ssh_key_file", ArgumentType.Path, "file of the key, relative to the home directory; .ssh/id_TYPE otherwise"),
            new("ssh_key_passphrase", ArgumentType.Text, "passphrase of the key: refused, because every user of the host could read it in the list of processes") { Secret = true },
            new("ssh_key_type", ArgumentType.Text, "kind of the key") { Choices = ["rsa", "dsa", "ecdsa", "ed25519"], Default = Value.Of("rsa") },
            CommonArguments.Ignored("local", ArgumentType.Boolean, "manage the files of this machine, not a directory service", "users are always managed in the files of this machine"),
            CommonArguments.Ignored("login_class", ArgumentType.Text, "the login class", OtherSystems),
            CommonArguments.Ignored("authorization", ArgumentType.Text, "authorisations", OtherSystems),
            CommonArguments.Ignored("hidden", ArgumentType.Boolean, "hide the user", OtherSystems),
            CommonArguments.Ignored("profile", ArgumentType.Text, "the profile", OtherSystems),
            CommonArguments.Ignored("role", ArgumentType.Text, "the role", OtherSystems),
        ],
    };

    public static UserArguments From(BoundArguments arguments) => new(arguments.RequiredText("name"))
    {
        Uid = arguments.Integer("uid"),
        NonUnique = arguments.IsSet("non_unique"),
        Group = arguments.Text("group"),
        Groups = arguments.Has("groups") ? [.. arguments.Texts("groups").Select(group => group.Trim()).Where(group => group.Length > 0).Distinct().Order(StringComparer.Ordinal)] : null,
        Append = arguments.IsSet("append"),
        Comment = arguments.Text("comment"),
        Home = arguments.Text("home"),
        Shell = arguments.Text("shell"),
        Password = arguments.Text("password"),
        UpdatesPassword = arguments.Text("update_password") != "on_create",
        PasswordLock = arguments.Flag("password_lock"),
        CreateHome = arguments.IsSet("create_home"),
        MoveHome = arguments.IsSet("move_home"),
        Skeleton = arguments.Text("skeleton"),
        Umask = arguments.Text("umask"),
        System = arguments.IsSet("system"),
        Present = arguments.Text("state") != "absent",
        Force = arguments.IsSet("force"),
        Remove = arguments.IsSet("remove"),
        Expires = arguments.Real("expires"),
        Aging =
        [
            .. Days(arguments, "password_expire_min", "-m", 3),
            .. Days(arguments, "password_expire_max", "-M", 4),
            .. Days(arguments, "password_expire_warn", "-W", 5),
            .. Days(arguments, "password_expire_account_disable", "-I", 6),
        ],
        SelinuxUser = arguments.Text("seuser"),
        Key = arguments.IsSet("generate_ssh_key")
            ? new UserKey(arguments.RequiredText("ssh_key_type"), arguments.Text("ssh_key_file"))
            {
                Bits = arguments.Integer("ssh_key_bits") is > 0 and var bits ? bits : null,
                Comment = arguments.Text("ssh_key_comment"),
                HasPassphrase = arguments.Has("ssh_key_passphrase"),
            }
            : null,
    };

    // The number is the field of /etc/shadow that holds it.
    private static IEnumerable<(string Option, int Field, long Days)> Days(BoundArguments arguments, string name, string option, int field) =>
        arguments.Integer(name) is { } days ? [(option, field, days)] : [];
}

/// <summary>An SSH key that the user is to have.</summary>
/// <param name="File">Relative to the home directory, or absolute; null: .ssh/id_TYPE.</param>
public sealed record UserKey(string Kind, string? File)
{
    /// <summary>Null: as many as ssh-keygen takes by itself.</summary>
    public long? Bits { get; init; }

    public string? Comment { get; init; }

    public bool HasPassphrase { get; init; }
}
