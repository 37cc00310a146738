using System.Collections.Immutable;
using System.Text;
using FlaskDeploy.Agent.Machine;
using FlaskDeploy.Language.Modules.Arguments;
using FlaskDeploy.Language.Values;

namespace FlaskDeploy.Agent.Modules;

/// <summary>
/// <c>seboolean</c>: as the kernel has it, and as the policy's store on disk has it where it is to be kept; set by setsebool(8).
/// A switch that the store does not name has the policy's default after a boot: where that is another, the next look sets it.
/// </summary>
internal sealed class SebooleanModule : Module<SebooleanArguments>
{
    private const string Kernel = "/sys/fs/selinux";
    private const int MostBytes = 64 * 1024;
    private const int MostStored = 1024 * 1024;
    // The second is CentOS 7's.
    private const string Stores = "/var/lib/selinux/*/active/booleans.local";
    private const string OlderStores = "/etc/selinux/*/active/booleans.local";
    // The policy is built anew for a persistent one.
    private static readonly TimeSpan Deadline = TimeSpan.FromMinutes(10);

    protected override async ValueTask<Plan> Plan(SebooleanArguments arguments, ModuleContext context, CancellationToken cancellation)
    {
        if (arguments.Name.Length == 0 || !arguments.Name.All(c => char.IsAsciiLetterOrDigit(c) || c is '_' or '-' or '.') || arguments.Name[0] is '-' or '.')
        {
            return new Impossible($"'{arguments.Name}' cannot be a switch of SELinux");
        }
        var result = MapValue.From(("name", Value.Of(arguments.Name)), ("persistent", Value.Of(arguments.Persistent)), ("state", Value.Of(arguments.IsOn)));
        var isEnabled = (await context.View.Ask(new StatLook($"{Kernel}/enforce", FollowLinks: true), cancellation)).Exists;
        if (!isEnabled && !arguments.IgnoreState)
        {
            return new Impossible("SELinux is disabled on this host.") { Remedy = "when: ansible_selinux.status == 'enabled', or ignore_selinux_state=yes" };
        }
        bool? active = null;
        if (isEnabled)
        {
            if (await Read($"{Kernel}/booleans/{arguments.Name}", MostBytes, context, cancellation) is not { } text)
            {
                return new Impossible($"SELinux boolean {arguments.Name} does not exist.") { Remedy = "getsebool -a lists them; a policy may bring it in an earlier task", MayBeMade = true };
            }
            active = text.StartsWith('1');
        }
        var stored = await Stored(arguments.Name, context, cancellation);
        var isRight = (active is null || active == arguments.IsOn) && (!arguments.Persistent || (stored ?? active) == arguments.IsOn);
        if (isRight)
        {
            return new InSync($"{arguments.Name} is {Word(arguments.IsOn)}") { Result = result };
        }
        var because = active is { } now && now != arguments.IsOn ? $"{arguments.Name} is {Word(now)}" : $"{arguments.Name} is not {Word(arguments.IsOn)} after a boot";
        ImmutableArray<string> command = ["setsebool", .. arguments.Persistent ? ["-P"] : ImmutableArray<string>.Empty, arguments.Name, arguments.IsOn ? "1" : "0"];
        return RootOnly.Guard(new Change(because, [new RunTool(command, Deadline)]) { Result = result, Diff = $"-{arguments.Name} = {Word(!arguments.IsOn)}\n+{arguments.Name} = {Word(arguments.IsOn)}\n" }, "SELinux", context);
    }

    protected override ValueTask<ImmutableArray<Claim>> Claims(SebooleanArguments arguments, ModuleContext context, CancellationToken cancellation) =>
        new([Claim.Of(ClaimKind.Path, $"{Kernel}/booleans/{arguments.Name}", ("switch", Word(arguments.IsOn)))]);

    private static async ValueTask<bool?> Stored(string name, ModuleContext context, CancellationToken cancellation)
    {
        foreach (var pattern in (string[])[Stores, OlderStores])
        {
            foreach (var path in (await context.View.Ask(new GlobLook(pattern), cancellation)).Paths)
            {
                var line = (await Read(path, MostStored, context, cancellation))?.Split('\n').LastOrDefault(line => line.StartsWith($"{name}=", StringComparison.Ordinal));
                if (line is not null)
                {
                    return line[(name.Length + 1)..].Trim() is "1" or "on" or "true";
                }
            }
        }
        return null;
    }

    private static async ValueTask<string?> Read(string path, int most, ModuleContext context, CancellationToken cancellation) =>
        (await context.View.Ask(new ReadLook(path, most), cancellation)).Bytes is { } bytes ? Encoding.UTF8.GetString(bytes) : null;

    private static string Word(bool isOn) => isOn ? "on" : "off";
}
