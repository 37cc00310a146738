using System.Collections.Immutable;
using System.Text.Json.Serialization;
using FlaskDeploy.Agent.Machine.Web;
using FlaskDeploy.Language.Bundles;

namespace FlaskDeploy.Agent.Machine;

/// <summary>
/// One question to the machine, as data: it can be asked again, as the same user, and its answer compared. The set is
/// closed. Asking changes nothing. A new look is a record here, its answer, and one arm in <c>LocalLooks</c>.
/// </summary>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "look")]
[JsonDerivedType(typeof(StatLook), "stat")]
[JsonDerivedType(typeof(ContentLook), "content")]
[JsonDerivedType(typeof(HashLook), "hash")]
[JsonDerivedType(typeof(ReadLook), "read")]
[JsonDerivedType(typeof(DirectoryLook), "directory")]
[JsonDerivedType(typeof(GlobLook), "glob")]
[JsonDerivedType(typeof(PackagesLook), "packages")]
[JsonDerivedType(typeof(AvailablePackagesLook), "available")]
[JsonDerivedType(typeof(PythonPackagesLook), "pip")]
[JsonDerivedType(typeof(ListenersLook), "listeners")]
[JsonDerivedType(typeof(ConnectLook), "connect")]
[JsonDerivedType(typeof(ProcessLook), "process")]
[JsonDerivedType(typeof(UnitLook), "unit")]
[JsonDerivedType(typeof(AccountLook), "account")]
[JsonDerivedType(typeof(GroupLook), "group")]
[JsonDerivedType(typeof(ProgramLook), "program")]
[JsonDerivedType(typeof(SystemLook), "system")]
[JsonDerivedType(typeof(LaunchLook), "launch")]
[JsonDerivedType(typeof(SecurityContextLook), "context")]
[JsonDerivedType(typeof(HealthLook), "health")]
[JsonDerivedType(typeof(NameServiceLook), "getent")]
[JsonDerivedType(typeof(WebLook), "web")]
[JsonDerivedType(typeof(ToolLook), "tool")]
[JsonDerivedType(typeof(MountLook), "mount")]
[JsonDerivedType(typeof(RpmKeysLook), "rpmkeys")]
[JsonDerivedType(typeof(FirewallLook), "firewall")]
[JsonDerivedType(typeof(TransactionLook), "transaction")]
[JsonDerivedType(typeof(ListedPackagesLook), "listed")]
[JsonDerivedType(typeof(PackageFileLook), "rpmfile")]
[JsonDerivedType(typeof(FetchedArchiveLook), "archive")]
internal abstract record Look
{
    private protected Look()
    {
    }

    /// <summary>Changes by itself all the time, so that a change says nothing: never evidence.</summary>
    [JsonIgnore]
    public virtual bool IsVolatile => false;

    /// <summary>Nothing cheaper stands for it, but many are as cheap as one: of these the cheap question brings the fingerprint itself.</summary>
    [JsonIgnore]
    public virtual bool IsAskedTogether => false;

    /// <summary>How people name it: <c>/etc/motd</c>, <c>package lsof</c>, <c>port 5000</c>.</summary>
    [JsonIgnore]
    public abstract string Subject { get; }

    /// <summary>Asks it of a view, whatever kind of look it is.</summary>
    /// <exception cref="LookFailedException">The machine could not be asked.</exception>
    public abstract ValueTask<Answer> AskOf(IMachineView view, CancellationToken cancellation);
}

internal abstract record Look<TAnswer> : Look
    where TAnswer : Answer
{
    public sealed override async ValueTask<Answer> AskOf(IMachineView view, CancellationToken cancellation) => await view.Ask(this, cancellation);
}

/// <summary>lstat(2) or, following links, stat(2). Absence is an answer.</summary>
internal sealed record StatLook(string Path, bool FollowLinks) : Look<PathAnswer>
{
    /// <summary>Its times are asked for as well: for whoever manages them.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool WithTimes { get; init; }

    /// <summary>What lsattr(1) shows of it is asked for as well.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool WithFlags { get; init; }

    [JsonIgnore]
    public override string Subject => Path;
}

