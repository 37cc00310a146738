using FlaskDeploy.Agent.Machine;
using FlaskDeploy.Agent.Machine.Processes;
using FlaskDeploy.Processes;

namespace FlaskDeploy.Agent.Tests.Processes;

/// <summary>A real child of the test, killed at its end.</summary>
internal sealed class Child : IDisposable
{
    private readonly ChildProcess _process;

    private Child(ChildProcess process) => (_process, Identity) = (process, ProcessTable.Identify(process.Pid) ?? new ProcessIdentity(process.Pid, 0));

    public ProcessIdentity Identity { get; }

    public Task<ChildExit> Exited => _process.Exited;

    public static Child Start(params string[] arguments) => new(ChildProcess.Start(new ChildStart(arguments[0], arguments)
    {
        Environment = [KeyValuePair.Create("PATH", TaskEnvironment.DefaultPath)],
        NewSession = true,
    }));

    public static Child Shell(string script) => Start("/bin/sh", "-c", script);

    public async Task<ChildExit> Ended() => await Exited.WaitAsync(TimeSpan.FromSeconds(60));

    public void Dispose() => _process.Signal(9);
}
