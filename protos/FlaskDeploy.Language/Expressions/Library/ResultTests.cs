using FlaskDeploy.Language.Values;

namespace FlaskDeploy.Language.Expressions;

/// <summary>Tests on what a task has registered.</summary>
internal static class ResultTests
{
    internal static Function[] All { get; } =
    [
        .. Of(["failed", "failure"], IsFailed),
        .. Of(["success", "succeeded", "successful"], call => !IsFailed(call)),
        .. Of(["changed", "change"], IsChanged),
        .. Of(["skipped", "skip"], call => Flag(call, "skipped")),
        .. Of(["reachable"], call => !Flag(call, "unreachable")),
        .. Of(["unreachable"], call => Flag(call, "unreachable")),
        .. Of(["timedout"], call => Flag(call, "timedout")),
        .. Of(["started"], call => HasReached(call, "started")),
        .. Of(["finished"], call => HasReached(call, "finished")),
    ];

    private static IEnumerable<Function> Of(string[] names, Func<Call, bool> holds) =>
        names.Select(name => new Function(name, "", call => Value.Of(holds(call))) { LooksInside = true });

    private static bool Flag(Call call, string key) => Result(call).TryGet(key, out var value) && call.Evaluator.Truth(value);

    private static MapValue Result(Call call) =>
        call.Subject as MapValue ?? throw call.Error($"wants what a task has registered, not {call.Subject.TypeName}");

    // What did not run beside the play has both started and finished.
    private static bool HasReached(Call call, string key) => !Result(call).TryGet(key, out var value) || call.Evaluator.Equal(value, Value.Of(1));

    private static bool IsFailed(Call call) => Flag(call, "failed");

    // Of a loop, whether any item has changed.
    private static bool IsChanged(Call call)
    {
        var result = Result(call);
        if (result.TryGet("changed", out var changed))
        {
            return call.Evaluator.Truth(changed);
        }
        return result.TryGet("results", out var results)
            && call.Evaluator.Items(results).Any(item => item.Reveal() is MapValue map && map.TryGet("changed", out var one) && call.Evaluator.Truth(one));
    }
}
