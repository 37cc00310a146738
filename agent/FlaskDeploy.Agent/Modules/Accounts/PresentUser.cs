using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using FlaskDeploy.Agent.Machine;

namespace FlaskDeploy.Agent.Modules.Accounts;

/// <summary>
/// A user as passwd(5), group(5) and shadow(5) have it. The files are looked at whole: as evidence nothing stays of them
/// but a digest, so no hash of a password is ever told.
/// </summary>
/// <param name="Groups">Names of the supplementary groups.</param>
/// <param name="Shadow">The fields of /etc/shadow; empty where it may not be read or the user is not in it.</param>
internal sealed record PresentUser(string Name, uint Uid, uint Gid, string? Comment, string Home, string Shell, ImmutableArray<string> Groups, ImmutableArray<string> Shadow)
{
    private const int MostBytes = 4 * 1024 * 1024;
    private const int PasswordField = 1;
    private const int ExpiryField = 7;

    /// <summary>Not of /etc/passwd but of a directory service: what the tools of this machine cannot change.</summary>
    public bool IsForeign { get; init; }

    /// <summary>The hash, with a <c>!</c> before it while it is locked; null: not known.</summary>
    public string? Password => ShadowField(PasswordField);

    /// <summary>Days after 1970 on which the account ends; empty: never.</summary>
    public string? Expires => ShadowField(ExpiryField);

    public string? ShadowField(int at) => Shadow.Length > at ? Shadow[at] : null;

    /// <summary>Null: there is no such user.</summary>
    internal static async ValueTask<PresentUser?> Find(string name, ModuleContext context, CancellationToken cancellation)
    {
        var entry = Entries(await Read("/etc/passwd", context, cancellation)).FirstOrDefault(fields => fields.Length >= 7 && fields[0] == name);
        if (entry is null)
        {
            return (await context.View.Ask(new AccountLook(name), cancellation)).Account is { } account && account.Name == name
                ? new PresentUser(name, account.Uid, account.Gid, null, account.Home, account.Shell, [], []) { IsForeign = true }
                : null;
        }
        var gid = uint.Parse(entry[3], NumberStyles.None, CultureInfo.InvariantCulture);
        var groups = Entries(await Read("/etc/group", context, cancellation)).Where(fields => fields.Length >= 4 && fields[3].Split(',').Contains(name) && fields[2] != entry[3]).Select(fields => fields[0]);
        var shadow = context.As.IsRoot ? Entries(await Read("/etc/shadow", context, cancellation)).FirstOrDefault(fields => fields[0] == name) : null;
        return new PresentUser(name, uint.Parse(entry[2], NumberStyles.None, CultureInfo.InvariantCulture), gid, entry[4], entry[5], entry[6], [.. groups.Order(StringComparer.Ordinal)], [.. shadow ?? []]);
    }

    private static async ValueTask<string> Read(string path, ModuleContext context, CancellationToken cancellation) =>
        Encoding.UTF8.GetString((await context.View.Ask(new ReadLook(path, MostBytes), cancellation)).Bytes ?? []);

    private static IEnumerable<string[]> Entries(string text) => text.Split('\n').Where(line => line.Length > 0 && line[0] != '#').Select(line => line.Split(':'));
}
