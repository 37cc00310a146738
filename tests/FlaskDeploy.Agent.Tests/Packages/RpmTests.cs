using FlaskDeploy.Agent.Machine;
using FlaskDeploy.Agent.Machine.Looks;

namespace FlaskDeploy.Agent.Tests.Packages;

public sealed class RpmTests
{
    [Fact]
    public void Tells_installed_packages_from_missing_ones()
    {
        var found = RpmLooks.ParseDivided(["lsof", "nosuch", "centos-release"], Recorded.Read("rpm-4.18-query.txt")).ToList();

        Assert.Equal([new Package("lsof", "lsof", 0, "4.95.0", "1.el8", "x86_64"), new Package("centos-release", "centos-release", 0, "8.5", "1.el8", "noarch")], found);
    }

    [Fact]
    public void Gives_each_provider_to_the_capability_that_asked_for_it()
    {
        var found = RpmLooks.ParseDivided(["nosuch", "/usr/bin/lsof", "/no/such", "system-release"], Recorded.Read("rpm-4.18-whatprovides.txt")).ToList();

        Assert.Equal([("/usr/bin/lsof", "lsof"), ("system-release", "centos-release")], found.Select(package => (package.AskedAs, package.Name)));
    }

    [Fact]
    public void A_path_that_nothing_owns_is_no_fault_of_the_database()
    {
        Assert.DoesNotContain(Recorded.Read("rpm-4.18-whatprovides-errors.txt").Split('\n'), RpmLooks.IsFault);
        Assert.True(RpmLooks.IsFault("error: cannot open Packages database in /var/lib/rpm"));
        Assert.False(RpmLooks.IsFault("warning: Found SQLITE rpmdb.sqlite database while attempting bdb_ro backend"));
    }

    [Theory]
    [InlineData("package nosuch is not installed")]
    [InlineData("")]
    [InlineData("a\tb")]
    public void What_is_not_in_our_format_is_no_package(string line) => Assert.Null(RpmLooks.Parse(line, "x"));

    [Fact]
    public async Task A_root_without_a_database_has_nothing_and_gets_none_by_being_asked()
    {
        var root = Directory.CreateTempSubdirectory("root").FullName;
        try
        {
            var answer = await RpmLooks.Installed(["lsof"], root, TimeSpan.FromSeconds(5), TestContext.Current.CancellationToken);

            Assert.Equal(["lsof"], answer.Missing);
            Assert.Empty(Directory.EnumerateFileSystemEntries(root));
        }
        finally
        {
            Directory.Delete(root, recursive: true);
        }
    }

    [Fact]
    public async Task A_name_cannot_become_an_option()
    {
        var failure = await Assert.ThrowsAsync<IOException>(async () => await RpmLooks.Installed(["lsof", "--eval=%(id)"], null, TimeSpan.FromSeconds(5), TestContext.Current.CancellationToken));

        Assert.Contains("--eval=%(id)", failure.Message);
    }

    [Fact]
    public void Reads_what_the_repositories_offer()
    {
        var found = Recorded.Read("dnf-4.14-repoquery.txt").Split('\n').Select(RepositoryLooks.Parse).OfType<Package>().ToList();

        Assert.Equal(["epel-release-8-13.el8.noarch", "lsof-4.95.0-1.el8.x86_64"], found.Select(package => package.ToString()));
        Assert.Equal([true, false], found.Select(package => RepositoryLooks.Asks("epel*", package)));
        Assert.Equal([false, true], found.Select(package => RepositoryLooks.Asks("lsof.x86_64", package)));
    }

    [Fact]
    public void Reads_what_yum_offers_with_the_name_that_was_asked() =>
        Assert.Equal(new Package("/usr/bin/lsof", "lsof", 1, "4.87", "6.el7", "x86_64"), RepositoryLooks.Parse("/usr/bin/lsof\tlsof\t1\t4.87\t6.el7\tx86_64"));
}
