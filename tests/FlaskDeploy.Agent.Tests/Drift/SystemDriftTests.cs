using FlaskDeploy.Agent.Machine;
using FlaskDeploy.Agent.Runs;
using FlaskDeploy.Agent.Tests.Machine;
using FlaskDeploy.Agent.Tests.Runs;

namespace FlaskDeploy.Agent.Tests.Drift;

/// <summary>What is seen through looks of its own is compared, found to have moved, and put right.</summary>
public sealed class SystemDriftTests : IDisposable
{
    private readonly TestHost _host = new();

    public void Dispose() => _host.Dispose();

    [Fact]
    public async Task What_was_unmounted_closed_untrusted_and_unpacked_by_hand_is_put_right()
    {
        var machine = _host.Machine;
        machine.WithFile("/proc/self/mountinfo", "").WithFile("/etc/fstab", "").WithFile("/root/key.asc", Recorded.Read("gnupg-2.2-rsa-with-subkey.asc")).WithFile("/root/site.rpm", "site-1.0-1");
        machine.Packages.Database.Add(FakePackages.Named("site", "1.0", "1"));
        machine.Tools.FirewallRuns = true;
        var bundle = Book.Bundle(Book.Play(
            Book.Task("mount", ("path", "/mnt"), ("src", "lab"), ("fstype", "tmpfs"), ("state", "mounted")).Sudo(),
            Book.Task("firewalld", ("service", "http"), ("permanent", "yes"), ("immediate", "yes"), ("state", "enabled")).Sudo(),
            Book.Task("rpm_key", ("key", "/root/key.asc")).Sudo(),
            Book.Task("yum", ("name", "/root/site.rpm")).Sudo(),
            Book.Task("yum", ("list", "installed")).Sudo()));
        await _host.Push(bundle);
        Assert.Equal(RunEnd.Unchanged, (await _host.Reconverge(bundle)).End);
        machine.WithFile("/proc/self/mountinfo", "");
        machine.Tools.Firewall.Remove("now public service=http");
        machine.Tools.Keys.Clear();

        Assert.Equal(RunEnd.Changed, (await _host.Reconverge(bundle)).End);

        Assert.Equal("lab", machine.Tools.Mounts("/mnt").Top?.Source);
        Assert.Contains("now public service=http", machine.Tools.Firewall);
        Assert.Single(machine.Tools.Keys);
        Assert.Equal(RunEnd.Unchanged, (await _host.Reconverge(bundle)).End);
    }

    [Fact]
    public async Task Every_look_can_be_asked_without_knowing_which_it_is()
    {
        Look look = new MountLook("/mnt");

        Assert.IsType<MountAnswer>(await look.AskOf(_host.Machine, CancellationToken.None));
    }
}
