using System.Text.RegularExpressions;
using FlaskDeploy.Language.Expressions;

namespace FlaskDeploy.Language.Tests.Expressions;

/// <summary>The expected texts are what Python 3.11 gives.</summary>
public class PythonPatternTests
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(1);

    [Theory]
    [InlineData("x*", "-", "abxd", "-a-b--d-", 5)]
    [InlineData("(?P<a>.)(.)", @"\2\g<a>", "abcd", "badc", 2)]
    [InlineData("^", "# ", "a\nb\n", "# a\n# b\n# ", 3)]
    [InlineData("$", "!", "a\nb", "a!\nb!", 2)]
    [InlineData("z", "y", "abc", "abc", 0)]
    public void Substitutes_as_subn_does_with_multiline(string pattern, string replacement, string text, string expected, int count) =>
        Assert.Equal((expected, count), Create(pattern, RegexOptions.Multiline).Substitute(replacement, text));

    [Fact]
    public void A_replacement_that_names_no_group_is_told() =>
        Assert.Equal(@"'\2' does not fit '(a)': invalid group reference 2", Assert.Throws<PatternException>(() => Create("(a)").Substitute(@"\2", "a")).Message);

    [Theory]
    [InlineData(@"\q")]
    [InlineData(@"\2")]
    public void A_wrong_replacement_is_told_where_nothing_matches_too(string replacement) =>
        Assert.Throws<PatternException>(() => Create("(a)").Substitute(replacement, "b"));

    [Fact]
    public void What_is_no_regular_expression_is_told()
    {
        Assert.Null(PythonPattern.TryCreate("a(", RegexOptions.None, Limit, out var problem));
        Assert.StartsWith("'a(' is no regular expression: ", problem, StringComparison.Ordinal);
    }

    [Fact]
    public void Gives_up_what_takes_too_long()
    {
        var pattern = PythonPattern.TryCreate("^(a|aa|a*)*$", RegexOptions.None, TimeSpan.FromMilliseconds(50), out _)!;
        Assert.Throws<PatternException>(() => pattern.Search(new string('a', 60) + "!"));
    }

    private static PythonPattern Create(string pattern, RegexOptions options = RegexOptions.None) => PythonPattern.TryCreate(pattern, options, Limit, out _)!;
}
