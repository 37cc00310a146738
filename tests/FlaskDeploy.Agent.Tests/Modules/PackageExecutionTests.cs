using FlaskDeploy.Agent.Machine;
using FlaskDeploy.Agent.Machine.Packages;

namespace FlaskDeploy.Agent.Tests.Modules;

/// <summary>What the package modules count on where a transaction is carried out.</summary>
public class PackageExecutionTests
{
    [Theory]
    [InlineData("/usr/bin/dnf", "/usr/bin/dnf -y --setopt=exit_on_lock=1 --setopt=timeout=15 --setopt=retries=2 --refresh makecache")]
    [InlineData("/usr/bin/yum", "/usr/bin/yum -y --setopt=exit_on_lock=1 --setopt=timeout=15 --setopt=retries=2 makecache")]
    public void A_transaction_without_packages_fetches_the_metadata(string manager, string command) =>
        Assert.Contains(command, TransactionScript.Write(new PackageTransaction(PackageAction.Install, []) { RefreshMetadata = true }, new HashSet<string>(), manager, "/run/x").Split('\n').Select(line => line.Trim()));
}
