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

        Assert.Equal(["-y --setopt=exit_on_lock=1 --setopt=timeout=15 --setopt=retries=2 --enablerepo=epel --nogpgcheck install lsof it's"], calls);
        Assert.Equal("3", File.ReadAllText(Path.Combine(_directory, "exit")).Trim());
    }

    [Fact]
    public async Task Updates_what_is_there_and_installs_the_rest()
    {
        var calls = await Run(new PackageTransaction(PackageAction.Update, ["old", "new"]), "exit 0", "old");

        Assert.Equal(["-y --setopt=exit_on_lock=1 --setopt=timeout=15 --setopt=retries=2 install new", "-y --setopt=exit_on_lock=1 --setopt=timeout=15 --setopt=retries=2 upgrade old"], calls);
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

    [Fact]
    public async Task Says_who_holds_the_lock()
    {
        using var holder = Child.Start("/bin/sleep", "300");
        // As dnf leaves it; where this machine's own is not to be written, the path is another one.
        await Run(new PackageTransaction(PackageAction.Remove, ["lsof"]) { LockTimeout = TimeSpan.Zero }, $"echo {holder.Identity.Pid} >{_directory}/rpmdb_lock.pid; exit 200");

        Assert.Equal($"{holder.Identity.Pid} (/bin/sleep 300)", File.ReadAllText(Path.Combine(_directory, "holder")).Trim());
    }

    [Fact]
    public async Task Says_who_holds_the_lock_of_rpm_itself()
    {
        await using var file = new FileStream(Path.Combine(_directory, ".rpm.lock"), FileMode.Create, FileAccess.ReadWrite);
        file.Lock(0, 0);

        await Run(new PackageTransaction(PackageAction.Remove, ["lsof"]) { LockTimeout = TimeSpan.Zero }, "exit 200");

        Assert.StartsWith($"{Environment.ProcessId} (", File.ReadAllText(Path.Combine(_directory, "holder")));
    }

    [Theory]
    [MemberData(nameof(Recorded.Versions), "dnf", "rpm-locked", MemberType = typeof(Recorded))]
    public async Task A_lock_of_rpm_that_is_held_to_the_end_ends_as_a_lock_of_dnf_does(string recorded)
    {
        await File.WriteAllTextAsync(Path.Combine(_directory, "said"), Recorded.Read(recorded), TestContext.Current.CancellationToken);

        await Run(new PackageTransaction(PackageAction.Remove, ["lsof"]) { LockTimeout = TimeSpan.Zero }, "cat said; exit 1");

        Assert.Equal("200", File.ReadAllText(Path.Combine(_directory, "exit")).Trim());
    }

    [Fact]
    public async Task After_a_kill_it_mends_what_was_left_and_tries_once_more()
    {
        var calls = await Run(new PackageTransaction(PackageAction.Update, ["slow"]), $"[ $(wc -l <calls) -ge 2 ] || kill -9 $$", "slow");

        Assert.Equal(
            [
                "-y --setopt=exit_on_lock=1 --setopt=timeout=15 --setopt=retries=2 upgrade slow",
                "rpm -qa",
                "rpm -qa --qf %{INSTALLTIME} %{NAME}.%{ARCH} %{NAME}-%{VERSION}-%{RELEASE}.%{ARCH}\\n",
                "rpm -e --nodeps slow-1-1.noarch",
                "-y --setopt=exit_on_lock=1 --setopt=timeout=15 --setopt=retries=2 reinstall slow-2-1.noarch",
                "-y --setopt=exit_on_lock=1 --setopt=timeout=15 --setopt=retries=2 upgrade slow",
            ],
            calls);
        Assert.Equal("0", File.ReadAllText(Path.Combine(_directory, "exit")).Trim());
        Assert.Contains("Installed over themselves, because their scripts may not have run: slow-2-1.noarch", File.ReadAllText(Path.Combine(_directory, "output")));
    }

    [Fact]
    public async Task In_another_root_it_mends_that_one_and_takes_this_machines_repositories()
    {
        var calls = await Run(new PackageTransaction(PackageAction.Install, ["slow"]) { Root = "/mnt/a root" }, "[ $(wc -l <calls) -ge 2 ] || kill -9 $$", rpm: Database.Replace("\"-qa --qf\"*", "*\"-qa --qf\"*", StringComparison.Ordinal));

        const string dnf = "-y --setopt=exit_on_lock=1 --setopt=timeout=15 --setopt=retries=2 --installroot=/mnt/a root --setopt=reposdir=/etc/yum.repos.d,/etc/yum/repos.d,/etc/distro.repos.d --config=/etc/dnf/dnf.conf --releasever=/";
        Assert.Equal(
            [
                $"{dnf} install slow",
                "rpm --root=/mnt/a root -qa",
                "rpm --root=/mnt/a root -qa --qf %{INSTALLTIME} %{NAME}.%{ARCH} %{NAME}-%{VERSION}-%{RELEASE}.%{ARCH}\\n",
                "rpm --root=/mnt/a root -e --nodeps slow-1-1.noarch",
                $"{dnf} reinstall slow-2-1.noarch",
                $"{dnf} install slow",
            ],
            calls);
    }

    [Theory]
    [InlineData(false, "--installroot=/r --setopt=reposdir=/etc/yum.repos.d,/etc/yum/repos.d,/etc/distro.repos.d --releasever=9 --config=/x")]
    [InlineData(true, "--installroot=/r --releasever=9 --config=/x")]
    public void A_release_and_a_configuration_that_are_said_are_taken(bool yum, string expected) =>
        Assert.Contains(expected, string.Join(' ', TransactionScript.Question(new PackageTransaction(PackageAction.Install, ["x"]) { Root = "/r", Options = ["--releasever=9", "--config=/x"] }, yum)), StringComparison.Ordinal);

    [Fact]
    public async Task A_second_kill_is_told()
    {
        var calls = await Run(new PackageTransaction(PackageAction.Remove, ["slow"]), "kill -9 $$");

        Assert.Equal(2, calls.Count(call => call.EndsWith(" remove slow", StringComparison.Ordinal)));
        Assert.Equal("137", File.ReadAllText(Path.Combine(_directory, "exit")).Trim());
    }

    [Fact]
    public async Task What_an_earlier_transaction_left_is_mended_first()
    {
        var calls = await Run(new PackageTransaction(PackageAction.Install, ["lsof"]), "exit 0", cutOff: TimeProvider.System.GetUtcNow().AddMinutes(-1));

        Assert.EndsWith(" reinstall slow-2-1.noarch", calls[^2]);
        Assert.EndsWith(" install lsof", calls[^1]);
    }

    [Fact]
    public async Task A_damaged_database_is_built_anew()
    {
        var calls = await Run(new PackageTransaction(PackageAction.Install, ["lsof"]), "exit 0", cutOff: TimeProvider.System.GetUtcNow(), rpm: "case \"$*\" in -qa) echo 'error: rpmdb: BDB0113 Thread/process 1/2 failed' >&2;; esac");

        Assert.Equal(["rpm -qa", "rpm --rebuilddb"], calls[..2]);
        Assert.Contains("rpm's database is damaged and built anew: error: rpmdb: BDB0113", File.ReadAllText(Path.Combine(_directory, "output")));
    }

    // An rpm database with an older version beside one that was installed just now, a kernel of each kind, and one more package.
    private const string Database = """
        case "$*" in "-qa --qf"*)
          now=$(date +%s)
          echo "100 slow.noarch slow-1-1.noarch"; echo "$now slow.noarch slow-2-1.noarch"
          echo "100 kernel.x86_64 kernel-4-1.x86_64"; echo "$now kernel.x86_64 kernel-4-2.x86_64"
          echo "100 bash.x86_64 bash-5-1.x86_64";;
        esac
        """;

    private async Task<string[]> Run(PackageTransaction transaction, string behaviour, string? installed = null, DateTimeOffset? cutOff = null, string rpm = Database)
    {
        var manager = Path.Combine(_directory, "dnf");
        Program(manager, $"echo \"$*\" >>calls\n{behaviour}");
        Program(Path.Combine(_directory, "rpm"), $"printf '%s\\n' \"rpm $*\" >>calls\n{rpm}");
        var script = Path.Combine(_directory, "transaction.sh");
        // This machine's own rpm and its lock files are none of the test's business.
        var text = TransactionScript.Write(transaction, installed is null ? new HashSet<string>() : [installed], manager, _directory, cutOff)
            .Replace("PATH=", $"PATH={_directory}:", StringComparison.Ordinal)
            .Replace("/var/lib/dnf/", $"{_directory}/", StringComparison.Ordinal)
            .Replace("/var/lib/rpm/", $"{_directory}/", StringComparison.Ordinal);
        await File.WriteAllTextAsync(script, text);
        using var shell = Child.Start("/bin/sh", script);
        await shell.Ended();
        return await File.ReadAllLinesAsync(Path.Combine(_directory, "calls"));
    }

    private void Program(string path, string text)
    {
        File.WriteAllText(path, $"#!/bin/sh\ncd {_directory}\n{text}\n");
        File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
    }
}
