using FlaskDeploy.Agent.Machine.Files;
using FlaskDeploy.Agent.Machine.Native;
using FlaskDeploy.Agent.Machine.Packages;

namespace FlaskDeploy.Agent.Machine.Looks;

/// <summary>
/// The one place that says what stands for a look: the stats that move whenever its answer could. Seen by the agent
/// itself, whoever the look is for: no process, no worker, no file opened that somebody else waits for.
/// </summary>
/// <remarks>
/// What stats do not tell is left to the full look: content written through a mapping that was dirty before, a file
/// system whose server has another clock, a directory behind a link that somebody else may no longer go through.
/// </remarks>
internal sealed class CheapLooks(PythonLooks python, TimeProvider time)
{
    /// <summary>Where the policy of SELinux keeps what a place's default context is.</summary>
    private const string Contexts = "/etc/selinux/*/contexts/files/file_contexts*";

    /// <summary>One text per question, in one pass. Null: nothing cheap stands for it, or it moved so short a while ago that it is not settled.</summary>
    public IReadOnlyList<string?> Movements(IReadOnlyList<Look> looks, Account account, TaskEnvironment environment)
    {
        var trail = new StatTrail(time.GetUtcNow());
        var movements = new string?[looks.Count];
        for (var i = 0; i < movements.Length; i++)
        {
            movements[i] = Movement(looks[i], trail, account, environment);
        }
        return movements;
    }

    private string? Movement(Look look, StatTrail trail, Account account, TaskEnvironment environment)
    {
        trail.Begin(account);
        try
        {
            return Follow(look, trail, environment) ? trail.End() : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // The look itself will say why.
            return null;
        }
    }

    private bool Follow(Look look, StatTrail trail, TaskEnvironment environment) => look switch
    {
        StatLook stat => Stat(stat, trail),
        ContentLook content => Content(content.Path, trail),
        HashLook hash => Content(hash.Path, trail),
        PackageFileLook file => Content(file.Path, trail),
        ReadLook read => Content(read.Path, trail),
        DirectoryLook directory => trail.AddWhole(directory.Path) is null or { Kind: not PathKind.Directory } || IsTold(directory.Path),
        GlobLook glob => Paths(glob.Pattern, trail),
        PackagesLook packages => Rpm(packages.Root, trail),
        RpmKeysLook => Rpm(null, trail),
        FirewallLook => Firewall(trail),
        PythonPackagesLook packages => python.Follow(packages.Python, environment, trail),
        ProgramLook program => Program(program, environment, trail),
        SecurityContextLook context => Context(context.Path, trail),
        ToolLook tool => Tool(tool, trail),
        // Asked of the kernel, of memory or of another process: there is no cheaper question.
        _ => false,
    };

    // All that its fingerprint holds: a directory's times move with every entry, and are nobody's business here.
    private static bool Stat(StatLook look, StatTrail trail)
    {
        trail.AddWay(look.Path);
        trail.Add(PathLooks.Stat(look.Path, look.FollowLinks, look.WithTimes, look.WithFlags).Fingerprint());
        return true;
    }

    private static bool Content(string path, StatTrail trail) => trail.AddWhole(path) is not { Kind: PathKind.File } || IsTold(path);

    // What the kernel makes up when it is read has no times of its own.
    private static bool IsTold(string path) => !Libc.IsMadeUp(path);

    private static bool Paths(string pattern, StatTrail trail)
    {
        trail.AddWay(pattern);
        foreach (var path in Glob.Find(pattern))
        {
            trail.AddWay(path);
            trail.Add(path);
        }
        return true;
    }

    // The database is never opened: a reader's snapshot holds up a transaction. Its index of shared memory and an empty log
    // are made by whoever reads it, and are no movement.
    private static bool Rpm(string? root, StatTrail trail)
    {
        var isSeen = false;
        foreach (var directory in InstallRoot.DatabaseDirectories.Select(path => root + path))
        {
            foreach (var name in InstallRoot.DatabaseFiles)
            {
                isSeen |= trail.AddWhole($"{directory}/{name}") is not null;
            }
            var log = $"{directory}/rpmdb.sqlite-wal";
            if (Libc.Status(log, followLinks: true) is { Size: > 0 })
            {
                trail.AddWhole(log);
            }
        }
        trail.AddIdentity("/usr/bin/rpm");
        return isSeen;
    }

    // What it keeps is in these files, and whether it was started since by its control group, which systemd makes anew. What
    // somebody tells the process alone is in its memory: the full look finds it.
    private static bool Firewall(StatTrail trail)
    {
        foreach (var path in (string[])["/etc/firewalld/firewalld.conf", .. Glob.Find("/etc/firewalld/*/*.xml")])
        {
            trail.AddWhole(path);
        }
        foreach (var path in (string[])["/etc/firewalld", "/etc/firewalld/zones", "/usr/bin/firewall-cmd", "/sys/fs/cgroup/system.slice/firewalld.service", "/sys/fs/cgroup/systemd/system.slice/firewalld.service"])
        {
            trail.AddIdentity(path);
        }
        return true;
    }

    // Every place where it could be, also behind the first one: what root may execute another user may not.
    private static bool Program(ProgramLook look, TaskEnvironment environment, StatTrail trail)
    {
        foreach (var path in PathLooks.Candidates(look.Names, environment.Path))
        {
            trail.AddIdentity(path);
        }
        return true;
    }

    private static bool Tool(ToolLook look, StatTrail trail)
    {
        foreach (var path in look.Paths)
        {
            trail.AddWhole(path);
        }
        return look.Paths.Length + look.Below.Length > 0 && look.Below.All(trail.AddBelow);
    }

    private static bool Context(string path, StatTrail trail)
    {
        if (SecurityContext.IsOn)
        {
            trail.AddWay(path);
            trail.Add(SecurityContext.Of(path) ?? "");
            foreach (var rules in Glob.Find(Contexts))
            {
                trail.AddWhole(rules);
            }
        }
        return true;
    }
}
