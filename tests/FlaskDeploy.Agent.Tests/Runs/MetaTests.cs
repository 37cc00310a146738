using FlaskDeploy.Agent.Machine;
using FlaskDeploy.Agent.Runs;
using FlaskDeploy.Agent.Tests.Machine;
using FlaskDeploy.Language.Bundles;

namespace FlaskDeploy.Agent.Tests.Runs;

/// <summary>Each was held beside ansible-core 2.14.</summary>
public sealed class MetaTests : IDisposable
{
    private readonly TestHost _host = new();

    public MetaTests() => _host.Machine.OnCommand = (arguments, machine) =>
        new CommandResult(arguments[^1] == "bad" ? 1 : 0, "", "", machine.Clock.GetUtcNow(), TimeSpan.FromSeconds(1));

    public void Dispose() => _host.Dispose();

    [Theory]
    [InlineData("end_play")]
    [InlineData("end_host")]
    [InlineData("end_batch")]
    public async Task An_ended_play_has_no_always_and_no_handlers_and_the_next_play_goes_on(string end)
    {
        var play = Book.Play(
            Book.Block([Book.Shell("a").Notifying("h"), Book.Block([Meta(end), Book.Shell("not")], always: [Book.Shell("not")])], rescue: [Book.Shell("not")], always: [Book.Shell("not")]),
            Book.Shell("not")).Handling(Book.Shell("not").Named("h"));

        var outcome = await _host.Push(Book.Bundle(play, Book.Play(Book.Shell("next play"))));

        Assert.Equal(RunEnd.Changed, outcome.End);
        Assert.Equal(["a", "next play"], _host.Commands);
        Assert.Empty(_host.Record.PendingHandlers);
    }

    [Fact]
    public async Task What_an_included_file_ends_is_the_play()
    {
        var bundle = Book.Bundle(
            Book.Play(Book.Block([Book.Shell("a").Notifying("h"), Book.Includes("tasks/b.yml")], always: [Book.Shell("not")]), Book.Shell("not")).Handling(Book.Shell("not").Named("h")),
            Book.Play(Book.Shell("next play"))).Carrying(Book.Tasks("tasks/b.yml", Book.Shell("b"), Meta("end_host"), Book.Shell("not")));

        await _host.Push(bundle);

        Assert.Equal(["a", "b", "next play"], _host.Commands);
    }

    [Fact]
    public async Task A_host_that_ends_while_it_rescues_has_not_failed_and_one_that_ends_in_always_has()
    {
        var rescuing = Book.Bundle(Book.Play(Book.Block([Book.Shell("bad")], rescue: [Book.Shell("r"), Meta("end_host")], always: [Book.Shell("not")])), Book.Play(Book.Shell("next play")));
        var ending = Book.Bundle(Book.Play(Book.Block([Book.Shell("bad")], always: [Book.Shell("a"), Meta("end_host")])), Book.Play(Book.Shell("not")));

        Assert.Equal(RunEnd.Changed, (await _host.Push(rescuing)).End);
        Assert.Equal(["bad", "r", "next play"], _host.Commands);
        Assert.Equal(RunEnd.Failed, (await _host.Push(ending, sequence: 2)).End);
        Assert.Equal(["bad", "a"], _host.Commands.Skip(3));
    }

    [Fact]
    public async Task A_handler_may_end_the_play_and_those_after_it_are_forgotten()
    {
        var play = Book.Play(Book.Shell("a").Notifying("h1", "h2", "h3"), Meta("flush_handlers"), Book.Shell("not"))
            .Handling(Book.Shell("h1").Named("h1"), Meta("end_play").Named("h2"), Book.Shell("not").Named("h3"));

        await _host.Push(Book.Bundle(play, Book.Play(Book.Shell("next play"))));

        Assert.Equal(["a", "h1", "next play"], _host.Commands);
        Assert.Empty(_host.Record.PendingHandlers);
        // Told as little as everywhere.
        Assert.Equal(3, _host.Finished.Count());
    }

    [Fact]
    public async Task A_role_that_is_ended_has_no_always_and_its_handlers_stay_notified()
    {
        var play = Book.Play(
            Book.Block([Book.Block([Book.Shell("a").Notifying("h"), Meta("end_role")], always: [Book.Shell("not")]), Book.Shell("not")]) with { Role = new RoleScope("r", "roles/r") },
            Book.Shell("b")).Handling(Book.Shell("h1").Named("h"));

        await _host.Push(Book.Bundle(play));

        Assert.Equal(["a", "b", "h1"], _host.Commands);
    }

    [Fact]
    public async Task An_ended_play_is_a_state_that_stays()
    {
        var play = Book.Play(File("/etc/a", "a").Notifying("h"), Meta("end_host"), File("/etc/b", "b")).Handling(Book.Shell("not").Named("h"));
        var bundle = Book.Bundle(play);
        await _host.Push(bundle);
        Assert.Equal("/etc/a", Assert.Single(_host.Steps.OfType<WriteFile>()).Path);
        var steps = _host.Steps.Count();

        Assert.Equal(RunEnd.Unchanged, (await _host.Reconverge(bundle)).End);
        Assert.Equal(RunEnd.Unchanged, (await _host.Push(bundle)).End);

        Assert.Equal(steps, _host.Steps.Count());
        Assert.Empty(_host.Commands);
    }

    [Fact]
    public async Task What_an_earlier_run_owes_an_ended_play_stays_owed()
    {
        var first = Book.Bundle(Book.Play(Book.Shell("a").Notifying("h"), Book.Shell("bad")).Handling(Book.Shell("h1").Named("h")));
        await _host.Push(first);
        Assert.Single(_host.Record.PendingHandlers);

        var second = Book.Bundle(Book.Play(Meta("end_host"), Book.Shell("not")).Handling(Book.Shell("h1").Named("h")));
        await _host.Push(second, sequence: 2);
        Assert.Single(_host.Record.PendingHandlers);
        await _host.Reconverge(second, sequence: 2);

        Assert.Equal(["a", "bad", "h1"], _host.Commands);
        Assert.Empty(_host.Record.PendingHandlers);
    }

    [Fact]
    public async Task A_condition_that_cannot_be_read_fails_and_is_told()
    {
        var outcome = await _host.Push(Book.Bundle(Book.Play(Meta("end_play").If("nowhere == 1"))));

        Assert.Equal(RunEnd.Failed, outcome.End);
        Assert.Contains("nowhere", Assert.Single(_host.Finished).Because, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("noop")]
    [InlineData("reset_connection")]
    [InlineData("refresh_inventory")]
    public async Task What_has_nothing_to_do_asks_no_condition(string action)
    {
        await _host.Push(Book.Bundle(Book.Play(Meta(action).If("nowhere == 1"), Book.Shell("a"))));

        Assert.Equal(["a"], _host.Commands);
    }

    private static TaskNode Meta(string action) => Book.Task("meta", ("free_form", action));

    private static TaskNode File(string path, string content) => Book.Task("copy", ("dest", path), ("content", content)).Sudo();
}
