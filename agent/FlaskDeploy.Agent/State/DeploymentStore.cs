using System.Collections.Immutable;
using System.Text.Json;
using FlaskDeploy.Agent.Drift;
using FlaskDeploy.Agent.Modules;

namespace FlaskDeploy.Agent.State;

/// <summary>What the agent knows of one deployment, besides its envelopes and its baseline.</summary>
internal sealed record DeploymentRecord(string Name)
{
    /// <summary>The accepted revision; never goes back. 0: none, the host was only asked to check one.</summary>
    public ulong Sequence { get; init; }

    /// <summary>The revision that was last applied completely; 0: none.</summary>
    public ulong Complete { get; init; }

    /// <summary>Digest of the content that was applied completely, in hexadecimal.</summary>
    public string? CompleteContent { get; init; }

    /// <summary>After that, a pass over all tasks began that did not go through: what it did is put right also where the policy is to report.</summary>
    public bool IsDisturbed { get; init; }

    /// <summary>The highest order that was taken up.</summary>
    public ulong Order { get; init; }

    /// <summary>How often in a row an apply or a correction failed.</summary>
    public int Failures { get; init; }

    public string? LastProblem { get; init; }

    /// <summary>After too many failures nothing is tried again by itself: a push or <c>converge</c> is.</summary>
    public bool IsHeld { get; init; }

    public DateTimeOffset? RetryAt { get; init; }

    public DateTimeOffset? LastCheck { get; init; }

    /// <summary>When every look is to be asked anew, whatever the fingerprints say. By the clock, so that restarts do not put it off.</summary>
    public DateTimeOffset? FullLookDue { get; init; }

    public string? LastResult { get; init; }

    /// <summary>The run that came to <see cref="LastResult"/>, and its last event: kept with one write, so that a crash right after it neither repeats the run nor loses its end.</summary>
    public string? LastRun { get; init; }

    public byte[]? LastEvent { get; init; }

    public ImmutableArray<string> PendingHandlers { get; init; } = [];

    /// <summary>What a correction that failed or was cut short still owes.</summary>
    public Owed Owed { get; init; } = Owed.Nothing;

    /// <summary>The drift that was reported and, by policy, left: not told again while it is the same.</summary>
    public string? ToldDrift { get; init; }

    public bool IsRetired { get; init; }

    /// <summary>Null: drift is corrected as the policy says.</summary>
    public Pause? Pause { get; init; }

    /// <summary>What was corrected of late, and how often.</summary>
    public ImmutableArray<Corrections> Corrections { get; init; } = [];

    /// <summary>What was last told of how drift is treated.</summary>
    public byte[]? ToldStanding { get; init; }
}

/// <summary>The deployments of this host, each in a folder of its own. Every write is whole or not at all. Safe for several threads.</summary>
internal sealed class DeploymentStore
{
    private readonly Lock _lock = new();
    private readonly string _directory;
    private readonly Dictionary<string, DeploymentRecord> _records = new(StringComparer.Ordinal);
    private readonly Dictionary<string, Baseline?> _baselines = new(StringComparer.Ordinal);
    private readonly Dictionary<string, DeploymentClaims?> _claims = new(StringComparer.Ordinal);

    private readonly StateSeal? _seal;

    /// <param name="seal">Null: this host has no key, and baselines and claims lie open.</param>
    public DeploymentStore(string directory, StateSeal? seal = null)
    {
        (_directory, _seal) = (directory, seal);
        DurableFile.MakeDirectory(directory);
        foreach (var folder in Directory.EnumerateDirectories(directory))
        {
            if (DurableFile.TryRead(Path.Combine(folder, "state.json")) is { } bytes && TryParse(bytes) is { } record && IsValidName(record.Name))
            {
                _records[record.Name] = record;
            }
        }
    }

    public IReadOnlyList<DeploymentRecord> All
    {
        get
        {
            lock (_lock)
            {
                return [.. _records.Values.OrderBy(record => record.Name, StringComparer.Ordinal)];
            }
        }
    }

    /// <summary>Names are folders: letters, digits, <c>. _ -</c>, no leading dot, at most 64.</summary>
    public static bool IsValidName(string name) =>
        name.Length is > 0 and <= 64 && name[0] != '.' && name.All(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '_' or '-');

    public DeploymentRecord Get(string name)
    {
        lock (_lock)
        {
            return _records.GetValueOrDefault(name) ?? new DeploymentRecord(name);
        }
    }

    /// <summary>Changes what is there now, not what somebody read a while ago: a push may come while a run ends.</summary>
    public DeploymentRecord Update(string name, Func<DeploymentRecord, DeploymentRecord> change)
    {
        lock (_lock)
        {
            var record = change(Get(name));
            DurableFile.MakeDirectory(Folder(name));
            DurableFile.Write(Path.Combine(Folder(name), "state.json"), JsonSerializer.SerializeToUtf8Bytes(record, AgentJson.Default.DeploymentRecord));
            _records[name] = record;
            return record;
        }
    }

