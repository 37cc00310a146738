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
    public async Task The_systems_Python_is_started_again_only_when_its_file_is_another()
    {
        var directory = Directory.CreateTempSubdirectory("python").FullName;
        try
        {
            var memory = Path.Combine(directory, "state", "system-python");
            var version = await Version(memory);
            var kept = await File.ReadAllLinesAsync(memory, TestContext.Current.CancellationToken);

            await File.WriteAllTextAsync(memory, $"{kept[0]}\ncpython True 9 8 7 final 0", TestContext.Current.CancellationToken);
            Assert.Equal("9.8.7", await Version(memory));

            await File.WriteAllTextAsync(memory, $"{kept[0]}1\ncpython True 9 8 7 final 0", TestContext.Current.CancellationToken);
            Assert.Equal(version, await Version(memory));

            await File.WriteAllTextAsync(memory, "garbage", TestContext.Current.CancellationToken);
            Assert.Equal(version, await Version(memory));
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }

        static async Task<string> Version(string memory)
        {
            var facts = new FactBook();
            await new SystemPython(memory).Add(facts, TestContext.Current.CancellationToken);
            return facts.Answer.Facts["python_version"];
        }
    }

    [Fact]
    public async Task Two_looks_see_the_same()
    {
        var first = await SystemFacts.Look(new SystemPython(memory: null), TestContext.Current.CancellationToken);
        var second = await SystemFacts.Look(new SystemPython(memory: null), TestContext.Current.CancellationToken);

        Assert.Equal(first.Fingerprint(), second.Fingerprint());
        Assert.Equal("Linux", first.Facts["system"]);
        Assert.All((string[])["hostname", "fqdn", "kernel", "os_family", "distribution", "distribution_major_version", "memtotal_mb", "processor_vcpus", "interfaces"], name => Assert.NotEmpty(first.Facts[name]));
    }
}
