using System.Collections.Immutable;
using System.Globalization;
using FlaskDeploy.Agent.Machine;
using FlaskDeploy.Language.Modules.Arguments;
using FlaskDeploy.Language.Values;

namespace FlaskDeploy.Agent.Modules;

/// <summary><c>package_facts</c>: of each name a list, because a kernel is installed several times.</summary>
internal sealed class PackageFactsModule : Module<PackageFactsArguments>
{
    private static readonly ImmutableArray<string> Known = ["rpm", "apt"];

    protected override async ValueTask<Plan> Plan(PackageFactsArguments arguments, ModuleContext context, CancellationToken cancellation)
    {
        var managers = arguments.Managers.Select(manager => manager.ToLowerInvariant()).SelectMany(manager => manager == "auto" ? Known : [manager]).Distinct().ToList();
        if (managers.Find(manager => !Known.Contains(manager)) is { } other)
        {
            return new Impossible($"Unsupported package managers requested: {other}") { Remedy = "rpm, apt or auto" };
        }
        var packages = new SortedDictionary<string, List<Value>>(StringComparer.Ordinal);
        var found = 0;
        foreach (var manager in managers)
        {
            if (found > 0 && !arguments.All)
            {
                break;
            }
            if (await Ask(manager, context, cancellation) is not { } lines)
            {
                continue;
            }
            found++;
            foreach (var fields in lines)
            {
                if (!packages.TryGetValue(fields[0], out var same))
                {
                    packages[fields[0]] = same = [];
                }
                same.Add(manager == "rpm" ? OfRpm(fields) : OfDpkg(fields));
            }
        }
        return found == 0
            ? new Impossible($"Could not detect a supported package manager from the following list: {string.Join(", ", managers)}")
            : new InSync($"{packages.Count} packages") { Result = MapValue.From(("ansible_facts", MapValue.From(("packages", MapValue.From(packages.Select(package => (package.Key, Value.Of(package.Value)))))))) };
    }

    // Null: the manager is not there, or has nothing, as rpm on Debian.
    private static async ValueTask<List<string[]>?> Ask(string manager, ModuleContext context, CancellationToken cancellation)
    {
        var tool = manager == "rpm" ? "rpm" : "dpkg-query";
        if ((await context.View.Ask(new ProgramLook([tool]), cancellation)).Paths.IsEmpty)
        {
            return null;
        }
        var look = manager == "rpm"
            ? new ToolLook([tool, "-qa", "--qf", @"%{NAME}\t%{VERSION}\t%{RELEASE}\t%{EPOCH}\t%{ARCH}\n"]) { Paths = RpmDatabase }
            : new ToolLook([tool, "-W", "-f", @"${db:Status-Abbrev}\t${Package}\t${Version}\t${Architecture}\t${Section}\n"]) { Paths = ["/var/lib/dpkg/status"] };
        var answer = await context.View.Ask(look, cancellation);
        var lines = answer.Output.Split('\n').Select(line => line.Split('\t')).Where(fields => fields.Length == 5);
        List<string[]> installed = manager == "rpm" ? [.. lines] : [.. lines.Where(fields => fields[0].StartsWith("ii", StringComparison.Ordinal)).Select(fields => fields[1..])];
        return answer.ExitCode == 0 && installed.Count > 0 ? installed : null;
    }

    // One of them is there; that another is not, is known as well.
    private static readonly ImmutableArray<string> RpmDatabase =
        [.. ((string[])["/var/lib/rpm", "/usr/lib/sysimage/rpm"]).SelectMany(directory => ((string[])["Packages", "Packages.db", "rpmdb.sqlite", "rpmdb.sqlite-wal"]).Select(name => $"{directory}/{name}"))];

    private static Value OfRpm(string[] fields) => MapValue.From(
        ("name", Value.Of(fields[0])),
        ("version", Value.Of(fields[1])),
        ("release", Value.Of(fields[2])),
        ("epoch", long.TryParse(fields[3], NumberStyles.None, CultureInfo.InvariantCulture, out var epoch) ? Value.Of(epoch) : Value.Null),
        ("arch", fields[4] == "(none)" ? Value.Null : Value.Of(fields[4])),
        ("source", Value.Of("rpm")));

    private static Value OfDpkg(string[] fields) => MapValue.From(
        ("name", Value.Of(fields[0])),
        ("version", Value.Of(fields[1])),
        ("arch", Value.Of(fields[2])),
        ("category", Value.Of(fields[3])),
        ("source", Value.Of("apt")));
}
