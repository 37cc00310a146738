using System.Globalization;
using System.Security.Cryptography;
using System.Text.Json;
using System.Text.RegularExpressions;
using FlaskDeploy.Agent.Machine.Launches;
using FlaskDeploy.Agent.Machine.Processes;
using FlaskDeploy.Agent.State;

namespace FlaskDeploy.Agent.Machine.Commands;

/// <summary>A command that nobody waits for (<c>async</c> with <c>poll: 0</c>).</summary>
/// <param name="Id">What <c>async_status</c> asks by.</param>
/// <param name="Limit">Then it is ended.</param>
internal sealed record CommandJob(string Id, TimeSpan Limit);

/// <summary>How a job is.</summary>
/// <param name="Result">Null: it still runs.</param>
internal sealed record JobState(string Id, CommandResult? Result);

/// <summary>What is kept of a job: where it writes, and how it is known again. Not its command line, which may hold a secret.</summary>
/// <param name="Mark">Stands in front of its exit status, behind all that it wrote to its standard error.</param>
internal sealed record JobRecord(string Id, string Output, string Error, string Mark, string Boot, DateTimeOffset Started)
{
    /// <summary>0: it was about to be started.</summary>
    public int Pid { get; init; }

    public ulong StartTime { get; init; }
}

/// <summary>
/// The jobs of this host, one file each in the agent's state: they outlive the agent, and with them what is known of
/// them. A job tells its own exit status, because whoever comes to ask is not its parent any more.
/// </summary>
internal sealed partial class Jobs(AgentPaths paths, TimeProvider time)
{
    private const string Suffix = ".json";
    private static readonly TimeSpan Kept = TimeSpan.FromDays(7);
    private readonly string _directory = Path.Combine(paths.StateDirectory, "jobs");

    /// <summary>The command line that carries out another one, ends it at its limit and tells its status.</summary>
    public static IEnumerable<string> Wrap(IEnumerable<string> arguments, TimeSpan limit, string mark) =>
    [
        "/bin/sh", "-c", $"timeout -k 5 {(long)Math.Max(1, limit.TotalSeconds)} \"$@\"; printf '\\n%s %d\\n' {mark} $? >&2", "sh", .. arguments,
    ];

    public static string NewMark() => Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(16));

    /// <summary>Kept before it is started, and again when its process is known: a job that nobody knows of is worse than one that never ran.</summary>
    public void Remember(JobRecord record)
    {
        DurableFile.MakeDirectory(_directory);
        DurableFile.Write(PathOf(record.Id), JsonSerializer.SerializeToUtf8Bytes(record, MachineJson.Default.JobRecord));
    }

    /// <summary>Null: there is no such job.</summary>
    public JobState? Find(string id)
    {
        if (Read(id) is not { } record)
        {
            return null;
        }
        var (output, error) = (TaskOutput.Read(record.Output), TaskOutput.Read(record.Error));
        var at = error.LastIndexOf($"\n{record.Mark} ", StringComparison.Ordinal);
        if (at >= 0 && int.TryParse(error[(at + record.Mark.Length + 2)..].Trim(), NumberStyles.None, CultureInfo.InvariantCulture, out var status))
        {
            var ended = new DateTimeOffset(File.GetLastWriteTimeUtc(record.Error), TimeSpan.Zero);
            return new JobState(id, new CommandResult(status, output, error[..at], record.Started, ended > record.Started ? ended - record.Started : TimeSpan.Zero));
        }
        var runs = record.Boot == LaunchLedger.Boot && record.Pid != 0 && ProcessTable.Runs(new ProcessIdentity(record.Pid, record.StartTime));
        return new JobState(id, runs ? null : new CommandResult(BecomeMain.NotBecome, output, $"{error}\nit ended and told no exit status".TrimStart('\n'), record.Started, TimeSpan.Zero));
    }

    public void Forget(string id)
    {
        if (Read(id) is { } record)
        {
            File.Delete(record.Output);
            File.Delete(record.Error);
            File.Delete(PathOf(id));
        }
    }

    /// <summary>What ended long ago and nobody asked for any more is forgotten.</summary>
    public void ForgetOld()
    {
        foreach (var id in Directory.Exists(_directory) ? Directory.EnumerateFiles(_directory, "*" + Suffix).Select(path => Path.GetFileNameWithoutExtension(path)).ToList() : [])
        {
            if (Read(id) is { } record && time.GetUtcNow() - record.Started > Kept && Find(id)?.Result is not null)
            {
                Forget(id);
            }
        }
    }

    private JobRecord? Read(string id)
    {
        if (!Name().IsMatch(id) || !File.Exists(PathOf(id)))
        {
            return null;
        }
        try
        {
            return JsonSerializer.Deserialize(File.ReadAllBytes(PathOf(id)), MachineJson.Default.JobRecord);
        }
        catch (JsonException)
        {
            // A file that a broken disk left: as good as none.
            return null;
        }
    }

    private string PathOf(string id) => Path.Combine(_directory, id + Suffix);

    // It comes from a playbook, and becomes the name of a file.
    [GeneratedRegex(@"\Aj[0-9]{1,30}\.[0-9]{1,10}\z", RegexOptions.CultureInvariant)]
    private static partial Regex Name();
}
