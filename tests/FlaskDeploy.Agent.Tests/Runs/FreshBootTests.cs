using FlaskDeploy.Agent.Runs;
using FlaskDeploy.Agent.State;
using FlaskDeploy.Agent.Tests.State;

namespace FlaskDeploy.Agent.Tests.Runs;

public sealed class FreshBootTests : IDisposable
{
    private readonly Scratch _scratch = new();

    public void Dispose() => _scratch.Dispose();

    [Fact]
    public void What_is_held_after_failures_is_tried_once_in_each_boot()
    {
        var store = Store(record => record with { IsHeld = true, Failures = Schedule.MostFailures, RetryAt = DateTimeOffset.UnixEpoch });
        FreshBoot.Release(store, _scratch.Path, "first");
        Assert.Equal((false, Schedule.MostFailures - 1, null), (store.Get("site").IsHeld, store.Get("site").Failures, store.Get("site").RetryAt));

        store.Update("site", record => record with { IsHeld = true, Failures = Schedule.MostFailures });
        FreshBoot.Release(store, _scratch.Path, "first");
        Assert.True(store.Get("site").IsHeld);

        FreshBoot.Release(store, _scratch.Path, "second");
        Assert.False(store.Get("site").IsHeld);
    }

    [Fact]
    public void What_was_refused_stays_held()
    {
        var store = Store(record => record with { IsHeld = true, LastProblem = "this agent knows no module 'later'" });
        FreshBoot.Release(store, _scratch.Path, "first");
        Assert.True(store.Get("site").IsHeld);
    }

    private DeploymentStore Store(Func<DeploymentRecord, DeploymentRecord> held)
    {
        var store = new DeploymentStore(_scratch["deployments"]);
        store.Update("site", held);
        return store;
    }
}
