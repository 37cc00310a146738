using System.Runtime.ExceptionServices;
using System.Threading.Channels;
using FlaskDeploy.Cli.Display;
using FlaskDeploy.Cli.Rollouts;
using FlaskDeploy.Cli.Wire;
using Grpc.Core;

namespace FlaskDeploy.Cli.Pushing;

/// <param name="Unconnected">How long to wait while every host that has not finished is not connected.</param>
/// <param name="Overall">How long in all; null: as long as connected hosts are at work.</param>
internal sealed record FollowLimits(TimeSpan Unconnected, TimeSpan? Overall);

/// <summary>Follows a rollout to its end: folds what comes, prints it, and goes on behind a cut line where it was.</summary>
internal sealed class Follower(OperatorsGateway gateway, Terminal terminal, TimeProvider time)
{
    private const int Attempts = 8;

    /// <summary>Returns the last state. It is not at its end when a limit was reached.</summary>
    /// <param name="renderer">Null: print nothing (for JSON).</param>
    public async Task<RolloutState> FollowAsync(string rollout, RolloutState state, TextRenderer? renderer, bool showProgress, FollowLimits limits, CancellationToken cancel)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        // Bounded: when the terminal is slow, the controller is read slower.
        var updates = Channel.CreateBounded<RolloutUpdate>(256);
        var pump = PumpAsync(rollout, updates.Writer, stop.Token);
        var started = time.GetTimestamp();
        var moved = started;
        try
        {
            while (!state.IsEnded)
            {
                var left = Left(state, limits, started, moved);
                using var wait = CancellationTokenSource.CreateLinkedTokenSource(cancel);
                using var alarm = left is { } span ? time.CreateTimer(_ => wait.Cancel(), state: null, span, Timeout.InfiniteTimeSpan) : null;
                try
                {
                    if (left <= TimeSpan.Zero || !await updates.Reader.WaitToReadAsync(wait.Token))
                    {
                        break;
                    }
                }
                catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
                {
                    break;
                }
                while (updates.Reader.TryRead(out var update))
                {
                    var wasStalled = state.IsStalled;
                    state = state.Next(update);
                    moved = wasStalled && state.IsStalled ? moved : time.GetTimestamp();
                    foreach (var line in renderer?.Render(update) ?? [])
                    {
                        terminal.Write(line);
                    }
                }
                if (showProgress)
                {
                    terminal.Progress(Recap.Progress(state));
                }
            }
        }
        finally
        {
            terminal.ClearProgress();
            await stop.CancelAsync();
        }
        if (await pump is { } failure && !state.IsEnded)
        {
            ExceptionDispatchInfo.Throw(failure);
        }
        return state;
    }

    private TimeSpan? Left(RolloutState state, FollowLimits limits, long started, long moved)
    {
        TimeSpan? unconnected = state.IsStalled ? limits.Unconnected - time.GetElapsedTime(moved) : null;
        TimeSpan? overall = limits.Overall is { } all ? all - time.GetElapsedTime(started) : null;
        return (unconnected, overall) switch
        {
            ({ } a, { } b) => a < b ? a : b,
            _ => unconnected ?? overall,
        };
    }

    // Ends with null, or with what the stream failed of for good.
    private async Task<RpcException?> PumpAsync(string rollout, ChannelWriter<RolloutUpdate> updates, CancellationToken cancel)
    {
        var after = "";
        var failures = 0;
        RpcException? failure = null;
        try
        {
            while (failure is null)
            {
                try
                {
                    await foreach (var (cursor, update) in gateway.FollowAsync(rollout, after, cancel))
                    {
                        await updates.WriteAsync(update, cancel);
                        after = cursor.Length > 0 ? cursor : after;
                        failures = 0;
                    }
                    return null;
                }
                catch (RpcException e) when (e.StatusCode == StatusCode.Unavailable && !cancel.IsCancellationRequested && ++failures < Attempts)
                {
                    await Task.Delay(TimeSpan.FromMilliseconds(200 * (1 << failures)), time, cancel);
                }
                catch (RpcException e) when (!cancel.IsCancellationRequested)
                {
                    failure = e;
                }
            }
        }
        catch (Exception e) when (cancel.IsCancellationRequested && e is RpcException or OperationCanceledException)
        {
            // Nobody follows any more: what the stream made of being cut off is of no interest.
        }
        finally
        {
            updates.TryComplete();
        }
        return failure;
    }
}
