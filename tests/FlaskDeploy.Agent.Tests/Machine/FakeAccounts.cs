using System.Text;
using FlaskDeploy.Agent.Machine;

namespace FlaskDeploy.Agent.Tests.Machine;

/// <summary>/etc/passwd, /etc/group and /etc/shadow of the fake machine, and the tools of shadow-utils that change them.</summary>
internal sealed class FakeAccounts(FakeMachine machine)
{
    private const string Passwd = "/etc/passwd";
    private const string Group = "/etc/group";
    private const string Shadow = "/etc/shadow";
    private const uint FirstNumber = 1001;
    private const uint LastOfSystem = 999;

    public Account? Find(string user) => Entry(Passwd, user, 7) is { } entry
        ? new Account(entry[0], uint.Parse(entry[2]), uint.Parse(entry[3]), entry[5], entry[6])
        {
            Groups = [.. Lines(Group).Where(group => group[3].Split(',').Contains(entry[0])).Select(group => uint.Parse(group[2])).Append(uint.Parse(entry[3])).Order()],
        }
        : null;

    public GroupAnswer FindGroup(string group) => Entry(Group, group, 4) is { } entry ? new GroupAnswer(entry[0], uint.Parse(entry[2])) : new GroupAnswer(null, 0);

    /// <summary>Null: no tool for accounts.</summary>
    public CommandResult? Run(IReadOnlyList<string> arguments, byte[]? input)
    {
        var options = new Options(arguments);
        try
        {
            return arguments[0] switch
            {
                "groupadd" => AddGroup(options.Name, options["-g"], options.Has("-r")),
                "groupmod" => Modify(Group, options.Name, group => group[2] = options["-g"] ?? group[2]),
                "groupdel" => Delete(Group, options.Name),
                "useradd" => AddUser(options),
                "usermod" => ModifyUser(options),
                "userdel" => DeleteUser(options),
                "chage" => Modify(Shadow, options.Name, shadow => Age(shadow, options)),
                "chpasswd" => SetPassword(Encoding.UTF8.GetString(input!).TrimEnd('\n').Split(':', 2)),
                "getent" => Entry(arguments[1] == "group" ? Group : Passwd, arguments[2], 3) is { } entry ? Done(string.Join(':', entry) + "\n") : Refused(2, ""),
                "runuser" => AsUser([.. arguments.Skip(4)]),
                "hostname" or "/usr/bin/hostnamectl" => Rename(options),
                _ => null,
            };
        }
        catch (KeyNotFoundException e)
        {
            return Refused(6, $"{arguments[0]}: {e.Message}");
        }
    }

    private CommandResult AsUser(string[] arguments)
    {
        switch (arguments)
        {
            case ["ssh-keygen", "-l", ..]:
                return Done("256 SHA256:abc ann (ED25519)\n");
            case ["ssh-keygen", "-q", "-t", var kind, .. var size, "-N", _, "-f", var file]:
                var comment = size[^1];
                machine.WithFile(file, "private", 0x180).WithFile($"{file}.pub", $"ssh-{kind} AAAA {comment}\n");
                return Done();
            case ["cat", _, var file]:
                return Done(machine.Files.Text(file) ?? "");
            default:
                return Done();
        }
    }

    private CommandResult Rename(Options options)
    {
        machine.WithFile(options.Has("--static") ? "/etc/hostname" : "/proc/sys/kernel/hostname", $"{options.Name}\n");
        return Done();
    }

    private CommandResult AddGroup(string name, string? gid, bool isSystem)
    {
        if (Lines(Group).Exists(line => line[0] == name))
        {
            return Refused(9, $"groupadd: group '{name}' already exists");
        }
        Append(Group, [name, "x", gid ?? Next(Group, isSystem), ""]);
        return Done();
    }

    private CommandResult AddUser(Options options)
    {
        var name = options.Name;
        if (Lines(Passwd).Exists(line => line[0] == name))
        {
            return Refused(9, $"useradd: user '{name}' already exists");
        }
        var uid = options["-u"] ?? Next(Passwd, options.Has("-r"));
        if (options["-g"] is null && !options.Has("-N"))
        {
            AddGroup(name, uid, isSystem: false);
        }
        var gid = Entry(Group, options["-g"] ?? (options.Has("-N") ? "users" : name), 4)?[2] ?? "100";
        var home = options["-d"] ?? $"/home/{name}";
        Append(Passwd, [name, "x", uid, gid, options["-c"] ?? "", home, options["-s"] ?? "/bin/bash"]);
        Append(Shadow, [name, "!!", "19000", "0", "99999", "7", "", Days(options["-e"]), ""]);
        SetGroups(name, options["-G"], append: true);
        if (options.Has("-m"))
        {
            machine.Files.MakeDirectory(home, new PathAttributes { Mode = 0x1C0, Uid = uint.Parse(uid), Gid = uint.Parse(gid) });
        }
        return Done();
    }

