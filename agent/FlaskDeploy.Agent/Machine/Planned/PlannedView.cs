using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text;
using FlaskDeploy.Language.Bundles;

namespace FlaskDeploy.Agent.Machine.Planned;

/// <summary>The machine as the tasks of a check would have left it. What no task would change is asked of the machine.</summary>
internal sealed class PlannedView(PlannedEffects effects, Account account, IMachineView machine) : IMachineView
{
    private static readonly ImmutableArray<string> UnitDirectories = ["/etc/systemd/system", "/run/systemd/system", "/usr/local/lib/systemd/system", "/usr/lib/systemd/system", "/lib/systemd/system"];

    public Account As => account;

    public TaskEnvironment Environment => machine.Environment;

    public async ValueTask<TAnswer> Ask<TAnswer>(Look<TAnswer> look, CancellationToken cancellation)
        where TAnswer : Answer
    {
        if (effects.IsEmpty)
        {
            return await machine.Ask(look, cancellation);
        }
        return (TAnswer?)await Planned(look, cancellation) ?? await machine.Ask(look, cancellation);
    }

    // Null: the machine is to be asked just so.
    private async ValueTask<Answer?> Planned(Look look, CancellationToken cancellation)
    {
        switch (look)
        {
            case StatLook stat:
                return effects.Find(stat.Path, stat.FollowLinks) switch
                {
                    (_, _, { } found) => found.Stat,
                    var (_, now, _) when now != stat.Path => await machine.Ask(stat with { Path = now }, cancellation),
                    _ => null,
                };
            case ContentLook content:
                return await Content(content.Path, cancellation) is { } held
                    ? new ContentAnswer(held.Digest, held.Content.Length > 0 ? held.Content.Length : held.Size)
                    : IsAbsent(content.Path) ? new ContentAnswer(null, 0) : await Moved(content.Path, path => content with { Path = path }, cancellation);
            case HashLook hash:
                return await Bytes(hash.Path, cancellation) is { } hashed
                    ? new HashAnswer(Convert.ToHexStringLower(Hashed(hash.Algorithm, hashed)))
                    : IsAbsent(hash.Path) ? new HashAnswer(null) : await Moved(hash.Path, path => hash with { Path = path }, cancellation);
            case ReadLook { Path: "/etc/passwd" or "/etc/group" } accounts:
                return await Accounts(accounts, cancellation);
            case ReadLook read:
                return await Bytes(read.Path, cancellation) is { } bytes
                    ? bytes.Length > read.Limit ? throw new LookFailedException(read, $"it would be longer than {read.Limit} bytes") : new ReadAnswer(bytes)
                    : IsAbsent(read.Path) ? new ReadAnswer((byte[]?)null) : await Moved(read.Path, path => read with { Path = path }, cancellation);
            case DirectoryLook directory:
                return await Entries(directory, cancellation);
            case GlobLook glob:
                return await Paths(glob, cancellation);
            case PythonPackagesLook { Python: { } python } when python.StartsWith('/'):
                return effects.Find(python, follow: true).Planned is { } environment
                    ? environment.IsOpaque ? throw new NotKnownYetException(python, environment.By) : environment.IsUntouched ? null : new PythonPackagesAnswer(false, ImmutableSortedDictionary<string, string>.Empty)
                    : null;
            case ProgramLook { Names: var names }:
                return names.Where(name => name.StartsWith('/')).FirstOrDefault(name => effects.Find(name, follow: true).Planned is { IsUntouched: false, Stat.Kind: PathKind.File }) is { } program ? new PathsAnswer([program]) : null;
            case SecurityContextLook { Path: var path }:
                return effects.Find(path, follow: false).Planned is { IsUntouched: false } ? new SecurityContextAnswer(null, null) : null;
            case PackageFileLook file:
                return Untouched(file.Path);
            case ToolLook tool:
                return Asks(tool);
            case AccountLook user:
                return effects.User(user.User) is { } planned ? new AccountAnswer(planned) : null;
            case GroupLook group:
                return effects.Group(group.Group) is { } known ? new GroupAnswer(known.Name, known.Gid) : null;
            case NameServiceLook { Key: { } key } service when effects.User(key) is not null || effects.Group(key) is not null:
                throw new NotKnownYetException(service.Subject, "an earlier task");
            case UnitLook { IsUsers: false } unit:
                return await Unit(unit, cancellation);
            default:
                return null;
        }
    }

    private static byte[] Hashed(string algorithm, byte[] bytes) => algorithm switch
    {
        "md5" => MD5.HashData(bytes),
        "sha1" => SHA1.HashData(bytes),
        "sha384" => SHA384.HashData(bytes),
        "sha512" => SHA512.HashData(bytes),
        _ => SHA256.HashData(bytes),
    };

    private static string? PathIn(string argument) =>
        argument.StartsWith('/') ? argument : argument.StartsWith('-') && argument.IndexOf("=/", StringComparison.Ordinal) is >= 0 and var at ? argument[(at + 1)..] : null;

    private bool IsAbsent(string path) => effects.Find(path, follow: true).Planned is { IsUntouched: false, Stat.Kind: not PathKind.File };

    // A tool sees the machine as it is.
    private Answer? Asks(ToolLook tool)
    {
        foreach (var path in tool.Arguments.Concat(tool.Paths).Select(PathIn).OfType<string>())
        {
            Untouched(path);
        }
        return (tool.Directory is { } directory ? tool.Below.Add(directory) : tool.Below).Select(AllUntouched).LastOrDefault();
    }

    private Answer? Untouched(string path) =>
        effects.Find(path, follow: true).Planned is { IsUntouched: false } planned ? throw new NotKnownYetException(path, planned.By) : null;

