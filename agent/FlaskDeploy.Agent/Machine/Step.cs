using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json.Serialization;
using FlaskDeploy.Agent.Machine.Commands;
using FlaskDeploy.Agent.Machine.Web;
using FlaskDeploy.Language.Bundles;

namespace FlaskDeploy.Agent.Machine;

/// <summary>
/// One act on the machine, as data: it is journaled before and after, shown in a diff, redacted, sent to a worker. The
/// set is closed and only <c>StepExecutor</c> carries it out. Every step but <see cref="RunCommand"/> and <see cref="SendRequest"/> may be carried out
/// twice with the same end.
/// </summary>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "step")]
[JsonDerivedType(typeof(WriteFile), "write")]
[JsonDerivedType(typeof(MakeDirectory), "mkdir")]
[JsonDerivedType(typeof(MakeLink), "link")]
[JsonDerivedType(typeof(SetAttributes), "attributes")]
[JsonDerivedType(typeof(Touch), "touch")]
[JsonDerivedType(typeof(Remove), "remove")]
[JsonDerivedType(typeof(RunCommand), "command")]
[JsonDerivedType(typeof(RunTool), "tool")]
[JsonDerivedType(typeof(PackageTransaction), "packages")]
[JsonDerivedType(typeof(ControlUnit), "unit")]
[JsonDerivedType(typeof(LaunchProcess), "launch")]
[JsonDerivedType(typeof(StopProcesses), "stop")]
[JsonDerivedType(typeof(WaitUntil), "wait")]
[JsonDerivedType(typeof(Download), "download")]
[JsonDerivedType(typeof(SendRequest), "request")]
[JsonDerivedType(typeof(ForgetJob), "job")]
internal abstract record Step
{
    private protected Step()
    {
    }

    /// <summary>One line for people: <c>write /etc/motd (42 bytes)</c>.</summary>
    [JsonIgnore]
    public abstract string Summary { get; }

    /// <summary>The paths that hold other content afterwards; attributes alone do not count. Stretches that name one of them are replayed.</summary>
    [JsonIgnore]
    public virtual ImmutableArray<string> ContentPaths => [];
}

/// <summary>Who may do what with a path. Null leaves it as it is (of a new path: umask and the writer).</summary>
internal sealed record PathAttributes
{
    public static PathAttributes Unchanged { get; } = new();

    public int? Mode { get; init; }

    public uint? Uid { get; init; }

    public uint? Gid { get; init; }

    /// <summary>As chattr(1) takes them: <c>+i</c>, <c>-A</c>, <c>ad</c>.</summary>
    public string? Flags { get; init; }

    /// <summary>Of SELinux, whole; null: the default of the place for what is made, what there is for the rest.</summary>
    public string? Context { get; init; }

    [JsonIgnore]
    public bool IsUnchanged => Mode is null && Uid is null && Gid is null && Flags is null && Context is null;
}

/// <summary>Where bytes come from: a blob of the bundle or text that was rendered on the host.</summary>
internal sealed record FileContent(Digest Digest, long Size)
{
    /// <summary>Null: the blob of that digest, in the agent's store.</summary>
    public byte[]? Inline { get; init; }

    /// <summary>A file of this machine (remote_src); read when the step is carried out and held against the digest.</summary>
    public string? Path { get; init; }

    public static FileContent Of(byte[] bytes) => new(Digest.Of(bytes), bytes.Length) { Inline = bytes };
}

/// <summary>Atomic: written beside it, synced, renamed over. Links at the path itself are followed when <paramref name="FollowLinks"/>.</summary>
internal sealed record WriteFile(string Path, FileContent Content, PathAttributes Attributes) : Step
{
    public bool FollowLinks { get; init; } = true;

    /// <summary>Keeps what was there beside it, with a time stamp in the name.</summary>
    public bool Backup { get; init; }

    /// <summary>A command that must succeed with <c>%s</c> replaced by the new file's temporary path.</summary>
    public string? Validate { get; init; }

    [JsonIgnore]
    public override string Summary => $"write {Path} ({Content.Size} bytes)";

    [JsonIgnore]
    public override ImmutableArray<string> ContentPaths => [Path];
}

