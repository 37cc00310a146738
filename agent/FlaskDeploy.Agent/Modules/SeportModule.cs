using System.Collections.Immutable;
using System.Globalization;
using FlaskDeploy.Agent.Machine;
using FlaskDeploy.Agent.Modules.Files;
using FlaskDeploy.Language.Modules.Arguments;
using FlaskDeploy.Language.Values;

namespace FlaskDeploy.Agent.Modules;

/// <summary><c>seport</c>: as semanage(8) lists ports, which is asked again only when the policy or what was changed of it here is another.</summary>
internal sealed class SeportModule : Module<SeportArguments>
{
    private const string Enforce = "/sys/fs/selinux/enforce";
    // The policy is built anew for each change.
    private static readonly TimeSpan Deadline = TimeSpan.FromMinutes(10);
    // Where the stores of policies are; the second is CentOS 7's.
    private static readonly ImmutableArray<string> Stores = ["/var/lib/selinux/*/active", "/etc/selinux/*/active"];
    private const string Policies = "/etc/selinux/*/policy/policy.*";

    protected override async ValueTask<Plan> Plan(SeportArguments arguments, ModuleContext context, CancellationToken cancellation)
    {
        if (arguments.Ports.FirstOrDefault(port => !IsPorts(port)) is { } wrong)
        {
            return new Impossible($"'{wrong}' is neither a port nor a range of them") { Remedy = "8080, or 8080-8090" };
        }
        if (arguments.Type.Length == 0 || !arguments.Type.All(c => char.IsAsciiLetterOrDigit(c) || c is '_' or '.') || arguments.Type[0] == '.')
        {
            return new Impossible($"'{arguments.Type}' cannot be a type of SELinux");
        }
        if (!arguments.IgnoreState && !(await context.View.Ask(new StatLook(Enforce, FollowLinks: true), cancellation)).Exists)
        {
            return new Impossible("SELinux is disabled on this host.") { Remedy = "when: ansible_selinux.status == 'enabled', or ignore_selinux_state=yes" };
        }
        if ((await context.View.Ask(new ProgramLook(["semanage"]), cancellation)).Paths.IsEmpty)
        {
            return new Impossible("there is no semanage on the host") { Remedy = "install policycoreutils-python-utils (on CentOS 7 policycoreutils-python) in an earlier task", MayBeMade = true };
        }
        if (!context.As.IsRoot)
        {
            return new Impossible($"only root reads and changes SELinux's policy: the task runs as {context.As.Name}") { Remedy = "become: yes" };
        }
        var listed = await Ask(context, arguments.OnlyLocal, cancellation);
        if (listed.ExitCode != 0)
        {
            return new Impossible($"semanage cannot list ports: {listed.Error.Trim()}");
        }
        var having = Parse(listed.Output).Where(line => line.Type == arguments.Type && line.Protocol == arguments.Protocol).SelectMany(line => line.Ports).ToHashSet(StringComparer.Ordinal);
        var result = MapValue.From(("ports", Value.Of(arguments.Ports)), ("proto", Value.Of(arguments.Protocol)), ("setype", Value.Of(arguments.Type)), ("state", Value.Of(arguments.IsAbsent ? "absent" : "present")));
        var open = arguments.Ports.Where(port => having.Contains(port) == arguments.IsAbsent).ToList();
        if (open.Count == 0)
        {
            return new InSync($"{string.Join(", ", arguments.Ports)} of {arguments.Protocol} {(arguments.IsAbsent ? "not " : "")}{arguments.Type}") { Result = result };
        }
        var all = arguments.IsAbsent ? [] : Parse((arguments.OnlyLocal ? await Ask(context, onlyLocal: false, cancellation) : listed).Output).Where(line => line.Protocol == arguments.Protocol).SelectMany(line => line.Ports).ToHashSet(StringComparer.Ordinal);
        var sign = arguments.IsAbsent ? '-' : '+';
        return new Change(
            $"{string.Join(", ", open)} of {arguments.Protocol} {(open.Count == 1 ? "is" : "are")} {(arguments.IsAbsent ? "" : "not ")}{arguments.Type}",
            [.. open.Select(port => Command(arguments, port, isKnown: all.Contains(port)))])
        {
            Result = result,
            Diff = string.Concat(open.Select(port => $"{sign}{arguments.Protocol} {port} {arguments.Type}\n")),
        };
    }

    protected override ValueTask<ImmutableArray<Claim>> Claims(SeportArguments arguments, ModuleContext context, CancellationToken cancellation) => new(
        [.. arguments.IsAbsent ? [] : arguments.Ports.Where(IsPorts).Select(port => Claim.Of(ClaimKind.Port, port, ($"type {arguments.Protocol}", arguments.Type)))]);

    /// <summary>Lines of <c>semanage port -l -n</c>: type, protocol, and ports with commas between them.</summary>
    internal static IEnumerable<(string Type, string Protocol, ImmutableArray<string> Ports)> Parse(string output) =>
        from line in output.Split('\n')
        let words = line.Split((char[]?)null, 3, StringSplitOptions.RemoveEmptyEntries)
        where words.Length == 3
        select (words[0], words[1], words[2].Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries).ToImmutableArray());

    private static async ValueTask<ToolAnswer> Ask(ModuleContext context, bool onlyLocal, CancellationToken cancellation)
    {
        var paths = ImmutableArray.CreateBuilder<string>();
        foreach (var store in Stores)
        {
            paths.AddRange((await context.View.Ask(new GlobLook(store), cancellation)).Paths.Select(path => HostPath.Join(path, "ports.local")));
        }
        paths.AddRange((await context.View.Ask(new GlobLook(Policies), cancellation)).Paths);
        return await context.View.Ask(new ToolLook(["semanage", "port", "-l", "-n", .. onlyLocal ? ["-C"] : ImmutableArray<string>.Empty]) { Paths = paths.ToImmutable() }, cancellation);
    }

    // What the policy brings is modified, and so added to what is changed here; the range is the one that Ansible gives.
    private static RunTool Command(SeportArguments arguments, string port, bool isKnown)
    {
        ImmutableArray<string> quietly = arguments.Reload ? [] : ["-N"];
        return new RunTool(
            arguments.IsAbsent
                ? ["semanage", "port", .. quietly, "-d", "-p", arguments.Protocol, port]
                : ["semanage", "port", .. quietly, isKnown ? "-m" : "-a", "-t", arguments.Type, "-r", "s0", "-p", arguments.Protocol, port],
            Deadline);
    }

    private static bool IsPorts(string text)
    {
        var ends = text.Split('-');
        return ends.Length is 1 or 2 && ends.All(end => end.Length > 0 && end.All(char.IsAsciiDigit) && int.TryParse(end, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number is > 0 and <= ushort.MaxValue);
    }
}
