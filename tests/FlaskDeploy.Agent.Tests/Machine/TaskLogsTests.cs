using FlaskDeploy.Agent.Machine.Commands;

namespace FlaskDeploy.Agent.Tests.Machine;

public sealed class TaskLogsTests
{
    [Fact]
    public void Keeps_the_log_of_a_quiet_site_that_still_has_it_open()
    {
        var directory = Directory.CreateTempSubdirectory("task-logs-").FullName;
        try
        {
            var held = Path.Combine(directory, "held.out");
            var left = Path.Combine(directory, "left.out");
            File.WriteAllText(left, "over");
            using (var site = new FileStream(held, FileMode.Create, FileAccess.Write, FileShare.ReadWrite | FileShare.Delete))
            {
                foreach (var path in new[] { held, left })
                {
                    File.SetLastWriteTimeUtc(path, TimeProvider.System.GetUtcNow().UtcDateTime.AddDays(-8));
                }
                new TaskLogs(directory, TimeProvider.System).Rotate();
                Assert.True(File.Exists(held));
                Assert.False(File.Exists(left));
            }
            new TaskLogs(directory, TimeProvider.System).Rotate();
            Assert.False(File.Exists(held));
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }

    [Fact]
    public void A_log_that_cannot_be_cut_keeps_no_other_from_its_turn()
    {
        var directory = Directory.CreateTempSubdirectory("task-logs-").FullName;
        try
        {
            var stuck = Path.Combine(directory, "a.out");
            var other = Path.Combine(directory, "b.out");
            foreach (var path in new[] { stuck, other })
            {
                using var log = new FileStream(path, FileMode.Create, FileAccess.Write);
                log.SetLength(64L * 1024 * 1024);
            }
            Directory.CreateDirectory($"{stuck}.1");

            new TaskLogs(directory, TimeProvider.System).Rotate();

            Assert.Equal(64L * 1024 * 1024, new FileInfo(stuck).Length);
            Assert.Equal(0, new FileInfo(other).Length);
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }
}
