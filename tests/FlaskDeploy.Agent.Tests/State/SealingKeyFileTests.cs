using FlaskDeploy.Agent.State;

namespace FlaskDeploy.Agent.Tests.State;

public sealed class SealingKeyFileTests : IDisposable
{
    private readonly Scratch _scratch = new();

    public void Dispose() => _scratch.Dispose();

    [Fact]
    public void Is_the_same_key_each_time()
    {
        using var made = SealingKeyFile.OpenOrMake(_scratch.Path);
        var (again, problem) = SealingKeyFile.Load(_scratch.Path);
        using var _ = again;
        Assert.Null(problem);
        Assert.Equal(made.Fingerprint, again!.Fingerprint);
    }

    [Theory]
    [InlineData("")]
    [InlineData("garbage")]
    [InlineData("-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n")]
    public void One_that_cannot_be_read_is_told_and_is_as_good_as_none(string content)
    {
        File.WriteAllText(Path.Combine(_scratch.Path, "sealing.pem"), content);
        var (key, problem) = SealingKeyFile.Load(_scratch.Path);
        Assert.Null(key);
        Assert.Contains("enroll --force", problem, StringComparison.Ordinal);
    }

    [Fact]
    public void Enrolling_keeps_what_cannot_be_read_beside_a_new_key()
    {
        File.WriteAllText(Path.Combine(_scratch.Path, "sealing.pem"), "garbage");
        using var made = SealingKeyFile.OpenOrMake(_scratch.Path);
        Assert.Equal("garbage", File.ReadAllText(Path.Combine(_scratch.Path, "sealing.pem.unreadable")));
        var (again, _) = SealingKeyFile.Load(_scratch.Path);
        using var kept = again;
        Assert.Equal(made.Fingerprint, kept!.Fingerprint);
    }
}
