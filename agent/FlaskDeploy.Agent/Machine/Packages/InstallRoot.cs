using System.Collections.Immutable;
using FlaskDeploy.Agent.Machine.Native;

namespace FlaskDeploy.Agent.Machine.Packages;

/// <summary>
/// Another root that packages are installed into (<c>installroot</c>): its rpm database, and what rpm, dnf and yum are told
/// of it. Null is this machine.
/// </summary>
internal static class InstallRoot
{
    // Newer distributions have it in /usr/lib/sysimage/rpm, with a link from the old place or without.
    public static readonly ImmutableArray<string> DatabaseDirectories = ["/var/lib/rpm", "/usr/lib/sysimage/rpm"];
    public static readonly ImmutableArray<string> DatabaseFiles = ["rpmdb.sqlite", "Packages", "Packages.db"];

    // Ansible's dnf reads this machine's configuration and repositories also where the root has some of its own, and takes
    // this machine's release; the command line would prefer the root's, which in an empty one is none.
    private const string Configuration = "--config=/etc/dnf/dnf.conf";
    private const string Repositories = "--setopt=reposdir=/etc/yum.repos.d,/etc/yum/repos.d,/etc/distro.repos.d";
    private const string Release = "--releasever=/";

    /// <summary>Of dnf and yum; what <paramref name="given"/> says already is left to it.</summary>
    public static ImmutableArray<string> Options(string? root, ImmutableArray<string> given, bool yum)
    {
        if (root is null)
        {
            return [];
        }
        bool IsOpen(string option) => !given.Any(other => other.StartsWith(option[..(option.IndexOf('=', StringComparison.Ordinal) + 1)], StringComparison.Ordinal));
        return yum ? [$"--installroot={root}"] : [$"--installroot={root}", Repositories, .. ((string[])[Configuration, Release]).Where(IsOpen)];
    }

    /// <summary>Of rpm(8).</summary>
    public static ImmutableArray<string> OfRpm(string? root) => root is null ? [] : [$"--root={root}"];

    /// <summary>Where there is none, nothing is installed, and rpm is not asked: it would make one.</summary>
    public static bool HasDatabase(string root) =>
        DatabaseDirectories.Any(directory => DatabaseFiles.Any(file => Libc.Status($"{root}{directory}/{file}", followLinks: true) is not null));
}
