using FlaskDeploy.Agent.Modules;
using FileMode = FlaskDeploy.Language.Modules.FileMode;

namespace FlaskDeploy.Agent.Tests.Modules;

public sealed class ClaimBookTests
{
    private static readonly FileMode Private = new(0x180, null);
    private static readonly FileMode Public = new(0x1A4, null);

    [Fact]
    public void Two_that_want_the_same_do_not_clash() =>
        Assert.Empty(Clashes([Claim.Path("/etc/motd", "file", "aa", Public, owner: 0), Lsof()], [Claim.Path("/etc/motd", "file", "aa", Public, owner: 0), Lsof()]));

    [Fact]
    public void Two_that_decide_different_aspects_of_one_path_do_not_clash() =>
        Assert.Empty(Clashes([Claim.Path("/etc/motd", "file", "aa")], [Claim.Path("/etc/motd", null, mode: Private, owner: 1000)]));

    [Fact]
    public void Two_lines_of_one_file_do_not_clash_but_one_line_that_is_to_be_two_does()
    {
        Assert.Empty(Clashes([Line("^PORT=", "PORT=1")], [Line("^HOST=", "HOST=a")]));
        Assert.Equal(
            ["path /etc/app.conf: b.yml:1:1 of 'b' wants its line ^PORT= to be: PORT=1, a.yml:1:1 of 'a' wants its line ^PORT= to be: PORT=2"],
            Clashes([Line("^PORT=", "PORT=1")], [Line("^PORT=", "PORT=2")]));
    }

    [Fact]
    public void A_symbolic_mode_demands_no_mode() =>
        Assert.Empty(Clashes([Claim.Path("/etc/motd", "file", mode: new FileMode(null, "g+w"))], [Claim.Path("/etc/motd", "file", mode: Private)]));

    [Fact]
    public void A_pinned_version_does_not_clash_with_any_version_but_with_another_one()
    {
        Assert.Empty(Clashes([Lsof("4.94")], [Lsof()]));
        Assert.Equal(["package lsof: b.yml:1:1 of 'b' wants version 4.94, a.yml:1:1 of 'a' wants version 4.95"], Clashes([Lsof("4.94")], [Lsof("4.95")]));
    }

    [Fact]
    public void Content_and_mode_of_one_path_are_one_clash_that_names_both_positions() => Assert.Equal(
        ["path /etc/motd: b.yml:1:1 of 'b' wants a content of its own and mode 0600, a.yml:1:1 of 'a' wants a content of its own and mode 0644"],
        Clashes([Claim.Path("/etc/motd", "file", "bb", Private)], [Claim.Path("/etc/motd", "file", "aa", Public)]));

    [Fact]
    public void What_a_task_hides_is_not_told_by_the_refusal()
    {
        var mine = new DeploymentClaims("b", 0, [new TaskClaims("0/0", "b.yml:1:1", IsCensored: true, [Lsof("4.94")])]);
        var clash = Assert.Single(ClaimBook.Clashes(mine, [Of("a", [Lsof("4.95")])]));
        Assert.Equal("package lsof: b.yml:1:1 of 'b' wants a version of its own, a.yml:1:1 of 'a' wants version 4.95", clash.Text);
    }

    [Fact]
    public void A_removed_directory_clashes_with_what_another_keeps_in_it_and_not_with_its_neighbour()
    {
        Assert.Equal(
            ["path /srv/site and path /srv/site/conf/app.ini: b.yml:1:1 of 'b' wants it gone, a.yml:1:1 of 'a' wants it there"],
            Clashes([Claim.NoPath("/srv/site")], [Claim.Path("/srv/site/conf/app.ini", "file", "aa"), Claim.Path("/srv/site2", "directory")]));
        Assert.Single(Clashes([Claim.Path("/srv/site/conf/app.ini", "file", "aa")], [Claim.NoPath("/srv/site")]));
        Assert.Empty(Clashes([Claim.NoPath("/srv/site")], [Claim.NoPath("/srv/site/conf")]));
    }

    [Fact]
    public void Owners_set_in_a_whole_tree_clash_with_another_owner_in_it()
    {
        var tree = Claim.Path("/home/web", "directory", owner: 1000) with { IsDeep = true };
        Assert.Single(Clashes([tree], [Claim.Path("/home/web/.ssh/key", "file", "aa", owner: 0)]));
        Assert.Empty(Clashes([tree], [Claim.Path("/home/web/.ssh/key", "file", "aa", owner: 1000)]));
        Assert.Empty(Clashes([tree with { IsDeep = false }], [Claim.Path("/home/web/.ssh/key", "file", "aa", owner: 0)]));
    }

    [Fact]
    public void Of_one_deployments_own_tasks_the_later_one_counts()
    {
        // Removed and made again; freed and taken.
        Assert.Empty(Clashes([Claim.NoPath("/srv/x"), Claim.Path("/srv/x/y", "file", "aa")], [Claim.Path("/srv/x/y", "file", "aa")]));
        Assert.Empty(Clashes([Claim.Port(5000, null), Claim.Port(5000, "launch hello")], [Claim.Port(5000, "launch hello")]));
        Assert.Single(Clashes([Claim.Path("/srv/x", "file", "aa"), Claim.NoPath("/srv/x")], [Claim.Path("/srv/x", "file", "aa")]));
    }

    [Fact]
    public void The_root_holds_everything_below_it() =>
        Assert.Single(Clashes([Claim.Path("/", "directory", owner: 0) with { IsDeep = true }], [Claim.Path("/srv", "directory", owner: 5)]));

    [Fact]
    public void A_refusal_tells_every_clash_and_how_to_end_each_other_deployment()
    {
        var clashes = ClaimBook.Clashes(Of("c", [Lsof("1"), Claim.Port(80, "launch c")]), [Of("a", [Lsof("2")]), Of("b", [Claim.Port(80, "launch b")])]);
        var (reason, remedy) = ClaimBook.Refusal(clashes);
        Assert.Equal(3, reason.Split('\n').Length);
        Assert.Contains("  port 80: c.yml:1:1 of 'c' wants it held by launch c, b.yml:1:1 of 'b' wants it held by launch b", reason, StringComparison.Ordinal);
        Assert.EndsWith("flaskdeploy retire a or flaskdeploy retire b", remedy, StringComparison.Ordinal);
    }

    private static Claim Line(string which, string text) => Claim.Of(ClaimKind.Path, "/etc/app.conf", ("exists", Claim.Yes), ($"line {which}", text));

    private static Claim Lsof(string? version = null) => Claim.Of(ClaimKind.Package, "lsof", ("exists", Claim.Yes), ("version", version));

    private static DeploymentClaims Of(string name, Claim[] claims) =>
        new(name, 1, [.. claims.Select((claim, index) => new TaskClaims($"0/{index}", $"{name}.yml:1:1", IsCensored: false, [claim]))]);

    private static IEnumerable<string> Clashes(Claim[] ours, Claim[] theirs)
    {
        // One task each, so that what differs together is told together.
        var mine = new DeploymentClaims("b", 0, [new TaskClaims("0/0", "b.yml:1:1", IsCensored: false, [.. ours])]);
        return ClaimBook.Clashes(mine, [new DeploymentClaims("a", 1, [new TaskClaims("0/0", "a.yml:1:1", IsCensored: false, [.. theirs])])]).Select(clash => clash.Text);
    }
}
