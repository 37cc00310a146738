using System.Collections.Immutable;
using System.Globalization;
using FlaskDeploy.Agent.Machine.Looks;

namespace FlaskDeploy.Agent.Machine;

/// <summary>
/// Users and groups: from /etc/passwd and /etc/group, kept until these move; what is not there (LDAP, SSSD) is asked of
/// getent(1), because the agent itself is static and loads no plug-ins.
/// </summary>
internal sealed class Accounts(string directory = "/etc")
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(10);
    private readonly Lock _lock = new();
    private (string Movement, ImmutableArray<string[]> Users, ImmutableArray<string[]> Groups)? _files;

    /// <summary>By name, or by number; null: there is no such user.</summary>
    public async ValueTask<Account?> Find(string user, CancellationToken cancellation)
    {
        var (users, groups) = Files();
        var entry = Match(users, user, 7) ?? await GetEntry("passwd", user, 7, cancellation);
        if (entry is null)
        {
            return null;
        }
        var account = new Account(entry[0], Number(entry[2]), Number(entry[3]), entry[5], entry[6] is { Length: > 0 } shell ? shell : "/bin/sh") { Gecos = entry[4] };
        var local = groups.Where(group => group.Length > 3 && group[3].Split(',').Contains(account.Name)).Select(group => Number(group[2]));
        // Somebody whom only getent knows may be in groups that only it knows.
        var all = Match(users, user, 7) is null ? await AllGroups(account.Name, cancellation) : [];
        return account with { Groups = [.. all.Concat(local).Append(account.Gid).Distinct().Order()] };
    }

    public async ValueTask<GroupAnswer> FindGroup(string group, CancellationToken cancellation) =>
        (Match(Files().Groups, group, 3) ?? await GetEntry("group", group, 3, cancellation)) is { } entry
            ? new GroupAnswer(entry[0], Number(entry[2]))
            : new GroupAnswer(null, 0);

    private (ImmutableArray<string[]> Users, ImmutableArray<string[]> Groups) Files()
    {
        var (passwd, group) = ($"{directory}/passwd", $"{directory}/group");
        var movement = $"{PathLooks.Stat(passwd, followLinks: true).Movement} {PathLooks.Stat(group, followLinks: true).Movement}";
        lock (_lock)
        {
            if (_files is not { } files || files.Movement != movement)
            {
                _files = files = (movement, Entries(passwd), Entries(group));
            }
            return (files.Users, files.Groups);
        }
    }

    private static ImmutableArray<string[]> Entries(string path) => File.Exists(path)
        ? [.. File.ReadLines(path).Where(line => line.Length > 0 && line[0] != '#').Select(line => line.Split(':'))]
        : [];

    // A name made of digits wins over the number, as in chown(1).
    private static string[]? Match(ImmutableArray<string[]> entries, string asked, int fields) =>
        entries.FirstOrDefault(entry => entry.Length >= fields && entry[0] == asked)
        ?? entries.FirstOrDefault(entry => entry.Length >= fields && entry[2] == asked);

    private static async ValueTask<string[]?> GetEntry(string database, string asked, int fields, CancellationToken cancellation)
    {
        var result = await BoundedTool.Run("getent", [database, asked], Deadline, cancellation);
        return result.Succeeded && result.Output.TrimEnd('\n').Split(':') is { } entry && entry.Length >= fields ? entry : null;
    }

    private static async ValueTask<IEnumerable<uint>> AllGroups(string name, CancellationToken cancellation)
    {
        var result = await BoundedTool.Run("id", ["-G", name], Deadline, cancellation);
        return result.Succeeded ? result.Output.Split([' ', '\n'], StringSplitOptions.RemoveEmptyEntries).Select(Number).ToList() : [];
    }

    private static uint Number(string text) => uint.Parse(text, NumberStyles.None, CultureInfo.InvariantCulture);
}
