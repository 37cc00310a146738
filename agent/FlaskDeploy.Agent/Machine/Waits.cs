using System.Collections.Immutable;
using System.Globalization;
using System.Net.Sockets;
using System.Text;
using System.Text.RegularExpressions;
using FlaskDeploy.Agent.Machine.Looks;
using FlaskDeploy.Agent.Machine.Native;
using FlaskDeploy.Agent.Machine.Processes;
using FlaskDeploy.Language.Expressions;

namespace FlaskDeploy.Agent.Machine;

/// <summary>
/// Waiting, as <c>wait_for</c> means it: https://docs.ansible.com/ansible/latest/collections/ansible/builtin/wait_for_module.html.
/// The delay counts inside the time. A process that waits changes nothing.
/// </summary>
internal sealed class Waits(TimeProvider time)
{
    private const int MostSearched = 16 * 1024 * 1024;
    private static readonly TimeSpan MatchDeadline = TimeSpan.FromSeconds(5);

    // A timer may be early by less than this: who waits four seconds has waited four.
    private static readonly TimeSpan Tick = TimeSpan.FromMilliseconds(20);

    public async ValueTask<StepOutcome> Wait(WaitUntil wait, CancellationToken cancellation)
    {
        var start = time.GetTimestamp();
        if (wait.Pattern is { } pattern && Problem(pattern) is { } problem)
        {
            return StepOutcome.Failed(problem);
        }
        if (wait.Condition == WaitFor.Nothing)
        {
            await Task.Delay(wait.Delay + wait.Timeout, time, cancellation);
            return Elapsed(StepOutcome.Done);
        }
        await Task.Delay(wait.Delay < wait.Timeout ? wait.Delay : wait.Timeout, time, cancellation);
        while (true)
        {
            var (holds, match) = await Holds(wait, cancellation);
            if (holds)
            {
                return Elapsed(match is null ? StepOutcome.Done : StepOutcome.Done with { Details = StepOutcome.Done.Details.Add(GroupsDetail, GroupsOf(match)) });
            }
            var left = wait.Timeout - time.GetElapsedTime(start);
            if (left <= TimeSpan.Zero)
            {
                return Elapsed(StepOutcome.Failed(wait.Message ?? $"Timeout when waiting for {What(wait)}"));
            }
            await Task.Delay(wait.Sleep < left ? wait.Sleep : left, time, cancellation);
        }

        StepOutcome Elapsed(StepOutcome outcome) => outcome with
        {
            Details = outcome.Details.Add("elapsed", ((long)(time.GetElapsedTime(start) + Tick).TotalSeconds).ToString(CultureInfo.InvariantCulture)),
        };
    }

    private static string What(WaitUntil wait) => wait.Condition switch
    {
        WaitFor.PathPresent => $"file {wait.Path}",
        WaitFor.PathAbsent => $"file {wait.Path} to be absent",
        WaitFor.PathMatches => $"search string {wait.Pattern} in {wait.Path}",
        WaitFor.PortClosed => $"{wait.Host}:{wait.Port} to stop.",
        WaitFor.PortDrained => $"{wait.Host}:{wait.Port} to drain",
        WaitFor.PortSends => $"search string {wait.Pattern} in {wait.Host}:{wait.Port}",
        _ => $"{wait.Host}:{wait.Port}",
    };

    private static async ValueTask<(bool Holds, IReadOnlyList<string?>? Groups)> Holds(WaitUntil wait, CancellationToken cancellation)
    {
        IReadOnlyList<string?>? match;
        switch (wait.Condition)
        {
            case WaitFor.PathMatches:
                match = Exists(wait.Path!) ? Matching(wait.Pattern!, Encoding.UTF8.GetString(PathLooks.Read(wait.Path!, MostSearched).Bytes ?? [])) : null;
                return (match is not null, match);
            case WaitFor.PortSends:
                match = await Sends(wait, cancellation);
                return (match is not null, match);
            default:
                return (await IsSo(wait, cancellation), null);
        }
    }

