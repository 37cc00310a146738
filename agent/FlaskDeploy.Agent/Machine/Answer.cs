using System.Collections.Immutable;
using System.Text.RegularExpressions;
using System.Text.Json.Serialization;
using FlaskDeploy.Agent.Machine.Keys;
using FlaskDeploy.Language.Bundles;

namespace FlaskDeploy.Agent.Machine;

/// <summary>What a look saw. Records, so that two answers can be compared; volatile parts do not enter <see cref="Fingerprint"/>.</summary>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "answer")]
[JsonDerivedType(typeof(PathAnswer), "path")]
[JsonDerivedType(typeof(ContentAnswer), "content")]
[JsonDerivedType(typeof(HashAnswer), "hash")]
[JsonDerivedType(typeof(ReadAnswer), "read")]
[JsonDerivedType(typeof(DirectoryAnswer), "directory")]
[JsonDerivedType(typeof(PathsAnswer), "paths")]
[JsonDerivedType(typeof(PackagesAnswer), "packages")]
[JsonDerivedType(typeof(PythonPackagesAnswer), "pip")]
[JsonDerivedType(typeof(ListenersAnswer), "listeners")]
[JsonDerivedType(typeof(ConnectAnswer), "connect")]
[JsonDerivedType(typeof(ProcessAnswer), "process")]
[JsonDerivedType(typeof(UnitAnswer), "unit")]
[JsonDerivedType(typeof(AccountAnswer), "account")]
[JsonDerivedType(typeof(GroupAnswer), "group")]
[JsonDerivedType(typeof(SystemAnswer), "system")]
[JsonDerivedType(typeof(LaunchAnswer), "launch")]
[JsonDerivedType(typeof(SecurityContextAnswer), "context")]
[JsonDerivedType(typeof(HealthAnswer), "health")]
[JsonDerivedType(typeof(NameServiceAnswer), "getent")]
[JsonDerivedType(typeof(WebAnswer), "web")]
[JsonDerivedType(typeof(ToolAnswer), "tool")]
[JsonDerivedType(typeof(MountAnswer), "mount")]
[JsonDerivedType(typeof(RpmKeysAnswer), "rpmkeys")]
[JsonDerivedType(typeof(FirewallAnswer), "firewall")]
[JsonDerivedType(typeof(TransactionAnswer), "transaction")]
[JsonDerivedType(typeof(ListedPackagesAnswer), "listed")]
[JsonDerivedType(typeof(FetchedArchiveAnswer), "archive")]
internal abstract record Answer
{
    private protected Answer()
    {
    }

    /// <summary>What is compared with the baseline: everything that is not volatile, as short text. Equal text, nothing moved.</summary>
    public abstract string Fingerprint();
}

internal enum PathKind
{
    Absent,
    File,
    Directory,
    Link,
    Other,
}

/// <summary>What <see cref="PathKind.Other"/> is.</summary>
internal enum SpecialKind
{
    None,
    BlockDevice,
    CharacterDevice,
    Fifo,
    Socket,
}

internal sealed record PathAnswer(PathKind Kind) : Answer
{
    public SpecialKind Special { get; init; }

    public int Mode { get; init; }

    public uint Uid { get; init; }

    public uint Gid { get; init; }

    public long Size { get; init; }

    public long BlockSize { get; init; }

    /// <summary>Of 512 bytes, whatever <see cref="BlockSize"/> says.</summary>
    public long Blocks { get; init; }

    /// <summary>Of a device file: which device it means.</summary>
    public ulong DeviceType { get; init; }

    public ulong Device { get; init; }

    public ulong Inode { get; init; }

    public uint Links { get; init; }

    /// <summary>Nanoseconds since the epoch.</summary>
    public long Modified { get; init; }

    public long Changed { get; init; }

    public long Accessed { get; init; }

    /// <summary>Of a link: what it says.</summary>
    public string? Target { get; init; }

    /// <summary>It was asked for with its times, and they are part of its fingerprint.</summary>
    public bool HasTimes { get; init; }

    /// <summary>What lsattr(1) shows, where it was asked for and there is any; part of its fingerprint then.</summary>
    public uint? Flags { get; init; }

    /// <summary>With <see cref="Flags"/>: what its file system counts when a number is given to another file.</summary>
    public uint Generation { get; init; }

