using FlaskDeploy.Language.Values;

namespace FlaskDeploy.Language.Modules.Arguments;

/// <summary>https://docs.ansible.com/ansible/latest/collections/ansible/builtin/validate_argument_spec_module.html</summary>
public sealed record ValidateArgumentSpecArguments(MapValue Specification, MapValue Provided, MapValue Context) : IModuleArguments<ValidateArgumentSpecArguments>
{
    public static ModuleSpec Spec { get; } = new("validate_argument_spec", ModuleNature.Information, "variables are as a specification of arguments says; a role with argument_specs begins with it")
    {
        IsOfTheRun = true,
        Arguments =
        [
            new("argument_spec", ArgumentType.Map, "names of variables, each with type, required, choices, elements, options…") { Required = true },
            new("provided_arguments", ArgumentType.Map, "values that count above the variables of their names"),
            new("validate_args_context", ArgumentType.Map, "what is validated, shown in the result"),
        ],
    };

    public static ValidateArgumentSpecArguments From(BoundArguments arguments) =>
        new(arguments.Map("argument_spec") ?? MapValue.Empty, arguments.Map("provided_arguments") ?? MapValue.Empty, arguments.Map("validate_args_context") ?? MapValue.Empty);
}
