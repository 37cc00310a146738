using FlaskDeploy.Agent.Machine;
using FlaskDeploy.Agent.Modules.Alternatives;
using FlaskDeploy.Agent.Modules.Archives;
using FlaskDeploy.Agent.Modules.Facts;
using FlaskDeploy.Agent.Modules.Git;

namespace FlaskDeploy.Agent.Tests.Modules;

/// <summary>What modules read out of tables of tools, of each version that was recorded.</summary>
public sealed class ToolListingTests
{
    [Theory]
    [MemberData(nameof(Recorded.Versions), "tar", "list", MemberType = typeof(Recorded))]
    public void Entries_of_an_archive(string recorded) =>
        Assert.Equal(
            [("etc/", PathKind.Directory, "755"), ("etc/motd", PathKind.File, "644"), ("etc/with space", PathKind.File, "4755"), ("etc/link", PathKind.Link, "777")],
            TarListing.Entries(Recorded.Read(recorded)).Select(entry => (entry.Name, entry.Kind, Convert.ToString(entry.Mode, 8))));

    [Theory]
    [MemberData(nameof(Recorded.Versions), "tar", "diff", MemberType = typeof(Recorded))]
    public void What_differs_from_an_archive(string recorded)
    {
        var different = TarListing.Different(Recorded.Read(recorded), Recorded.Read(recorded.Replace("-diff", "-diff-errors", StringComparison.Ordinal))).ToList();

        Assert.Equal(["Mode differs", "Mod time differs", "Size differs"], different.Where(found => found.Name == "etc/motd").Select(found => found.What));
        Assert.Equal(["etc/link", "etc/motd", "etc/with space"], different.Select(found => found.Name).Distinct().Order(StringComparer.Ordinal));
        Assert.True(TarListing.IsMissing(different.Single(found => found.Name == "etc/with space").What));
    }

    [Theory]
    [MemberData(nameof(Recorded.Versions), "git", "ls-remote", MemberType = typeof(Recorded))]
    public void A_branch_of_a_remote(string recorded)
    {
        var refs = GitRefs.Parse(Recorded.Read(recorded));

        Assert.Equal(GitVersionKind.Branch, refs.KindOf("main"));
        Assert.Equal(refs.CommitOf("HEAD"), refs.CommitOf("main"));
        Assert.Matches("^[0-9a-f]{40}$", refs.CommitOf("main"));
    }

    [Theory]
    [MemberData(nameof(Recorded.Versions), "git", "ls-remote-tag", MemberType = typeof(Recorded))]
    public void The_commit_of_an_annotated_tag(string recorded)
    {
        var refs = GitRefs.Parse(Recorded.Read(recorded));

        Assert.Equal((GitVersionKind.Tag, refs.CommitOf("HEAD")), (refs.KindOf("v2"), refs.CommitOf("v2")));
    }

    [Theory]
    [MemberData(nameof(Recorded.Versions), "systemctl", "list-units", MemberType = typeof(Recorded))]
    public void Services_and_their_files(string recorded)
    {
        var services = ServiceListing.Of(Recorded.Read(recorded), Recorded.Read(recorded.Replace("list-units", "list-unit-files", StringComparison.Ordinal))).ToDictionary(service => service.Name);

        Assert.Equal(new ListedService("ssh.service", "running", "enabled"), services["ssh.service"]);
        Assert.Equal(new ListedService("broken.service", "stopped", "failed"), services["broken.service"]);
        Assert.Equal(new ListedService("once.service", "stopped", "enabled"), services["once.service"]);
        Assert.Equal("masked", services["systemd-udevd.service"].Status);
        Assert.Equal("not-found", services["auditd.service"].Status);
        Assert.DoesNotContain(services.Keys, name => name.Contains(' ', StringComparison.Ordinal));
    }

    [Theory]
    [MemberData(nameof(Recorded.Versions), "update-alternatives", "awk", MemberType = typeof(Recorded))]
    public void A_group_of_alternatives(string recorded)
    {
        var group = AlternativesGroup.Parse(Recorded.Read(recorded))!;

        Assert.Equal((true, "/usr/bin/awk"), (group.IsAuto, group.Link));
        Assert.Equal("/usr/share/man/man1/awk.1.gz", group.LinkOf("awk.1.gz"));
        Assert.Equal(5, group.Find("/usr/bin/mawk")!.Priority);
        Assert.Equal("/usr/share/man/man1/mawk.1.gz", group.Find("/usr/bin/mawk")!.Followers["awk.1.gz"]);
    }
}
