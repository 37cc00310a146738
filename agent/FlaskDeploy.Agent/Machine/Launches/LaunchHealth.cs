using System.Globalization;
using System.Text;
using FlaskDeploy.Agent.State;

namespace FlaskDeploy.Agent.Machine.Launches;

/// <summary>
/// Asks what was launched how it is, and counts bad answers in a row beside the process: a slow answer bounces nobody, and
/// an agent that is restarted between two bad ones does not forget the first.
/// </summary>
internal sealed class LaunchHealth(LaunchLedger ledger, TimeProvider time)
{
    public async ValueTask<HealthAnswer> Look(HealthLook look, CancellationToken cancellation)
    {
        var path = ledger.HealthOf(look.Name);
        var problem = await HealthProbe.Try(look.Check, cancellation);
        if (problem is null)
        {
            File.Delete(path);
            return new HealthAnswer(true, 0, null);
        }
        // Of nothing that runs there is no count to keep: that it does not run is found without it.
        if (ledger.Find(look.Name) is not { } record || !LaunchLedger.Runs(record))
        {
            return new HealthAnswer(false, 0, problem);
        }
        var identity = $"{record.Pid} {record.StartTime}";
        var (failures, last) = Read(path, identity);
        var now = time.GetTimestamp();
        if (last is null || time.GetElapsedTime(last.Value, now) >= look.Check.Interval)
        {
            failures++;
            DurableFile.MakeDirectory(Path.GetDirectoryName(path)!);
            DurableFile.Write(path, Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{failures} {now} {identity}")));
        }
        return new HealthAnswer(failures < look.Check.Retries, failures, problem);
    }

    // Another process, or a file that is not ours: the count begins anew.
    private static (int Failures, long? Last) Read(string path, string identity) =>
        DurableFile.TryRead(path) is { } bytes
        && Encoding.ASCII.GetString(bytes).Split(' ', 3) is [var count, var at, var of] && of == identity
        && int.TryParse(count, NumberStyles.None, CultureInfo.InvariantCulture, out var failures)
        && long.TryParse(at, NumberStyles.None, CultureInfo.InvariantCulture, out var last)
            ? (failures, last)
            : (0, null);
}
