using FlaskDeploy.Agent.Machine;
using FlaskDeploy.Agent.Runs;
using FlaskDeploy.Agent.Tests.Machine;
using FlaskDeploy.Language.Bundles;

namespace FlaskDeploy.Agent.Tests.Runs;

/// <summary>A check knows what the tasks before a task would have made, and guesses at nothing else.</summary>
public sealed class CheckTests : IDisposable
{
    private readonly TestHost _host = new();

    public void Dispose() => _host.Dispose();

    [Fact]
    public async Task What_goes_into_a_directory_that_would_be_made_would_be_made_too()
    {
        await Check(
            File(("path", "/srv/app/conf"), ("state", "directory")), Copy("/srv/app/conf/a", "one\n"), File(("path", "/srv/app/conf/a"), ("mode", "0600")),
            File(("path", "/srv/app/current"), ("src", "/srv/app/conf"), ("state", "link")), Copy("/srv/app/current/b", "b"),
            Task("lineinfile", ("path", "/srv/app/conf/a"), ("line", "two")), Task("replace", ("path", "/srv/app/current/a"), ("regexp", "one"), ("replace", "three")),
            Task("copy", ("src", "/srv/app/conf/a"), ("dest", "/srv/app/c"), ("remote_src", "yes")));

        Assert.Equal(Enumerable.Repeat("Changed", 8), Statuses);
        Assert.Contains("+two", _host.Finished.ElementAt(5).Diff, StringComparison.Ordinal);
        Assert.Contains("+three", _host.Finished.ElementAt(6).Diff, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_an_earlier_task_would_have_done_is_not_to_be_done_again()
    {
        await Check(Copy("/etc/a", "x", ("mode", "0600")), Copy("/etc/a", "x", ("mode", "0600")), File(("path", "/etc/a"), ("state", "absent")), File(("path", "/etc/a"), ("state", "absent")), Copy("/etc/a", "x"));

        Assert.Equal(["Changed", "Ok", "Changed", "Ok", "Changed"], Statuses);
    }

    [Fact]
    public async Task Nothing_that_was_below_a_directory_is_there_when_it_would_be_removed()
    {
        _host.Machine.WithFile("/srv/old/a", "x");

        await Check(File(("path", "/srv/old"), ("state", "absent")), File(("path", "/srv/old"), ("state", "directory")), Copy("/srv/old/a", "x"), Task("find", ("paths", "/srv/old")).Registered("found"), Book.Task("debug", ("msg", "{{ found.matched }}")));

        Assert.Equal(["Changed", "Changed", "Changed", "Ok", "Ok"], Statuses);
        Assert.Contains("1", _host.Finished.Last().Result.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Who_would_be_made_may_own_things_be_changed_and_be_become()
    {
        _host.Machine.WithFile("/srv/x", "").WithFile("/home/x", "").WithFile("/etc/group", "root:x:0:\nweb:x:1000:\n");
        await Check(
            Task("group", ("name", "app")), Task("user", ("name", "ann"), ("group", "app")), File(("path", "/srv/app"), ("state", "directory"), ("owner", "ann"), ("group", "app")),
            Copy("/home/ann/.profile", "x", ("owner", "ann")), Task("user", ("name", "ann"), ("groups", "web"), ("append", "yes")), Task("user", ("name", "ann"), ("group", "app")),
            Copy("/home/ann/own", "x") with { Become = new Become(FlaskDeploy.Language.Values.Value.True, FlaskDeploy.Language.Values.Value.Of("ann")) },
            Book.Shell("id") with { Become = new Become(FlaskDeploy.Language.Values.Value.True, FlaskDeploy.Language.Values.Value.Of("ann")), CheckMode = FlaskDeploy.Language.Values.Value.False });

        Assert.Equal(["Changed", "Changed", "Changed", "Changed", "Changed", "Ok", "Changed", "Unknown"], Statuses);
        Assert.Contains("there is no user ann yet", _host.Finished.Last().Because, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_unit_whose_file_would_be_written_would_be_started_once()
    {
        _host.Machine.WithFile("/etc/systemd/system/other.service", "[Service]");
        await Check(
            Copy("/etc/systemd/system/app.service", "[Service]"), Task("systemd", ("name", "app"), ("state", "started"), ("enabled", "yes"), ("daemon_reload", "yes")),
            Task("service", ("name", "app"), ("state", "started")));

        Assert.Equal(["Changed", "Changed", "Ok"], Statuses);
    }

    [Fact]
    public async Task What_only_the_doing_can_show_stays_unknown_and_says_whose_it_is()
    {
        _host.Machine.Servers["http://files/a.conf"] = "x";
        await Check(
            Task("get_url", ("url", "http://files/a.conf"), ("dest", "/srv/a.conf")).Named("fetch it"), Task("stat", ("path", "/srv/a.conf"), ("get_checksum", "no"), ("get_mime", "no")).Registered("a"),
            Book.Task("debug", ("msg", "{{ a.stat.exists }}")), Book.Task("debug", ("msg", "{{ a.stat.mtime }}")), Task("lineinfile", ("path", "/srv/a.conf"), ("line", "x")),
            Task("service", ("name", "nothere"), ("state", "started")));

        Assert.Equal(["Changed", "Ok", "Ok", "Unknown", "Unknown", "Unknown"], Statuses);
        Assert.Contains("/srv/a.conf", _host.Finished.ElementAt(4).Because, StringComparison.Ordinal);
        Assert.Contains("fetch it", _host.Finished.ElementAt(4).Because, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Nothing_of_a_check_is_left_for_the_push_after_it()
    {
        var bundle = Book.Bundle(Book.Play(File(("path", "/srv/app"), ("state", "directory")), Copy("/srv/app/a", "x")));
        await _host.Push(bundle, mode: OrderMode.Check);

        await _host.Push(bundle);

        Assert.Equal(["Changed", "Changed", "Changed", "Changed"], Statuses);
        Assert.Equal(2, _host.Steps.Count());
    }

    private IEnumerable<string> Statuses => _host.Finished.Select(task => task.Status.ToString().Replace("Task", "", StringComparison.Ordinal));

    private async Task Check(params TaskNode[] tasks)
    {
        await _host.Push(Book.Bundle(Book.Play(tasks)), mode: OrderMode.Check);
        Assert.Empty(_host.Steps);
    }

    private static TaskNode Task(string module, params (string Name, string Value)[] arguments) => Book.Task(module, arguments).Sudo();

    private static TaskNode File(params (string Name, string Value)[] arguments) => Task("file", arguments);

    private static TaskNode Copy(string path, string content, params (string Name, string Value)[] more) => Task("copy", [("dest", path), ("content", content), .. more]);
}
