using FlaskDeploy.Agent.Machine.Looks;
using FlaskDeploy.Agent.Runs;
using FlaskDeploy.Language.Bundles;

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

    private HereLookups Lookups(params OperatorAnswer[] answers) => new(new TreeLookups(new OperatorTree([]), _ => null) { Answers = [.. answers] }, _directory);
}