    /// <summary>In memory only: the time of a check that found nothing is not worth a write to the disk.</summary>
    public void Remember(string name, Func<DeploymentRecord, DeploymentRecord> change)
    {
        lock (_lock)
        {
            _records[name] = change(Get(name));
        }
    }

    /// <summary>The envelopes of the accepted revision as they came, in one file so that they can never be of two revisions.</summary>
    public void SaveAssignment(string name, ReadOnlySpan<byte> assignment)
    {
        DurableFile.MakeDirectory(Folder(name));
        DurableFile.Write(Path.Combine(Folder(name), "assignment"), assignment);
    }

    /// <summary>By folder: a state that cannot be read does not hide the revision beside it.</summary>
    public IReadOnlyList<string> Assigned =>
        [.. Directory.EnumerateDirectories(_directory).Select(folder => Path.GetFileName(folder)).Where(IsValidName).Where(name => File.Exists(Path.Combine(Folder(name), "assignment"))).Order(StringComparer.Ordinal)];

    public byte[]? LoadAssignment(string name) => DurableFile.TryRead(Path.Combine(Folder(name), "assignment"));

    /// <summary>Null: there is none, or none that this agent can read; the next run then goes over everything.</summary>
    public Baseline? LoadBaseline(string name)
    {
        lock (_lock)
        {
            if (!_baselines.TryGetValue(name, out var baseline))
            {
                baseline = Read(Path.Combine(Folder(name), "baseline.json")) is { } bytes ? ParseBaseline(bytes) : null;
                _baselines[name] = baseline;
            }
            return baseline;
        }
    }

    public void SaveBaseline(string name, Baseline? baseline)
    {
        lock (_lock)
        {
            var path = Path.Combine(Folder(name), "baseline.json");
            if (baseline is not null)
            {
                DurableFile.MakeDirectory(Folder(name));
                DurableFile.Write(path, Closed(JsonSerializer.SerializeToUtf8Bytes(baseline, AgentJson.Default.Baseline)));
            }
            else if (File.Exists(path))
            {
                DurableFile.Delete(path);
            }
            _baselines[name] = baseline;
        }
    }

    /// <summary>What the deployment claims on this host; null: nothing was ever applied, or it is retired.</summary>
    public DeploymentClaims? LoadClaims(string name)
    {
        lock (_lock)
        {
            if (!_claims.TryGetValue(name, out var claims))
            {
                claims = Read(ClaimsFile(name)) is { } bytes ? ParseClaims(bytes) : null;
                _claims[name] = claims;
            }
            return claims;
        }
    }

    /// <summary>Writes only what differs from what is there.</summary>
    public void SaveClaims(string name, DeploymentClaims? claims)
    {
        lock (_lock)
        {
            var bytes = claims is null ? null : JsonSerializer.SerializeToUtf8Bytes(claims, AgentJson.Default.DeploymentClaims);
            var before = Read(ClaimsFile(name));
            if (bytes is null && File.Exists(ClaimsFile(name)))
            {
                DurableFile.Delete(ClaimsFile(name));
            }
            else if (bytes is not null && !bytes.AsSpan().SequenceEqual(before))
            {
                DurableFile.MakeDirectory(Folder(name));
                DurableFile.Write(ClaimsFile(name), Closed(bytes));
            }
            _claims[name] = claims;
        }
    }

    private byte[]? Read(string path) => DurableFile.TryRead(path) is { } bytes ? _seal is null ? bytes : _seal.Open(bytes) : null;

    private byte[] Closed(byte[] bytes) => _seal?.Close(bytes) ?? bytes;

    private string ClaimsFile(string name) => Path.Combine(Folder(name), "claims.json");

    private static DeploymentClaims? ParseClaims(byte[] bytes)
    {
        try
        {
            return JsonSerializer.Deserialize(bytes, AgentJson.Default.DeploymentClaims);
        }
        catch (JsonException)
        {
            // Of a newer agent: the next whole run says it anew.
            return null;
        }
    }

    private static DeploymentRecord? TryParse(byte[] bytes)
    {
        try
        {
            return JsonSerializer.Deserialize(bytes, AgentJson.Default.DeploymentRecord);
        }
        catch (JsonException)
        {
            // The signed assignment beside it says which revision was accepted; the rest is found out by a run.
            return null;
        }
    }

    private static Baseline? ParseBaseline(byte[] bytes)
    {
        try
        {
            return JsonSerializer.Deserialize(bytes, AgentJson.Default.Baseline);
        }
        catch (JsonException)
        {
            // Of a newer agent, with a look that this one does not know.
            return null;
        }
    }

    private string Folder(string name) =>
        IsValidName(name) ? Path.Combine(_directory, name) : throw new ArgumentException($"'{name}' is not the name of a deployment.", nameof(name));
}
