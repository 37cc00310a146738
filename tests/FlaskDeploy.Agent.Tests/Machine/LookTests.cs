using System.Net;
using System.Net.Sockets;
using FlaskDeploy.Agent.Machine;
using FlaskDeploy.Agent.Machine.Looks;
using FlaskDeploy.Agent.Machine.Processes;

namespace FlaskDeploy.Agent.Tests.Machine;

public sealed class LookTests : IAsyncDisposable
{
    private readonly RealMachine _machine = new();

    public ValueTask DisposeAsync() => _machine.DisposeAsync();

    [Theory]
    [InlineData("*.py", "hello.py", true)]
    [InlineData("*.py", ".hidden.py", false)]
    [InlineData(".*", ".hidden", true)]
    [InlineData("h?llo", "hello", true)]
    [InlineData("[a-c]x", "bx", true)]
    [InlineData("[!a-c]x", "bx", false)]
    [InlineData("[]]", "]", true)]
    [InlineData("[a", "[a", true)]
    [InlineData("a*b*c", "aXbYbZc", true)]
    [InlineData("a*b*c", "aXbYbZ", false)]
    [InlineData("\\*", "*", true)]
    [InlineData("\\*", "x", false)]
    public void Matches_as_glob_does(string pattern, string name, bool matches) => Assert.Equal(matches, Glob.Matches(pattern, name));

    [Fact]
    public void A_pattern_with_many_stars_ends()
    {
        var pattern = string.Concat(Enumerable.Repeat("a*", 40)) + "b";

        Assert.False(Glob.Matches(pattern, new string('a', 200)));
    }

    [Fact]
    public async Task A_listener_is_found_with_its_process()
    {
        using var socket = new TcpListener(IPAddress.Loopback, 0);
        socket.Start();
        var port = ((IPEndPoint)socket.LocalEndpoint).Port;

        var listener = Assert.Single((await _machine.Ask(new ListenersLook(port))).Listeners);

        Assert.Equal(("127.0.0.1", Environment.ProcessId), (listener.Address, listener.Pid));
        Assert.Equal(ProcessTable.StartTime(Environment.ProcessId), listener.StartTime);
        Assert.True((await _machine.Ask(new ConnectLook("127.0.0.1", port, TimeSpan.FromSeconds(1)))).Connected);
        socket.Stop();
        Assert.Empty((await _machine.Ask(new ListenersLook(port))).Listeners);
        Assert.False((await _machine.Ask(new ConnectLook("127.0.0.1", port, TimeSpan.FromSeconds(1)))).Connected);
    }

    [Fact]
    public void The_kernel_and_its_text_agree_on_who_listens()
    {
        using var socket = new TcpListener(IPAddress.IPv6Loopback, 0);
        socket.Start();
        var port = ((IPEndPoint)socket.LocalEndpoint).Port;

        var ofText = Assert.Single(ProcNet.Listening(), listening => listening.Port == port);

        Assert.Equal(new ListeningSocket("::1", port, ofText.Uid, ofText.Inode), ofText);
        Assert.Contains(ofText, SocketDiagnosis.Listening() ?? [ofText]);
    }

    [Fact]
    public async Task A_process_is_known_by_its_start_and_its_words()
    {
        var own = await _machine.Ask(new ProcessLook(Environment.ProcessId));

        Assert.True(own.Runs);
        Assert.Equal(ProcessTable.StartTime(Environment.ProcessId), own.StartTime);
        Assert.Contains("FlaskDeploy", own.Command);
    }

    [Fact]
    public async Task Root_is_known_by_name_and_by_number()
    {
        var byName = (await _machine.Ask(new AccountLook("root"))).Account;
        var byNumber = (await _machine.Ask(new AccountLook("0"))).Account;

        Assert.Equal((0u, "/root"), (byName!.Uid, byName.Home));
        Assert.Equal("root", byNumber!.Name);
        Assert.Equal("root", (await _machine.Ask(new GroupLook("0"))).Name);
    }

    [Fact]
    public async Task A_file_that_says_it_is_empty_is_read_whole_and_to_its_limit_only()
    {
        var bytes = (await _machine.Ask(new ReadLook("/proc/cpuinfo", 16 * 1024 * 1024))).Bytes!;
        Assert.True(bytes.Length > 0);
        await Assert.ThrowsAsync<LookFailedException>(async () => await _machine.Ask(new ReadLook("/etc/passwd", 16)));
        Assert.True((await _machine.Ask(new ReadLook("/proc/self/maps", 16 * 1024 * 1024))).Bytes!.Length > 8192);
    }

    [Fact]
    public async Task The_name_service_is_asked_for_an_entry_and_says_where_there_is_none()
    {
        Assert.StartsWith("root:", (await _machine.Ask(new NameServiceLook("passwd", "root", "files"))).Output, StringComparison.Ordinal);
        Assert.Equal(2, (await _machine.Ask(new NameServiceLook("passwd", "no-such-user", null))).ExitCode);
        // A key is never taken for an option.
        Assert.Equal(2, (await _machine.Ask(new NameServiceLook("passwd", "--help", null))).ExitCode);
    }

