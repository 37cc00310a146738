using System.Collections.Immutable;
using FlaskDeploy.Language.Values;

namespace FlaskDeploy.Language.Modules.Arguments;

public enum PackageState
{
    Present,
    Latest,
    Absent,
}

/// <summary>What <c>yum</c>, <c>dnf</c> and <c>package</c> are asked for; on the host, whichever of dnf and yum is there does it.</summary>
public sealed record PackageRequest
{
    /// <summary>Names, globs, <c>@groups</c>, paths and addresses of RPM files, pinned versions.</summary>
    public ImmutableArray<string> Names { get; init; } = [];

    /// <summary>The task names packages, and its list came to nothing.</summary>
    public bool IsEmptyList { get; init; }

    public PackageState State { get; init; }

    public ImmutableArray<string> EnableRepositories { get; init; } = [];

    public ImmutableArray<string> DisableRepositories { get; init; } = [];

    public ImmutableArray<string> Exclude { get; init; } = [];

    public bool RefreshMetadata { get; init; }

    public bool AllowDowngrade { get; init; }

    /// <summary>Updates what is installed and installs nothing new.</summary>
    public bool UpdateOnly { get; init; }

    /// <summary>Removes what only the removed packages needed.</summary>
    public bool Autoremove { get; init; }

    /// <summary>Packages are fetched and not installed.</summary>
    public bool DownloadOnly { get; init; }

    /// <summary>What is to be listed instead of anything being installed: installed, available, updates, repos, or a name.</summary>
    public string? List { get; init; }

    /// <summary>Another root, as it is written; null: this machine.</summary>
    public string? InstallRoot { get; init; }

    /// <summary>Only some updates count: which ones they are, only the package manager tells.</summary>
    public bool HasFilter { get; init; }

    public TimeSpan LockTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Options for the package manager's command line that follow from the other arguments: <c>--security</c>.</summary>
    public ImmutableArray<string> Options { get; init; } = [];

    /// <summary>Those of <see cref="Options"/> that say where packages are looked for and how.</summary>
    public ImmutableArray<string> RepositoryOptions => [.. Options.Where(option => LookingOptions.Any(name => option.StartsWith(name, StringComparison.Ordinal)))];

    private static readonly ImmutableArray<string> LookingOptions =
        ["--releasever=", "--config=", "--cacheonly", "--setopt=sslverify=", "--disableexcludes=", "--enableplugin=", "--disableplugin="];

    internal static ImmutableArray<ArgumentSpec> Arguments { get; } =
    [
        new("name", ArgumentType.List, "packages: names, globs, name-version, @group, paths or addresses of RPM files; '*' with state=latest is everything") { Aliases = ["pkg"] },
        new("state", ArgumentType.Text, "installed at all, in the newest version, or not installed") { Choices = ["absent", "installed", "latest", "present", "removed"] },
        new("enablerepo", ArgumentType.List, "repositories that are used for this although they are off"),
        new("disablerepo", ArgumentType.List, "repositories that are not used for this"),
        new("exclude", ArgumentType.List, "packages that are left as they are"),
        CommonArguments.Flag("update_cache", "fetch the repositories' metadata again first") with { Aliases = ["expire-cache"] },
        CommonArguments.Flag("disable_gpg_check", "install packages whose signature is missing or unknown"),
        CommonArguments.Flag("security", "with state=latest: only updates that are marked as security fixes"),
        CommonArguments.Flag("bugfix", "with state=latest: only updates that are marked as bug fixes"),
        new("lock_timeout", ArgumentType.Integer, "seconds to wait for another package manager") { Default = Value.Of(30) },
        CommonArguments.Flag("allow_downgrade", "a pinned version may be older than the installed one"),
        CommonArguments.Flag("allowerasing", "remove what conflicts"),
        CommonArguments.Flag("autoremove", "remove what only the removed packages needed"),
        CommonArguments.Flag("update_only", "with state=latest: install nothing that is not installed"),
        CommonArguments.Flag("skip_broken", "leave out what cannot be installed"),
        CommonArguments.Flag("nobest", "take an older version where the newest cannot be installed"),
        new("best", ArgumentType.Boolean, "insist on the newest version"),
        new("install_weak_deps", ArgumentType.Boolean, "install what packages merely recommend"),
        new("releasever", ArgumentType.Text, "the release whose packages are taken"),
        new("conf_file", ArgumentType.Path, "configuration file of the package manager"),
        new("disable_excludes", ArgumentType.Text, "excludes of the configuration that do not count: all, main or a repository"),
        new("enable_plugin", ArgumentType.List, "plug-ins that are used for this"),
        new("disable_plugin", ArgumentType.List, "plug-ins that are not used for this"),
        CommonArguments.Flag("cacheonly", "use the metadata that is there"),
        new("sslverify", ArgumentType.Boolean, "check the certificates of repositories"),
        new("list", ArgumentType.Text, "instead of installing: tell what is installed, available, updates or repos, or all about a package of this name"),
        CommonArguments.Flag("download_only", "fetch packages without installing them; a reconvergence does not fetch"),
        new("download_dir", ArgumentType.Path, "where packages are fetched to with download_only"),
        new("installroot", ArgumentType.Path, "another root, whose rpm database is looked at and changed; repositories, configuration and, with dnf, the release are this machine's") { Default = Value.Of("/") },
        CommonArguments.Ignored("validate_certs", ArgumentType.Boolean, "check certificates when fetching RPM files", "the package manager fetches them and follows sslverify"),
        CommonArguments.Ignored("install_repoquery", ArgumentType.Boolean, "install repoquery", "repoquery is not used"),
        CommonArguments.Ignored("use_backend", ArgumentType.Text, "dnf or yum", "whichever of dnf and yum the host has is used"),
        CommonArguments.Ignored("use", ArgumentType.Text, "the package manager", "whichever of dnf and yum the host has is used"),
    ];

