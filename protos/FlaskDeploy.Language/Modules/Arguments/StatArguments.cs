using FlaskDeploy.Language.Values;

namespace FlaskDeploy.Language.Modules.Arguments;

/// <summary>https://docs.ansible.com/ansible/latest/collections/ansible/builtin/stat_module.html</summary>
public sealed record StatArguments(string Path) : IModuleArguments<StatArguments>
{
    public bool Follow { get; init; }

    public bool Checksum { get; init; } = true;

    public bool Mime { get; init; } = true;

    public bool Attributes { get; init; } = true;

    public string Algorithm { get; init; } = "sha1";

    public static ModuleSpec Spec { get; } = new("stat", ModuleNature.Information, "what is at a path")
    {
        Arguments =
        [
            new("path", ArgumentType.Path, "the path on the host") { Required = true, Aliases = ["dest", "name"] },
            CommonArguments.Flag("follow", "where it is a link, look at what it points to"),
            CommonArguments.Flag("get_checksum", "compute the checksum of a regular file", true),
            new("checksum_algorithm", ArgumentType.Text, "how the checksum is made") { Aliases = ["checksum", "checksum_algo"], Choices = ["md5", "sha1", "sha256", "sha384", "sha512"], Default = Value.Of("sha1") },
            CommonArguments.Flag("get_mime", "find out the media type, with file(1) where it is there", true) with { Aliases = ["mime", "mime_type", "mime-type"] },
            CommonArguments.Flag("get_attributes", "find out the attributes that lsattr(1) shows", true) with { Aliases = ["attr", "attributes"] },
            CommonArguments.Ignored("get_md5", ArgumentType.Boolean, "compute MD5", "Ansible dropped it; checksum_algorithm=md5 does it"),
            CommonArguments.Ignored("get_selinux_context", ArgumentType.Boolean, "find out the SELinux context", "contexts follow the place of a file; selinux_context is left out"),
        ],
    };

    public static StatArguments From(BoundArguments arguments) => new(arguments.RequiredText("path"))
    {
        Follow = arguments.IsSet("follow"),
        Checksum = arguments.IsSet("get_checksum"),
        Mime = arguments.IsSet("get_mime"),
        Attributes = arguments.IsSet("get_attributes"),
        Algorithm = arguments.RequiredText("checksum_algorithm"),
    };
}
