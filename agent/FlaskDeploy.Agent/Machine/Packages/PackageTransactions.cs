using System.Collections.Immutable;
using System.ComponentModel;
using System.Globalization;
using System.Text;
using System.Text.Json;
using FlaskDeploy.Agent.Machine.Looks;
using FlaskDeploy.Agent.Machine.Native;
using FlaskDeploy.Agent.Machine.Processes;
using FlaskDeploy.Agent.State;
using FlaskDeploy.Language.Bundles;
using FlaskDeploy.Processes;

namespace FlaskDeploy.Agent.Machine.Packages;

/// <summary>
/// Package transactions, each in a unit of its own: it goes on when the agent dies, also when it is the agent's own
/// upgrade. Named by the step, so that the agent that comes after finds it again.
/// </summary>
internal sealed class PackageTransactions(AgentPaths paths, TimeProvider time)
{
    private const int LastLines = 20;
    private const string Script = "transaction.sh";
    private const string Before = "before";
    private const string Root = "root";
    private static readonly TimeSpan Poll = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan ResultLife = TimeSpan.FromHours(1);
    private static readonly TimeSpan ToolDeadline = TimeSpan.FromSeconds(30);

    public async ValueTask<StepOutcome> Execute(PackageTransaction transaction, StepContext context, CancellationToken cancellation)
    {
        if (!context.As.IsRoot || Libc.EffectiveUser() != 0)
        {
            return StepOutcome.Failed($"packages are only installed by root, and the task runs as {context.As.Name}; become: yes makes it root");
        }
        if (((string[])["/usr/bin/dnf", "/usr/bin/yum"]).FirstOrDefault(File.Exists) is not { } manager)
        {
            return StepOutcome.Failed("this machine has neither dnf nor yum");
        }
        if (transaction.Packages.FirstOrDefault(package => package.StartsWith('-')) is { } option)
        {
            return StepOutcome.Failed($"{option} is no package but an option");
        }
        // An agent that died in mid-transaction left it running, or left its result: that is this step's. Once it is told
        // the result is gone, so that the same step of another run begins anew.
        var name = NameOf(transaction, context);
        if (!IsFinished(name) && !await Runs(name, cancellation))
        {
            await Begin(transaction, name, manager, cancellation);
        }
        StepOutcome outcome;
        try
        {
            outcome = await Wait(transaction, name, cancellation);
        }
        catch (OperationCanceledException) when (context.TimeIsUp.IsCancellationRequested)
        {
            outcome = await OutOfTime(transaction, name);
        }
        // Of one that was cut off the directory says since when there is something to mend.
        if (outcome.Status != StepStatus.Unknown)
        {
            Directory.Delete(DirectoryOf(name), recursive: true);
        }
        return outcome;
    }

    // A result that nobody fetched for so long is no answer to what is asked now.
    private bool IsFinished(string name) => File.Exists(ExitOf(name)) && time.GetUtcNow() - new DateTimeOffset(File.GetLastWriteTimeUtc(ExitOf(name))) < ResultLife;

    private static string NameOf(PackageTransaction transaction, StepContext context)
    {
        const int digits = 16;
        var identity = JsonSerializer.SerializeToUtf8Bytes(transaction, Workers.StepJson.Default.Step);
        return Digest.Of([.. Encoding.UTF8.GetBytes(context.Scope), 0, .. identity]).ToString()[..digits];
    }