    private static async ValueTask<bool> IsSo(WaitUntil wait, CancellationToken cancellation)
    {
        switch (wait.Condition)
        {
            case WaitFor.PathPresent:
                return Exists(wait.Path!);
            case WaitFor.PathAbsent:
                return !Exists(wait.Path!);
            case WaitFor.PortDrained:
                return !ProcNetConnections.Any(wait.Port!.Value, wait.ActiveStates);
            default:
                var answer = await Connections.Try(new ConnectLook(wait.Host ?? "127.0.0.1", wait.Port!.Value, wait.ConnectTimeout), cancellation);
                return answer.Connected == (wait.Condition == WaitFor.PortOpen);
        }
    }

    private static async ValueTask<IReadOnlyList<string?>?> Sends(WaitUntil wait, CancellationToken cancellation)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        limit.CancelAfter(wait.ConnectTimeout);
        using var client = new TcpClient();
        var heard = new StringBuilder();
        try
        {
            await client.ConnectAsync(wait.Host ?? "127.0.0.1", wait.Port!.Value, limit.Token);
            var buffer = new byte[4096];
            while (await client.GetStream().ReadAsync(buffer, limit.Token) is var read and > 0 && heard.Length < MostSearched)
            {
                heard.Append(Encoding.UTF8.GetString(buffer, 0, read));
                if (Matching(wait.Pattern!, heard.ToString()) is { } match)
                {
                    return match;
                }
            }
            return null;
        }
        catch (Exception e) when (e is IOException or SocketException || (e is OperationCanceledException && !cancellation.IsCancellationRequested))
        {
            // Not there, not yet, or it said something else for as long as a connection may take: asked again.
            return null;
        }
    }

    private static bool Exists(string path)
    {
        try
        {
            return Libc.Status(path, followLinks: true) is not null;
        }
        catch (SystemCallException)
        {
            // What this user may not see is not there for him, as for os.path.exists.
            return false;
        }
    }

    private static string? Problem(string pattern) =>
        PythonPattern.TryCreate(pattern, RegexOptions.Multiline, MatchDeadline, out var problem) is null ? $"search_regex {problem}" : null;

    /// <summary>The groups of a match as a detail of an outcome: each with a sign in front whether it took part.</summary>
    public const string GroupsDetail = "groups";

    private const char GroupEnds = '\0';

    /// <summary>What <see cref="GroupsDetail"/> says; null: the group took no part.</summary>
    public static ImmutableArray<string?> Groups(string detail) =>
        detail.Length == 0 ? [] : [.. detail.Split(GroupEnds).Select(group => group.StartsWith('+') ? group[1..] : null)];

    private static string GroupsOf(IEnumerable<string?> groups) => string.Join(GroupEnds, groups.Select(group => group is null ? "-" : $"+{group}"));

    // Null: it does not match.
    private static IReadOnlyList<string?>? Matching(string pattern, string text)
    {
        var python = PythonPattern.TryCreate(pattern, RegexOptions.Multiline, MatchDeadline, out _)!;
        try
        {
            return python.Search(text) is { } match ? python.Groups(match) : null;
        }
        catch (PatternException e)
        {
            throw new IOException($"search_regex: {e.Message}", e);
        }
    }
}

/// <summary>Connections to a local port that are not over yet.</summary>
internal static class ProcNetConnections
{
    /// <summary>What <c>active_connection_states</c> may name, in the kernel's numbers (include/net/tcp_states.h).</summary>
    public static readonly ImmutableSortedDictionary<string, int> States = ((string[])["ESTABLISHED", "SYN_SENT", "SYN_RECV", "FIN_WAIT1", "FIN_WAIT2", "TIME_WAIT"])
        .Select((name, index) => KeyValuePair.Create(name, index + 1)).ToImmutableSortedDictionary(StringComparer.Ordinal);

    public static bool Any(int port, ImmutableArray<int> states) => ((string[])["/proc/net/tcp", "/proc/net/tcp6"]).Where(File.Exists).SelectMany(path => File.ReadLines(path).Skip(1))
        .Select(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries))
        .Any(fields => fields.Length > 3 && fields[1].EndsWith($":{port:X4}", StringComparison.Ordinal)
            && int.TryParse(fields[3], NumberStyles.HexNumber, CultureInfo.InvariantCulture, out var state)
            && (states.IsDefaultOrEmpty ? States.ContainsValue(state) : states.Contains(state)));
}