/// <summary>SHA-256 of a regular file, links followed. Its fingerprint holds the stat as well: unmoved stat, unread content.</summary>
internal sealed record ContentLook(string Path) : Look<ContentAnswer>
{
    [JsonIgnore]
    public override string Subject => Path;
}

/// <summary>Another checksum of a regular file than the one that <see cref="ContentLook"/> has: md5, sha1, sha256, sha384 or sha512.</summary>
internal sealed record HashLook(string Path, string Algorithm) : Look<HashAnswer>
{
    [JsonIgnore]
    public override string Subject => Path;
}

/// <summary>The bytes of a regular file, at most so many. Longer files are a failed look.</summary>
internal sealed record ReadLook(string Path, int Limit) : Look<ReadAnswer>
{
    [JsonIgnore]
    public override string Subject => Path;
}

/// <summary>Names and kinds of a directory's entries, sorted.</summary>
internal sealed record DirectoryLook(string Path) : Look<DirectoryAnswer>
{
    [JsonIgnore]
    public override string Subject => Path;
}

/// <summary>glob(7): the paths that exist, sorted. A pattern without a wildcard is one path.</summary>
internal sealed record GlobLook(string Pattern) : Look<PathsAnswer>
{
    [JsonIgnore]
    public override string Subject => Pattern;
}

/// <summary>What the rpm database holds of these names (or capabilities: <c>/usr/bin/lsof</c>, <c>python3-pip</c>).</summary>
internal sealed record PackagesLook(ImmutableArray<string> Names) : Look<PackagesAnswer>
{
    /// <summary>Another root, whose database it is; null: this machine's.</summary>
    public string? Root { get; init; }

    [JsonIgnore]
    public override string Subject => $"package {string.Join(" ", Names)}{(Root is null ? "" : $" in {Root}")}";

    // By content: an array compares by reference, and the same question asked twice is one question.
    public bool Equals(PackagesLook? other) => other is not null && Root == other.Root && Names.SequenceEqual(other.Names);

    public override int GetHashCode() => string.Join(' ', Names).GetHashCode(StringComparison.Ordinal);
}

/// <summary>The newest that the repositories offer of these names. Costs the package manager's start: only asked by a push.</summary>
internal sealed record AvailablePackagesLook(ImmutableArray<string> Names, ImmutableArray<string> EnableRepositories, ImmutableArray<string> DisableRepositories) : Look<PackagesAnswer>
{
    /// <summary>What else says which repositories are asked and how: <c>--releasever=9</c>.</summary>
    public ImmutableArray<string> Options { get; init; } = [];

    /// <summary>Another root, for which they are asked; null: this machine.</summary>
    public string? Root { get; init; }

    [JsonIgnore]
    public override bool IsVolatile => true;

    [JsonIgnore]
    public override string Subject => $"repositories for {string.Join(" ", Names)}";
}

/// <summary>The distributions that an interpreter sees, read from its metadata directories without starting it.</summary>
/// <param name="Python">The interpreter's or pip's path, or the root of a virtual environment; null: the machine's own.</param>
internal sealed record PythonPackagesLook(string? Python) : Look<PythonPackagesAnswer>
{
    [JsonIgnore]
    public override string Subject => $"python packages of {Python ?? "the system"}";
}

/// <summary>Who listens on a TCP port, with pid and start time where they can be found.</summary>
internal sealed record ListenersLook(int Port) : Look<ListenersAnswer>
{
    [JsonIgnore]
    public override string Subject => $"port {Port}";
}

/// <summary>Whether a TCP connection comes about within the time.</summary>
internal sealed record ConnectLook(string Host, int Port, TimeSpan Timeout) : Look<ConnectAnswer>
{
    [JsonIgnore]
    public override string Subject => $"{Host}:{Port}";
}

internal sealed record ProcessLook(int Pid) : Look<ProcessAnswer>
{
    [JsonIgnore]
    public override string Subject => $"process {Pid}";
}

/// <summary>A systemd unit: loaded, active, enabled, and its file's identity.</summary>
internal sealed record UnitLook(string Name) : Look<UnitAnswer>
{
    /// <summary>Of the manager of the user who asks, not of the system's.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool IsUsers { get; init; }

    [JsonIgnore]
    public override string Subject => $"unit {Name}{(IsUsers ? " of the user" : "")}";

