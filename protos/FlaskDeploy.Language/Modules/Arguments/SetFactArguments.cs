using FlaskDeploy.Language.Values;

namespace FlaskDeploy.Language.Modules.Arguments;

/// <summary>https://docs.ansible.com/ansible/latest/collections/ansible/builtin/set_fact_module.html</summary>
public sealed record SetFactArguments(MapValue Facts) : IModuleArguments<SetFactArguments>
{
    public static ModuleSpec Spec { get; } = new("set_fact", ModuleNature.Information, "variables of the host for the rest of the run")
    {
        IsOfTheRun = true,
        TakesAnyArgument = true,
        Arguments = [CommonArguments.Ignored("cacheable", ArgumentType.Boolean, "keep them for the next run", "each run sets its facts anew, also a reconvergence")],
    };

    public static SetFactArguments From(BoundArguments arguments) => new(arguments.Extra);
}
