using System.Text;
using FlaskDeploy.Agent.Modules.Files;

namespace FlaskDeploy.Agent.Tests.Modules;

public class UnifiedDiffTests
{
    [Fact]
    public void Shows_three_lines_around_a_change() =>
        Assert.Equal("--- a\n+++ b\n@@ -2,7 +2,7 @@\n 2\n 3\n 4\n-5\n+five\n 6\n 7\n 8\n", Between(Lines(1, 9), Lines(1, 9).Replace("5", "five", StringComparison.Ordinal)));

    [Fact]
    public void Joins_changes_that_are_near_and_parts_those_that_are_far()
    {
        var before = Lines(1, 30);
        var near = Between(before, before.Replace("\n10\n", "\nx\n", StringComparison.Ordinal).Replace("\n14\n", "\ny\n", StringComparison.Ordinal));
        var far = Between(before, before.Replace("\n10\n", "\nx\n", StringComparison.Ordinal).Replace("\n20\n", "\ny\n", StringComparison.Ordinal));
        Assert.Equal(1, Count(near, "@@ -"));
        Assert.Equal(2, Count(far, "@@ -"));
    }

    [Fact]
    public void Counts_lines_that_are_added_and_removed() =>
        Assert.Equal("--- a\n+++ b\n@@ -1,2 +1,3 @@\n-a\n b\n+c\n+d\n", Between("a\nb\n", "b\nc\nd\n"));

    [Fact]
    public void Says_that_the_last_line_has_no_newline() =>
        Assert.Equal("--- a\n+++ b\n@@ -1 +1 @@\n-a\n+a\n\\ No newline at end of file\n", Between("a\n", "a"));

    [Fact]
    public void Shows_nothing_where_nothing_differs() => Assert.Null(Between("a\n", "a\n"));

    [Fact]
    public void Shows_no_long_texts() => Assert.Equal("(not shown: 1 and 200000 bytes)\n", Between("a", new string('x', 200_000)));

    [Fact]
    public void Replaces_whole_what_is_too_much_to_compare()
    {
        var diff = Between(string.Concat(Enumerable.Range(0, 3000).Select(i => $"a{i}\n")), string.Concat(Enumerable.Range(0, 3000).Select(i => $"b{i}\n")));
        Assert.StartsWith("--- a\n+++ b\n@@ -1,3000 +1,3000 @@\n-a0\n", diff, StringComparison.Ordinal);
        Assert.EndsWith("+b2999\n", diff, StringComparison.Ordinal);
    }

    private static string? Between(string before, string after) => UnifiedDiff.Between(Encoding.UTF8.GetBytes(before), Encoding.UTF8.GetBytes(after), "a", "b");

    private static string Lines(int from, int to) => string.Concat(Enumerable.Range(from, to - from + 1).Select(i => $"{i}\n"));

    private static int Count(string? text, string part) => text!.Split(part).Length - 1;
}
