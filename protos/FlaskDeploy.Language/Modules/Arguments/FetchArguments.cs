namespace FlaskDeploy.Language.Modules.Arguments;

/// <summary>https://docs.ansible.com/ansible/latest/collections/ansible/builtin/fetch_module.html</summary>
/// <param name="Source">On the host.</param>
/// <param name="Destination">On the operator's machine.</param>
public sealed record FetchArguments(string Source, string Destination) : IModuleArguments<FetchArguments>
{
    /// <summary>Without a directory for the host and those of the source.</summary>
    public bool Flat { get; init; }

    public bool FailsOnMissing { get; init; } = true;

    public static ModuleSpec Spec { get; } = new("fetch", ModuleNature.Converging, "a file of the host, on the operator's machine; only with 'flaskdeploy apply'")
    {
        Arguments =
        [
            new("src", ArgumentType.Path, "the file on the host; no directory") { Required = true },
            new("dest", ArgumentType.Text, "the directory on the operator's machine, from the playbook's; in it the file has the host's name and its own whole path") { Required = true },
            CommonArguments.Flag("flat", "dest is the file's own place, or with a slash at its end the directory that it lies in"),
            CommonArguments.Flag("fail_on_missing", "fail where there is no such file", true),
            CommonArguments.Ignored("validate_checksum", ArgumentType.Boolean, "compare checksums afterwards", "what arrives is always held against the checksum of what was looked at"),
        ],
    };

    public static FetchArguments From(BoundArguments arguments) => new(arguments.RequiredText("src"), arguments.RequiredText("dest"))
    {
        Flat = arguments.IsSet("flat"),
        FailsOnMissing = arguments.IsSet("fail_on_missing"),
    };
}