    [JsonIgnore]
    public override bool IsAskedTogether => !IsUsers;
}

/// <summary>A user by name or number, from the files and then from getent(1).</summary>
internal sealed record AccountLook(string User) : Look<AccountAnswer>
{
    [JsonIgnore]
    public override string Subject => $"user {User}";
}

internal sealed record GroupLook(string Group) : Look<GroupAnswer>
{
    [JsonIgnore]
    public override string Subject => $"group {Group}";
}

/// <summary>What getent(1) tells of a database, as the task's user may see it: of one key, or all of it.</summary>
/// <param name="Service">The only source that is asked (<c>files</c>); null: all of nsswitch.conf.</param>
internal sealed record NameServiceLook(string Database, string? Key, string? Service) : Look<NameServiceAnswer>
{
    [JsonIgnore]
    public override string Subject => $"{Database} {Key}".TrimEnd();
}

/// <summary>The first of these programs on the task's PATH, or at its absolute path.</summary>
internal sealed record ProgramLook(ImmutableArray<string> Names) : Look<PathsAnswer>
{
    [JsonIgnore]
    public override string Subject => $"program {string.Join(" or ", Names)}";

    public bool Equals(ProgramLook? other) => other is not null && Names.SequenceEqual(other.Names);

    public override int GetHashCode() => string.Join(' ', Names).GetHashCode(StringComparison.Ordinal);
}

/// <summary>Distribution, kernel, names, addresses: the slow facts.</summary>
internal sealed record SystemLook : Look<SystemAnswer>
{
    [JsonIgnore]
    public override string Subject => "the system";
}

/// <summary>What the agent once launched under this name, and whether that very process still runs.</summary>
internal sealed record LaunchLook(string Name) : Look<LaunchAnswer>
{
    [JsonIgnore]
    public override string Subject => $"launched process {Name}";
}

/// <summary>The SELinux context of a path and the one that its place has by default; both null where SELinux is off.</summary>
internal sealed record SecurityContextLook(string Path) : Look<SecurityContextAnswer>
{
    [JsonIgnore]
    public override string Subject => $"security context of {Path}";
}

/// <summary>Where a launched process is asked how it is. Statuses are numbers and ranges, a space between them: <c>200-399 404</c>.</summary>
internal sealed record HealthCheck(string Url, string Statuses, TimeSpan Timeout, TimeSpan Interval, int Retries);

/// <summary>
/// One HTTP request to what was launched under this name. A bad answer moves nothing until as many came in a row as its
/// check says, each at least the interval after the one before: the count outlives the agent and begins anew with a good
/// answer or another process.
/// </summary>
internal sealed record HealthLook(string Name, HealthCheck Check) : Look<HealthAnswer>
{
    [JsonIgnore]
    public override string Subject => $"health of {Name}";
}

/// <summary>One HTTP request that only asks, as the user of the task. What is compared of its answer is the status.</summary>
internal sealed record WebLook(WebRequest Request) : Look<WebAnswer>
{
    [JsonIgnore]
    public override string Subject => $"{Request.Method} {Request.Url}";
}

/// <summary>
/// What a tool that changes nothing tells, asked as the task's user in the task's environment and the C locale. Any exit
/// code is an answer. Its words must hold no secret: they are kept with the evidence.
/// </summary>
internal sealed record ToolLook(ImmutableArray<string> Arguments) : Look<ToolAnswer>
{
    public string? Directory { get; init; }

    /// <summary>Over that of the task.</summary>
    public ImmutableSortedDictionary<string, string> Environment { get; init; } = ImmutableSortedDictionary<string, string>.Empty;

    /// <summary>A blob of the bundle that it reads from its standard input.</summary>
    public Digest? Input { get; init; }

