using FlaskDeploy.Language.Values;

namespace FlaskDeploy.Language.Modules.Arguments;

/// <summary>https://docs.ansible.com/ansible/latest/collections/ansible/builtin/debug_module.html</summary>
/// <param name="Message">What to show; null where <paramref name="Variable"/> is asked for.</param>
public sealed record DebugArguments(Value? Message, Value? Variable, int Verbosity) : IModuleArguments<DebugArguments>
{
    public static ModuleSpec Spec { get; } = new("debug", ModuleNature.Information, "shows a text or a variable")
    {
        IsOfTheRun = true,
        Arguments =
        [
            new("msg", ArgumentType.Any, "what to show") { Default = Value.Of("Hello world!") },
            new("var", ArgumentType.Any, "the variable or expression whose value to show"),
            new("verbosity", ArgumentType.Integer, "shown only with that many -v") { Default = Value.Of(0) },
        ],
        MutuallyExclusive = [["msg", "var"]],
    };

    public static DebugArguments From(BoundArguments arguments)
    {
        var variable = arguments.Get("var");
        return new(variable is null ? arguments.Get("msg") : null, variable, (int)(arguments.Integer("verbosity") ?? 0));
    }
}
