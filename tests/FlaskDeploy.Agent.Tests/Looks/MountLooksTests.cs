using FlaskDeploy.Agent.Machine;
using FlaskDeploy.Agent.Machine.Looks;

namespace FlaskDeploy.Agent.Tests.Looks;

public sealed class MountLooksTests
{
    [Fact]
    public void Knows_what_is_mounted_where() =>
        Assert.Equal(new MountPoint("tmpfs", "/", "tmpfs", "rw,nosuid,nodev,relatime"), MountLooks.Parse(Recorded.Read("linux-6.18-mountinfo.txt"), "/mnt/a b").Top);

    [Fact]
    public void Of_several_at_one_place_the_last_is_seen() =>
        Assert.Equal(["one", "two"], MountLooks.Parse("40 28 0:31 / /mnt rw - tmpfs one rw\n41 40 0:32 / /mnt rw shared:1 master:2 - tmpfs two rw\n", "/mnt").Points.Select(point => point.Source));

    [Theory]
    [InlineData("")]
    [InlineData("40 28 0:31 / /mnt rw tmpfs one rw")]
    [InlineData("40 28 0:31 / /mnt rw -")]
    public void What_is_no_line_of_it_is_nothing(string text) => Assert.Null(MountLooks.Parse(text, "/mnt").Top);
}
