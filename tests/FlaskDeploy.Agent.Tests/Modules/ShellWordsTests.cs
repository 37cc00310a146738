using FlaskDeploy.Agent.Modules.Commands;

namespace FlaskDeploy.Agent.Tests.Modules;

public class ShellWordsTests
{
    [Theory]
    [InlineData("", new string[0])]
    [InlineData("  a  b\tc\nd ", new[] { "a", "b", "c", "d" })]
    [InlineData("'a b' \"c d\"", new[] { "a b", "c d" })]
    [InlineData("a'b'\"c\"d", new[] { "abcd" })]
    [InlineData("''", new[] { "" })]
    [InlineData(@"a\ b \\ \'", new[] { "a b", @"\", "'" })]
    [InlineData(@"""\n \"" \\ \$""", new[] { @"\n "" \ \$" })]
    [InlineData(@"'a\b'", new[] { @"a\b" })]
    [InlineData("a # b", new[] { "a", "#", "b" })]
    [InlineData("a|b >c", new[] { "a|b", ">c" })]
    public void Splits_as_shlex_does(string text, string[] expected)
    {
        Assert.True(ShellWords.TrySplit(text, out var words, out var problem), problem);
        Assert.Equal(expected, words);
    }

    [Theory]
    [InlineData("'a", "No closing quotation")]
    [InlineData("\"a\\\"", "No closing quotation")]
    [InlineData("a\\", "No escaped character")]
    public void Says_what_is_wrong_in_the_words_of_shlex(string text, string expected)
    {
        Assert.False(ShellWords.TrySplit(text, out _, out var problem));
        Assert.Equal(expected, problem);
    }
}