/// <summary>With its parents; the attributes go to all that were made.</summary>
internal sealed record MakeDirectory(string Path, PathAttributes Attributes) : Step
{
    [JsonIgnore]
    public override string Summary => $"make the directory {Path}";
}

/// <param name="Hard">A hard link, else a symbolic one.</param>
/// <param name="Force">Replaces a file that is there; a directory only when it is empty.</param>
internal sealed record MakeLink(string Path, string Target, bool Hard, bool Force) : Step
{
    [JsonIgnore]
    public override string Summary => $"link {Path} -> {Target}";

    [JsonIgnore]
    public override ImmutableArray<string> ContentPaths => [Path];
}

internal sealed record SetAttributes(string Path, PathAttributes Attributes, bool FollowLinks) : Step
{
    [JsonIgnore]
    public override string Summary =>
        $"set{(Attributes.Mode is { } mode ? $" mode {Convert.ToString(mode, 8)}" : "")}{(Attributes.Uid is { } uid ? $" owner {uid}" : "")}{(Attributes.Gid is { } gid ? $" group {gid}" : "")}{(Attributes.Flags is { } flags ? $" attributes {flags}" : "")}{(Attributes.Context is { } context ? $" context {context}" : "")} of {Path}";
}

/// <param name="Modified">Nanoseconds since the epoch; null: now.</param>
internal sealed record Touch(string Path, PathAttributes Attributes, long? Modified, long? Accessed) : Step
{
    [JsonIgnore]
    public override string Summary => $"touch {Path}";
}

/// <summary>A file, a link, or a directory with all that is in it; links inside are removed, not followed.</summary>
internal sealed record Remove(string Path) : Step
{
    [JsonIgnore]
    public override string Summary => $"remove {Path}";

    [JsonIgnore]
    public override ImmutableArray<string> ContentPaths => [Path];
}

/// <summary>
/// A command of the playbook. Runs in a scope of its own, output to files; the step ends with the process, never with
/// a pipe that a child of it holds, and what it leaves behind lives on. Not repeatable: interrupted, its outcome is unknown.
/// </summary>
/// <param name="Arguments">argv; for a shell: <c>/bin/sh -c TEXT</c>.</param>
internal sealed record RunCommand(ImmutableArray<string> Arguments) : Step
{
    public string? Directory { get; init; }

    public byte[]? Input { get; init; }

    public TimeSpan? Timeout { get; init; }

    /// <summary>Nobody waits for it: the step ends when it runs. Null: it is waited for.</summary>
    public CommandJob? Job { get; init; }

    /// <summary>How results and messages show it; as the playbook wrote it, rendered.</summary>
    public required string Shown { get; init; }

    /// <summary>Whether results show stdout and stderr with the newlines at their ends.</summary>
    public bool KeepEmptyEnds { get; init; }

    /// <summary>A file of the bundle that lies on the host while the command runs, the user's own and executable; its path is the argument <see cref="ScriptPlace"/>, or a part of one.</summary>
    public CommandScript? Script { get; init; }

    /// <summary>Stands in the arguments for where <see cref="Script"/> lies.</summary>
    public const string ScriptPlace = "{script}";

    [JsonIgnore]
    public override string Summary => $"run {Shown}";
}

/// <summary>What is kept of a job is given up, its output with it.</summary>
internal sealed record ForgetJob(string Id) : Step
{
    [JsonIgnore]
    public override string Summary => $"forget the job {Id}";
}

internal sealed record CommandScript(string Name, Digest Content);

/// <summary>What an HTTP server has, at a path: written as <see cref="WriteFile"/> writes, and left alone where it is the same.</summary>
internal sealed record Download(WebRequest Request, string Path, PathAttributes Attributes) : Step
{
    /// <summary>What it must have; without its digits where <see cref="ChecksumList"/> has them.</summary>
    public Checksum? Checksum { get; init; }

    public WebRequest? ChecksumList { get; init; }

    /// <summary>Fetched although the file has the checksum that the list says.</summary>
    public bool Force { get; init; }

    public bool Backup { get; init; }

    public long MostBytes { get; init; } = 16L * 1024 * 1024 * 1024;

