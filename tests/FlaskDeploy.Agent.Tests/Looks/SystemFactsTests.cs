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
    public async Task What_is_read_of_the_systems_Python_is_what_it_says_of_itself()
    {
        const string python = "/usr/bin/python3";

        Assert.Equal(await SystemPython.Ask(python, TestContext.Current.CancellationToken), PythonBinary.Read(python));
    }

    [Theory]
    [InlineData("x\03.6.8\0y", "3.6.8")]
    [InlineData("\03.6.\0\03.6.15+\0", "3.6.15+")]
    [InlineData("\03.6.0rc2\0", "3.6.0rc2")]
    [InlineData("\03.6.8 is old\0", "")]
    [InlineData("\03.6.8", "")]
    [InlineData("\03.6.8\0\03.6.9\0", "3.6.8 3.6.9")]
    [InlineData("13.6.8\0", "")]
    public void A_version_is_read_where_it_stands_by_itself(string bytes, string expected) =>
        Assert.Equal(expected, string.Join(' ', PythonBinary.In(System.Text.Encoding.ASCII.GetBytes(bytes), "3.6").Select(match => match.Value)));

    [Theory]
    [InlineData("/bin/sh")]
    [InlineData("/no/such/python3.9")]
    public void What_is_no_interpreter_of_a_known_kind_has_to_be_asked(string path) => Assert.Null(PythonBinary.Read(path));

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
