using FlaskDeploy.Compiler.Files;

namespace FlaskDeploy.Compiler.Tests;

/// <summary>What the operator's machine is really asked, in the playbook's directory.</summary>
public sealed class OperatorQuestionsTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("flaskdeploy-questions-").FullName;

    private OperatorQuestions Questions => new(_directory);

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Fact]
    public void A_line_is_run_by_the_shell_beside_the_playbook()
    {
        Assert.Equal(_directory + "\n", Questions.Shell("pwd | cat").Text);
        Assert.Equal("returned 3", Questions.Shell("echo out; exit 3").Problem);
        Assert.Equal("", Questions.Shell("cat").Text);
        Assert.Equal("printed more than 4 MiB", Questions.Shell("head -c 5000000 /dev/zero; exit 0").Problem);
    }

    [Fact]
    public void What_goes_on_behind_its_back_does_not_hold_it_up() => Assert.Equal("a\n", Questions.Shell("echo a; sleep 0.2 >/dev/null 2>&1 &").Text);

    [Fact]
    public void A_file_is_kept_for_its_owner_alone_and_not_overwritten_unless_it_is_to_be()
    {
        Assert.Null(Questions.Read("a/b/pw").Text);
        Assert.Equal("one\n", Questions.Keep("a/b/pw", "one\n", replaces: false).Text);
        Assert.Equal("one\n", Questions.Keep("a/b/pw", "two\n", replaces: false).Text);
        Assert.Equal("three\n", Questions.Keep("a/b/pw", "three\n", replaces: true).Text);

        var place = Path.Combine(_directory, "a", "b", "pw");
        Assert.Equal("three\n", Questions.Read(place).Text);
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(place));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, File.GetUnixFileMode(Path.GetDirectoryName(place)!));
        Assert.Equal(["pw"], Directory.EnumerateFiles(Path.GetDirectoryName(place)!).Select(Path.GetFileName));
    }

    [Fact]
    public void What_cannot_be_written_or_reached_is_a_problem()
    {
        File.WriteAllText(Path.Combine(_directory, "file"), "");

        Assert.NotNull(Questions.Keep("file/below", "x", replaces: false).Problem);
        Assert.NotNull(Questions.Get(new(new Uri("http://127.0.0.1:1/"), TimeSpan.FromSeconds(5))).Problem);
    }
}
