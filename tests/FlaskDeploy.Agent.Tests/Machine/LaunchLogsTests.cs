using System.Text;
using FlaskDeploy.Agent.Machine;
using FlaskDeploy.Agent.Machine.Launches;
using FlaskDeploy.Agent.Machine.Native;

namespace FlaskDeploy.Agent.Tests.Machine;

public sealed class LaunchLogsTests : IDisposable
{
    private static readonly LogLimits Small = new(10, 2);
    private readonly string _directory = Directory.CreateTempSubdirectory("launch-logs-").FullName;

    public LaunchLogsTests() => File.SetUnixFileMode(_directory, (UnixFileMode)0x1ED);

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Fact]
    public void A_log_within_its_size_is_left_alone()
    {
        File.WriteAllText(At("site.log"), "0123456789");
        LaunchLogs.Cut(At("site.log"), Small, null);
        Assert.Equal("0123456789", File.ReadAllText(At("site.log")));
        Assert.False(File.Exists(At("site.log.1")));
    }

    [Fact]
    public void A_log_is_cut_and_its_writer_goes_on()
    {
        File.WriteAllText(At("site.log"), "");
        using var writer = Libc.Open(Libc.AtCurrentDirectory, At("site.log"), Libc.OpenWriteOnly | Libc.OpenAppend);
        foreach (var text in new[] { "first 12345", "second 12345", "third 12345", "last" })
        {
            RandomAccess.Write(writer, Encoding.ASCII.GetBytes(text), 0);
            LaunchLogs.Cut(At("site.log"), Small, null);
        }
        Assert.Equal("last", File.ReadAllText(At("site.log")));
        Assert.Equal("third 12345", File.ReadAllText(At("site.log.1")));
        Assert.Equal("second 12345", File.ReadAllText(At("site.log.2")));
        Assert.Equal(["site.log", "site.log.1", "site.log.2"], Names());
    }

    [Fact]
    public void Fewer_parts_than_before_are_kept_and_the_others_go()
    {
        foreach (var name in new[] { "site.log", "site.log.1", "site.log.2", "site.log.3", "site.log.4" })
        {
            File.WriteAllText(At(name), $"{name} and more");
        }
        LaunchLogs.Cut(At("site.log"), new LogLimits(10, 1), null);
        Assert.Equal(["site.log", "site.log.1"], Names());
        Assert.Equal("site.log and more", File.ReadAllText(At("site.log.1")));

        File.WriteAllText(At("site.log"), "site.log again");
        LaunchLogs.Cut(At("site.log"), new LogLimits(10, 0), null);
        Assert.Equal(["site.log"], Names());
        Assert.Equal("", File.ReadAllText(At("site.log")));
    }

    [Fact]
    public void Parts_have_the_modes_of_their_log()
    {
        File.WriteAllText(At("site.log"), "more than ten bytes");
        File.SetUnixFileMode(At("site.log"), (UnixFileMode)0x1A0);
        LaunchLogs.Cut(At("site.log"), Small, null);
        Assert.Equal((UnixFileMode)0x1A0, File.GetUnixFileMode(At("site.log.1")));
    }

    [Fact]
    public void What_lies_in_the_way_of_a_part_and_is_none_stays_and_is_told()
    {
        File.WriteAllText(At("site.log"), "more than ten bytes");
        File.WriteAllText(At("victim"), "precious");
        File.CreateSymbolicLink(At("site.log.2"), At("victim"));

        Assert.Contains("site.log.2 is in the way", Assert.Throws<IOException>(() => LaunchLogs.Cut(At("site.log"), Small, null)).Message);

        Assert.Equal("precious", File.ReadAllText(At("victim")));
        Assert.Equal("more than ten bytes", File.ReadAllText(At("site.log")));
        Assert.Equal(["site.log", "site.log.2", "victim"], Names());
    }

    [Fact]
    public void A_link_in_place_of_a_log_is_not_followed()
    {
        File.WriteAllText(At("victim"), "precious and long enough");
        File.CreateSymbolicLink(At("site.log"), At("victim"));

        Assert.Throws<IOException>(() => LaunchLogs.Cut(At("site.log"), Small, null));

        Assert.Equal("precious and long enough", File.ReadAllText(At("victim")));
    }

    [Fact]
    public void A_log_that_is_another_users_is_not_cut()
    {
        Assert.SkipUnless(RealMachine.IsRoot, "only root reaches what is another user's");
        File.WriteAllText(At("site.log"), "more than ten bytes");

        Assert.Contains("not to user 65534", Assert.Throws<IOException>(() => LaunchLogs.Cut(At("site.log"), Small, RealMachine.Nobody.Uid)).Message);

        Assert.Equal("more than ten bytes", File.ReadAllText(At("site.log")));
    }

    [Fact]
    public async Task A_fast_writer_loses_nothing_where_a_files_beginning_can_be_taken_away()
    {
        var line = "a line of some twenty bytes\n"u8.ToArray();
        var log = At("site.log");
        var limits = new LogLimits(256 * 1024, 1000);
        File.WriteAllText(log, "");
        using var done = new CancellationTokenSource();
        var writing = Task.Run(
            () =>
            {
                // O_APPEND, as a launched process has it: .NET's own FileMode.Append is something else.
                using var writer = Libc.Open(Libc.AtCurrentDirectory, log, Libc.OpenWriteOnly | Libc.OpenAppend);
                var written = 0;
                for (; !done.IsCancellationRequested; written++)
                {
                    RandomAccess.Write(writer, line, 0);
                }
                return written;
            },
            TestContext.Current.CancellationToken);
        while (!File.Exists(At("site.log.9")))
        {
            LaunchLogs.Cut(log, limits, null);
            await Task.Yield();
        }
        await done.CancelAsync();
        var lines = await writing;

        var parts = Enumerable.Range(1, Names().Length - 1).Reverse().Select(number => At($"site.log.{number}")).Append(log);
        using var whole = new MemoryStream();
        foreach (var part in parts)
        {
            whole.Write(File.ReadAllBytes(part));
        }
        if (CanCollapse())
        {
            Assert.Equal(Enumerable.Repeat(line, lines).SelectMany(bytes => bytes), whole.ToArray());
        }
        else
        {
            // What falls into the moment of a cut is lost, as much as the machine lets the writer write in it; never a NUL is left.
            Assert.InRange(whole.Length, line.Length, (long)lines * line.Length);
            Assert.DoesNotContain((byte)0, whole.ToArray());
        }
    }

    private bool CanCollapse()
    {
        File.WriteAllBytes(At("trial"), new byte[256 * 1024]);
        using var trial = Libc.Open(Libc.AtCurrentDirectory, At("trial"), Libc.OpenWriteOnly);
        return Libc.Allocate(trial, Libc.CollapseRange, 0, 64 * 1024) == 0;
    }

    private string At(string name) => Path.Combine(_directory, name);

    private string[] Names() => [.. Directory.EnumerateFileSystemEntries(_directory).Select(path => Path.GetFileName(path)!).Order(StringComparer.Ordinal)];
}
