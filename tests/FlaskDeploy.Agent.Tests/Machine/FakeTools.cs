using System.Collections.Immutable;
using System.Text;
using FlaskDeploy.Agent.Machine;
using FlaskDeploy.Agent.Machine.Keys;
using FlaskDeploy.Agent.Machine.Looks;
using FlaskDeploy.Agent.Modules.Alternatives;

namespace FlaskDeploy.Agent.Tests.Machine;

/// <summary>The small tools of a system, with what they change kept where the real ones keep it: /proc, /sys, files of their own.</summary>
internal sealed class FakeTools(FakeMachine machine)
{
    private const string MountInfo = "/proc/self/mountinfo";
    private const string LocalTime = "/etc/localtime";

    /// <summary>What firewalld has ("now public port=80/tcp") and keeps ("kept public port=80/tcp").</summary>
    public HashSet<string> Firewall { get; } = new(StringComparer.Ordinal);

    public bool FirewallRuns { get; set; }

    public HashSet<string> Zones { get; } = new(StringComparer.Ordinal) { "public", "dmz" };

    /// <summary>The keys that rpm trusts.</summary>
    public List<OpenPgpKey> Keys { get; } = [];

    public MountAnswer Mounts(string path) => MountLooks.Parse(Read(MountInfo), path);

    public FirewallAnswer Ask(FirewallLook look) => !look.Permanent && !FirewallRuns ? new FirewallAnswer(false, Runs: false)
        : look.Question == FirewallQuestion.Zone ? new FirewallAnswer(Zones.Contains(look.Query), FirewallRuns)
        : !Zones.Contains(look.Zone) ? new FirewallAnswer(false, FirewallRuns) { Problem = $"INVALID_ZONE: {look.Zone}" }
        : new FirewallAnswer(Firewall.Contains($"{(look.Permanent ? "kept" : "now")} {look.Zone} {(look.Question == FirewallQuestion.Target ? "target=" : "")}{look.Query}"), FirewallRuns);

    /// <summary>Null: none of them.</summary>
    public CommandResult? Run(string[] arguments, byte[]? input) => arguments switch
    {
        ["mount", "-t", var kind, "-o", var options, var source, var path] => Mount(kind, options, source, path),
        ["mount", "-o", ..] => Done(),
        ["/bin/sh", "-c", var script, "mount", _] when script.StartsWith("mount -o remount", StringComparison.Ordinal) => Done(),
        ["umount", var path] => Unmount(path),
        ["rmdir", var path] => Removed(path),
        ["sysctl", .., "-w", var setting] => Set(setting),
        ["sysctl", .., "-p", var file] => Load(file),
        [_, "set-timezone", var zone] => Link($"../usr/share/zoneinfo/{zone}"),
        [_, "set-local-rtc", var isLocal] => Clock(isLocal == "yes"),
        ["hwclock", "--systohc", var option] => Clock(option == "--localtime"),
        [_, "--install", var link, var name, var path, var priority, .. var followers] => Install(link, name, path, priority, followers),
        [_, "--set", var name, var path] => Choose(name, path, isAuto: false),
        [_, "--auto", var name] => Choose(name, Best(name), isAuto: true),
        [_, "--remove", var name, var path] => Forget(name, path),
        ["setsebool", .. var options, var name, var value] => Switch(options.Contains("-P"), name, value),
        ["setenforce", var value] => Write("/sys/fs/selinux/enforce", value),
        ["rpm", "--import", "/dev/stdin"] => Import(input!),
        ["rpm", "--erase", "--allmatches", var package] => Erase(package),
        ["firewall-cmd", "--permanent", .. var rest] => Change("kept", rest),
        ["firewall-offline-cmd", .. var rest] => Change("kept", rest),
        ["firewall-cmd", .. var rest] => Change("now", rest),
        _ => null,
    };

    private CommandResult Mount(string kind, string options, string source, string path) =>
        Write(MountInfo, $"{Read(MountInfo)}40 28 0:31 {(options.Split(',').Contains("bind") ? source : "/")} {path.Replace(" ", "\\040", StringComparison.Ordinal)} {options} shared:1 - {kind} {source} rw\n");

    private CommandResult Unmount(string path)
    {
        var lines = Read(MountInfo).Split('\n', StringSplitOptions.RemoveEmptyEntries).ToList();
        lines.RemoveAt(lines.FindLastIndex(line => MountLooks.Parse(line, path).Top is not null));
        return Write(MountInfo, string.Concat(lines.Select(line => line + "\n")));
    }

    private CommandResult Removed(string path)
    {
        machine.Files.Remove(path);
        return Done();
    }

    private CommandResult Set(string setting)
    {
        var (name, value) = (setting.Split('=')[0], setting[(setting.IndexOf('=') + 1)..]);
        return Write($"/proc/sys/{name.Replace('.', '/')}", value + "\n");
    }

