using System.Collections.Immutable;
using System.Globalization;
using System.Security.Cryptography;
using FlaskDeploy.Agent.Machine;
using FlaskDeploy.Agent.Modules.Files;
using FlaskDeploy.Language.Values;

namespace FlaskDeploy.Agent.Modules.Commands;

/// <summary>
/// A command that runs on while the play does (<c>async</c> with <c>poll: 0</c>). What it prints and how it ended lie in a
/// directory of its user, where <c>async_status</c> finds them, in this run or in another.
/// </summary>
internal sealed record BackgroundJob(string Id, string Directory)
{
    // The shell makes the directory before it returns: whoever asks after the job finds one.
    private const string Script = """
        m=$(umask); umask 077; d=$1 t=$2; shift 2
        mkdir -p "$d" && printf '%s' "$*" > "$d/cmd" || exit 1
        umask "$m"; exec 3<&0
        ( timeout -k 5 "$t" "$@" <&3 3<&- > "$d/stdout" 2> "$d/stderr"; echo $? > "$d/rc.new"; mv "$d/rc.new" "$d/rc" ) < /dev/null > /dev/null 2>&1 &
        """;

    internal static BackgroundJob New(TaskEnvironment environment, Account account) =>
        Of($"j{RandomNumberGenerator.GetString("0123456789", 12)}.{Environment.ProcessId}", environment, account);

    internal static BackgroundJob Of(string id, TaskEnvironment environment, Account account) =>
        new(id, $"{environment.Variables.GetValueOrDefault("HOME", account.Home)}/.ansible_async/{id}");

    /// <summary>What cannot be a path is none.</summary>
    internal static bool IsId(string text) => text.Length is > 0 and < 100 && text.All(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '_' or '-') && !text.StartsWith('.');

    /// <summary>The same command, left to itself and ended when the time is over.</summary>
    internal RunCommand Leave(RunCommand command, TimeSpan limit) => command with
    {
        Arguments = ["/bin/sh", "-c", Script, "sh", Directory, ((long)limit.TotalSeconds).ToString(CultureInfo.InvariantCulture), .. command.Arguments],
    };

    /// <summary>What the task registers that has started it.</summary>
    internal MapValue Registered(bool isFinished) => MapValue.From(
        ("ansible_job_id", Value.Of(Id)), ("started", Value.Of(1)), ("finished", Value.Of(isFinished ? 1 : 0)), ("results_file", Value.Of(Directory)));

    /// <summary>How it ended; null: it runs, or was cut off with the machine.</summary>
    internal async ValueTask<(int ExitCode, MapValue Result)?> Ended(IMachineView view, CancellationToken cancellation)
    {
        const int most = 16 * 1024 * 1024;
        if (await Text("rc") is not { } status || !int.TryParse(status.Trim(), NumberStyles.None, CultureInfo.InvariantCulture, out var exitCode))
        {
            return null;
        }
        var started = Moment((await view.Ask(new StatLook($"{Directory}/cmd", FollowLinks: false), cancellation)).Modified);
        var ended = Moment((await view.Ask(new StatLook($"{Directory}/rc", FollowLinks: false), cancellation)).Modified);
        var run = new CommandResult(exitCode, await Text("stdout") ?? "", await Text("stderr") ?? "", started, ended - started);
        var plan = new Change("", []) { Result = Registered(isFinished: true).With("cmd", Value.Of(await Text("cmd") ?? "")) };
        return (exitCode, CommandPlanner.Result(plan, [new StepOutcome(StepStatus.Done) { Command = run }]));

        async ValueTask<string?> Text(string name) =>
            (await view.Ask(new ReadLook($"{Directory}/{name}", most), cancellation)).Bytes is { } bytes ? System.Text.Encoding.UTF8.GetString(bytes) : null;
    }

    private static DateTimeOffset Moment(long nanoseconds) => DateTimeOffset.UnixEpoch + TimeSpan.FromTicks(nanoseconds / 100);
}
