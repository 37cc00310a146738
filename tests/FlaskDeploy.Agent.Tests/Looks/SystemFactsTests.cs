using FlaskDeploy.Agent.Machine.Looks;
using FlaskDeploy.Agent.Machine.Looks.Facts;

namespace FlaskDeploy.Agent.Tests.Looks;

public sealed class SystemFactsTests
{
    [Theory]
    [InlineData("centos", "rhel fedora", "RedHat")]
    [InlineData("almalinux", "rhel centos fedora", "RedHat")]
    [InlineData("debian", "", "Debian")]
    [InlineData("unheard-of", "rhel", "RedHat")]
    public void Knows_the_family(string id, string like, string family) => Assert.Equal(family, SystemFacts.FamilyOf(id, like));

    [Theory]
    [InlineData("docker", "QEMU", "", "docker")]
    [InlineData(null, "DigitalOcean", "Droplet", "kvm")]
    [InlineData(null, "innotek GmbH", "VirtualBox", "virtualbox")]
    [InlineData(null, "Dell Inc.", "PowerEdge R640", null)]
    public void Knows_what_it_runs_in(string? container, string vendor, string product, string? expected) =>
        Assert.Equal(expected, VirtualFacts.Of(container, vendor, product, hypervisor: false));

    [Fact]
    public async Task Two_looks_see_the_same()
    {
        var first = await SystemFacts.Look(new SystemPython(), TestContext.Current.CancellationToken);
        var second = await SystemFacts.Look(new SystemPython(), TestContext.Current.CancellationToken);

        Assert.Equal(first.Fingerprint(), second.Fingerprint());
        Assert.Equal("Linux", first.Facts["system"]);
        Assert.All((string[])["hostname", "fqdn", "kernel", "os_family", "distribution", "distribution_major_version", "memtotal_mb", "processor_vcpus", "interfaces"], name => Assert.NotEmpty(first.Facts[name]));
    }
}