    /// <summary>It is not so yet: a task of the same check would make it so. Numbers and times are not known.</summary>
    [JsonIgnore]
    public bool IsPlanned { get; init; }

    public bool Exists => Kind != PathKind.Absent;

    /// <summary>
    /// Kind, permissions, owner, of a link its target, and of a file with several names which file it is. Content is the
    /// business of <see cref="ContentLook"/>.
    /// </summary>
    public override string Fingerprint() =>
        $"{Kind} {Convert.ToString(Mode, 8)} {Uid}:{Gid} {Target}{(Kind == PathKind.File && Links > 1 ? $"{Device}:{Inode}" : "")}{(HasTimes ? $" {Modified} {Accessed}" : "")}{(Flags is { } flags ? $" {flags:x}" : "")}";

    /// <summary>Moves whenever anything about the path does: the cheap question before the dear one.</summary>
    public string Movement => $"{Kind} {Device}:{Inode} {Mode} {Uid}:{Gid} {Size} {Modified} {Changed}";
}

/// <param name="Content">Null: there is no regular file.</param>
internal sealed record ContentAnswer(Digest? Content, long Size) : Answer
{
    public override string Fingerprint() => $"{Content} {Size}";
}

/// <param name="Hex">In small letters; null: there is no regular file.</param>
internal sealed record HashAnswer(string? Hex) : Answer
{
    public override string Fingerprint() => Hex ?? "absent";
}

internal sealed record ReadAnswer(byte[]? Bytes) : Answer
{
    public override string Fingerprint() => Bytes is null ? "absent" : Digest.Of(Bytes).ToString();
}

internal sealed record DirectoryAnswer(bool Exists, ImmutableArray<DirectoryEntry> Entries) : Answer
{
    public override string Fingerprint() => Exists ? string.Join('/', Entries.Select(entry => $"{entry.Name}:{entry.Kind}")) : "absent";
}

internal sealed record DirectoryEntry(string Name, PathKind Kind);

internal sealed record PathsAnswer(ImmutableArray<string> Paths) : Answer
{
    public override string Fingerprint() => string.Join('\n', Paths);
}

/// <param name="Packages">Of installed packages, each that a name matched; of available ones, the newest per name.</param>
/// <param name="Missing">The names that nothing matched.</param>
internal sealed record PackagesAnswer(ImmutableArray<Package> Packages, ImmutableArray<string> Missing) : Answer
{
    public override string Fingerprint() => string.Join(' ', Packages.Select(package => package.ToString())) + " without " + string.Join(' ', Missing);
}

/// <param name="AskedAs">The name by which it was asked for.</param>
internal sealed record Package(string AskedAs, string Name, int Epoch, string Version, string Release, string Architecture)
{
    public override string ToString() => $"{Name}-{(Epoch == 0 ? "" : $"{Epoch}:")}{Version}-{Release}.{Architecture}";
}

/// <param name="Exists">Whether there is such an interpreter or environment.</param>
/// <param name="Packages">Normalised name (PEP 503) to version.</param>
internal sealed record PythonPackagesAnswer(bool Exists, ImmutableSortedDictionary<string, string> Packages) : Answer
{
    public override string Fingerprint() => Exists ? string.Join(' ', Packages.Select(pair => $"{pair.Key}={pair.Value}")) : "absent";
}

internal sealed record ListenersAnswer(ImmutableArray<Listener> Listeners) : Answer
{
    public override string Fingerprint() => string.Join(' ', Listeners.Select(listener => $"{listener.Address} {listener.Pid} {listener.StartTime}"));

    /// <summary>The processes that a fingerprint names.</summary>
    public static IEnumerable<ProcessIdentity> ProcessesIn(string fingerprint) =>
        fingerprint.Split(' ').Chunk(3).Select(listener => listener is [_, var pid, var start] ? ProcessIdentity.Parse(pid, start) : null).OfType<ProcessIdentity>();
}

/// <param name="Pid">Zero where it could not be found.</param>
/// <param name="StartTime">Clock ticks after boot, field 22 of /proc/PID/stat: with the pid, the identity of a process.</param>
internal sealed record Listener(string Address, int Port, int Pid, ulong StartTime, uint Uid);

internal sealed record ConnectAnswer(bool Connected, string? Problem) : Answer
{
    public override string Fingerprint() => Connected ? "connected" : "refused";
}

