using FlaskDeploy.Language.Bundles;
using FlaskDeploy.Language.Values;

namespace FlaskDeploy.Compiler.Binding;

/// <summary>The names that tasks of a run give values to: what is registered, and what <c>set_fact</c> sets.</summary>
internal static class SetNames
{
    /// <param name="any">Set where a name is itself a template: then every name may be one.</param>
    public static void Collect(IEnumerable<TaskNode> tasks, HashSet<string> names, ref bool any)
    {
        foreach (var task in tasks)
        {
            if (task.Register is { } register)
            {
                names.Add(register);
            }
            if (task.Action is Block block)
            {
                Collect(block.Tasks, names, ref any);
                Collect(block.Rescue, names, ref any);
                Collect(block.Always, names, ref any);
                if (block.Rescue.Length > 0)
                {
                    names.UnionWith(["ansible_failed_task", "ansible_failed_result"]);
                }
            }
            else if (task.Action is ModuleCall { Module: "set_fact" } or ModuleCall { Choice: not null })
            {
                // It may come to be any of those that set something.
                var call = (ModuleCall)task.Action;
                any |= !call.Given.IsEmpty;
                names.UnionWith(call.Choice is null ? [] : ["services", "packages", $"getent_{call.Arguments["database"]}"]);
                foreach (var (key, _) in call.Arguments.Entries)
                {
                    any |= key is TemplateValue || Language.Expressions.Template.HasMarkup(key.ToString());
                    names.Add(key.ToString());
                }
            }
            else if (task.Action is ModuleCall { Module: "include_vars" } load && load.Arguments["name"] is { } own)
            {
                any |= own is TemplateValue;
                names.Add(own.ToString());
            }
            else if (task.Action is ModuleCall { Module: "getent" } asked && asked.Arguments["database"] is { } database)
            {
                any |= database is TemplateValue;
                names.Add($"getent_{database}");
            }
            else if (task.Action is ModuleCall { Module: "service_facts" or "package_facts" } facts)
            {
                names.Add(facts.Module == "service_facts" ? "services" : "packages");
            }
        }
    }
}
