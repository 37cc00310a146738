using FlaskDeploy.Agent.Machine.Looks;
using FlaskDeploy.Agent.Machine.Native;
using FlaskDeploy.Agent.Machine.Workers;

namespace FlaskDeploy.Agent.Machine;

/// <summary>The real machine. Paths are seen as the user, by that user's worker; what is the same for everybody is seen by the agent itself.</summary>
internal sealed class MachineView(Account account, TaskEnvironment environment, LocalLooks local, WorkerPool workers) : IMachineView
{
    public Account As => account;

    public TaskEnvironment Environment => environment;

    public async ValueTask<TAnswer> Ask<TAnswer>(Look<TAnswer> look, CancellationToken cancellation)
        where TAnswer : Answer =>
        account.Uid == Libc.EffectiveUser() || !DependsOnUser(look)
            ? await local.Ask(look, environment, cancellation)
            : (TAnswer)await workers.Ask(look, account, environment, cancellation);

    // Of stats root may know without becoming anybody: no worker is started for them.
    public ValueTask<IReadOnlyList<string?>> Movements(IReadOnlyList<Look> looks, CancellationToken cancellation) =>
        local.Movements(looks, account, environment, cancellation);

    private static bool DependsOnUser(Look look) =>
        look is StatLook or ContentLook or HashLook or ReadLook or DirectoryLook or GlobLook or PythonPackagesLook or ProgramLook or SecurityContextLook or WebLook or NameServiceLook or ToolLook or FetchedArchiveLook or UnitLook { IsUsers: true };
}
