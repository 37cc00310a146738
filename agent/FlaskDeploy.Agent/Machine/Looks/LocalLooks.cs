using System.Diagnostics;
using FlaskDeploy.Agent.Machine.Files;
using FlaskDeploy.Agent.Machine.Launches;
using FlaskDeploy.Agent.Machine.Processes;
using FlaskDeploy.Agent.Machine.Web;

namespace FlaskDeploy.Agent.Machine.Looks;

/// <summary>
/// Every look, one arm each, as the user of this process. Nothing here changes anything; each look has a deadline, and
/// a file system that hangs costs a thread, not the run.
/// </summary>
internal sealed class LocalLooks
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(10);
    // firewall-cmd is a Python program, and asks over the bus.
    private static readonly TimeSpan ToolDeadline = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan PackageDeadline = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan RepositoryDeadline = TimeSpan.FromSeconds(180);

    private readonly LaunchLedger _ledger;
    private readonly Accounts _accounts;
    private readonly Listeners _listeners = new();
    private readonly Facts.SystemPython _systemPython = new();
    private readonly PythonLooks _python;
    private readonly CheapLooks _cheap;
    private readonly LaunchHealth _health;
    private readonly TimeProvider _time;
    private readonly IBlobSource? _blobs;

    /// <param name="blobs">What tools may read; null: nothing.</param>
    public LocalLooks(LaunchLedger ledger, Accounts accounts, TimeProvider? time = null, IBlobSource? blobs = null)
    {
        (_ledger, _accounts, _blobs) = (ledger, accounts, blobs);
        _time = time ?? TimeProvider.System;
        _python = new PythonLooks(time);
        _cheap = new CheapLooks(_python, time ?? TimeProvider.System);
        _health = new LaunchHealth(ledger, time ?? TimeProvider.System);
    }

    /// <inheritdoc cref="IMachineView.Movements"/>
    public async ValueTask<IReadOnlyList<string?>> Movements(IReadOnlyList<Look> looks, Account account, TaskEnvironment environment, CancellationToken cancellation)
    {
        try
        {
            var movements = await Task.Run(() => _cheap.Movements(looks, account, environment), cancellation).WaitAsync(Deadline, cancellation);
            return looks.Any(look => look is UnitLook { IsUsers: false }) ? await WithUnits(looks, movements, cancellation) : movements;
        }
        catch (TimeoutException)
        {
            // A file system that hangs. Each look is asked by itself, and the one that hangs says so.
            return new string?[looks.Count];
        }
    }

    // One process for all of them: systemd keeps what it knows in its memory, and no file says it as well.
    private static async Task<IReadOnlyList<string?>> WithUnits(IReadOnlyList<Look> looks, IReadOnlyList<string?> movements, CancellationToken cancellation)
    {
        var units = await UnitLooks.Together([.. looks.OfType<UnitLook>().Where(unit => !unit.IsUsers).Select(unit => unit.Name)], Deadline, cancellation);
        return [.. looks.Select((look, at) => look is UnitLook { IsUsers: false } unit ? units.GetValueOrDefault(unit.Name)?.Fingerprint() : movements[at])];
    }

    /// <exception cref="LookFailedException">The machine could not be asked.</exception>
    public async ValueTask<TAnswer> Ask<TAnswer>(Look<TAnswer> look, TaskEnvironment environment, CancellationToken cancellation)
        where TAnswer : Answer => (TAnswer)await Ask((Look)look, environment, cancellation);

    /// <inheritdoc cref="Ask{TAnswer}"/>
    public async ValueTask<Answer> Ask(Look look, TaskEnvironment environment, CancellationToken cancellation)
    {
        var deadline = DeadlineOf(look);
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        limit.CancelAfter(deadline);
        try
        {
            return await Task.Run(() => See(look, environment, limit.Token), limit.Token).WaitAsync(limit.Token);
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            throw new LookFailedException(look, $"no answer within {deadline.TotalSeconds:0} s");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or FormatException)
        {
            throw new LookFailedException(look, e.Message, e);
        }
    }

    private static TimeSpan DeadlineOf(Look look) => look switch
    {
        PackagesLook or PythonPackagesLook or RpmKeysLook => PackageDeadline,
        FirewallLook => ToolDeadline,
        PackageFileLook => PackageDeadline,
        AvailablePackagesLook or TransactionLook or ListedPackagesLook => RepositoryDeadline,
        ContentLook or HashLook => PackageDeadline,
        ConnectLook connect => connect.Timeout + Deadline,
        HealthLook health => health.Check.Timeout + Deadline,
        WebLook web => web.Request.Timeout + Deadline,
        ToolLook tool => tool.Deadline,
        FetchedArchiveLook archive => archive.Deadline,
        _ => Deadline,
    };

    private async Task<Answer> See(Look look, TaskEnvironment environment, CancellationToken cancellation) => look switch
    {
        StatLook stat => PathLooks.Stat(stat.Path, stat.FollowLinks, stat.WithTimes, stat.WithFlags),
        ContentLook content => await PathLooks.Content(content.Path, cancellation),
        HashLook hash => await Checksums.Of(hash.Path, hash.Algorithm, cancellation),
        ReadLook read => PathLooks.Read(read.Path, read.Limit),
        DirectoryLook directory => PathLooks.List(directory.Path),
        GlobLook glob => new PathsAnswer(Glob.Find(glob.Pattern)),
        PackagesLook packages => await RpmLooks.Installed(packages.Names, packages.Root, PackageDeadline, cancellation),
        AvailablePackagesLook available => await RepositoryLooks.Available(available, RepositoryDeadline, cancellation),
        PythonPackagesLook python => await _python.Packages(python.Python, environment, cancellation),
        ListenersLook listeners => _listeners.On(listeners.Port),
        ConnectLook connect => await Connections.Try(connect, cancellation),
        ProcessLook process => ProcessTable.Look(process.Pid),
        UnitLook { IsUsers: true } unit => await UnitLooks.OfUser(unit.Name, Deadline, cancellation),
        UnitLook unit => await UnitLooks.Look(unit.Name, Deadline, cancellation),
        AccountLook account => new AccountAnswer(await _accounts.Find(account.User, cancellation)),
        GroupLook group => await _accounts.FindGroup(group.Group, cancellation),
        ProgramLook program => PathLooks.Program(program.Names, environment.Path),
        SystemLook => await SystemFacts.Look(_systemPython, cancellation),
        LaunchLook launch => _ledger.Look(launch.Name),
        NameServiceLook names => await NameServiceLooks.Look(names, Deadline, cancellation),
        ToolLook tool => await ToolLooks.Look(tool, environment, _blobs, cancellation),
        FetchedArchiveLook archive => await FetchedArchives.Look(archive, environment, cancellation),
        WebLook web => await WebAnswers.Ask(web.Request, _time, cancellation),
        HealthLook health => await _health.Look(health, cancellation),
        MountLook mount => await MountLooks.Look(mount.Path, cancellation),
        TransactionLook transaction => await RepositoryLooks.WouldAct(transaction.Transaction, RepositoryDeadline, cancellation),
        ListedPackagesLook listed => await PackageLists.List(listed, RepositoryDeadline, cancellation),
        PackageFileLook file => await RpmLooks.OfFile(file.Path, PackageDeadline, cancellation),
        RpmKeysLook => await KeyLooks.Look(PackageDeadline, cancellation),
        FirewallLook firewall => await FirewallLooks.Look(firewall, ToolDeadline, cancellation),
        SecurityContextLook context => new SecurityContextAnswer(SecurityContext.Of(context.Path), await SecurityContext.DefaultOf(context.Path, cancellation)),
        _ => throw new UnreachableException(look.GetType().Name),
    };
}
