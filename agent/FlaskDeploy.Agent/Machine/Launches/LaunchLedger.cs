using System.Text.Json;
using FlaskDeploy.Agent.Machine.Processes;
using FlaskDeploy.Agent.State;

namespace FlaskDeploy.Agent.Machine.Launches;

/// <summary>What was launched: enough to know it again, and to say whose it is.</summary>
/// <param name="Boot">Start times count from a boot; after another one the process is not the same, whatever its numbers say.</param>
internal sealed record LaunchRecord(string Name, string Deployment, int Pid, ulong StartTime, string Boot, string Inputs, string Unit, string Log)
{
    public int? Port { get; init; }

    public ProcessIdentity Identity => new(Pid, StartTime);
}

/// <summary>One file per name, written whole or not at all.</summary>
internal sealed class LaunchLedger(AgentPaths paths)
{
    private readonly string _directory = Path.Combine(paths.StateDirectory, "launches");

    public static string Boot { get; } = File.ReadAllText("/proc/sys/kernel/random/boot_id").Trim();

    public LaunchAnswer Look(string name) => Find(name) is { } record
        ? new LaunchAnswer(true, Runs(record)) { Pid = record.Pid, StartTime = record.StartTime, Inputs = record.Inputs, Port = record.Port, Unit = record.Unit }
        : new LaunchAnswer(false, false);

    public LaunchRecord? Find(string name) => DurableFile.TryRead(PathOf(name)) is { } bytes ? JsonSerializer.Deserialize(bytes, MachineJson.Default.LaunchRecord) : null;

    public IEnumerable<LaunchRecord> All() => Directory.Exists(_directory)
        ? Directory.EnumerateFiles(_directory, "*.json").Select(path => JsonSerializer.Deserialize(File.ReadAllBytes(path), MachineJson.Default.LaunchRecord)).OfType<LaunchRecord>().OrderBy(record => record.Name, StringComparer.Ordinal)
        : [];

    public void Remember(LaunchRecord record)
    {
        DurableFile.MakeDirectory(_directory);
        DurableFile.Write(PathOf(record.Name), JsonSerializer.SerializeToUtf8Bytes(record, MachineJson.Default.LaunchRecord));
    }

    public void Forget(string name)
    {
        if (File.Exists(PathOf(name)))
        {
            DurableFile.Delete(PathOf(name));
        }
    }

    public static bool Runs(LaunchRecord record) => record.Boot == Boot && ProcessTable.Runs(record.Identity);

    private string PathOf(string name) => Path.Combine(_directory, $"{UnitNames.Escape(name)}.json");
}
