using System.Collections.Immutable;
using FlaskDeploy.Language.Values;

namespace FlaskDeploy.Language.Modules.Arguments;

/// <summary>https://docs.ansible.com/ansible/latest/collections/ansible/builtin/include_vars_module.html</summary>
/// <param name="Depth">How many directories deep; 0: all.</param>
/// <param name="Name">The variable that takes them all; null: each is one of its own.</param>
public sealed record IncludeVarsArguments(
    string? File, string? Dir, string? Name, long Depth, string? FilesMatching, ImmutableArray<string> IgnoreFiles, ImmutableArray<string> Extensions, bool IgnoresUnknownExtensions, bool IsMerging) : IModuleArguments<IncludeVarsArguments>
{
    public static ModuleSpec Spec { get; } = new("include_vars", ModuleNature.Information, "variables out of the operator's files")
    {
        NamedOnlyBecause = "the files that it may read are compiled before the run",
        IsOfTheRun = true,
        TextArgument = "file",
        Arguments =
        [
            new("file", ArgumentType.Text, "a file, looked for in vars/ first") { Aliases = ["_raw_params"] },
            new("dir", ArgumentType.Text, "all files of a directory, by name"),
            new("name", ArgumentType.Text, "the variable that takes them all"),
            new("depth", ArgumentType.Integer, "how many directories deep; 0: all") { Default = Value.Of(0) },
            new("files_matching", ArgumentType.Text, "only files whose names match the regular expression"),
            new("ignore_files", ArgumentType.List, "not these; regular expressions"),
            new("extensions", ArgumentType.List, "only files that end so") { Default = Value.Of([Value.Of("json"), Value.Of("yaml"), Value.Of("yml")]) },
            new("ignore_unknown_extensions", ArgumentType.Boolean, "pass over files that end otherwise; else such a file is an error") { Default = Value.False },
            new("hash_behaviour", ArgumentType.Text, "whether dicts of one name are merged") { Choices = ["replace", "merge"] },
        ],
        MutuallyExclusive = [["file", "dir"]],
    };

    public static IncludeVarsArguments From(BoundArguments arguments) => new(
        arguments.Text("file"), arguments.Text("dir"), arguments.Text("name"), arguments.Integer("depth") ?? 0, arguments.Text("files_matching"),
        arguments.Texts("ignore_files"), arguments.Texts("extensions"), arguments.Flag("ignore_unknown_extensions") == true, arguments.Text("hash_behaviour") == "merge");
}
