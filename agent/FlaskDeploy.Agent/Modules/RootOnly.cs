using FlaskDeploy.Agent.Machine;

namespace FlaskDeploy.Agent.Modules;

/// <summary>What only root may change is refused before it fails half way.</summary>
internal static class RootOnly
{
    /// <param name="what">What is changed, as in "only root changes mounts".</param>
    internal static Plan Guard(Plan plan, string what, ModuleContext context) => plan is Change && !context.As.IsRoot
        ? new Impossible($"{plan.Because}, and only root changes {what}: the task runs as {context.As.Name}") { Remedy = "become: yes" }
        : plan;
}
