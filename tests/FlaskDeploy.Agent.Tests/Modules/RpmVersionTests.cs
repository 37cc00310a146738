using FlaskDeploy.Agent.Machine;
using FlaskDeploy.Agent.Modules.Packages;

namespace FlaskDeploy.Agent.Tests.Modules;

public class RpmVersionTests
{
    // Orders that rpm(8) documents in rpm-version(7), and those that its numbers, letters, tildes and carets imply.
    [Theory]
    [InlineData("1.0", "1.0", 0)]
    [InlineData("1.0", "2.0", -1)]
    [InlineData("4.9", "4.10", -1)]
    [InlineData("2.0.1", "2.0", 1)]
    [InlineData("5.5p1", "5.5p10", -1)]
    [InlineData("10xyz", "10.1xyz", -1)]
    [InlineData("xyz10", "xyz10.1", -1)]
    [InlineData("xyz.4", "8", -1)]
    [InlineData("8", "xyz.4", 1)]
    [InlineData("5.5p2", "5.6p1", -1)]
    [InlineData("6.0.rc1", "6.0", 1)]
    [InlineData("10b2", "10a1", 1)]
    [InlineData("1.0aa", "1.0a", 1)]
    [InlineData("10.0001", "10.1", 0)]
    [InlineData("10.0039", "10.1", 1)]
    [InlineData("20101121", "20101122", -1)]
    [InlineData("2_0", "2.0", 0)]
    [InlineData("a+", "a_", 0)]
    [InlineData("1.0~rc1", "1.0", -1)]
    [InlineData("1.0~rc1", "1.0~rc2", -1)]
    [InlineData("1.0~rc1~git123", "1.0~rc1", -1)]
    [InlineData("1.0^", "1.0", 1)]
    [InlineData("1.0^git1", "1.0^git2", -1)]
    [InlineData("1.0^git1", "1.01", -1)]
    [InlineData("1.0^20160101", "1.0.1", -1)]
    [InlineData("1.0~rc1^git1", "1.0~rc1", 1)]
    [InlineData("1.0^git1~pre", "1.0^git1", -1)]
    [InlineData("99999999999999999999", "100000000000000000000", -1)]
    [InlineData("", "1", -1)]
    public void Orders_as_rpm_does(string left, string right, int expected)
    {
        Assert.Equal(expected, RpmVersion.Compare(left, right));
        Assert.Equal(-expected, RpmVersion.Compare(right, left));
    }

    [Fact]
    public void An_epoch_counts_before_the_version_and_the_version_before_the_release()
    {
        var old = new Package("x", "x", 0, "9.9", "9", "noarch");
        Assert.True(RpmVersion.Compare(old with { Epoch = 1, Version = "0.1" }, old) > 0);
        Assert.True(RpmVersion.Compare(old with { Version = "9.10", Release = "1" }, old) > 0);
        Assert.True(RpmVersion.Compare(old with { Release = "10" }, old) > 0);
    }
}
