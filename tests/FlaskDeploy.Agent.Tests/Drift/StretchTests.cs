using FlaskDeploy.Agent.Drift;
using FlaskDeploy.Agent.Modules;
using FlaskDeploy.Agent.Runs;
using FlaskDeploy.Agent.Tests.Runs;
using FlaskDeploy.Language.Bundles;

namespace FlaskDeploy.Agent.Tests.Drift;

public sealed class StretchTests
{
    private static readonly ModuleRegistry Modules = ModuleRegistry.Create();

    // c: command, g: guarded command, v: verification, i: information, f: converging.
    [Theory]
    [InlineData("ccv", "0-2")]
    [InlineData("cc", "")]
    [InlineData("v", "")]
    [InlineData("fccvf", "1-3")]
    [InlineData("cicv", "0-3")]
    [InlineData("icv", "1-2")]
    [InlineData("cfcv", "2-3")]
    [InlineData("cgcv", "2-3")]
    [InlineData("ccvv", "0-3")]
    [InlineData("cvcv", "0-1 2-3")]
    [InlineData("cvicv", "0-1 3-4")]
    [InlineData("cvfv", "0-1")]
    [InlineData("gv", "")]
    public void Is_the_commands_in_a_row_with_the_verification_that_follows(string written, string expected)
    {
        var tasks = PlaybookTasks.Of(Book.Play([.. written.Select(Task)])).ToList();

        var found = Stretch.In(tasks, name => Modules.Find(name)?.Spec);

        Assert.Equal(expected, string.Join(' ', found.Select(stretch => $"{stretch.Tasks[0].Node.Id[2..]}-{stretch.Tasks[^1].Node.Id[2..]}")));
    }

    [Theory]
    [InlineData("python ~/hello/hello.py 5000", "/home/web/hello/hello.py")]
    [InlineData("source ~/venv/bin/activate; nohup python app.py 2>&1 >/dev/null &", "/home/web/venv/bin/activate /srv/app.py /dev/null")]
    [InlineData("lsof -t -i:5000", "")]
    [InlineData("cat \"/etc/my file\" | tee ./x", "/etc/my /srv/x")]
    [InlineData("FOO=/opt/a run --conf=/etc/b", "/opt/a /etc/b")]
    [InlineData("cd ../up && ./go", "/up /srv/go")]
    [InlineData("echo $HOME/x ~", "/home/web")]
    public void Paths_are_found_in_the_words_of_a_command(string text, string expected) =>
        Assert.Equal(expected.Split(' ', StringSplitOptions.RemoveEmptyEntries), NamedPaths.In(text, "/home/web", "/srv"));

    [Theory]
    [InlineData("/srv/app/main.py", "/srv/app/main.py", true)]
    [InlineData("/srv/app/main.py", "/srv/app", true)]
    [InlineData("/srv/app", "/srv/app/main.py", true)]
    [InlineData("/srv/application", "/srv/app", false)]
    [InlineData("/etc/hosts", "/etc", false)]
    [InlineData("/srv/other", "/srv/app", false)]
    public void A_correction_concerns_whoever_names_it_what_holds_it_or_what_is_in_it(string corrected, string named, bool concerns) =>
        Assert.Equal(concerns, NamedPaths.Concerns(corrected, [named]));

    [Fact]
    public void A_task_reads_names_also_through_its_plays_and_its_own_variables()
    {
        var play = Book.Play(Book.Shell("kill {{ PIDS }}").If("go.changed") with
        {
            Vars = [KeyValuePair.Create("own", Book.Text("{{ behind }}"))],
            Environment = [Language.Values.MapValue.From(("X", Book.Text("{{ own }}")))],
        }).With(("PIDS", "{{ found.stdout }}"));

        var names = TaskReads.Names(PlaybookTasks.Of(play).Single());

        Assert.Superset(new HashSet<string> { "PIDS", "found", "go", "own", "behind" }, names);
    }

    private static TaskNode Task(char kind) => kind switch
    {
        'c' => Book.Shell("run"),
        'g' => Book.Shell("run", ("creates", "/x")),
        'v' => Book.Task("wait_for", ("port", "1")),
        'i' => Book.Task("debug", ("msg", "x")),
        _ => Book.Task("file", ("path", "/x")),
    };
}
