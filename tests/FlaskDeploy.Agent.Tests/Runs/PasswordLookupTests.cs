using FlaskDeploy.Agent.Runs;
using FlaskDeploy.Language.Values;

namespace FlaskDeploy.Agent.Tests.Runs;

public sealed class PasswordLookupTests : IDisposable
{
    private static readonly Dictionary<string, Value> Nothing = [];
    private readonly string _directory = Directory.CreateTempSubdirectory("password-").FullName;

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Fact]
    public void A_new_password_is_kept_for_its_owner_alone_and_found_again()
    {
        var first = PasswordLookup.Of("kept/site length=12 chars=digits", Nothing, _directory).Password;
        var second = PasswordLookup.Of("kept/site", Nothing, _directory).Password;

        Assert.Equal(12, first!.Length);
        Assert.All(first, character => Assert.InRange(character, '0', '9'));
        Assert.Equal(first, second);
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(Path.Combine(_directory, "kept/site")));
    }

    [Fact]
    public void One_that_nobody_keeps_is_another_each_time()
    {
        var passwords = Enumerable.Range(0, 3).Select(_ => PasswordLookup.Of("/dev/null", Nothing, _directory).Password!).ToList();

        Assert.Equal(3, passwords.Distinct().Count());
        Assert.All(passwords, password => Assert.Equal(20, password.Length));
    }

    [Fact]
    public void What_another_tool_kept_is_read_without_its_salt()
    {
        File.WriteAllText(Path.Combine(_directory, "old"), "secret salt=abc\n");

        Assert.Equal("secret", PasswordLookup.Of("old", Nothing, _directory).Password);
    }

    [Theory]
    [InlineData("x length=0")]
    [InlineData("x length=many")]
    [InlineData("x encrypt=sha512_crypt")]
    public void What_it_cannot_do_is_said(string term) => Assert.Null(PasswordLookup.Of(term, Nothing, _directory).Password);
}
