using System.Collections.Immutable;
using FlaskDeploy.Language.Values;

namespace FlaskDeploy.Language.Modules.Arguments;

public enum AlternativesState
{
    Selected,
    Present,
    Auto,
    Absent,
}

/// <param name="Link">Where it is seen: /usr/bin/keytool.</param>
public sealed record AlternativesFollower(string Name, string Path, string Link);

/// <summary>https://docs.ansible.com/ansible/latest/collections/community/general/alternatives_module.html</summary>
public sealed record AlternativesArguments(string Name, string Path) : IModuleArguments<AlternativesArguments>
{
    public string? Link { get; init; }

    public long? Priority { get; init; }

    public AlternativesState State { get; init; }

    /// <summary>Null: left as they are.</summary>
    public ImmutableArray<AlternativesFollower>? Followers { get; init; }

    /// <summary>What is wrong with the followers.</summary>
    public string? Problem { get; init; }

    public static ModuleSpec Spec { get; } = new("alternatives", ModuleNature.Converging, "which of several programs a name means (alternatives, update-alternatives)")
    {
        Arguments =
        [
            new("name", ArgumentType.Text, "the name of the group: java") { Required = true },
            new("path", ArgumentType.Path, "the program that it is to mean") { Required = true },
            new("link", ArgumentType.Path, "where the name is seen: /usr/bin/java; needed where the program is not among the group's yet"),
            new("priority", ArgumentType.Integer, "the highest is taken automatically; 50 of what is new"),
            new("state", ArgumentType.Text, "chosen; or only among the group's; or among them, with the choice made automatically; or not among them") { Choices = ["absent", "auto", "present", "selected"], Default = Value.Of("selected") },
            new("subcommands", ArgumentType.List, "what follows the choice: mappings with name, path and link") { ElementType = ArgumentType.Map, Aliases = ["slaves"] },
        ],
    };

    public static AlternativesArguments From(BoundArguments arguments)
    {
        var followers = (arguments.Get("subcommands")?.Reveal() as ListValue)?.Items.Select(item => item.Reveal()).OfType<MapValue>().ToList();
        return new(arguments.RequiredText("name"), arguments.RequiredText("path"))
        {
            Link = arguments.Text("link"),
            Priority = arguments.Integer("priority"),
            State = arguments.Text("state") switch
            {
                "present" => AlternativesState.Present,
                "auto" => AlternativesState.Auto,
                "absent" => AlternativesState.Absent,
                _ => AlternativesState.Selected,
            },
            Followers = followers is null ? null : [.. followers.Select(map => new AlternativesFollower(Part(map, "name"), Part(map, "path"), Part(map, "link")))],
            Problem = followers?.SelectMany(map => Parts.Where(part => Part(map, part).Length == 0)).FirstOrDefault() is { } missing ? $"a subcommand needs its {missing}" : null,
        };
    }

    private static readonly ImmutableArray<string> Parts = ["name", "path", "link"];

    private static string Part(MapValue map, string name) => map[name]?.Reveal().ToString() ?? "";
}
