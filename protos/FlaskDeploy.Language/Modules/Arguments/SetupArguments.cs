using System.Collections.Immutable;
using FlaskDeploy.Language.Values;

namespace FlaskDeploy.Language.Modules.Arguments;

/// <summary>https://docs.ansible.com/ansible/latest/collections/ansible/builtin/setup_module.html</summary>
public sealed record SetupArguments : IModuleArguments<SetupArguments>
{
    /// <summary>Names of kinds of facts, with <c>!</c> before those that are not wanted.</summary>
    public ImmutableArray<string> Subsets { get; init; } = ["all"];

    /// <summary>Shell patterns of the facts that are told; empty: all.</summary>
    public ImmutableArray<string> Filters { get; init; } = [];

    public string FactPath { get; init; } = "/etc/ansible/facts.d";

    public static ModuleSpec Spec { get; } = new("setup", ModuleNature.Information, "facts of the host, asked again: what earlier tasks changed, or what gather_facts left out")
    {
        Aliases = ["gather_facts"],
        Arguments =
        [
            new("gather_subset", ArgumentType.List, "the kinds of facts: all, min, hardware, network, virtual, or one by name; ! before it leaves it out") { Default = Value.Of(["all"]) },
            new("filter", ArgumentType.List, "shell patterns of the facts that are told, with or without ansible_") { Default = Value.Of(Array.Empty<Value>()) },
            new("fact_path", ArgumentType.Path, "the directory of the host's own facts (*.fact), told as ansible_local") { Default = Value.Of("/etc/ansible/facts.d") },
            CommonArguments.Ignored("gather_timeout", ArgumentType.Integer, "how long one kind of facts may take", "every look has a deadline"),
            CommonArguments.Ignored("parallel", ArgumentType.Boolean, "ask in parallel", "facts are asked in one look"),
        ],
    };

    public static SetupArguments From(BoundArguments arguments) => new()
    {
        Subsets = arguments.Texts("gather_subset"),
        Filters = arguments.Texts("filter"),
        FactPath = arguments.RequiredText("fact_path"),
    };
}
