using FlaskDeploy.Agent.Runs;
using FlaskDeploy.Agent.State;
using FlaskDeploy.Language.Bundles;
using FlaskDeploy.Language.Expressions;
using FlaskDeploy.Language.Values;

namespace FlaskDeploy.Agent.Tests.Runs;

/// <summary>In <c>apply</c> the operator's machine is this one, so a path that is known only now can be asked about.</summary>
public sealed class HereLookupsTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("flaskdeploy-here-").FullName;

    public HereLookupsTests()
    {
        File.WriteAllText(Path.Combine(_directory, "a"), "");
        Directory.CreateDirectory(Path.Combine(_directory, "d"));
        File.CreateSymbolicLink(Path.Combine(_directory, "l"), "a");
        File.CreateSymbolicLink(Path.Combine(_directory, "gone"), "nothing");
        File.CreateSymbolicLink(Path.Combine(_directory, "round"), "round");
    }

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Theory]
    [InlineData("exists", "a", true)]
    [InlineData("exists", "no", false)]
    [InlineData("exists", "gone", false)]
    [InlineData("exists", "round", false)]
    [InlineData("exists", "d", true)]
    [InlineData("file", "a", true)]
    [InlineData("file", "l", true)]
    [InlineData("file", "d", false)]
    [InlineData("directory", "d", true)]
    [InlineData("directory", "a", false)]
    [InlineData("link", "l", true)]
    [InlineData("link", "gone", true)]
    [InlineData("link", "a", false)]
    [InlineData("link_exists", "gone", true)]
    [InlineData("link_exists", "no", false)]
    public void A_path_is_asked_about_here(string test, string path, bool expected) => Assert.Equal(expected, Lookups().Holds(test, [path]));

    [Fact]
    public void Links_lead_to_the_same_file()
    {
        Assert.True(Lookups().Holds("same_file", ["l", "a"]));
        Assert.False(Lookups().Holds("same_file", ["d", "a"]));
        Assert.False(Lookups().Holds("same_file", ["gone", "gone"]));
    }

    [Fact]
    public void What_was_answered_while_the_playbook_was_compiled_stays() =>
        Assert.True(Lookups(new OperatorAnswer("exists", ["no"], true)).Holds("exists", ["no"]));

    [Fact]
    public async Task Two_who_keep_one_new_password_at_once_come_to_one()
    {
        var disk = new OperatorDisk(_directory, new BlobStore(Path.Combine(_directory, "blobs")), TimeProvider.System);
        for (var round = 0; round < 20; round++)
        {
            using var start = new Barrier(8);
            var kept = await Task.WhenAll(Enumerable.Range(0, 8).Select(who => Task.Factory.StartNew(
                () =>
                {
                    start.SignalAndWait();
                    return new HereQuestions(disk, TimeProvider.System).Keep($"kept/{round}", $"{who}\n", replaces: false).Text;
                },
                CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default)));

            Assert.Single(kept.Distinct());
            Assert.Equal(kept[0], File.ReadAllText(Path.Combine(_directory, "kept", $"{round}")));
        }
        Assert.Equal(20, Directory.GetFiles(Path.Combine(_directory, "kept")).Length);
    }

    [Fact]
    public void Programs_are_asked_in_the_playbooks_directory()
    {
        Assert.Equal([_directory], Looked("pipe", "pwd"));
        Assert.Equal(["a", "", "b"], Looked("lines", "printf 'a\n\nb\n'"));
        Assert.Equal("lookup_plugin.pipe(exit 3) returned 3", Lookup("pipe", "exit 3").Error?.Summary);
    }

    [Fact]
    public void A_new_password_is_kept_for_its_owner_alone_and_found_again()
    {
        var first = Looked("password", "kept/site length=12 chars=digits")[0];

        Assert.Equal(12, first.Length);
        Assert.Equal([first], Looked("password", "kept/site"));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(Path.Combine(_directory, "kept/site")));
        Assert.IsType<SecretValue>(Lookup("password", "kept/site").Value);
    }

    [Fact]
    public void A_page_of_nobody_is_a_problem() =>
        Assert.StartsWith("lookup 'url': http://127.0.0.1:1/: ", Lookup("url", "http://127.0.0.1:1/").Error?.Summary, StringComparison.Ordinal);

    private HereLookups Lookups(params OperatorAnswer[] answers) => new(
        new TreeLookups(new OperatorTree([]), _ => null) { Answers = [.. answers] },
        _directory,
        new HereQuestions(new OperatorDisk(_directory, new BlobStore(_directory), TimeProvider.System), TimeProvider.System));

    private Evaluation Lookup(string name, string term) =>
        Lookups().Lookup(name, [Value.Of(term)], new Dictionary<string, Value>(), new EvaluationContext(new RunVariablesOfNothing()))!.Value;

    private string[] Looked(string name, string term) => [.. ((ListValue)Lookup(name, term).Value!.Reveal()).Items.Select(item => item.ToString())];

    private sealed class RunVariablesOfNothing : IVariables
    {
        public IEnumerable<string> Names => [];

        public Value? Find(string name) => null;
    }
}