    private CommandResult Load(string file)
    {
        foreach (var line in Read(file).Split('\n').Where(line => line.Contains('=') && machine.Files.Read($"/proc/sys/{line.Split('=')[0].Replace('.', '/')}") is not null))
        {
            Set(line);
        }
        return Done();
    }

    private CommandResult Link(string target)
    {
        machine.Files.Link(LocalTime, target, hard: false, force: true);
        return Done();
    }

    private CommandResult Clock(bool isLocal) => Write("/etc/adjtime", $"0.0 0 0.0\n0\n{(isLocal ? "LOCAL" : "UTC")}\n");

    private CommandResult Install(string link, string name, string path, string priority, string[] followers)
    {
        var group = Group(name) ?? new AlternativesGroup(true, link, [], []);
        var pairs = followers.Chunk(4).ToList();
        var program = new Alternative(path, long.Parse(priority), pairs.ToImmutableSortedDictionary(pair => pair[2], pair => pair[3]));
        Save(name, group with
        {
            Link = link,
            Followers = [.. group.Followers.Concat(pairs.Select(pair => KeyValuePair.Create(pair[2], pair[1]))).DistinctBy(pair => pair.Key)],
            Programs = [.. group.Programs.Where(other => other.Path != path), program],
        });
        return group.IsAuto ? Choose(name, Best(name), isAuto: true) : Done();
    }

    private CommandResult Choose(string name, string path, bool isAuto)
    {
        Save(name, Group(name)! with { IsAuto = isAuto });
        machine.Files.Link($"/etc/alternatives/{name}", path, hard: false, force: true);
        return Done();
    }

    private CommandResult Forget(string name, string path)
    {
        Save(name, Group(name)! with { Programs = Group(name)!.Programs.RemoveAll(program => program.Path == path) });
        return Done();
    }

    private string Best(string name) => Group(name)!.Programs.MaxBy(program => program.Priority)!.Path;

    private AlternativesGroup? Group(string name) => AlternativesGroup.Parse(Read(FileOf(name)));

    private void Save(string name, AlternativesGroup group) => Write(FileOf(name), string.Join('\n', (string[])
    [
        group.IsAuto ? "auto" : "manual",
        group.Link,
        .. group.Followers.SelectMany(follower => (string[])[follower.Key, follower.Value]),
        "",
        .. group.Programs.SelectMany(program => (string[])[program.Path, $"{program.Priority}", .. group.Followers.Select(follower => program.Followers.GetValueOrDefault(follower.Key, ""))]),
        "",
    ]));

    private static string FileOf(string name) => $"/var/lib/alternatives/{name}";

    private CommandResult Switch(bool isKept, string name, string value)
    {
        if (isKept)
        {
            Write("/var/lib/selinux/targeted/active/booleans.local", $"{name}={value}\n");
        }
        return machine.Files.Read($"/sys/fs/selinux/booleans/{name}") is null ? Done() : Write($"/sys/fs/selinux/booleans/{name}", $"{value} {value}");
    }

    private CommandResult Import(byte[] bytes)
    {
        Keys.AddRange(OpenPgpKeys.In(bytes).Where(key => !Keys.Contains(key)));
        return Done();
    }

    private CommandResult Erase(string package)
    {
        Keys.RemoveAll(key => key.Package == package);
        return Done();
    }

    private CommandResult Change(string when, string[] arguments)
    {
        var words = arguments.Where(argument => !argument.StartsWith("--timeout", StringComparison.Ordinal)).ToList();
        var zone = words[0].Split('=', 2)[1];
        if (words[0].StartsWith("--new-zone", StringComparison.Ordinal))
        {
            Zones.Add(zone);
        }
        else if (words[0].StartsWith("--delete-zone", StringComparison.Ordinal))
        {
            Zones.Remove(zone);
        }
        else if (words[1].StartsWith("--set-target=", StringComparison.Ordinal))
        {
            Firewall.RemoveWhere(line => line.StartsWith($"{when} {zone} target=", StringComparison.Ordinal));
            Firewall.Add($"{when} {zone} target={words[1]["--set-target=".Length..]}");
        }
        else if (words[1].StartsWith("--remove-", StringComparison.Ordinal))
        {
            Firewall.Remove($"{when} {zone} {words[1]["--remove-".Length..]}");
        }
        else
        {
            Firewall.Add($"{when} {zone} {words[1][(words[1].StartsWith("--add-", StringComparison.Ordinal) ? "--add-" : "--change-").Length..]}");
        }
        return Done();
    }

    private string Read(string path) => machine.Files.Read(path) is { } bytes ? Encoding.UTF8.GetString(bytes) : "";

    private CommandResult Write(string path, string text)
    {
        machine.WithFile(path, text);
        return Done();
    }

    private CommandResult Done() => new(0, "", "", machine.Clock.GetUtcNow(), TimeSpan.FromMilliseconds(3));
}
