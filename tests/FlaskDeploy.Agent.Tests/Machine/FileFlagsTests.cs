using FlaskDeploy.Agent.Machine.Files;

namespace FlaskDeploy.Agent.Tests.Machine;

public sealed class FileFlagsTests
{
    private const uint Extents = 0x80000;
    private const uint Immutable = 0x10;
    private const uint NoAccessTime = 0x80;

    [Theory]
    [InlineData("+i", 0u, Immutable)]
    [InlineData("+i", Extents, Extents | Immutable)]
    [InlineData("-i", Extents | Immutable, Extents)]
    [InlineData("A", Extents | Immutable, Extents | NoAccessTime)]
    [InlineData("=A", Extents | Immutable, Extents | NoAccessTime)]
    [InlineData("", Extents | Immutable, Extents)]
    [InlineData("-e", Extents, Extents)]
    public void Changes_what_can_be_set_and_nothing_that_the_file_system_keeps(string wish, uint present, uint expected) =>
        Assert.Equal(expected, FileFlags.Wanted(wish, present));

    [Fact]
    public void Names_a_letter_that_is_none() => Assert.Equal('q', FileFlags.WrongIn("+iq"));

    [Fact]
    public void Shows_letters_in_the_order_of_lsattr() => Assert.Equal("iAe", FileFlags.LettersOf(Extents | Immutable | NoAccessTime));
}
