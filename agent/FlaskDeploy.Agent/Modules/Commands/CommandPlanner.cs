using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using FlaskDeploy.Agent.Machine;
using FlaskDeploy.Agent.Modules.Files;
using FlaskDeploy.Language.Modules.Arguments;
using FlaskDeploy.Language.Values;

namespace FlaskDeploy.Agent.Modules.Commands;

/// <summary>What <c>shell</c> and <c>command</c> share: the guards, the directory, the input, and what is registered.</summary>
internal static class CommandPlanner
{
    internal const string NoCommand = "no command given";

    /// <summary>What Ansible's modules end with where the call itself is wrong.</summary>
    internal static MapValue WrongCall { get; } = MapValue.From(("rc", Value.Of(256)), ("cmd", Value.Null), ("stdout", Value.Of("")), ("stderr", Value.Of("")), ("stdout_lines", ListValue.Empty), ("stderr_lines", ListValue.Empty));

    /// <param name="shown">What results show as <c>cmd</c>: a text for a shell, else the list of words.</param>
    internal static async ValueTask<Plan> Plan(
        CommandRequest request, ImmutableArray<string> arguments, Value shown, string line, ModuleContext context, CancellationToken cancellation)
    {
        var directory = request.Directory is { } written ? await HostPath.Expand(written, context, cancellation) : null;
        if (directory is not null && (await context.View.Ask(new StatLook(directory, FollowLinks: true), cancellation)).Kind != PathKind.Directory)
        {
            return new Impossible($"Unable to change directory before execution: {directory} is not there") { Remedy = "correct chdir, or make the directory in an earlier task", MayBeMade = true };
        }
        var result = MapValue.From(("cmd", shown));
        if (request.Creates is { } creates && await First(creates, directory, context, cancellation) is not null)
        {
            return Skipped(result, $"since {creates} exists", $"'{creates}' exists");
        }
        if (request.Removes is { } removes && await First(removes, directory, context, cancellation) is null)
        {
            return Skipped(result, $"since {removes} does not exist", $"'{removes}' does not exist");
        }
        var step = new RunCommand(arguments)
        {
            Shown = line,
            Directory = directory,
            KeepEmptyEnds = !request.StripEmptyEnds,
            Input = request.Input is { } input ? Encoding.UTF8.GetBytes(request.InputEndsInNewline && !input.EndsWith('\n') ? input + "\n" : input) : null,
        };
        var because = (request.Creates, request.Removes) switch
        {
            ({ } path, _) => $"{path} is not there",
            (_, { } path) => $"{path} is there",
            _ => CommandRequest.OnlyRuns,
        };
        return new Change(because, [step]) { Result = result };
    }

    /// <summary>stdout, stderr, rc, start, end, delta and the lines, as Ansible registers them, also of a command that failed.</summary>
    internal static MapValue Result(Plan plan, IReadOnlyList<StepOutcome> outcomes)
    {
        var keep = plan is Change { Steps: [RunCommand { KeepEmptyEnds: true }] };
        if (outcomes.Select(outcome => outcome.Command).LastOrDefault(command => command is not null) is not { } run)
        {
            return plan.Result;
        }
        var output = keep ? run.Output : run.Output.TrimEnd('\r', '\n');
        var error = keep ? run.Error : run.Error.TrimEnd('\r', '\n');
        // As Python's subprocess counts: killed by signal 9 is -9.
        var exitCode = run.Signal is { } signal ? -signal : run.ExitCode;
        var result = plan.Result.Merge(MapValue.From(
            ("stdout", Value.Of(output)),
            ("stderr", Value.Of(error)),
            ("rc", Value.Of(exitCode)),
            ("start", Value.Of(Moment(run.Started))),
            ("end", Value.Of(Moment(run.Started + run.Duration))),
            ("delta", Value.Of(Delta(run.Duration))),
            ("stdout_lines", Lines(output)),
            ("stderr_lines", Lines(error))));
        return exitCode == 0 ? result : result.With("msg", Value.Of("non-zero return code"));
    }

    /// <summary>As Python prints a timedelta: <c>0:00:01.002003</c>, <c>1 day, 0:00:00.000000</c> with its microseconds always.</summary>
    internal static string Delta(TimeSpan duration)
    {
        var microseconds = duration.Ticks % TimeSpan.TicksPerSecond / TimeSpan.TicksPerMicrosecond;
        var days = duration.Days switch { 0 => "", 1 => "1 day, ", var n => $"{n} days, " };
        return $"{days}{duration.Hours}:{duration.Minutes:00}:{duration.Seconds:00}.{microseconds:000000}";
    }

    private static string Moment(DateTimeOffset time) => time.ToString("yyyy-MM-dd HH:mm:ss.ffffff", CultureInfo.InvariantCulture);

    // Python's splitlines: none for an empty text, and no empty last line.
    private static Value Lines(string text)
    {
        var lines = text.ReplaceLineEndings("\n").Split('\n');
        return Value.Of(lines[^1].Length == 0 ? lines[..^1] : lines);
    }

    private static InSync Skipped(MapValue result, string since, string why) => new($"skipped, {since}")
    {
        Result = result.Merge(MapValue.From(
            ("stdout", Value.Of($"skipped, {since}")),
            ("stderr", Value.Of("")),
            ("rc", Value.Of(0)),
            ("start", Value.Null),
            ("end", Value.Null),
            ("delta", Value.Null),
            ("stdout_lines", Lines($"skipped, {since}")),
            ("stderr_lines", ListValue.Empty),
            ("msg", Value.Of($"Did not run command since {why}")))),
    };

    private static async ValueTask<string?> First(string pattern, string? directory, ModuleContext context, CancellationToken cancellation)
    {
        var path = await HostPath.Expand(pattern, context, cancellation, directory);
        return (await context.View.Ask(new GlobLook(path), cancellation)).Paths.FirstOrDefault();
    }
}
