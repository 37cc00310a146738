using System.Collections.Immutable;
using FlaskDeploy.Agent.Machine;
using FlaskDeploy.Agent.Modules.Facts;
using FlaskDeploy.Language.Modules.Arguments;
using FlaskDeploy.Language.Values;

namespace FlaskDeploy.Agent.Modules;

/// <summary><c>service_facts</c>: what systemctl lists of units and of their files.</summary>
/// <remarks>
/// Nothing cheaper stands for what is active, failed or only loaded: systemd has that in its memory alone. A service that ends
/// moves no directory, and control groups neither show one that failed nor one that has done its work. So a reconvergence of a
/// playbook that has this task asks systemctl for that, once; for the unit files it does not, while none of them moved.
/// </remarks>
internal sealed class ServiceFactsModule : Module<ServiceFactsArguments>
{
    // systemd.unit(5), and the scripts of SysV. What a manager makes for the moment (transient) is loaded as long as it is there.
    private static readonly ImmutableArray<string> UnitFiles =
    [
        "/etc/systemd/system", "/run/systemd/system", "/run/systemd/generator", "/run/systemd/generator.early", "/run/systemd/generator.late",
        "/usr/local/lib/systemd/system", "/usr/lib/systemd/system", "/etc/rc.d/init.d",
    ];

    protected override async ValueTask<Plan> Plan(ServiceFactsArguments arguments, ModuleContext context, CancellationToken cancellation)
    {
        // A container may have the program and no manager to ask.
        if ((await context.View.Ask(new StatLook("/run/systemd/system", FollowLinks: true), cancellation)).Kind != PathKind.Directory)
        {
            return new InSync("systemd does not run here")
            {
                Result = MapValue.From(("skipped", Value.True), ("msg", Value.Of("Failed to find any services. This can be due to privileges or some other configuration issue."))),
            };
        }
        var units = await context.View.Ask(new ToolLook(["systemctl", "list-units", "--no-pager", "--type", "service", "--all"]), cancellation);
        var files = await context.View.Ask(new ToolLook(["systemctl", "list-unit-files", "--no-pager", "--type", "service", "--all"]) { Below = UnitFiles }, cancellation);
        if (units.ExitCode != 0 || files.ExitCode != 0)
        {
            return new Impossible($"systemctl cannot list the services: {(units.ExitCode != 0 ? units.Error : files.Error).Trim()}");
        }
        var services = ServiceListing.Of(units.Output, files.Output);
        if (services.Where(service => service.State is null).Select(service => service.Name).Order(StringComparer.Ordinal).ToList() is { Count: > 0 } unloaded)
        {
            services = ServiceListing.WithStates(services, unloaded, (await context.View.Ask(new ToolLook(["systemctl", "show", "--property=ActiveState", "--", .. unloaded]) { Below = UnitFiles }, cancellation)).Output);
        }
        return new InSync($"{services.Length} services")
        {
            Result = MapValue.From(("ansible_facts", MapValue.From(("services", MapValue.From(services.Select(service => (service.Name, service.ToValue()))))))),
        };
    }
}
