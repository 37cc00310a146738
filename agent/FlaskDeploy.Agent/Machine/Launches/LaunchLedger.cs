using System.Text.Json;
using FlaskDeploy.Agent.Machine.Processes;
using FlaskDeploy.Agent.State;

namespace FlaskDeploy.Agent.Machine.Launches;

/// <summary>What was launched: enough to know it again, and to say whose it is.</summary>
/// <param name="Boot">Start times count from a boot; after another one the process is not the same, whatever its numbers say.</param>
/// <param name="Inputs">Empty: it was found running in its unit, and nothing says what it was started from.</param>
internal sealed record LaunchRecord(string Name, string Deployment, int Pid, ulong StartTime, string Boot, string Inputs, string Unit, string Log)
{
    public int? Port { get; init; }

    /// <summary>Whose it is; null in the records of older agents.</summary>
    public uint? Uid { get; init; }

    public LogLimits? Limits { get; init; }

    public ProcessIdentity Identity => new(Pid, StartTime);
}

/// <summary>
/// One file per name, written whole or not at all, in two places: in the state, which survives a reboot, and beside the
/// process, which goes with it. What runs is known as long as either is there, and where both are gone by its unit, whose
/// name is the launch's: so nothing is started twice because the agent's state was lost or is that of another day.
/// </summary>
internal sealed class LaunchLedger(AgentPaths paths)
{
    private const string Suffix = ".json";
    private readonly string _kept = Path.Combine(paths.StateDirectory, "launches");

    public static string Boot { get; } = File.ReadAllText("/proc/sys/kernel/random/boot_id").Trim();

    public LaunchAnswer Look(string name) => Find(name) is { } record
        ? new LaunchAnswer(true, Runs(record))
        {
            Pid = record.Pid,
            StartTime = record.StartTime,
            Inputs = record.Inputs,
            Port = record.Port,
            Unit = record.Unit,
            Log = record.Log,
            Limits = record.Limits ?? LogLimits.Default,
        }
        : new LaunchAnswer(false, false);

    /// <summary>What runs under the name, else what last ran under it.</summary>
    public LaunchRecord? Find(string name)
    {
        var kept = Read(PathIn(_kept, name));
        if (kept is not null && Runs(kept))
        {
            return kept;
        }
        return Read(PathIn(paths.LaunchDirectory, name)) is { } beside && Runs(beside) ? beside : InUnit(name) ?? kept;
    }

    /// <summary>All that was launched and not stopped, by name.</summary>
    public IEnumerable<LaunchRecord> All() => ((string[])[_kept, paths.LaunchDirectory])
        .Where(Directory.Exists)
        .SelectMany(directory => Directory.EnumerateFiles(directory, $"*{Suffix}"))
        .Select(Read).OfType<LaunchRecord>()
        .Select(record => record.Name).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)
        .Select(Find).OfType<LaunchRecord>();

    public void Remember(LaunchRecord record)
    {
        var bytes = JsonSerializer.SerializeToUtf8Bytes(record, MachineJson.Default.LaunchRecord);
        foreach (var directory in (string[])[paths.LaunchDirectory, _kept])
        {
            DurableFile.MakeDirectory(directory);
            DurableFile.Write(PathIn(directory, record.Name), bytes);
        }
    }

    public void Forget(string name)
    {
        foreach (var path in (string[])[PathIn(paths.LaunchDirectory, name), PathIn(_kept, name), HealthOf(name)])
        {
            if (File.Exists(path))
            {
                DurableFile.Delete(path);
            }
        }
    }

    /// <summary>Where the bad answers of what runs under the name are counted.</summary>
    public string HealthOf(string name) => Path.Combine(paths.LaunchDirectory, $"{UnitNames.Escape(name)}.health");

    public static bool Runs(LaunchRecord record) => record.Boot == Boot && ProcessTable.Runs(record.Identity);

    // The oldest is the one that the unit was started with.
    private static LaunchRecord? InUnit(string name)
    {
        var unit = UnitNames.Launch(name);
        return ControlGroups.ProcessesOf(unit).Select(ProcessTable.Identify).OfType<ProcessIdentity>().OrderBy(process => process.StartTime).ThenBy(process => process.Pid).FirstOrDefault() is { } first
            ? new LaunchRecord(name, "", first.Pid, first.StartTime, Boot, "", unit, "")
            : null;
    }

    private static LaunchRecord? Read(string path)
    {
        try
        {
            return DurableFile.TryRead(path) is { } bytes ? JsonSerializer.Deserialize(bytes, MachineJson.Default.LaunchRecord) : null;
        }
        catch (JsonException)
        {
            // Not what an agent wrote: as good as not there, for what runs is found without it.
            return null;
        }
    }

    private static string PathIn(string directory, string name) => Path.Combine(directory, $"{UnitNames.Escape(name)}{Suffix}");
}
