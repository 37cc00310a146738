using FlaskDeploy.Agent.Machine.Looks;
using FlaskDeploy.Agent.Runs;
using FlaskDeploy.Agent.State;
using FlaskDeploy.Language.Bundles;
using FlaskDeploy.Language.Expressions;
using FlaskDeploy.Language.Values;

namespace FlaskDeploy.Agent.Tests.Runs;

public sealed class OperatorDiskTests : IDisposable
{
    private readonly string _playbook = Directory.CreateTempSubdirectory("flaskdeploy-disk-").FullName;
    private readonly string _state = Directory.CreateTempSubdirectory("flaskdeploy-disk-state-").FullName;
    private readonly BlobStore _blobs;
    private readonly OperatorTree _tree;

    public OperatorDiskTests()
    {
        _blobs = new BlobStore(Path.Combine(_state, "blobs"));
        File.WriteAllText(Path.Combine(_playbook, "known"), "new");
        var entries = new[] { new TreeEntry("known", Digest.Of("old"u8), 3, 0x1A4), new TreeEntry("gone", Digest.Of("x"u8), 1, 0x1A4) };
        _tree = new OperatorTree([.. entries], new OperatorDisk(_playbook, _blobs, TimeProvider.System));
    }

    public void Dispose()
    {
        Directory.Delete(_playbook, recursive: true);
        Directory.Delete(_state, recursive: true);
    }

    [Fact]
    public void Finds_what_a_task_has_written_since_with_its_content()
    {
        File.WriteAllText(Path.Combine(_playbook, "made"), "by a task");

        var entry = _tree.Find("made", "", OperatorFileKind.File);

        Assert.Equal("by a task"u8.ToArray(), _blobs.Read(entry!.Digest!.Value));
        Assert.Equal(entry.Digest, _tree.Find(Path.Combine(_playbook, "made"), "", OperatorFileKind.File)?.Digest);
    }

    [Fact]
    public void Reads_again_what_was_written_since_and_misses_what_was_removed()
    {
        Assert.Equal(Digest.Of("new"u8), _tree.Find("known", "", OperatorFileKind.File)?.Digest);
        Assert.Null(_tree.Find("gone", "", OperatorFileKind.File));
    }

    [Fact]
    public void Takes_from_the_bundle_what_has_not_moved()
    {
        var later = new OperatorTree([new TreeEntry("known", Digest.Of("old"u8), 3, 0x1A4)], new OperatorDisk(_playbook, _blobs, new Ahead()));

        Assert.Equal(Digest.Of("old"u8), later.Find("known", "", OperatorFileKind.File)?.Digest);
    }

    [Fact]
    public void Tells_links_that_lead_nowhere_or_back_as_links()
    {
        Directory.CreateDirectory(Path.Combine(_playbook, "tree", "below"));
        File.CreateSymbolicLink(Path.Combine(_playbook, "tree", "nowhere"), "missing");
        File.CreateSymbolicLink(Path.Combine(_playbook, "tree", "self"), "self");
        Directory.CreateSymbolicLink(Path.Combine(_playbook, "tree", "below", "up"), "..");
        File.CreateSymbolicLink(Path.Combine(_playbook, "tree", "file"), "../known");

        Assert.Equal(
            ["tree/below False ", "tree/below/up True ..", "tree/file False ../known", "tree/nowhere True missing", "tree/self True self"],
            _tree.Descendants("tree").Select(entry => $"{entry.Path} {entry.IsDangling} {entry.Link}"));
    }

    [Fact]
    public void Asks_this_machine_what_only_the_operators_knows()
    {
        var lookups = new HereLookups(new TreeLookups(_tree, _blobs.Read), _playbook, new HereQuestions(new OperatorDisk(_playbook, _blobs, TimeProvider.System), TimeProvider.System));
        string Ask(string name, string term) => lookups.Lookup(name, [Value.Of(term)], new Dictionary<string, Value>(), new EvaluationContext(new NoVariables()))!.Value is var answer && answer.Value is { } value ? value.ToString()! : answer.Error!.Summary;

        Assert.Equal("['new']", Ask("pipe", "cat known; echo"));
        Assert.Equal("['a', 'b']", Ask("lines", "echo a; echo b"));
        Assert.Equal("lookup_plugin.pipe(exit 3) returned 3", Ask("pipe", "exit 3"));
        Assert.Equal("['']", Ask("env", "FLASKDEPLOY_NOT_SET"));
    }

    // The bundle was made tomorrow: nothing on the disk is younger.
    private sealed class Ahead : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => System.GetUtcNow().AddDays(1);
    }

    private sealed class NoVariables : IVariables
    {
        public IEnumerable<string> Names => [];

        public Value? Find(string name) => null;
    }
}