    private Answer? AllUntouched(string directory) =>
        effects.Below(directory).Select(pair => pair.Value).FirstOrDefault() is { } planned ? throw new NotKnownYetException($"what is in {directory}", planned.By) : Untouched(directory);

    // A link or a skeleton may lead elsewhere.
    private async ValueTask<Answer?> Moved<TAnswer>(string path, Func<string, Look<TAnswer>> anew, CancellationToken cancellation)
        where TAnswer : Answer =>
        effects.Find(path, follow: true).Now is var there && there != path ? await machine.Ask(anew(there), cancellation) : null;

    private async ValueTask<(Digest Digest, byte[] Content, long Size)?> Content(string path, CancellationToken cancellation)
    {
        if (effects.Find(path, follow: true).Planned is not { Stat.Kind: PathKind.File, IsUntouched: false } planned)
        {
            return null;
        }
        return planned.Content is { } content ? (content.Digest, content.Inline ?? [], content.Size)
            : throw new NotKnownYetException($"what {path} holds", planned.By);
    }

    private async ValueTask<byte[]?> Bytes(string path, CancellationToken cancellation)
    {
        if (effects.Find(path, follow: true).Planned is not { Stat.Kind: PathKind.File, IsUntouched: false } planned)
        {
            return null;
        }
        var bytes = planned.Content switch
        {
            { Inline: { } inline } => inline,
            { Path: { } source } => (await Ask(new ReadLook(source, (int)Math.Min(int.MaxValue, planned.Stat.Size)), cancellation)).Bytes,
            { } content => effects.Blob(content.Digest),
            null => null,
        };
        return bytes ?? throw new NotKnownYetException($"what {path} holds", planned.By);
    }

    // What shadow-utils would have added.
    private async ValueTask<Answer?> Accounts(ReadLook look, CancellationToken cancellation)
    {
        if (!effects.Users.Any() && !effects.Groups.Any())
        {
            return null;
        }
        var lines = Encoding.UTF8.GetString((await machine.Ask(look, cancellation)).Bytes ?? []).Split('\n', StringSplitOptions.RemoveEmptyEntries).ToList();
        if (look.Path == "/etc/passwd")
        {
            lines.AddRange(effects.Users.Select(user => $"{user.Account.Name}:x:{user.Account.Uid}:{user.Account.Gid}:{user.Account.Gecos}:{user.Account.Home}:{user.Account.Shell}"));
        }
        else
        {
            lines.AddRange(effects.Groups.Select(group => $"{group.Name}:x:{group.Gid}:"));
            lines = [.. lines.Select(line => effects.Users.Where(user => user.Groups.Contains(line.Split(':')[0])).Aggregate(line, (whole, user) => whole.EndsWith(':') ? whole + user.Account.Name : $"{whole},{user.Account.Name}"))];
        }
        return new ReadAnswer(Encoding.UTF8.GetBytes(string.Join('\n', lines) + "\n"));
    }

    private async ValueTask<Answer?> Entries(DirectoryLook look, CancellationToken cancellation)
    {
        var (path, now, planned) = effects.Find(look.Path, follow: true);
        if (planned is { IsOpaque: true })
        {
            throw new NotKnownYetException($"what is in {look.Path}", planned.By);
        }
        var added = effects.Below(path).Where(pair => pair.Key.LastIndexOf('/') == (path == "/" ? 0 : path.Length)).ToList();
        if (planned is null && added.Count == 0)
        {
            return now == look.Path ? null : await machine.Ask(look with { Path = now }, cancellation);
        }
        if (planned is { Stat.Kind: not PathKind.Directory })
        {
            return new DirectoryAnswer(false, []);
        }
        var isKept = planned is null or { IsUntouched: true };
        var there = isKept || planned!.Skeleton is not null ? (await machine.Ask(look with { Path = isKept ? now : planned!.Skeleton! }, cancellation)).Entries : [];
        var names = added.Select(pair => new DirectoryEntry(pair.Key[(pair.Key.LastIndexOf('/') + 1)..], pair.Value.Stat.Kind)).ToList();
        return new DirectoryAnswer(true,
            [.. there.Where(entry => !names.Exists(name => name.Name == entry.Name)).Concat(names.Where(name => name.Kind != PathKind.Absent)).OrderBy(entry => entry.Name, StringComparer.Ordinal)]);
    }

    private async ValueTask<Answer?> Paths(GlobLook look, CancellationToken cancellation)
    {
        var wild = look.Pattern.AsSpan().IndexOfAny("*?[");
        if (wild < 0)
        {
            return effects.Find(look.Pattern, follow: true) switch
            {
                (_, _, { } planned) => new PathsAnswer(planned.Stat.Exists ? [look.Pattern] : []),
                var (_, now, _) when now != look.Pattern => new PathsAnswer((await machine.Ask(new StatLook(now, FollowLinks: true), cancellation)).Exists ? [look.Pattern] : []),
                _ => null,
            };
        }
        var directory = look.Pattern[..Math.Max(1, look.Pattern.AsSpan(0, wild).LastIndexOf('/'))];
        return AllUntouched(directory);
    }

    private async ValueTask<Answer?> Unit(UnitLook look, CancellationToken cancellation)
    {
        if (effects.Unit(look.Name) is { } planned)
        {
            return planned;
        }
        var present = await machine.Ask(look, cancellation);
        return present.LoadState == "not-found" && UnitDirectories.Any(directory => effects.Find($"{directory}/{look.Name}", follow: true).Planned is { IsUntouched: false, Stat.Kind: PathKind.File })
            ? present with { LoadState = "loaded", ActiveState = "inactive", SubState = "dead", EnabledState = "disabled" }
            : present;
    }
}