    [Fact]
    public async Task Supplementary_groups_come_from_the_file()
    {
        File.WriteAllText(_machine.At("passwd"), "web:x:1000:1000::/home/web:/bin/bash\n");
        File.WriteAllText(_machine.At("group"), "web:x:1000:\nwheel:x:10:adm,web\nother:x:11:webber\n");

        var account = await new Accounts(_machine.Directory).Find("web", default);

        Assert.Equal([10u, 1000u], account!.Groups);
    }

    [Fact]
    public async Task The_first_program_on_the_path_is_found()
    {
        Assert.EndsWith("/sh", Assert.Single((await _machine.Ask(new ProgramLook(["no-such-program", "sh"]))).Paths), StringComparison.Ordinal);
        Assert.Empty((await _machine.Ask(new ProgramLook(["no-such-program"]))).Paths);
    }

    [Fact]
    public async Task Packages_of_an_environment_are_read_from_their_metadata()
    {
        var site = Directory.CreateDirectory(_machine.At("venv/lib/python2.7/site-packages"));
        Directory.CreateDirectory(_machine.At("venv/bin"));
        File.WriteAllText(_machine.At("venv/bin/activate"), "");
        File.WriteAllText(_machine.At("venv/bin/python"), "");
        Metadata("Flask_Login-0.6.dist-info/METADATA", "Metadata-Version: 2.1\nName: Flask.Login\nVersion: 0.6\n\nName: not this\n");
        Metadata("old-1.0.egg-info", "Metadata-Version: 1.0\nName: old\nVersion: 1.0\n");
        Metadata("egg.egg/EGG-INFO/PKG-INFO", "Name: egg\nVersion: 2\n");

        foreach (var asked in (string[])["venv", "venv/bin/python", "venv/bin/pip"])
        {
            var answer = await _machine.Ask(new PythonPackagesLook(_machine.At(asked)));
            Assert.True(answer.Exists);
            Assert.Equal("egg=2 flask-login=0.6 old=1.0", answer.Fingerprint());
        }
        Assert.False((await _machine.Ask(new PythonPackagesLook(_machine.At("other")))).Exists);

        void Metadata(string name, string text)
        {
            Directory.CreateDirectory(Path.GetDirectoryName(Path.Combine(site.FullName, name))!);
            File.WriteAllText(Path.Combine(site.FullName, name), text);
        }
    }

    [Fact]
    public void Rpms_answers_are_told_apart_by_the_divider()
    {
        const string output = """
            lsof	0	4.87	6.el7	x86_64
            package flaskdeploy-divider is not installed
            package nothing is not installed
            package flaskdeploy-divider is not installed
            kernel	0	3.10.0	1.el7	x86_64
            kernel	0	3.10.0	2.el7	x86_64
            package flaskdeploy-divider is not installed
            """;

        var packages = RpmLooks.ParseDivided(["lsof", "nothing", "kernel"], output).ToList();

        Assert.Equal(["lsof", "kernel", "kernel"], packages.Select(package => package.AskedAs));
        Assert.Equal("lsof-4.87-6.el7.x86_64", packages[0].ToString());
    }

    [Fact]
    public void A_unit_is_what_systemctl_shows()
    {
        var unit = UnitLooks.Parse("LoadState=loaded\nActiveState=active\nSubState=running\nUnitFileState=enabled\nMainPID=42\nNeedDaemonReload=yes\n");

        Assert.Equal(new UnitAnswer("loaded", "active", "running", "enabled") { MainPid = 42, NeedsReload = true }, unit);
        Assert.Equal("not-found inactive dead ", UnitLooks.Parse("LoadState=not-found\nActiveState=inactive\nSubState=dead\nUnitFileState=\n").Fingerprint());
    }

    [Fact]
    public async Task The_system_says_what_playbooks_ask_for()
    {
        var facts = (await _machine.Ask(new SystemLook())).Facts;

        Assert.All((string[])["os_family", "distribution", "distribution_major_version", "hostname", "fqdn", "kernel", "architecture", "memtotal_mb", "processor_vcpus", "selinux.status"], name => Assert.NotEmpty(facts[name]));
    }

    [Theory]
    [InlineData("centos", "rhel fedora", "RedHat")]
    [InlineData("debian", "", "Debian")]
    [InlineData("unheard-of", "rhel centos", "RedHat")]
    public void The_family_is_what_it_is_like(string id, string like, string family) => Assert.Equal(family, SystemFacts.FamilyOf(id, like));

    [Theory]
    [InlineData("~/hello", "/home/web/hello")]
    [InlineData("~", "/home/web")]
    [InlineData("~db/x", "/srv/db/x")]
    [InlineData("~nobody-here/x", "~nobody-here/x")]
    [InlineData("$HOME/x", "/home/web/x")]
    [InlineData("${APP}/x", "/srv/app/x")]
    [InlineData("$UNSET/x", "$UNSET/x")]
    [InlineData("/a~b", "/a~b")]
    public void Expands_homes_and_variables(string path, string expanded)
    {
        var account = FakeMachine.Web;
        var environment = TaskEnvironment.For(account).With([KeyValuePair.Create("APP", "/srv/app")]);

        Assert.Equal(expanded, PathExpansion.Expand(path, account, environment, user => user == "db" ? "/srv/db" : null));
    }
}