    private CommandResult ModifyUser(Options options)
    {
        var name = options.Name;
        Modify(Passwd, name, user =>
        {
            user[2] = options["-u"] ?? user[2];
            user[3] = options["-g"] is { } group ? Entry(Group, group, 4)?[2] ?? throw new KeyNotFoundException($"group '{group}' does not exist") : user[3];
            user[4] = options["-c"] ?? user[4];
            if (options["-d"] is { } home)
            {
                if (options.Has("-m") && machine.Files.Stat(user[5], followLinks: true).Exists)
                {
                    machine.Files.Remove(user[5]);
                    machine.Files.MakeDirectory(home, new PathAttributes { Mode = 0x1C0, Uid = uint.Parse(user[2]), Gid = uint.Parse(user[3]) });
                }
                user[5] = home;
            }
            user[6] = options["-s"] ?? user[6];
        });
        if (options["-G"] is { } groups)
        {
            SetGroups(name, groups, options.Has("-a"));
        }
        return Modify(Shadow, name, shadow =>
        {
            shadow[7] = options["-e"] is { } expires ? Days(expires) : shadow[7];
            shadow[1] = options.Has("-L") ? $"!{shadow[1]}" : options.Has("-U") ? shadow[1].TrimStart('!') : shadow[1];
        });
    }

    private CommandResult DeleteUser(Options options)
    {
        if (options.Has("-r") && Entry(Passwd, options.Name, 7) is { } user)
        {
            machine.Files.Remove(user[5]);
        }
        SetGroups(options.Name, "", append: false);
        Delete(Shadow, options.Name);
        return Delete(Passwd, options.Name);
    }

    private CommandResult SetPassword(string[] pair) => Modify(Shadow, pair[0], shadow => shadow[1] = pair[1]);

    private static void Age(string[] shadow, Options options)
    {
        foreach (var (option, at) in ((string, int)[])[("-m", 3), ("-M", 4), ("-W", 5), ("-I", 6)])
        {
            shadow[at] = options[option] ?? shadow[at];
        }
    }

    private static string Days(string? date) => date is null or "" ? "" : $"{(DateTime.Parse(date, System.Globalization.CultureInfo.InvariantCulture) - DateTime.UnixEpoch).Days}";

    private void SetGroups(string user, string? groups, bool append)
    {
        var wanted = (groups ?? "").Split(',', StringSplitOptions.RemoveEmptyEntries);
        if (wanted.FirstOrDefault(group => Entry(Group, group, 4) is null) is { } missing)
        {
            throw new KeyNotFoundException($"group '{missing}' does not exist");
        }
        Write(Group, Lines(Group).Select(group =>
        {
            var members = group[3].Split(',', StringSplitOptions.RemoveEmptyEntries).ToList();
            var isWanted = wanted.Contains(group[0]) || append && members.Contains(user);
            members.Remove(user);
            return (string[])[group[0], group[1], group[2], string.Join(',', isWanted ? members.Append(user) : members)];
        }));
    }

    private CommandResult Modify(string file, string name, Action<string[]> change)
    {
        var lines = Lines(file);
        change(lines.Find(line => line[0] == name) ?? throw new KeyNotFoundException($"'{name}' does not exist"));
        Write(file, lines);
        return Done();
    }

    private CommandResult Delete(string file, string name)
    {
        Write(file, Lines(file).Where(line => line[0] != name));
        return Done();
    }

    private void Append(string file, string[] entry) => Write(file, Lines(file).Append(entry));

    private string[]? Entry(string file, string asked, int fields)
    {
        var lines = Lines(file).Where(line => line.Length >= fields).ToList();
        return lines.Find(line => line[0] == asked) ?? lines.Find(line => line[2] == asked);
    }

    private string Next(string file, bool isSystem) => isSystem
        ? $"{Lines(file).Select(line => uint.Parse(line[2])).Where(number => number <= LastOfSystem && number > 0).Append(LastOfSystem + 1).Min() - 1}"
        : $"{Lines(file).Select(line => uint.Parse(line[2])).Append(FirstNumber - 1).Max() + 1}";

    private List<string[]> Lines(string file) => [.. (machine.Files.Text(file) ?? "").Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => line.Split(':'))];

    private void Write(string file, IEnumerable<string[]> lines) =>
        machine.Files.Write(file, Encoding.UTF8.GetBytes(string.Concat(lines.Select(line => $"{string.Join(':', line)}\n"))), PathAttributes.Unchanged);

    private CommandResult Done(string output = "") => new(0, output, "", machine.Clock.GetUtcNow(), TimeSpan.FromMilliseconds(3));

    private CommandResult Refused(int code, string error) => new(code, "", error, machine.Clock.GetUtcNow(), TimeSpan.FromMilliseconds(3));

    private sealed class Options(IReadOnlyList<string> arguments)
    {
        public string Name => arguments[^1];

        public string? this[string option] => arguments.ToList().IndexOf(option) is var at and >= 0 ? arguments[at + 1] : null;

        public bool Has(string option) => arguments.Contains(option);
    }
}
