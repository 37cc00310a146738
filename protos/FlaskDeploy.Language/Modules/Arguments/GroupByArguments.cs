using System.Collections.Immutable;
using FlaskDeploy.Language.Values;

namespace FlaskDeploy.Language.Modules.Arguments;

/// <summary>https://docs.ansible.com/ansible/latest/collections/ansible/builtin/group_by_module.html</summary>
public sealed record GroupByArguments(string Key, ImmutableArray<string> Parents) : IModuleArguments<GroupByArguments>
{
    public static ModuleSpec Spec { get; } = new("group_by", ModuleNature.Information, "puts the host into a group for the rest of the run")
    {
        NamedOnlyBecause = "which plays may be for which hosts is told before the run",
        IsOfTheRun = true,
        Arguments =
        [
            new("key", ArgumentType.Text, "the group, made where it is not there; blanks become '-'") { Required = true },
            new("parents", ArgumentType.List, "the groups that it is a child of") { Default = Value.Of(["all"]) },
        ],
    };

    public static GroupByArguments From(BoundArguments arguments) => new(NameOf(arguments.RequiredText("key")), [.. arguments.Texts("parents").Select(NameOf)]);

    /// <summary>As Ansible makes a group's name of a text.</summary>
    public static string NameOf(string text) => text.Replace(' ', '-');
}