    private async ValueTask Begin(PackageTransaction transaction, string name, string manager, CancellationToken cancellation)
    {
        var directory = DirectoryOf(name);
        var unfinished = await Unfinished(transaction.Root, cancellation);
        if (Directory.Exists(directory))
        {
            Directory.Delete(directory, recursive: true);
        }
        DurableFile.MakeDirectory(directory);
        if (transaction.Root is { } root)
        {
            DurableFile.Write(Path.Combine(directory, Root), Encoding.UTF8.GetBytes(root));
        }
        // Whoever waits for its end holds what is installed then against this.
        if (await Installed(transaction.Root, cancellation) is { } installed)
        {
            DurableFile.Write(Path.Combine(directory, Before), Encoding.UTF8.GetBytes(installed));
        }
        var present = transaction.Action == PackageAction.Update
            ? (await RpmLooks.Installed(transaction.Packages, transaction.Root, ToolDeadline, cancellation)).Packages.Select(package => package.AskedAs).ToHashSet(StringComparer.Ordinal)
            : [];
        var script = Path.Combine(directory, Script);
        DurableFile.Write(script, Encoding.UTF8.GetBytes(TransactionScript.Write(transaction, present, manager, directory, unfinished.Since)));
        unfinished.Names.Where(other => other != name).ToList().ForEach(other => Directory.Delete(DirectoryOf(other), recursive: true));
        if (!Systemd.Runs)
        {
            StartDirectly(script);
            return;
        }
        var unit = UnitNames.Transaction(name);
        await BoundedTool.Run("systemctl", ["reset-failed", unit], ToolDeadline, cancellation);
        var started = await BoundedTool.Run(
            "systemd-run",
            ["--quiet", $"--unit={unit}", $"--slice={UnitNames.Slice}", "--description=FlaskDeploy package transaction", "/bin/sh", script],
            ToolDeadline,
            cancellation);
        if (!started.Succeeded)
        {
            throw new IOException($"the unit of the transaction could not be started: {started.Failure}");
        }
    }

    /// <summary>The transactions of this root that neither run nor came to their end, and when the first of them began.</summary>
    private async ValueTask<(ImmutableArray<string> Names, DateTimeOffset? Since)> Unfinished(string? root, CancellationToken cancellation)
    {
        var all = Path.Combine(paths.StateDirectory, "transactions");
        var names = ImmutableArray.CreateBuilder<string>();
        DateTimeOffset? since = null;
        foreach (var name in Directory.Exists(all) ? Directory.EnumerateDirectories(all).Select(path => Path.GetFileName(path)!).Order(StringComparer.Ordinal).ToList() : [])
        {
            var script = Path.Combine(DirectoryOf(name), Script);
            if (File.Exists(ExitOf(name)) || RootOf(name) != root || await Runs(name, cancellation))
            {
                continue;
            }
            names.Add(name);
            if (File.Exists(script) && new DateTimeOffset(File.GetLastWriteTimeUtc(script)) is var began && (since is null || began < since))
            {
                since = began;
            }
        }
        return (names.ToImmutable(), since);
    }

    private static void StartDirectly(string script)
    {
        try
        {
            ChildProcess.Start(new ChildStart("/bin/sh", ["/bin/sh", script]) { Environment = [], NewSession = true });
        }
        catch (Win32Exception e)
        {
            throw new IOException($"/bin/sh cannot be started: {e.Message}", e);
        }
    }

    // Cancelled, it is left to finish: half a transaction is worse than one nobody waits for.
    private async ValueTask<StepOutcome> Wait(PackageTransaction transaction, string name, CancellationToken cancellation)
    {
        var at = time.GetTimestamp();
        var started = time.GetUtcNow();
        var absence = new Absence();
        while (!File.Exists(ExitOf(name)))
        {
            if (absence.IsSure(await Runs(name, cancellation) || File.Exists(ExitOf(name))))
            {
                return new StepOutcome(StepStatus.Unknown) { Problem = $"the package transaction was cut off before its end: {transaction.Summary}{LastWords(name)}" };
            }
            await Task.Delay(Poll, time, cancellation);
        }
        var code = int.Parse(await File.ReadAllTextAsync(ExitOf(name), cancellation), CultureInfo.InvariantCulture);
        var result = new CommandResult(code, Output(name), "", started, time.GetElapsedTime(at));
        var outcome = code == 0 ? new StepOutcome(StepStatus.Done) { Command = result }
            : code == TransactionScript.LockedExitCode
            ? StepOutcome.Failed($"another package manager held the lock for longer than {transaction.LockTimeout.TotalSeconds:0.#} s{Holder(name)}: {transaction.Summary}{LastWords(name)}") with { Command = result }
            : StepOutcome.Failed($"{TransactionFailure.Kind(result.Output)}the package manager ended with exit code {code}: {transaction.Summary}{LastWords(name)}") with { Command = result };
        return await Told(name, outcome, transaction, cancellation);
    }