internal sealed record ProcessAnswer(bool Runs) : Answer
{
    public ulong StartTime { get; init; }

    public int Parent { get; init; }

    public uint Uid { get; init; }

    public string? Command { get; init; }

    public string? Executable { get; init; }

    /// <summary>Path of its control group, for the unit it runs in.</summary>
    public string? ControlGroup { get; init; }

    public override string Fingerprint() => Runs ? $"{StartTime}" : "gone";
}

internal sealed record UnitAnswer(string LoadState, string ActiveState, string SubState, string? EnabledState) : Answer
{
    public int MainPid { get; init; }

    public bool NeedsReload { get; init; }

    /// <summary>A oneshot that does not run and did not fail: it ended well, or was never started.</summary>
    public bool IsOver { get; init; }

    /// <summary>Something that was asked of it is still under way.</summary>
    public bool HasJob { get; init; }

    /// <summary>Of an indirect unit or an alias: nothing starts it at a boot.</summary>
    public bool HasNoLinks { get; init; }

    /// <summary>It is known to have ended well since the boot. Of a unit that nothing wants, systemd forgets that at once.</summary>
    public bool HasDone { get; init; }

    /// <summary>Without the main process: a unit that somebody restarted is as right as before.</summary>
    public override string Fingerprint() => $"{LoadState} {ActiveState} {SubState} {EnabledState}";
}

/// <param name="Account">Null: there is no such user.</param>
internal sealed record AccountAnswer(Account? Account) : Answer
{
    public override string Fingerprint() => Account is null ? "absent" : $"{Account.Name} {Account.Uid}:{Account.Gid} {Account.Home} {Account.Shell} {string.Join(',', Account.Groups)}";
}

internal sealed record GroupAnswer(string? Name, uint Gid) : Answer
{
    public override string Fingerprint() => Name is null ? "absent" : $"{Name} {Gid}";
}

/// <param name="ExitCode">0 found, 1 no such database, 2 no such key, 3 it is not told whole.</param>
internal sealed record NameServiceAnswer(int ExitCode, string Output) : Answer
{
    public override string Fingerprint() => $"{ExitCode} {Digest.Of(System.Text.Encoding.UTF8.GetBytes(Output))}";
}

/// <param name="Facts">Names without the <c>ansible_</c> prefix; text, or for lists parts between newlines, or JSON where the name ends so.</param>
internal sealed record SystemAnswer(ImmutableSortedDictionary<string, string> Facts) : Answer
{
    /// <summary>What the name of a fact ends with that is told as JSON.</summary>
    public const string Structured = ":json";

    /// <summary>Facts that change by themselves all the time: no evidence, and told instead of those of the same name.</summary>
    public ImmutableSortedDictionary<string, string> Passing { get; init; } = ImmutableSortedDictionary<string, string>.Empty;

    public override string Fingerprint() => string.Join('\n', Facts.Select(pair => $"{pair.Key}={pair.Value}"));
}

/// <param name="Known">Whether the agent launched something under the name.</param>
/// <param name="Runs">Whether that very process, by pid and start time, still runs.</param>
internal sealed record LaunchAnswer(bool Known, bool Runs) : Answer
{
    public int Pid { get; init; }

    public ulong StartTime { get; init; }

    /// <summary>What it was launched with; another digest is a reason to restart.</summary>
    public string? Inputs { get; init; }

    public int? Port { get; init; }

    public string? Unit { get; init; }

    public string? Log { get; init; }

    public LogLimits Limits { get; init; } = LogLimits.Default;

    public override string Fingerprint() => $"{Known} {Runs} {Pid} {StartTime} {Inputs}";

    /// <summary>The process that a fingerprint says runs.</summary>
    public static ProcessIdentity? ProcessIn(string fingerprint) => fingerprint.Split(' ') is ["True", "True", var pid, var start, ..] ? ProcessIdentity.Parse(pid, start) : null;
}

internal sealed record SecurityContextAnswer(string? Present, string? Default) : Answer
{
    public override string Fingerprint() => $"{Present} {Default}";
}

/// <param name="Failures">Bad answers in a row.</param>
/// <param name="Problem">What was wrong with the last answer; null: it was good.</param>
internal sealed record HealthAnswer(bool IsWell, int Failures, string? Problem) : Answer
{
    public override string Fingerprint() => IsWell ? "well" : "unwell";
}

