using FlaskDeploy.Agent.Machine;
using FlaskDeploy.Agent.Machine.Packages;
using FlaskDeploy.Agent.Tests.Processes;

namespace FlaskDeploy.Agent.Tests.Packages;

/// <summary>The scripts are run, with a package manager that only writes down what it was called with.</summary>
public sealed class TransactionScriptTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("transaction").FullName;

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Fact]
    public async Task Installs_with_repositories_and_leaves_the_exit_code()
    {
        var calls = await Run(new PackageTransaction(PackageAction.Install, ["lsof", "it's"]) { EnableRepositories = ["epel"], Options = ["--nogpgcheck"] }, "exit 3");

        Assert.Equal(["-y --setopt=exit_on_lock=1 --enablerepo=epel --nogpgcheck install lsof it's"], calls);
        Assert.Equal("3", File.ReadAllText(Path.Combine(_directory, "exit")).Trim());
    }

    [Fact]
    public async Task Updates_what_is_there_and_installs_the_rest()
    {
        var calls = await Run(new PackageTransaction(PackageAction.Update, ["old", "new"]), "exit 0", "old");

        Assert.Equal(["-y --setopt=exit_on_lock=1 install new", "-y --setopt=exit_on_lock=1 upgrade old"], calls);
        Assert.Equal("0", File.ReadAllText(Path.Combine(_directory, "exit")).Trim());
    }

    [Fact]
    public async Task Tries_again_while_another_package_manager_has_the_lock()
    {
        var calls = await Run(new PackageTransaction(PackageAction.Remove, ["lsof"]) { LockTimeout = TimeSpan.FromSeconds(30) }, "[ $(wc -l <calls) -ge 2 ] || exit 200");

        Assert.Equal(2, calls.Length);
        Assert.Equal("0", File.ReadAllText(Path.Combine(_directory, "exit")).Trim());
    }

    [Fact]
    public async Task Tries_again_while_rpm_itself_has_the_lock()
    {
        var calls = await Run(
            new PackageTransaction(PackageAction.Remove, ["lsof"]),
            "[ $(wc -l <calls) -ge 2 ] || { echo \"RPM: error: can't create transaction lock on /var/lib/rpm/.rpm.lock (Resource temporarily unavailable)\"; exit 1; }");

        Assert.Equal(2, calls.Length);
        Assert.Equal("0", File.ReadAllText(Path.Combine(_directory, "exit")).Trim());
    }

    [Fact]
    public async Task Gives_up_on_a_lock_that_is_held_for_longer_than_was_said()
    {
        var calls = await Run(new PackageTransaction(PackageAction.Remove, ["lsof"]) { LockTimeout = TimeSpan.Zero }, "exit 200");

        Assert.Single(calls);
        Assert.Equal("200", File.ReadAllText(Path.Combine(_directory, "exit")).Trim());
    }

    private async Task<string[]> Run(PackageTransaction transaction, string behaviour, params string[] installed)
    {
        var manager = Path.Combine(_directory, "dnf");
        await File.WriteAllTextAsync(manager, $"#!/bin/sh\ncd {_directory}\necho \"$*\" >>calls\n{behaviour}\n");
        File.SetUnixFileMode(manager, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        var script = Path.Combine(_directory, "transaction.sh");
        await File.WriteAllTextAsync(script, TransactionScript.Write(transaction, installed.ToHashSet(), manager, _directory));
        using var shell = Child.Start("/bin/sh", script);
        await shell.Ended();
        return await File.ReadAllLinesAsync(Path.Combine(_directory, "calls"));
    }
}