    // Until rpm begins, nothing is changed and it can be ended; from then on it is left to finish, as when the run ends.
    private async ValueTask<StepOutcome> OutOfTime(PackageTransaction transaction, string name)
    {
        if (!Systemd.Runs || !await TransactionEnding.End(() => ControlGroups.ProcessesOf(UnitNames.Transaction(name)), time))
        {
            return new StepOutcome(StepStatus.Unknown) { Problem = $"rpm has begun, and finishes what it began: {transaction.Summary}" };
        }
        if (File.Exists(ExitOf(name)))
        {
            return await Wait(transaction, name, CancellationToken.None);
        }
        for (var absence = new Absence(); !absence.IsSure(await Runs(name, CancellationToken.None));)
        {
            await Task.Delay(Poll, time, CancellationToken.None);
        }
        // It did not fail by itself, and is not to be found among what did.
        await BoundedTool.Run("systemctl", ["reset-failed", UnitNames.Transaction(name)], ToolDeadline, CancellationToken.None);
        return StepOutcome.Failed($"ended before rpm began, because the task's time was up: {transaction.Summary}{LastWords(name)}");
    }

    // What a transaction brought and took, dependencies too, only the database knows: what is printed differs by tool and version.
    private async ValueTask<StepOutcome> Told(string name, StepOutcome outcome, PackageTransaction transaction, CancellationToken cancellation)
    {
        var before = DurableFile.TryRead(Path.Combine(DirectoryOf(name), Before)) is { } bytes ? Encoding.UTF8.GetString(bytes).Split('\n') : null;
        return before is null || await Installed(transaction.Root, cancellation) is not { } after ? outcome : TransactionDifference.Tell(outcome, before, after.Split('\n'), transaction);
    }

    // Null: the database cannot be read. Whether that is mended is the transaction's business.
    private static async ValueTask<string?> Installed(string? root, CancellationToken cancellation)
    {
        try
        {
            return string.Join('\n', (await RpmLooks.All(root, ToolDeadline, cancellation)).Select(package => package.ToString()).Order(StringComparer.Ordinal));
        }
        catch (IOException)
        {
            return null;
        }
    }

    private async ValueTask<bool> Runs(string name, CancellationToken cancellation)
    {
        if (!Systemd.Runs)
        {
            var script = Path.Combine(DirectoryOf(name), Script);
            return ProcessTable.All().Any(pid => ProcessTable.StartTime(pid) is not null && ProcessTable.Command(pid) == $"/bin/sh {script}");
        }
        var shown = await BoundedTool.Run("systemctl", ["show", "--property=ActiveState", UnitNames.Transaction(name)], ToolDeadline, cancellation);
        return shown.Output.Trim() is "ActiveState=active" or "ActiveState=activating" or "ActiveState=deactivating";
    }

    private string Holder(string name) => DurableFile.TryRead(Path.Combine(DirectoryOf(name), "holder")) is { } bytes ? $", process {Encoding.UTF8.GetString(bytes).Trim()}" : "";

    private string LastWords(string name) => string.Join('\n', Output(name).Split('\n', StringSplitOptions.RemoveEmptyEntries).TakeLast(LastLines)) is { Length: > 0 } words ? $"\n{words}" : "";

    private string Output(string name)
    {
        var path = Path.Combine(DirectoryOf(name), "output");
        if (!File.Exists(path))
        {
            return "";
        }
        using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        var text = new BoundedText(Commands.TaskOutput.MostRead);
        var buffer = new byte[64 * 1024];
        while (file.Read(buffer) is var read and > 0)
        {
            text.Append(buffer.AsSpan(0, read));
        }
        return text.ToString();
    }

    private string? RootOf(string name) => DurableFile.TryRead(Path.Combine(DirectoryOf(name), Root)) is { } bytes ? Encoding.UTF8.GetString(bytes) : null;

    private string ExitOf(string name) => Path.Combine(DirectoryOf(name), "exit");

    private string DirectoryOf(string name) => Path.Combine(paths.StateDirectory, "transactions", name);
}
