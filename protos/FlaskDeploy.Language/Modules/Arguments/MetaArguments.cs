namespace FlaskDeploy.Language.Modules.Arguments;

/// <summary>https://docs.ansible.com/ansible/latest/collections/ansible/builtin/meta_module.html</summary>
public sealed record MetaArguments(string Action) : IModuleArguments<MetaArguments>
{
    public static ModuleSpec Spec { get; } = new("meta", ModuleNature.Information, "says how the run goes on")
    {
        NamedOnlyBecause = "how a run goes on is told before it begins",
        TextArgument = "free_form",
        Arguments =
        [
            new("free_form", ArgumentType.Text, "what is to be done")
            {
                Required = true,
                Choices = ["flush_handlers", "noop", "end_play", "end_batch", "end_host", "end_role", "clear_facts", "clear_host_errors", "refresh_inventory", "reset_connection"],
                Aliases = ["_raw_params"],
            },
        ],
    };

    public static MetaArguments From(BoundArguments arguments) => new(arguments.Text("free_form")!);
}
