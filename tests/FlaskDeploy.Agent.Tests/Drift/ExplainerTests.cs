using FlaskDeploy.Agent.Drift;
using FlaskDeploy.Agent.Runs;
using FlaskDeploy.Agent.Tests.Runs;
using FlaskDeploy.Language.Bundles;

namespace FlaskDeploy.Agent.Tests.Drift;

public sealed class ExplainerTests : IDisposable
{
    private readonly FlaskSite _site = new();

    private TestHost Host => _site.Host;

    public void Dispose() => _site.Dispose();

    [Fact]
    public async Task Shows_every_task_with_what_its_being_in_sync_rests_on()
    {
        await Host.Push(_site.Bundle);

        var site = await Explain();

        Assert.Equal(Host.Baseline!.Instances.Length, site.Tasks.Length);
        Assert.Equal(("Create remote directory", ExplainedState.InSync), (site.Tasks[0].Name, site.Tasks[0].State));
        Assert.Contains(site.Tasks.Single(task => task.Name == "Install lsof").Evidence, evidence => evidence is { Subject: "package lsof", Now: null, Problem: null } && evidence.Baseline.Contains("lsof-1.0", StringComparison.Ordinal));
        Assert.Equal(ExplainedState.Command, site.Tasks.Single(task => task.Name == "Launch flask website").State);
        Assert.DoesNotContain(site.Tasks, task => task.State == ExplainedState.Moved);
    }

    [Fact]
    public async Task Shows_what_moved_from_what_to_what_and_touches_nothing()
    {
        await Host.Push(_site.Bundle);
        Host.Machine.WithFile(FlaskSite.Script, "print('other')\n");
        var steps = Host.Machine.Executed.Count;

        var site = await Explain();

        var moved = Assert.Single(site.Tasks, task => task.State == ExplainedState.Moved);
        Assert.Equal("Copy project code", moved.Name);
        Assert.Equal(
            [(FlaskSite.Script, "File 644 1000:1000", "File 644 0:0"), ($"content of {FlaskSite.Script}", "03e693d9f2f6… 15 bytes", "b74b5fe42240… 15 bytes")],
            moved.Evidence.Where(evidence => evidence.Now is not null).Select(evidence => (evidence.Subject, evidence.Baseline, evidence.Now!)));
        Assert.Equal(steps, Host.Machine.Executed.Count);
        Assert.Empty(Host.Drifts);
    }

    [Theory]
    [InlineData("INSTALL L", "Install lsof")]
    [InlineData("0/3", "Install lsof")]
    [InlineData("0/1#1", "Copy project code")]
    public async Task Finds_a_task_by_a_part_of_its_name_or_its_id(string asked, string found)
    {
        await Host.Push(_site.Bundle);

        var task = Assert.Single((await Explain(asked)).Tasks);

        Assert.Equal(found, task.Name);
    }

    [Fact]
    public async Task Says_what_keeps_drift_from_being_corrected()
    {
        await Host.Push(_site.Bundle);
        var until = new DateTimeOffset(2030, 1, 2, 3, 4, 5, TimeSpan.Zero);

        var site = await Explain(standing: new Standing(Policy.Report, "Sun 02:00-06:00") { Held = [new HeldTask("0/3", "Install lsof", "corrected 5 times within 1h", until)] });

        Assert.Equal(
            [
                "drift is reported and not corrected, by the revision's policy",
                "drift is corrected in Sun 02:00-06:00 only",
                "Install lsof is left: corrected 5 times within 1h; tried again 2030-01-02 03:04:05Z, by a push or resume",
            ],
            site.Notes);
        Assert.Empty((await Explain(standing: new Standing(Policy.Correct, ""))).Notes);
    }

    [Fact]
    public async Task Says_why_there_is_nothing_to_hold_a_host_against()
    {
        Host.Files.Remove("hello/hello.py");
        await Host.Push(_site.Bundle);

        var site = await Explain();

        Assert.Empty(site.Tasks);
        Assert.Null(site.BaselineTaken);
        Assert.NotNull(site.Problem);
    }

    private async Task<ExplainedDeployment> Explain(string task = "", Standing? standing = null)
    {
        var assigned = Host.Loader.Load(Host.Assign(_site.Bundle)).Assigned;
        return Assert.Single(await new Explainer(Host.Store, _ => assigned, Host.Executor.Comparer(), new MovementLog(TimeProvider.System), _ => standing).Explain("", task, TestContext.Current.CancellationToken));
    }
}
