using FlaskDeploy.Cli.Display;
using FlaskDeploy.Cli.Fleet;

namespace FlaskDeploy.Cli.Tests;

public sealed class ExplanationTests
{
    private static readonly DateTimeOffset Now = DateTimeOffset.FromUnixTimeSeconds(1_800_000_000);

    private static readonly HostExplanation Host = new("web1",
    [
        new ExplainedDeployment
        {
            Deployment = "flask",
            Sequence = 7,
            Complete = 7,
            BaselineUnixMillis = Now.AddMinutes(-5).ToUnixTimeMilliseconds(),
            LastCheckUnixMillis = Now.AddSeconds(-12).ToUnixTimeMilliseconds(),
            LastResult = "Unchanged",
            Tasks =
            [
                new("0/0", "Create remote directory", "all", "file", "flask.yml:11:5", TaskState.InSync, "/srv is a directory", [new("/srv", "root", "Directory 755 0:0", "", "")]),
                new("0/1#0", "Copy\e[31m code", "all", "copy", "flask.yml:14:5", TaskState.Moved, "/srv/a has this content", [new("/srv", "web", "Directory 755 0:0", "", ""), new("/srv/a", "web", "abc 3", "def 3", "")]),
                new("0/2", "Wait", "all", "wait_for", "flask.yml:20:5", TaskState.Moved, "port 5000 is open", [new("port 5000", "web", "0.0.0.0 4711", "", "too many open files")]),
            ],
            Noticed = [new("/srv/a", "written", "inotify", "owner web", Now.AddSeconds(-2).ToUnixTimeMilliseconds())],
        },
    ]);

    [Fact]
    public void Shows_the_evidence_that_moved_and_no_terminal_obeys_a_host() => Assert.Equal(
        """
        web1: flask r7, baseline taken 5m ago, last run 12s ago: unchanged

        in sync  Create remote directory  flask.yml:11:5
          /srv is a directory

        MOVED  Copy\u001b[31m code  flask.yml:14:5
          /srv/a has this content
            /srv/a (as web): abc 3 -> def 3

        MOVED  Wait  flask.yml:20:5
          port 5000 is open
            port 5000 (as web): cannot be looked at: too many open files

        noticed:
          2s ago  /srv/a: written, by inotify; owner web
        """,
        string.Join('\n', ExplanationText.Lines(Host, Now, Style.None, all: false)));

    [Fact]
    public void Shows_all_evidence_when_asked() =>
        Assert.Equal(2, ExplanationText.Lines(Host, Now, Style.None, all: true).Count(line => line.StartsWith("    /srv (as ", StringComparison.Ordinal)));

    [Fact]
    public void Says_that_nothing_is_deployed_by_the_name() =>
        Assert.Equal("web1: nothing is deployed there by that name", Assert.Single(ExplanationText.Lines(Host with { Deployments = [] }, Now, Style.None, all: false)));
}
