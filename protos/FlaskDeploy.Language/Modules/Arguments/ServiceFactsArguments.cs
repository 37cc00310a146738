namespace FlaskDeploy.Language.Modules.Arguments;

/// <summary>https://docs.ansible.com/ansible/latest/collections/ansible/builtin/service_facts_module.html</summary>
public sealed record ServiceFactsArguments : IModuleArguments<ServiceFactsArguments>
{
    public static ModuleSpec Spec { get; } = new("service_facts", ModuleNature.Information, "the services of systemd and what is known of them, as the fact services");

    public static ServiceFactsArguments From(BoundArguments arguments) => new();
}