    internal static ImmutableArray<ImmutableArray<string>> OneOf { get; } = [["name", "list", "update_cache", "autoremove"]];

    internal static ImmutableArray<ImmutableArray<string>> Exclusive { get; } = [["name", "list"]];

    internal static PackageRequest From(BoundArguments arguments)
    {
        var options = ImmutableArray.CreateBuilder<string>();
        void When(bool condition, string option)
        {
            if (condition)
            {
                options.Add(option);
            }
        }
        When(arguments.IsSet("disable_gpg_check"), "--nogpgcheck");
        When(arguments.IsSet("security"), "--security");
        When(arguments.IsSet("bugfix"), "--bugfix");
        When(arguments.IsSet("download_only"), "--downloadonly");
        // Without it dnf's next transaction removes what this one has fetched, from download_dir too.
        When(arguments.IsSet("download_only"), "--setopt=keepcache=1");
        When(arguments.IsSet("download_only") && arguments.Has("download_dir"), $"--downloaddir={arguments.Text("download_dir")}");
        When(arguments.IsSet("allowerasing"), "--allowerasing");
        When(arguments.IsSet("skip_broken"), "--skip-broken");
        When(arguments.IsSet("nobest") || arguments.Flag("best") == false, "--nobest");
        When(arguments.Flag("best") == true, "--best");
        When(arguments.IsSet("cacheonly"), "--cacheonly");
        When(arguments.Flag("install_weak_deps") is not null, $"--setopt=install_weak_deps={arguments.IsSet("install_weak_deps")}");
        When(arguments.Flag("sslverify") is not null, $"--setopt=sslverify={arguments.IsSet("sslverify")}");
        When(arguments.Has("releasever"), $"--releasever={arguments.Text("releasever")}");
        When(arguments.Has("conf_file"), $"--config={arguments.Text("conf_file")}");
        When(arguments.Has("disable_excludes"), $"--disableexcludes={arguments.Text("disable_excludes")}");
        options.AddRange(arguments.Texts("enable_plugin").Select(name => $"--enableplugin={name}"));
        options.AddRange(arguments.Texts("disable_plugin").Select(name => $"--disableplugin={name}"));
        return new PackageRequest
        {
            IsEmptyList = arguments.Get("name") is not null && arguments.Texts("name").All(string.IsNullOrWhiteSpace),
            Names = [.. arguments.Texts("name").Select(name => name.Trim()).Where(name => name.Length > 0)],
            State = arguments.Text("state") switch
            {
                "latest" => PackageState.Latest,
                "absent" or "removed" => PackageState.Absent,
                // Ansible's rule: autoremove alone means absent.
                null when arguments.IsSet("autoremove") => PackageState.Absent,
                _ => PackageState.Present,
            },
            EnableRepositories = arguments.Texts("enablerepo"),
            DisableRepositories = arguments.Texts("disablerepo"),
            Exclude = arguments.Texts("exclude"),
            RefreshMetadata = arguments.IsSet("update_cache"),
            AllowDowngrade = arguments.IsSet("allow_downgrade"),
            UpdateOnly = arguments.IsSet("update_only"),
            Autoremove = arguments.IsSet("autoremove"),
            DownloadOnly = arguments.IsSet("download_only"),
            List = arguments.Text("list"),
            InstallRoot = arguments.Text("installroot") is { } root and not "/" ? root : null,
            HasFilter = arguments.IsSet("security") || arguments.IsSet("bugfix"),
            LockTimeout = arguments.SecondsOf("lock_timeout"),
            Options = options.ToImmutable(),
        };
    }
}
