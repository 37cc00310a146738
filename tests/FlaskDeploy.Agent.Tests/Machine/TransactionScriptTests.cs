using FlaskDeploy.Agent.Machine;
using FlaskDeploy.Agent.Machine.Packages;

namespace FlaskDeploy.Agent.Tests.Machine;

public sealed class TransactionScriptTests
{
    [Theory]
    [InlineData("/usr/bin/dnf", " install lsof-4.94")]
    [InlineData("/usr/bin/yum", " downgrade lsof-4.94")]
    public void Goes_back_to_an_older_version_in_the_words_of_each(string manager, string expected) =>
        Assert.Contains(expected, Script(new PackageTransaction(PackageAction.Downgrade, ["lsof-4.94"]), manager), StringComparison.Ordinal);

    [Fact]
    public void Updates_what_is_there_and_installs_what_is_not()
    {
        var script = Script(new PackageTransaction(PackageAction.Update, ["lsof", "httpd"]), "/usr/bin/dnf", "lsof");

        Assert.Contains("/usr/bin/dnf -y --setopt=exit_on_lock=1 --setopt=timeout=15 --setopt=retries=2 install httpd && /usr/bin/dnf -y --setopt=exit_on_lock=1 --setopt=timeout=15 --setopt=retries=2 upgrade lsof\n", script);
    }

    [Fact]
    public void Quotes_what_a_shell_would_take_for_its_own()
    {
        var script = Script(new PackageTransaction(PackageAction.Install, ["$(reboot)", "it's"]) { Exclude = ["kernel*"] }, "/usr/bin/yum");

        Assert.Contains("'--exclude=kernel*' install '$(reboot)' 'it'\\''s'\n", script);
    }

    [Fact]
    public void Says_how_it_ended_only_when_it_has_ended()
    {
        var script = Script(new PackageTransaction(PackageAction.Remove, ["lsof"]), "/usr/bin/dnf");

        Assert.EndsWith("done\necho $code >exit.new && mv exit.new exit\n", script, StringComparison.Ordinal);
    }

    private static string Script(PackageTransaction transaction, string manager, params string[] installed) =>
        TransactionScript.Write(transaction, installed.ToHashSet(), manager, "/var/lib/x");
}
