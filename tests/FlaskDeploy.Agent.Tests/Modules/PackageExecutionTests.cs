using FlaskDeploy.Agent.Machine;
using FlaskDeploy.Agent.Machine.Looks;
using FlaskDeploy.Agent.Machine.Packages;

namespace FlaskDeploy.Agent.Tests.Modules;

/// <summary>What the package modules count on in the machine's part of the work.</summary>
public class PackageExecutionTests
{
    [Theory]
    [InlineData("/usr/bin/dnf", "/usr/bin/dnf -y --setopt=exit_on_lock=1 --refresh makecache")]
    [InlineData("/usr/bin/yum", "/usr/bin/yum -y --setopt=exit_on_lock=1 makecache")]
    public void A_transaction_without_packages_fetches_the_metadata(string manager, string command) =>
        Assert.Contains(command, TransactionScript.Write(new PackageTransaction(PackageAction.Install, []) { RefreshMetadata = true }, new HashSet<string>(), manager, "/run/x").Split('\n').Select(line => line.Trim()));

    [Fact]
    public void Of_a_glob_every_package_is_offered_once()
    {
        Package Offered(string name, string architecture) => new("php-*", name, 0, "8.0", "1", architecture);
        var newest = RepositoryLooks.Newest([Offered("php-cli", "i686"), Offered("php-cli", "x86_64"), Offered("php-fpm", "x86_64")]);
        Assert.Equal(["php-cli-8.0-1.x86_64", "php-fpm-8.0-1.x86_64"], newest.Select(package => package.ToString()));
    }
}
