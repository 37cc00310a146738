using System.Net;
using FlaskDeploy.Agent.Machine.Looks.Facts;
using FlaskDeploy.Agent.Runs;
using FlaskDeploy.Language.Values;

namespace FlaskDeploy.Agent.Tests.Looks;

public sealed class FactTests : IDisposable
{
    private readonly string _root = Directory.CreateTempSubdirectory("facts-").FullName;
    private readonly FactBook _facts = new();

    private KernelFiles Files => new(_root);

    [Fact]
    public void Counts_processors_as_Ansible_does()
    {
        // Two packages of two cores with two threads each.
        With("/proc/cpuinfo", string.Join('\n', Enumerable.Range(0, 8).Select(thread =>
            $"processor\t: {thread}\nvendor_id\t: GenuineIntel\nmodel name\t: Xeon\nphysical id\t: {thread / 4}\nsiblings\t: 4\ncore id\t\t: {thread % 2}\ncpu cores\t: 2\n")));

        ProcessorFacts.Add(_facts, Files);

        Assert.Equal("2 2 2 8 8", Shown("processor_count", "processor_cores", "processor_threads_per_core", "processor_vcpus", "processor_nproc"));
        Assert.StartsWith("['0', 'GenuineIntel', 'Xeon', '1'", Shown("processor"));
    }

    [Fact]
    public void What_is_used_of_memory_is_told_and_is_no_evidence()
    {
        With("/proc/meminfo", "MemTotal:  2048000 kB\nMemFree:  1024000 kB\nBuffers: 0 kB\nCached:  512000 kB\nSwapTotal: 1024 kB\nSwapFree: 0 kB\nSwapCached: 0 kB\n");
        With("/proc/loadavg", "0.50 1.25 2.00 1/234 567\n");
        With("/proc/uptime", "3600.12 7000.00\n");
        MemoryFacts.Add(_facts, Files);

        Assert.Equal("2000 1000 1 0 3600", Shown("memtotal_mb", "memfree_mb", "swaptotal_mb", "swapfree_mb", "uptime_seconds"));
        Assert.Equal("{'real': {'total': 2000, 'used': 1000, 'free': 1000}, 'nocache': {'free': 1500, 'used': 500}, 'swap': {'total': 1, 'free': 0, 'used': 1, 'cached': 0}}", Shown("memory_mb"));
        Assert.Equal("{'1m': 0.5, '5m': 1.25, '15m': 2}", Shown("loadavg"));
        Assert.Equal("memtotal_mb=2000\nswaptotal_mb=1", _facts.Answer.Fingerprint());
    }

    [Fact]
    public void Reads_how_the_kernel_was_started()
    {
        With("/proc/cmdline", "BOOT_IMAGE=/vmlinuz ro console=tty0 console=ttyS0,115200 opt=\"a b\"\n");

        KernelFacts.Add(_facts, Files);

        Assert.Equal("{'BOOT_IMAGE': '/vmlinuz', 'ro': True, 'console': 'ttyS0,115200', 'opt': 'a b'}", Shown("cmdline"));
        Assert.Equal("['tty0', 'ttyS0,115200']", ((MapValue)Of("proc_cmdline"))["console"]!.ToRepr());
    }

    [Fact]
    public void Tells_block_devices_with_their_partitions()
    {
        With("/sys/block/sda/size", "4194304\n");
        With("/sys/block/sda/removable", "0\n");
        With("/sys/block/sda/queue/scheduler", "none [mq-deadline] kyber\n");
        With("/sys/block/sda/queue/logical_block_size", "512\n");
        With("/sys/block/sda/device/model", "Virtual disk\n");
        With("/sys/block/sda/sda1/size", "2097152\n");
        With("/sys/block/sda/sda1/start", "2048\n");
        With("/sys/block/sda/sda1/holders/dm-0", "");
        With("/sys/block/dm-0/dm/name", "root\n");
        Directory.CreateDirectory(_root + "/dev/disk/by-uuid");
        File.CreateSymbolicLink(_root + "/dev/disk/by-uuid/12-ab", "../../sda1");

        DeviceFacts.Add(_facts, Files);

        var disk = (MapValue)((MapValue)Of("devices"))["sda"]!;
        Assert.Equal("2.00 GB mq-deadline Virtual disk 4194304", $"{disk["size"]} {disk["scheduler_mode"]} {disk["model"]} {disk["sectors"]}");
        var partition = (MapValue)((MapValue)disk["partitions"]!)["sda1"]!;
        Assert.Equal("1.00 GB 2048 12-ab ['root']", $"{partition["size"]} {partition["start"]} {partition["uuid"]} {partition["holders"]!.ToRepr()}");
        Assert.Equal("{'sda1': ['12-ab']}", ((MapValue)Of("device_links"))["uuids"]!.ToRepr());
    }

    [Fact]
    public void Tells_what_is_mounted_of_devices_and_other_machines()
    {
        const string table = "proc /proc proc rw 0 0\n/dev/sda1 / ext4 rw,relatime 0 0\n/dev/sdb1 /srv/a\\040b xfs ro 0 0\nfiles:/export /mnt/nfs nfs4 rw 0 0\ntmpfs /run tmpfs rw 0 0\n";

        Assert.Equal(["/dev/sda1 on / ext4", "/dev/sdb1 on /srv/a b xfs", "files:/export on /mnt/nfs nfs4"], MountFacts.Parse(table).Select(mount => $"{mount.Device} on {mount.Path} {mount.Type}"));
    }

