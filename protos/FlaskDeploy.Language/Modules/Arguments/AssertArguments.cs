using System.Collections.Immutable;
using FlaskDeploy.Language.Values;

namespace FlaskDeploy.Language.Modules.Arguments;

/// <summary>https://docs.ansible.com/ansible/latest/collections/ansible/builtin/assert_module.html</summary>
/// <param name="That">Conditions, all of which must hold.</param>
public sealed record AssertArguments(ImmutableArray<Value> That) : IModuleArguments<AssertArguments>
{
    public string? FailMessage { get; init; }

    public string? SuccessMessage { get; init; }

    public bool Quiet { get; init; }

    public static ModuleSpec Spec { get; } = new("assert", ModuleNature.Information, "fails unless conditions hold")
    {
        IsOfTheRun = true,
        Arguments =
        [
            new("that", ArgumentType.Condition, "a condition, or a list of them") { Required = true },
            new("fail_msg", ArgumentType.Text, "what to say where one does not hold") { Aliases = ["msg"] },
            new("success_msg", ArgumentType.Text, "what to say where all hold"),
            CommonArguments.Flag("quiet", "show no details of conditions that hold"),
        ],
    };

    public static AssertArguments From(BoundArguments arguments) => new(arguments.Get("that")?.Reveal() switch
    {
        ListValue list => list.Items,
        null => [],
        var single => [single],
    })
    {
        FailMessage = arguments.Text("fail_msg"),
        SuccessMessage = arguments.Text("success_msg"),
        Quiet = arguments.IsSet("quiet"),
    };
}