    public TimeSpan Deadline { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>It asks another machine, whose answer is of the moment: never evidence.</summary>
    public bool AsksElsewhere { get; init; }

    /// <summary>All that its answer hangs on: while nothing about these paths moved, it need not be asked. With <see cref="Below"/> empty too: nothing is known, and it is asked each time.</summary>
    public ImmutableArray<string> Paths { get; init; } = [];

    /// <summary>The same of directories with all that is in them.</summary>
    public ImmutableArray<string> Below { get; init; } = [];

    [JsonIgnore]
    public override bool IsVolatile => AsksElsewhere;

    [JsonIgnore]
    public override string Subject => string.Join(' ', Arguments);

    public bool Equals(ToolLook? other) => other is not null && Arguments.SequenceEqual(other.Arguments) && Directory == other.Directory && Input == other.Input
        && Environment.SequenceEqual(other.Environment) && Paths.SequenceEqual(other.Paths) && Below.SequenceEqual(other.Below);

    public override int GetHashCode() => string.Join(' ', Arguments).GetHashCode(StringComparison.Ordinal);
}

/// <summary>What the kernel has mounted at this very path.</summary>
internal sealed record MountLook(string Path) : Look<MountAnswer>
{
    [JsonIgnore]
    public override string Subject => $"mount point {Path}";
}

/// <summary>The keys that rpm trusts.</summary>
internal sealed record RpmKeysLook : Look<RpmKeysAnswer>
{
    [JsonIgnore]
    public override string Subject => "rpm's keys";
}

internal enum FirewallQuestion
{
    /// <summary>Whether a zone has something: <c>port=80/tcp</c>.</summary>
    Part,

    /// <summary>Whether this is the zone's target.</summary>
    Target,

    /// <summary>Whether there is such a zone.</summary>
    Zone,
}

/// <summary>What firewalld has now, or keeps.</summary>
internal sealed record FirewallLook(string Zone, FirewallQuestion Question, string Query, bool Permanent) : Look<FirewallAnswer>
{
    [JsonIgnore]
    public override string Subject => $"{Query} of firewalld's {(Permanent ? "kept " : "")}zone {Zone}";
}

/// <summary>Whether a transaction would do anything: the package manager is asked, and told no. Only asked by a push.</summary>
internal sealed record TransactionLook(PackageTransaction Transaction) : Look<TransactionAnswer>
{
    [JsonIgnore]
    public override bool IsVolatile => true;

    [JsonIgnore]
    public override string Subject => $"repositories, to {Transaction.Summary}";
}

/// <summary>All that is installed, or that repositories have, for who wants to read it: <c>installed</c>, <c>available</c>, <c>updates</c>, <c>repos</c>, or a name.</summary>
internal sealed record ListedPackagesLook(string What, ImmutableArray<string> EnableRepositories, ImmutableArray<string> DisableRepositories) : Look<ListedPackagesAnswer>
{
    /// <inheritdoc cref="AvailablePackagesLook.Options"/>
    public ImmutableArray<string> Options { get; init; } = [];

    /// <summary>Another root, whose packages are listed; null: this machine.</summary>
    public string? Root { get; init; }

    [JsonIgnore]
    public override bool IsVolatile => true;

    [JsonIgnore]
    public override string Subject => $"packages ({What})";
}

/// <summary>Which package a file is; none where it is not there.</summary>
internal sealed record PackageFileLook(string Path) : Look<PackagesAnswer>
{
    [JsonIgnore]
    public override string Subject => Path;
}

/// <summary>
/// What is in an archive that a server has, and how that differs from what lies here: it is fetched for the time of the look
/// only, and the tools are asked of it one after the other, until one ends badly. A zip is the answer itself. Only asked by a push.
/// </summary>
/// <param name="Path">Where it is meanwhile, as the tools' command lines name it.</param>
internal sealed record FetchedArchiveLook(WebRequest Request, string Path, ImmutableArray<ToolLook> Tools) : Look<FetchedArchiveAnswer>
{
    /// <summary>For all of it.</summary>
    public TimeSpan Deadline { get; init; } = TimeSpan.FromHours(1);

    /// <summary>A zip that is longer is refused.</summary>
    public required int MostZip { get; init; }

    [JsonIgnore]
    public override bool IsVolatile => true;

    [JsonIgnore]
    public override string Subject => $"what is in {Request.Url}";

    public bool Equals(FetchedArchiveLook? other) => other is not null && Request == other.Request && Path == other.Path && Tools.SequenceEqual(other.Tools) && Deadline == other.Deadline && MostZip == other.MostZip;

    public override int GetHashCode() => HashCode.Combine(Request, Path);
}