    [JsonIgnore]
    public override string Summary => $"fetch {Request.Url} to {Path}";

    [JsonIgnore]
    public override ImmutableArray<string> ContentPaths => [Path];
}

/// <summary>One HTTP request that must be answered with one of these statuses. Not repeatable unless it only asks.</summary>
internal sealed record SendRequest(WebRequest Request, ImmutableArray<int> Statuses) : Step
{
    /// <summary>Whether results show the body of the answer.</summary>
    public bool ReturnsContent { get; init; }

    [JsonIgnore]
    public override string Summary => $"send {Request.Method} to {Request.Url}";
}

/// <summary>A bounded tool of ours (pip, virtualenv) that must succeed and leaves nothing behind.</summary>
internal sealed record RunTool(ImmutableArray<string> Arguments, TimeSpan Timeout) : Step
{
    public string? Directory { get; init; }

    public ImmutableSortedDictionary<string, string> Environment { get; init; } = ImmutableSortedDictionary<string, string>.Empty;

    public ImmutableArray<string> Changes { get; init; } = [];

    /// <summary>What it prints where it changed something; null: that it ran says so.</summary>
    public string? ChangedWords { get; init; }

    /// <summary>What it reads from its standard input: the place for what no process list may show. Not journaled.</summary>
    public byte[]? Input { get; init; }

    /// <summary>A blob of the bundle that it reads there instead.</summary>
    public Digest? Blob { get; init; }

    [JsonIgnore]
    public override string Summary => $"run {string.Join(' ', Arguments)}";

    [JsonIgnore]
    public override ImmutableArray<string> ContentPaths => Changes;
}

internal enum PackageAction
{
    Install,
    Update,
    Remove,

    /// <summary>What was installed for something else that is not there any more; with names, these too.</summary>
    Autoremove,

    /// <summary>Versions that stand beside a newer one of the same package, each by name, version, release and architecture.</summary>
    EraseOlder,

    /// <summary>Older versions than the installed ones. dnf installs them like others, yum only when it is told so.</summary>
    Downgrade,
}

/// <summary>One transaction of dnf or yum, in a unit of its own: it finishes also when the agent is replaced by it.</summary>
internal sealed record PackageTransaction(PackageAction Action, ImmutableArray<string> Packages) : Step
{
    public ImmutableArray<string> EnableRepositories { get; init; } = [];

    public ImmutableArray<string> DisableRepositories { get; init; } = [];

    public ImmutableArray<string> Exclude { get; init; } = [];

    /// <summary>Further options of the package manager: <c>--nogpgcheck</c>, <c>--security</c>.</summary>
    public ImmutableArray<string> Options { get; init; } = [];

    public bool RefreshMetadata { get; init; }

    /// <summary>Another root that it is about; null: this machine.</summary>
    public string? Root { get; init; }

    /// <summary>How long a lock of another package manager is waited for.</summary>
    public TimeSpan LockTimeout { get; init; } = TimeSpan.FromSeconds(30);

    [JsonIgnore]
    public override string Summary => $"{(Action == PackageAction.EraseOlder ? "erase the older" : Action.ToString().ToLowerInvariant())}{(Action == PackageAction.Autoremove && Packages.IsEmpty ? "" : " ")}{string.Join(' ', Packages)}{(Root is null ? "" : $" in {Root}")}";
}

internal enum UnitAction
{
    Start,
    Stop,
    Restart,
    Reload,
    Enable,
    Disable,
    Mask,
    Unmask,
    DaemonReload,
    DaemonReexec,
}

/// <param name="Unit">Empty for <see cref="UnitAction.DaemonReload"/> and <see cref="UnitAction.DaemonReexec"/>.</param>
internal sealed record ControlUnit(UnitAction Action, string Unit) : Step
{
    /// <summary>It is asked for and not waited for.</summary>
    public bool NoBlock { get; init; }

    /// <summary>Links that are in the way are replaced.</summary>
    public bool Force { get; init; }

    /// <summary>Of the manager of the task's user, not of the system's.</summary>
    public bool IsUsers { get; init; }

