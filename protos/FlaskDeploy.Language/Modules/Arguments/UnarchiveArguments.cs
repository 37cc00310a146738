using System.Collections.Immutable;
using FlaskDeploy.Language.Values;

namespace FlaskDeploy.Language.Modules.Arguments;

/// <summary>https://docs.ansible.com/ansible/latest/collections/ansible/builtin/unarchive_module.html</summary>
public sealed record UnarchiveArguments(string Source, string Destination) : IModuleArguments<UnarchiveArguments>
{
    /// <summary>The archive is on the host, or at an address.</summary>
    public bool IsOnHost { get; init; }

    public string? Creates { get; init; }

    public ImmutableArray<string> Excludes { get; init; } = [];

    public ImmutableArray<string> Includes { get; init; } = [];

    /// <summary>For tar.</summary>
    public ImmutableArray<string> Options { get; init; } = [];

    public bool KeepsNewer { get; init; }

    public bool ListsFiles { get; init; }

    public bool ValidateCertificates { get; init; } = true;

    public FileMode? Mode { get; init; }

    public string? Owner { get; init; }

    public string? Group { get; init; }

    public ExtendedAttributes Extended { get; init; } = ExtendedAttributes.None;

    public static ModuleSpec Spec { get; } = new("unarchive", ModuleNature.Converging, "an archive (tar, plain or packed, or zip), unpacked into a directory")
    {
        Arguments =
        [
            new("src", ArgumentType.OperatorPath, "the archive on the operator's side; with remote_src a path on the host or an address. What is at an address a push fetches to compare it with what is there, and once more to unpack it; a reconvergence does not ask") { Required = true },
            new("dest", ArgumentType.Path, "the directory to unpack it into, which must be there") { Required = true },
            CommonArguments.Flag("remote_src", "src is on the host, or an address"),
            CommonArguments.Flag("copy", "the old name of the opposite of remote_src", null),
            new("creates", ArgumentType.Path, "a path; where it is there already, nothing is unpacked"),
            CommonArguments.Flag("list_files", "tell the names in the archive as files"),
            new("exclude", ArgumentType.List, "names, or shell patterns, that are left out") { Default = Value.Of(Array.Empty<string>()) },
            new("include", ArgumentType.List, "the only names that are unpacked") { Default = Value.Of(Array.Empty<string>()) },
            new("extra_opts", ArgumentType.List, "further options of tar, each a word: --strip-components=1; refused of a zip") { Default = Value.Of(Array.Empty<string>()) },
            CommonArguments.Flag("keep_newer", "leave files that are newer than those in the archive"),
            CommonArguments.Flag("validate_certs", "the certificate of an address must be good", true),
            CommonArguments.Mode,
            CommonArguments.Owner,
            CommonArguments.Group,
            .. ExtendedAttributes.Specs,
            CommonArguments.Decrypt,
            CommonArguments.Ignored("io_buffer_size", ArgumentType.Integer, "how much is held in memory", "files are compared as they are read"),
            CommonArguments.UnsafeWrites,
        ],
        MutuallyExclusive = [["include", "exclude"], ["copy", "remote_src"]],
    };

    public static UnarchiveArguments From(BoundArguments arguments) => new(arguments.RequiredText("src"), arguments.RequiredText("dest"))
    {
        IsOnHost = arguments.Flag("copy") is { } copy ? !copy : arguments.IsSet("remote_src"),
        Creates = arguments.Text("creates"),
        Excludes = arguments.Texts("exclude"),
        Includes = arguments.Texts("include"),
        Options = arguments.Texts("extra_opts"),
        KeepsNewer = arguments.IsSet("keep_newer"),
        ListsFiles = arguments.IsSet("list_files"),
        ValidateCertificates = arguments.IsSet("validate_certs"),
        Mode = CommonArguments.ModeOf(arguments),
        Owner = arguments.Text("owner"),
        Group = arguments.Text("group"),
        Extended = ExtendedAttributes.From(arguments),
    };
}
