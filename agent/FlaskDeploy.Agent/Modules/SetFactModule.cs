using FlaskDeploy.Language.Modules.Arguments;
using FlaskDeploy.Language.Values;

namespace FlaskDeploy.Agent.Modules;

/// <summary><c>set_fact</c>: the runner takes <c>ansible_facts</c> of the result into the host's variables.</summary>
internal sealed class SetFactModule : Module<SetFactArguments>
{
    protected override ValueTask<Plan> Plan(SetFactArguments arguments, ModuleContext context, CancellationToken cancellation) =>
        ValueTask.FromResult<Plan>(arguments.Facts.Entries.IsEmpty
            ? new Impossible("no key/value pairs provided, at least one is required for this action to succeed")
            : new InSync($"set {string.Join(", ", arguments.Facts.Entries.Select(entry => entry.Key))}")
            {
                Result = MapValue.From(("ansible_facts", new MapValue(arguments.Facts.Entries.Select(entry => KeyValuePair.Create(entry.Key, context.HasNativeTypes ? entry.Value : Word(entry.Value)))))),
            });

    // As Ansible has it without native types: a text that is one of these words is meant as what it says.
    private static Value Word(Value value) => value is TextValue { Text: var text } ? text.ToLowerInvariant() switch
    {
        "true" or "yes" => Value.True,
        "false" or "no" => Value.False,
        _ => value,
    } : value;
}