    [JsonIgnore]
    public override string Summary =>
        $"{Action switch { UnitAction.DaemonReload => "reload systemd's units", UnitAction.DaemonReexec => "execute systemd anew", _ => $"{Action.ToString().ToLowerInvariant()} {Unit}" }}{(IsUsers ? " of the user" : "")}{(NoBlock ? " without waiting" : "")}{(Force ? " by force" : "")}";
}

/// <summary>
/// Starts a process that is to stay, in a transient unit of its own, ends the one of the same name that runs before, and
/// waits until it listens where a port is given. Remembered by name: pid, start time, inputs.
/// </summary>
internal sealed record LaunchProcess(string Name, ImmutableArray<string> Arguments) : Step
{
    public required string Directory { get; init; }

    public required string Log { get; init; }

    public required string Inputs { get; init; }

    /// <summary>Variables for it, over those of the task.</summary>
    public ImmutableSortedDictionary<string, string> Environment { get; init; } = ImmutableSortedDictionary<string, string>.Empty;

    public int? Port { get; init; }

    public TimeSpan StartTimeout { get; init; } = TimeSpan.FromSeconds(30);

    public TimeSpan StopTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Null: nothing but its port, if that, says how it is.</summary>
    public HealthCheck? Health { get; init; }

    /// <summary>How long it has to stay well before it counts as started.</summary>
    public TimeSpan MinHealthy { get; init; }

    public LogLimits Limits { get; init; } = LogLimits.Default;

    /// <summary>It runs as it should: only what is remembered of it changes, and it is left alone.</summary>
    public bool KeepsProcess { get; init; }

    [JsonIgnore]
    public override string Summary => KeepsProcess ? $"remember the log of {Name}: {Limits}" : $"launch {string.Join(' ', Arguments)}";
}

/// <summary>How large a log becomes, and how many older parts of it are kept.</summary>
internal sealed record LogLimits(long MaxSize, int Keep)
{
    public static LogLimits Default { get; } = new(10 * 1024 * 1024, 5);

    public override string ToString() => $"cut at {MaxSize} bytes, {Keep} older {(Keep == 1 ? "part" : "parts")} kept";
}

/// <summary>A process by its identity, so that a pid that was given to another one is never hit.</summary>
internal sealed record ProcessIdentity(int Pid, ulong StartTime)
{
    /// <summary>Null: no process, or one that could not be found out.</summary>
    public static ProcessIdentity? Parse(string pid, string startTime) =>
        int.TryParse(pid, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number > 0 && ulong.TryParse(startTime, NumberStyles.None, CultureInfo.InvariantCulture, out var start) && start > 0
            ? new ProcessIdentity(number, start) : null;
}

/// <summary>TERM, then after the grace KILL. Never the agent, a worker of it, or pid 1.</summary>
internal sealed record StopProcesses(ImmutableArray<ProcessIdentity> Processes, TimeSpan Grace) : Step
{
    /// <summary>The name under which the agent launched it, to be forgotten.</summary>
    public string? Launched { get; init; }

    [JsonIgnore]
    public override string Summary => $"stop {(Processes.Length == 1 ? "process" : "processes")} {string.Join(", ", Processes.Select(process => process.Pid))}";
}

internal enum WaitFor
{
    PortOpen,
    PortClosed,
    PortDrained,
    PathPresent,
    PathAbsent,
    PathMatches,
    PortSends,
    Nothing,
}

/// <summary>Looks again and again until it holds or the time is over; the delay counts inside the time.</summary>
internal sealed record WaitUntil(WaitFor Condition, TimeSpan Timeout) : Step
{
    public string? Host { get; init; }

    public int? Port { get; init; }

    public string? Path { get; init; }

    public string? Pattern { get; init; }

    public TimeSpan Delay { get; init; }

    public TimeSpan Sleep { get; init; } = TimeSpan.FromSeconds(1);

    public TimeSpan ConnectTimeout { get; init; } = TimeSpan.FromSeconds(5);

    public string? Message { get; init; }

    /// <summary>Of a port that is to drain: the states, as the kernel numbers them, in which a connection still counts; all active ones otherwise.</summary>
    public ImmutableArray<int> ActiveStates { get; init; } = [];

    [JsonIgnore]
    public override string Summary => $"wait until {Condition} {Path ?? $"{Host}:{Port}"}";
}
