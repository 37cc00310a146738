namespace Grpc.Core;

/// <summary>Where calls go to.</summary>
public abstract class ChannelBase(string target)
{
    /// <summary>The host and port.</summary>
    public string Target { get; } = target;

    public abstract CallInvoker CreateCallInvoker();

    public Task ShutdownAsync() => ShutdownAsyncCore();

    protected virtual Task ShutdownAsyncCore() => Task.CompletedTask;
}
