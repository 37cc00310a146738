using FlaskDeploy.Language.Diagnostics;
using FlaskDeploy.Language.Modules;
using FlaskDeploy.Language.Modules.Arguments;
using FlaskDeploy.Language.Values;

namespace FlaskDeploy.Agent.Modules;

/// <summary><c>validate_argument_spec</c>: what a role is given is what its specification says, in Ansible's words where it is not.</summary>
internal sealed class ValidateArgumentSpecModule : Module<ValidateArgumentSpecArguments>
{
    protected override ValueTask<Plan> Plan(ValidateArgumentSpecArguments arguments, ModuleContext context, CancellationToken cancellation) => ValueTask.FromResult(Plan(arguments, context));

    private static Plan Plan(ValidateArgumentSpecArguments arguments, ModuleContext context)
    {
        var given = MapValue.Empty;
        foreach (var name in arguments.Specification.Entries.Select(entry => entry.Key.ToString()))
        {
            var value = context.Variable(name);
            if (value.Error is { Code: not DiagnosticCodes.UndefinedVariable } error && arguments.Provided[name] is null)
            {
                return new Impossible(error.Summary) { Remedy = error.Remedy };
            }
            if (value.Value is { } known)
            {
                given = given.With(name, known);
            }
        }
        given = given.Merge(arguments.Provided);
        if (given.Entries.FirstOrDefault(entry => entry.Value.IsUnknown) is { Value: { } unknown } open)
        {
            return new Unplannable($"{open.Key} is not known yet: {unknown}");
        }
        var about = MapValue.From(("validate_args_context", arguments.Context));
        var errors = ArgumentSpecification.Validate(arguments.Specification, given);
        return errors.IsEmpty
            ? new InSync("what is given is as it should be") { Result = about.With("msg", Value.Of("The arg spec validation passed")) }
            : new Impossible($"Validation of arguments failed:\n{string.Join('\n', errors)}")
            {
                Result = about.With("argument_errors", Value.Of(errors)).With("argument_spec_data", arguments.Specification),
            };
    }
}
