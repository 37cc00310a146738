using System.Collections.Immutable;
using System.Text.Json;
using FlaskDeploy.Agent.Drift;

namespace FlaskDeploy.Agent.State;

/// <summary>What the agent knows of one deployment, besides its envelopes and its baseline.</summary>
internal sealed record DeploymentRecord(string Name)
{
    /// <summary>The accepted revision; never goes back.</summary>
    public ulong Sequence { get; init; }

    /// <summary>The revision that was last applied completely; 0: none.</summary>
    public ulong Complete { get; init; }

    /// <summary>Digest of the content that was applied completely, in hexadecimal.</summary>
    public string? CompleteContent { get; init; }

    /// <summary>The highest order that was taken up.</summary>
    public ulong Order { get; init; }

    /// <summary>How often in a row an apply or a correction failed.</summary>
    public int Failures { get; init; }

    public string? LastProblem { get; init; }

    /// <summary>After too many failures nothing is tried again by itself: a push or <c>converge</c> is.</summary>
    public bool IsHeld { get; init; }

    public DateTimeOffset? RetryAt { get; init; }

    public DateTimeOffset? LastCheck { get; init; }

    public string? LastResult { get; init; }

    public ImmutableArray<string> PendingHandlers { get; init; } = [];

    public bool IsRetired { get; init; }
}

/// <summary>The deployments of this host, each in a folder of its own. Every write is whole or not at all.</summary>
internal sealed class DeploymentStore
{
    private readonly string _directory;
    private readonly Dictionary<string, DeploymentRecord> _records = new(StringComparer.Ordinal);
    private readonly Dictionary<string, Baseline?> _baselines = new(StringComparer.Ordinal);

    public DeploymentStore(string directory)
    {
        _directory = directory;
        DurableFile.MakeDirectory(directory);
        foreach (var folder in Directory.EnumerateDirectories(directory))
        {
            if (DurableFile.TryRead(Path.Combine(folder, "state.json")) is { } bytes && JsonSerializer.Deserialize(bytes, AgentJson.Default.DeploymentRecord) is { } record)
            {
                _records[record.Name] = record;
            }
        }
    }

    public IEnumerable<DeploymentRecord> All => _records.Values.OrderBy(record => record.Name, StringComparer.Ordinal);

    /// <summary>Names are folders: letters, digits, <c>. _ -</c>, no leading dot, at most 64.</summary>
    public static bool IsValidName(string name) =>
        name.Length is > 0 and <= 64 && name[0] != '.' && name.All(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '_' or '-');

    public DeploymentRecord Get(string name) => _records.GetValueOrDefault(name) ?? new DeploymentRecord(name);

    public void Save(DeploymentRecord record)
    {
        DurableFile.MakeDirectory(Folder(record.Name));
        DurableFile.Write(Path.Combine(Folder(record.Name), "state.json"), JsonSerializer.SerializeToUtf8Bytes(record, AgentJson.Default.DeploymentRecord));
        _records[record.Name] = record;
    }

    /// <summary>In memory only: the time of a check that found nothing is not worth a write to the disk.</summary>
    public void Remember(DeploymentRecord record) => _records[record.Name] = record;

    /// <summary>The envelopes of the accepted revision as they came, in one file so that they can never be of two revisions.</summary>
    public void SaveAssignment(string name, ReadOnlySpan<byte> assignment)
    {
        DurableFile.MakeDirectory(Folder(name));
        DurableFile.Write(Path.Combine(Folder(name), "assignment"), assignment);
    }

    public byte[]? LoadAssignment(string name) => DurableFile.TryRead(Path.Combine(Folder(name), "assignment"));

    public Baseline? LoadBaseline(string name)
    {
        if (!_baselines.TryGetValue(name, out var baseline))
        {
            baseline = DurableFile.TryRead(Path.Combine(Folder(name), "baseline.json")) is { } bytes ? JsonSerializer.Deserialize(bytes, AgentJson.Default.Baseline) : null;
            _baselines[name] = baseline;
        }
        return baseline;
    }

    public void SaveBaseline(string name, Baseline? baseline)
    {
        var path = Path.Combine(Folder(name), "baseline.json");
        if (baseline is null)
        {
            File.Delete(path);
        }
        else
        {
            DurableFile.Write(path, JsonSerializer.SerializeToUtf8Bytes(baseline, AgentJson.Default.Baseline));
        }
        _baselines[name] = baseline;
    }

    private string Folder(string name) =>
        IsValidName(name) ? Path.Combine(_directory, name) : throw new ArgumentException($"'{name}' is not the name of a deployment.", nameof(name));
}
