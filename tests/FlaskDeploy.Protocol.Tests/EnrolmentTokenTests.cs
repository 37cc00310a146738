using FlaskDeploy.Language.Bundles;

namespace FlaskDeploy.Protocol.Tests;

public sealed class EnrolmentTokenTests
{
    private static readonly EnrolmentToken Token = new("s3cret-of-24-random-bytes", Digest.Of([1]), [Digest.Of([2]), Digest.Of([3])], "controller.example:7443");

    [Fact]
    public void Parses_what_it_prints()
    {
        Assert.StartsWith("fd1.", Token.ToString(), StringComparison.Ordinal);
        Assert.Equal(Token, EnrolmentToken.Parse(Token.ToString()).Value);
        var plain = Token with { Controller = null, Operators = [] };
        Assert.Equal(plain, EnrolmentToken.Parse(plain.ToString()).Value);
    }

    [Fact]
    public void Forgives_white_space_that_pasting_adds()
    {
        var text = Token.ToString();
        Assert.Equal(Token, EnrolmentToken.Parse($"  {text[..40]}\r\n{text[40..]}\n").Value);
    }

    [Fact]
    public void Refuses_every_truncated_paste()
    {
        var text = Token.ToString();
        for (var length = 0; length < text.Length; length++)
        {
            Assert.NotNull(EnrolmentToken.Parse(text[..length]).Problem);
        }
        Assert.Contains("copy the whole line", EnrolmentToken.Parse(text[..80]).Problem, StringComparison.Ordinal);
    }

    [Fact]
    public void Refuses_every_changed_character()
    {
        var text = Token.ToString();
        for (var at = EnrolmentToken.Prefix.Length; at < text.Length - 1; at++)
        {
            Assert.NotNull(EnrolmentToken.Parse(text[..at] + (text[at] == 'A' ? 'B' : 'A') + text[(at + 1)..]).Problem);
        }
    }

    [Fact]
    public void Tells_what_is_no_token_at_all()
    {
        Assert.Contains("empty", EnrolmentToken.Parse(null).Problem, StringComparison.Ordinal);
        Assert.Contains("begins with 'fd1.'", EnrolmentToken.Parse("hunter2").Problem, StringComparison.Ordinal);
        Assert.Contains("begins with 'fd1.'", EnrolmentToken.Parse(Token.ToString()[4..]).Problem, StringComparison.Ordinal);
        Assert.Contains("characters", EnrolmentToken.Parse("fd1.%%%%").Problem, StringComparison.Ordinal);
    }
}
