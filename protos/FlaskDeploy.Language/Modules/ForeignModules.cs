using System.Collections.Frozen;

namespace FlaskDeploy.Language.Modules;

/// <summary>
/// Modules of systems that this agent does not run on. Roles for several systems name them behind a condition; there they
/// are taken, and a host on which such a task came to run would fail it.
/// </summary>
public static class ForeignModules
{
    private static readonly FrozenSet<string> Names = new[]
    {
        "apt", "apt_key", "apt_repository", "apt_rpm", "deb822_repository", "debconf", "dpkg_selections", "ufw", "snap",
        "zypper", "zypper_repository", "pacman", "apk", "homebrew", "homebrew_cask", "homebrew_tap", "macports", "pkgng", "openbsd_pkg",
        "pkgin", "portage", "opkg", "svr4pkg", "pkg5", "swdepot", "slackpkg", "xbps", "urpmi", "swupd", "installp",
        "win_command", "win_shell", "win_copy", "win_file", "win_template", "win_package", "win_service", "win_feature", "win_chocolatey", "win_reboot", "win_regedit", "win_user",
    }.ToFrozenSet(StringComparer.Ordinal);

    public static bool Contains(string name) => Names.Contains(ShortName(name)) && name.Count(c => c == '.') is 0 or 2;

    public static string ShortName(string name) => name[(name.LastIndexOf('.') + 1)..];
}