    [Fact]
    public void Tells_interfaces_and_the_ways_out()
    {
        With("/sys/class/net/lo/address", "00:00:00:00:00:00\n");
        With("/sys/class/net/lo/type", "772\n");
        With("/sys/class/net/eth-0.7/address", "02:00:00:00:00:01\n");
        With("/sys/class/net/eth-0.7/type", "1\n");
        With("/sys/class/net/eth-0.7/mtu", "1400\n");
        With("/sys/class/net/eth-0.7/operstate", "up\n");
        With("/sys/class/net/eth-0.7/flags", "0x1103\n");
        With("/proc/net/route", "Iface\tDestination\tGateway\tFlags\tRefCnt\tUse\tMetric\tMask\tMTU\tWindow\tIRTT\neth-0.7\t00000000\t010200C0\t0003\t0\t0\t0\t00000000\t0\t0\t0\n");
        With("/proc/net/ipv6_route", $"{new string('0', 32)} 00 {new string('0', 32)} 00 fd000000000000000000000000000001 00000400 00000001 00000000 00000003 eth-0.7\n");

        NetworkFacts.Add(_facts, Files,
        [
            new("eth-0.7", IPAddress.Parse("192.0.2.2"), 24), new("eth-0.7", IPAddress.Parse("198.51.100.9"), 32), new("eth-0.7", IPAddress.Parse("fd00::2"), 64), new("lo", IPAddress.Loopback, 8),
        ]);

        var device = (MapValue)Of("eth_0.7");
        Assert.Equal("eth-0.7 02:00:00:00:00:01 1400 True ether True", string.Join(' ', ((string[])["device", "macaddress", "mtu", "active", "type", "promisc"]).Select(key => device[key])));
        Assert.Equal("{'address': '192.0.2.2', 'broadcast': '192.0.2.255', 'netmask': '255.255.255.0', 'network': '192.0.2.0', 'prefix': '24'}", device["ipv4"]!.ToRepr());
        Assert.Equal("[{'address': '198.51.100.9', 'broadcast': '', 'netmask': '255.255.255.255', 'network': '198.51.100.9', 'prefix': '32'}]", device["ipv4_secondaries"]!.ToRepr());
        var four = (MapValue)Of("default_ipv4");
        Assert.Equal("eth-0.7 192.0.2.1 192.0.2.2 02:00:00:00:00:01 1400", string.Join(' ', ((string[])["interface", "gateway", "address", "macaddress", "mtu"]).Select(key => four[key])));
        Assert.Equal("fd00::1 fd00::2 global", string.Join(' ', ((string[])["gateway", "address", "scope"]).Select(key => ((MapValue)Of("default_ipv6"))[key])));
        Assert.Equal("['192.0.2.2', '198.51.100.9'] ['eth-0.7', 'lo'] loopback", $"{Shown("all_ipv4_addresses", "interfaces")} {((MapValue)Of("lo"))["type"]}");
    }

    [Theory]
    [InlineData("ID=debian\nVERSION_ID=\"12\"\nVERSION_CODENAME=bookworm\n", "/etc/debian_version", "12.11", "Debian 12.11 12 11 apt")]
    [InlineData("ID=\"centos\"\nVERSION_ID=\"8\"\n", "/etc/centos-release", "CentOS Linux release 8.5.2111", "CentOS 8.5 8 5 dnf")]
    public void A_host_lives_by_the_package_manager_of_its_family(string release, string file, string text, string expected)
    {
        With("/etc/os-release", release);
        With(file, text);
        With("/usr/bin/apt-get", "");
        With("/usr/bin/dnf", "");

        DistributionFacts.Add(_facts, Files);

        Assert.Equal(expected, Shown("distribution", "distribution_version", "distribution_major_version", "distribution_minor_version", "pkg_mgr"));
    }

    [Fact]
    public void The_firmware_says_what_the_machine_is_or_nothing()
    {
        With("/sys/class/dmi/id/sys_vendor", "Dell Inc.\n");
        With("/sys/class/dmi/id/chassis_type", "23\n");

        FirmwareFacts.Add(_facts, Files);

        Assert.Equal("Dell Inc. Rack Mount Chassis NA", Shown("system_vendor", "form_factor", "product_serial"));
    }

    [Theory]
    [InlineData(0, "0.00 Bytes")]
    [InlineData(1536, "1.50 KB")]
    [InlineData(274877906944, "256.00 GB")]
    public void A_size_is_written_as_Ansible_writes_it(double bytes, string expected) => Assert.Equal(expected, DeviceFacts.Human(bytes));

    public void Dispose() => Directory.Delete(_root, recursive: true);

    private void With(string path, string text)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(_root + path)!);
        File.WriteAllText(_root + path, text);
    }

    private Value Of(string name) => ((MapValue)HostFacts.From(_facts.Answer, MapValue.Empty).Single(fact => fact.Key == "ansible_facts").Value)[name]!;

    private string Shown(params string[] names) => string.Join(' ', names.Select(name => Of(name) is MapValue or ListValue ? Of(name).ToRepr() : Of(name).ToString()));
}
