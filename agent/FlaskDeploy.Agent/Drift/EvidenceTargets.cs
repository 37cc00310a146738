using System.Globalization;
using FlaskDeploy.Agent.Machine;
using FlaskDeploy.Agent.Machine.Packages;
using FlaskDeploy.Agent.Machine.Watching;

namespace FlaskDeploy.Agent.Drift;

/// <summary>
/// What is to be watched so that a movement of evidence is noticed. Pure. It may say too much, which costs a comparison;
/// what it leaves out (addresses of the machine, other hosts, users of a directory service) the interval finds.
/// </summary>
/// <param name="unitGroups">Where the control groups of systemd's units are; null: nowhere.</param>
internal sealed class EvidenceTargets(string? unitGroups)
{
    private const PathEvents Status = PathEvents.Entry | PathEvents.Attributes;
    private const PathEvents Content = PathEvents.Entry | PathEvents.Written | PathEvents.Closed;

    private static readonly string[] UnitDirectories = ["/etc/systemd/system", "/run/systemd/system", "/usr/lib/systemd/system"];
    private static readonly string[] SystemLibraries = ["/usr/lib/python*/*-packages", "/usr/lib64/python*/*-packages", "/usr/local/lib/python*/*-packages", "/usr/local/lib64/python*/*-packages"];
    private static readonly string[] Distributions = ["*.dist-info", "*.egg-info", "*.egg", "*.egg-link"];

    /// <summary>Each target with the subject of the look that it was first made for.</summary>
    public IReadOnlyDictionary<WatchTarget, string> Of(Baseline baseline)
    {
        var targets = new Dictionary<WatchTarget, string>();
        foreach (var instance in baseline.Instances)
        {
            var searchPath = instance.Environment.GetValueOrDefault("PATH", TaskEnvironment.DefaultPath);
            foreach (var evidence in instance.Evidence)
            {
                foreach (var target in Of(evidence, searchPath).Where(IsWatchable))
                {
                    targets.TryAdd(target, evidence.Look.Subject);
                }
            }
        }
        return targets;
    }

    private IEnumerable<WatchTarget> Of(Evidence evidence, string searchPath) => evidence.Look switch
    {
        StatLook look => [new PathTarget(look.Path, look.WithTimes ? Status | Content : Status)],
        ContentLook look => [new PathTarget(look.Path, Content)],
        PackageFileLook look => [new PathTarget(look.Path, Content)],
        HashLook look => [new PathTarget(look.Path, Content)],
        ReadLook look => [new PathTarget(look.Path, Content)],
        FirewallLook => [Pattern("/etc/firewalld/*/*.xml")],
        SecurityContextLook look => [new PathTarget(look.Path, Status)],
        DirectoryLook look => [new PathTarget(look.Path, PathEvents.Entry), Pattern($"{Literal(look.Path)}/*"), Pattern($"{Literal(look.Path)}/.*")],
        GlobLook look => [Pattern(look.Pattern)],
        PackagesLook look => OfDatabases(look.Root),
        RpmKeysLook => OfDatabases(null),
        PythonPackagesLook look => OfPython(look.Python),
        ProgramLook look => look.Names.SelectMany(name => name.Contains('/') ? [name] : searchPath.Split(':').Select(directory => $"{directory}/{name}")).Select(path => new PathTarget(path, Status)),
        AccountLook => [new PathTarget("/etc/passwd", Content), new PathTarget("/etc/group", Content)],
        NameServiceLook look => [new PathTarget($"/etc/{look.Database}", Content)],
        GroupLook => [new PathTarget("/etc/group", Content)],
        UnitLook look => OfUnit(look.Name),
        ListenersLook look => ListenersAnswer.ProcessesIn(evidence.Fingerprint).Select(Process).Prepend(new PortTarget(look.Port)),
        LaunchLook => LaunchAnswer.ProcessIn(evidence.Fingerprint) is { } launched ? [Process(launched)] : [],
        ProcessLook look => ProcessIdentity.Parse(look.Pid.ToString(CultureInfo.InvariantCulture), evidence.Fingerprint) is { } process ? [Process(process)] : [],
        ToolLook look => look.Paths.Select(path => (WatchTarget)new PathTarget(path, Content | Status)).Concat(look.Below.Select(path => Pattern($"{Literal(path)}/*", Content | Status))),
        _ => [],
    };

    private static bool IsWatchable(WatchTarget target) => target is not PathTarget { Path: var path } || path.StartsWith('/') && !path.StartsWith("/proc/", StringComparison.Ordinal);

    private static WatchTarget Process(ProcessIdentity process) => new ProcessTarget(process.Pid, process.StartTime);

    private static PathTarget Pattern(string pattern, PathEvents events = PathEvents.Entry) => new(pattern, events) { IsPattern = true };

    private static IEnumerable<WatchTarget> OfDatabases(string? root) => InstallRoot.DatabaseDirectories.SelectMany(directory => OfDatabase(root + directory));

    // rpm -q makes rpmdb.sqlite-wal anew and touches -shm: only what is written counts there.
    private static IEnumerable<WatchTarget> OfDatabase(string directory) =>
    [
        new PathTarget($"{directory}/rpmdb.sqlite", PathEvents.Entry | PathEvents.Written) { IsPackageDatabase = true },
        new PathTarget($"{directory}/rpmdb.sqlite-wal", PathEvents.Written) { IsPackageDatabase = true },
        new PathTarget($"{Literal(directory)}/Packages*", PathEvents.Entry | PathEvents.Written) { IsPattern = true, IsPackageDatabase = true },
    ];

    // Of an environment the metadata as well: there are few. Of the system what the package manager or a pip adds and removes.
    private static IEnumerable<WatchTarget> OfPython(string? python)
    {
        if (python is null || !python.StartsWith('/'))
        {
            return SystemLibraries.SelectMany(library => Distributions.Select(name => Pattern($"{library}/{name}")));
        }
        var root = Path.GetFileName(Path.GetDirectoryName(python)) == "bin" ? Path.GetDirectoryName(Path.GetDirectoryName(python)!)! : python.TrimEnd('/');
        return root is "/usr" or "/usr/local"
            ? OfPython(null).Append(new PathTarget(python, Status))
            : ((string[])["lib", "lib64"]).Select(lib => $"{Literal(root)}/{lib}/python*/site-packages")
                .SelectMany(library => Distributions.Select(name => Pattern($"{library}/{name}")).Append(Pattern($"{library}/*.dist-info/METADATA", Content)))
                .Append(new PathTarget($"{root}/bin/python", Status))
                .Append(new PathTarget($"{root}/bin/python3", Status));
    }

    // Enabled is a link in some *.wants, masked one in place of the file; running is a control group of its own.
    private IEnumerable<WatchTarget> OfUnit(string written)
    {
        var unit = Path.HasExtension(written) ? written : $"{written}.service";
        var groups = unitGroups is null ? [] : (WatchTarget[])
        [
            new PathTarget($"{unitGroups}/system.slice/{unit}", PathEvents.Entry),
            Pattern($"{Literal(unitGroups)}/system.slice/system-*.slice/{Literal(unit)}"),
        ];
        return UnitDirectories
            .SelectMany(directory => (WatchTarget[])[new PathTarget($"{directory}/{unit}", PathEvents.Entry), Pattern($"{directory}/*/{Literal(unit)}")])
            .Concat(groups);
    }

    private static string Literal(string path) => string.Concat(path.Select(c => c is '*' or '?' or '[' or '\\' ? $"\\{c}" : $"{c}"));
}
