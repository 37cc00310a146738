using FlaskDeploy.Agent.Machine;
using FlaskDeploy.Agent.Machine.Looks;

namespace FlaskDeploy.Agent.Tests.Packages;

public sealed class RpmTests
{
    [Theory]
    [MemberData(nameof(Recorded.Versions), "rpm", "query", MemberType = typeof(Recorded))]
    public void Tells_installed_packages_from_missing_ones(string recorded)
    {
        var found = RpmLooks.ParseDivided(["lsof", "nosuch", "centos-release"], Recorded.Read(recorded)).ToList();

        Assert.Equal([new Package("lsof", "lsof", 0, "4.95.0", "1.el8", "x86_64"), new Package("centos-release", "centos-release", 0, "8.5", "1.el8", "noarch")], found);
    }

    [Theory]
    [MemberData(nameof(Recorded.Versions), "rpm", "whatprovides", MemberType = typeof(Recorded))]
    public void Gives_each_provider_to_the_capability_that_asked_for_it(string recorded)
    {
        var found = RpmLooks.ParseDivided(["nosuch", "/usr/bin/lsof", "/no/such", "system-release"], Recorded.Read(recorded)).ToList();

        Assert.Equal([("/usr/bin/lsof", "lsof"), ("system-release", "centos-release")], found.Select(package => (package.AskedAs, package.Name)));
    }

    [Theory]
    [MemberData(nameof(Recorded.Versions), "rpm", "whatprovides-errors", MemberType = typeof(Recorded))]
    public void A_path_that_nothing_owns_is_no_fault_of_the_database(string recorded)
    {
        Assert.Contains("/no/such", Recorded.Read(recorded), StringComparison.Ordinal);
        Assert.DoesNotContain(Recorded.Read(recorded).Split('\n'), RpmLooks.IsFault);
    }

    [Fact]
    public void A_database_that_cannot_be_read_is_a_fault()
    {
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

    [Theory]
    [MemberData(nameof(Recorded.Versions), "dnf", "repoquery", MemberType = typeof(Recorded))]
    public void Reads_what_the_repositories_offer(string recorded)
    {
        var found = Recorded.Read(recorded).Split('\n').Select(RepositoryLooks.Parse).OfType<Package>().ToList();

        Assert.Equal(["epel-release-8-13.el8.noarch", "lsof-4.95.0-1.el8.x86_64"], found.Select(package => package.ToString()));
        Assert.Equal([true, false], found.Select(package => RepositoryLooks.Asks("epel*", package)));
        Assert.Equal([false, true], found.Select(package => RepositoryLooks.Asks("lsof.x86_64", package)));
    }

    [Fact]
    public void Reads_what_yum_offers_with_the_name_that_was_asked() =>
        Assert.Equal(new Package("/usr/bin/lsof", "lsof", 1, "4.87", "6.el7", "x86_64"), RepositoryLooks.Parse("/usr/bin/lsof\tlsof\t1\t4.87\t6.el7\tx86_64"));
}
