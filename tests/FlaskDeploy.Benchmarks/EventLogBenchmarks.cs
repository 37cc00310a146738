using BenchmarkDotNet.Attributes;
using FlaskDeploy.Agent.Wire;
using FlaskDeploy.V1;

namespace FlaskDeploy.Benchmarks;

/// <summary>One event into the log on a real disk, acknowledged at once so that the log stays as long as a host's is.</summary>
public class EventLogBenchmarks
{
    private readonly string _directory = Directory.CreateTempSubdirectory("flaskdeploy-benchmark-").FullName;
    private EventLog _log = null!;

    [Params(true, false)]
    public bool Sync { get; set; }

    [GlobalSetup]
    public void Open() => _log = new EventLog(_directory, TimeProvider.System);

    [GlobalCleanup]
    public void Close()
    {
        _log.Dispose();
        Directory.Delete(_directory, recursive: true);
    }

    [Benchmark]
    public ulong Append_and_acknowledge()
    {
        var entry = _log.Append(
            new Event
            {
                Deployment = "flask",
                Sequence = 1,
                Run = "8a64b47471f1",
                Order = 1,
                TaskFinished = new TaskFinished { Task = "0/1", Name = "Copy project code to website server", Play = "all", Module = "copy", Because = "/home/webserver/hello/hello.py has the content", Micros = 4711 },
            },
            Sync);
        _log.Acknowledge(entry.Number);
        return entry.Number;
    }
}
