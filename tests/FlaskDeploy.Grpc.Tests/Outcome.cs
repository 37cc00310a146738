using Grpc.Core;

namespace FlaskDeploy.Grpc.Tests;

/// <summary>What a failed call's caller sees.</summary>
internal static class Outcome
{
    // Long enough for a loaded machine; a call that needs it has failed its test.
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    public static async Task<RpcException> FailsAsync(Task call, StatusCode expected)
    {
        RpcException exception = await Assert.ThrowsAsync<RpcException>(() => call.WaitAsync(Patience));
        Assert.True(exception.StatusCode == expected, $"expected {expected}, got {exception.Status}");
        return exception;
    }

    /// <summary>Waits until the token is cancelled.</summary>
    public static async Task CancelledAsync(CancellationToken token)
    {
        var cancelled = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using CancellationTokenRegistration _ = token.Register(() => cancelled.TrySetResult());
        await cancelled.Task.WaitAsync(Patience);
    }
}