/// <param name="Status"><see cref="None"/>: there was no answer, and <see cref="Reason"/> says why.</param>
internal sealed partial record WebAnswer(int Status) : Answer
{
    /// <summary>As Ansible registers it.</summary>
    public const int None = -1;

    public string Reason { get; init; } = "";

    /// <summary>The address that answered, after redirects.</summary>
    public string Url { get; init; } = "";

    public bool WasRedirected { get; init; }

    public ImmutableArray<KeyValuePair<string, string>> Headers { get; init; } = [];

    public byte[] Body { get; init; } = [];

    public TimeSpan Elapsed { get; init; }

    /// <summary>Names and values of the cookies that the answer sets; headers of one name come joined by commas, as they stand in dates too.</summary>
    public ImmutableArray<KeyValuePair<string, string>> Cookies =>
    [
        .. StartOfCookie.Split(Header("Set-Cookie") ?? "").Select(cookie => cookie.Split(';')[0].Split('=', 2)).Where(pair => pair.Length == 2)
            .Select(pair => KeyValuePair.Create(pair[0].Trim(), pair[1].Trim())),
    ];

    [GeneratedRegex(@",\s*(?=[^;,=\s]+=)")]
    private static partial Regex StartOfCookie { get; }

    public string? Header(string name) => Headers.FirstOrDefault(header => string.Equals(header.Key, name, StringComparison.OrdinalIgnoreCase)).Value;

    public string Complaint(ImmutableArray<int> wanted) => Status == None
        ? $"{Url}: {Reason}"
        : $"Status code was {Status} and not [{string.Join(", ", wanted)}]: {Url} answers {Reason}";

    public override string Fingerprint() => Status == None ? "no answer" : $"status {Status}";
}

internal sealed record ToolAnswer(int ExitCode, string Output, string Error) : Answer
{
    public override string Fingerprint() => $"{ExitCode} {Digest.Of(System.Text.Encoding.UTF8.GetBytes(Output))}";
}

/// <param name="Root">The path on its file system that is seen there.</param>
internal sealed record MountPoint(string Source, string Root, string FileSystem, string Options);

/// <param name="Points">In the order of mounting: the last is the one that is seen.</param>
internal sealed record MountAnswer(ImmutableArray<MountPoint> Points) : Answer
{
    public MountPoint? Top => Points.LastOrDefault();

    public override string Fingerprint() => Points.IsEmpty ? "nothing" : string.Join(", ", Points);
}

internal sealed record RpmKeysAnswer(ImmutableArray<OpenPgpKey> Keys) : Answer
{
    public override string Fingerprint() => string.Join(' ', Keys.Select(key => key.Fingerprint));
}

/// <param name="Runs">firewalld itself was asked.</param>
internal sealed record FirewallAnswer(bool Holds, bool Runs) : Answer
{
    /// <summary>There is no such zone, or nothing can be asked like this.</summary>
    public string? Problem { get; init; }

    public override string Fingerprint() => Problem ?? $"{Holds} {(Runs ? "" : "not running")}";
}

/// <param name="Problem">It cannot be carried out, in the package manager's words.</param>
internal sealed record TransactionAnswer(bool Acts, string? Problem) : Answer
{
    public override string Fingerprint() => Problem ?? (Acts ? "something to do" : "nothing to do");
}

/// <param name="Repository">Of what is installed, <c>installed</c>; of a repository itself its name is all there is.</param>
internal sealed record ListedPackage(Package? Package, string Repository);

internal sealed record ListedPackagesAnswer(ImmutableArray<ListedPackage> Packages) : Answer
{
    public override string Fingerprint() => string.Join(' ', Packages);
}

/// <param name="Length">Of what came.</param>
/// <param name="Problem">Why it could not be had; null: it came.</param>
internal sealed record FetchedArchiveAnswer(long Length, string? Problem = null) : Answer
{
    /// <summary>It is a zip, and this is all of it.</summary>
    public byte[]? Zip { get; init; }

    /// <summary>What the tools told, in their order; of a zip nothing.</summary>
    public ImmutableArray<ToolAnswer> Told { get; init; } = [];

    public override string Fingerprint() => $"{Problem} {Length} {string.Join(' ', Told.Select(told => told.Fingerprint()))}";
}
