using System.Collections.Immutable;
using FlaskDeploy.Agent.Drift;
using FlaskDeploy.Agent.Machine;
using FlaskDeploy.Agent.Machine.Watching;

namespace FlaskDeploy.Agent.Tests.Drift;

public sealed class EvidenceTargetsTests
{
    [Fact]
    public void A_status_is_told_of_by_the_entry_and_its_attributes_and_content_by_writing() =>
        Assert.Equal(
            [new PathTarget("/srv/a", PathEvents.Entry | PathEvents.Attributes), new PathTarget("/srv/a", PathEvents.Entry | PathEvents.Written | PathEvents.Closed)],
            Of(new StatLook("/srv/a", FollowLinks: false), new ContentLook("/srv/a")));

    [Fact]
    public void A_directory_is_told_of_by_whatever_comes_into_it_also_where_its_name_looks_like_a_pattern()
    {
        var targets = Of(new DirectoryLook("/srv/[a]"));

        Assert.Contains(new PathTarget("/srv/[a]", PathEvents.Entry), targets);
        Assert.Contains(new PathTarget("/srv/\\[a]/*", PathEvents.Entry) { IsPattern = true }, targets);
        Assert.Contains(new PathTarget("/srv/\\[a]/.*", PathEvents.Entry) { IsPattern = true }, targets);
    }

    [Fact]
    public void Packages_are_told_of_by_the_database_of_every_age_but_not_by_what_a_query_touches()
    {
        var paths = Of(new PackagesLook(["lsof"])).Cast<PathTarget>().ToList();

        Assert.All(paths, path => Assert.True(path.IsPackageDatabase));
        Assert.Equal(["Packages*", "rpmdb.sqlite", "rpmdb.sqlite-wal"], paths.Where(path => path.Path.StartsWith("/var/lib/rpm/", StringComparison.Ordinal)).Select(path => Path.GetFileName(path.Path)).Order(StringComparer.Ordinal));
        Assert.All(paths.Where(path => path.Path.EndsWith("-wal", StringComparison.Ordinal)), wal => Assert.Equal(PathEvents.Written, wal.Events));
    }

    [Fact]
    public void Packages_of_another_root_are_told_of_by_its_database_and_no_other()
    {
        var paths = Of(new PackagesLook(["lsof"]) { Root = "/mnt/root" }).Cast<PathTarget>().ToList();

        Assert.Contains(paths, path => path is { Path: "/mnt/root/var/lib/rpm/rpmdb.sqlite", IsPackageDatabase: true });
        Assert.All(paths, path => Assert.StartsWith("/mnt/root/", path.Path, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("/home/web/venv")]
    [InlineData("/home/web/venv/bin/python")]
    [InlineData("/home/web/venv/bin/pip")]
    public void A_python_environment_is_told_of_by_its_distributions(string python)
    {
        var targets = Of(new PythonPackagesLook(python));

        Assert.Contains(new PathTarget("/home/web/venv/lib/python*/site-packages/*.dist-info", PathEvents.Entry) { IsPattern = true }, targets);
        Assert.Contains(targets, target => target is PathTarget { Path: "/home/web/venv/bin/python" });
        Assert.DoesNotContain(targets, target => target is PathTarget { Path: "/home/web/venv/lib/python*/site-packages/*" });
    }

    [Fact]
    public void A_program_is_told_of_on_the_path_that_the_task_has()
    {
        var targets = Of([KeyValuePair.Create("PATH", "/opt/bin:/usr/bin:")], new ProgramLook(["virtualenv", "/opt/other"]));

        Assert.Equal(["/opt/bin/virtualenv", "/usr/bin/virtualenv", "/virtualenv", "/opt/other"], targets.Cast<PathTarget>().Select(target => target.Path));
    }

    [Fact]
    public void A_port_is_watched_with_the_processes_that_listened_on_it()
    {
        var look = new ListenersLook(5000);
        var seen = new ListenersAnswer([new Listener("0.0.0.0", 5000, 71, 900, 1000), new Listener("::", 5000, 72, 901, 1000), new Listener("::1", 5000, 0, 0, 0)]);

        Assert.Equal([new PortTarget(5000), new ProcessTarget(71, 900), new ProcessTarget(72, 901)], Of(new Evidence(look, "root", seen.Fingerprint(), null)));
    }

    [Fact]
    public void A_port_on_which_nobody_listened_is_watched_too() =>
        Assert.Equal([new PortTarget(80)], Of(new Evidence(new ListenersLook(80), "root", new ListenersAnswer([]).Fingerprint(), null)));

    [Fact]
    public void A_launched_process_and_one_that_was_looked_at_are_watched_where_they_ran()
    {
        var running = new LaunchAnswer(true, true) { Pid = 40, StartTime = 77, Inputs = "abc" };

        Assert.Equal([new ProcessTarget(40, 77)], Of(new Evidence(new LaunchLook("site"), "web", running.Fingerprint(), null)));
        Assert.Empty(Of(new Evidence(new LaunchLook("site"), "web", (running with { Runs = false }).Fingerprint(), null)));
        Assert.Equal([new ProcessTarget(9, 55)], Of(new Evidence(new ProcessLook(9), "web", new ProcessAnswer(true) { StartTime = 55 }.Fingerprint(), null)));
        Assert.Empty(Of(new Evidence(new ProcessLook(9), "web", new ProcessAnswer(false).Fingerprint(), null)));
    }

    [Fact]
    public void A_unit_is_told_of_by_its_file_its_links_and_its_control_group()
    {
        var paths = Of(new UnitLook("nginx")).Cast<PathTarget>().Select(target => target.Path).ToList();

        Assert.Contains("/etc/systemd/system/nginx.service", paths);
        Assert.Contains("/etc/systemd/system/*/nginx.service", paths);
        Assert.Contains("/groups/system.slice/nginx.service", paths);
    }

    [Fact]
    public void What_is_watched_for_two_tasks_is_one_target_and_what_no_watch_can_tell_is_none()
    {
        Assert.Single(Of(new StatLook("/a", FollowLinks: true), new StatLook("/a", FollowLinks: false)));
        Assert.Empty(Of(new StatLook("/proc/1/stat", FollowLinks: true), new GlobLook("relative/*"), new SystemLook(), new ConnectLook("db.example", 5432, TimeSpan.FromSeconds(1))));
    }

    private static List<WatchTarget> Of(params Look[] looks) => Of([], looks);

    private static List<WatchTarget> Of(KeyValuePair<string, string>[] environment, params Look[] looks) =>
        Of(environment, [.. looks.Select(look => new Evidence(look, "root", "", null))]);

    private static List<WatchTarget> Of(Evidence evidence) => Of([], evidence);

    private static List<WatchTarget> Of(KeyValuePair<string, string>[] environment, params Evidence[] evidence) =>
        [.. new EvidenceTargets("/groups").Of(new Baseline(1, default, [new InstanceBaseline("t", BaselineKind.InSync, "", [.. evidence]) { Environment = environment.ToImmutableSortedDictionary() }], [])).Keys];
}
