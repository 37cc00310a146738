using System.Text;
using FlaskDeploy.Agent.Machine;
using FlaskDeploy.Language.Bundles;

namespace FlaskDeploy.Agent.Tests.Machine;

public sealed class FileStepsTests : IAsyncDisposable
{
    private const int Private = 0x180;
    private readonly RealMachine _machine = new();

    public ValueTask DisposeAsync() => _machine.DisposeAsync();

    [Fact]
    public async Task Keeps_the_mode_of_a_file_whose_content_it_replaces()
    {
        File.WriteAllText(_machine.At("motd"), "old");
        File.SetUnixFileMode(_machine.At("motd"), (UnixFileMode)Private);

        var outcome = await Write("motd", "new");

        Assert.Equal(StepStatus.Done, outcome.Status);
        Assert.Equal("new", File.ReadAllText(_machine.At("motd")));
        Assert.Equal((UnixFileMode)Private, File.GetUnixFileMode(_machine.At("motd")));
    }

    [Fact]
    public async Task A_refused_validation_leaves_the_old_file_and_no_temporary_one()
    {
        File.WriteAllText(_machine.At("conf"), "old");

        var outcome = await _machine.Do(new WriteFile(_machine.At("conf"), Content("bad"), PathAttributes.Unchanged) { Validate = "grep -q good %s" });

        Assert.Equal(StepStatus.Failed, outcome.Status);
        Assert.Contains("refused by grep -q good %s", outcome.Problem);
        Assert.Equal("old", File.ReadAllText(_machine.At("conf")));
        Assert.Empty(Directory.GetFiles(_machine.Directory, ".conf*"));
    }

    [Fact]
    public async Task A_validation_sees_the_new_content()
    {
        var outcome = await _machine.Do(new WriteFile(_machine.At("conf"), Content("good"), PathAttributes.Unchanged) { Validate = "grep -q good %s" });

        Assert.Equal(StepStatus.Done, outcome.Status);
        Assert.Equal("good", File.ReadAllText(_machine.At("conf")));
    }

    [Fact]
    public async Task A_blob_that_is_missing_changes_nothing()
    {
        File.WriteAllText(_machine.At("a"), "old");

        var outcome = await _machine.Do(new WriteFile(_machine.At("a"), new FileContent(Digest.Of("absent"u8), 6), PathAttributes.Unchanged));

        Assert.Equal(StepStatus.Failed, outcome.Status);
        Assert.Equal("old", File.ReadAllText(_machine.At("a")));
        Assert.Empty(Directory.GetFiles(_machine.Directory, ".a.*"));
    }

    [Fact]
    public async Task A_source_on_the_machine_that_changed_meanwhile_is_not_copied()
    {
        File.WriteAllText(_machine.At("source"), "other");

        var outcome = await _machine.Do(new WriteFile(_machine.At("copy"), new FileContent(Digest.Of("planned"u8), 7) { Path = _machine.At("source") }, PathAttributes.Unchanged));

        Assert.Equal(StepStatus.Failed, outcome.Status);
        Assert.Contains("changed since it was looked at", outcome.Problem);
        Assert.False(File.Exists(_machine.At("copy")));
    }

    [Fact]
    public async Task A_backup_keeps_the_old_content_beside_the_new()
    {
        File.WriteAllText(_machine.At("a"), "old");

        var outcome = await _machine.Do(new WriteFile(_machine.At("a"), Content("new"), PathAttributes.Unchanged) { Backup = true });

        Assert.Equal("old", File.ReadAllText(outcome.Details["backup_file"]));
        Assert.Equal("new", File.ReadAllText(_machine.At("a")));
    }

    [Fact]
    public async Task Follows_a_link_at_the_path_and_leaves_the_link()
    {
        File.WriteAllText(_machine.At("target"), "old");
        File.CreateSymbolicLink(_machine.At("link"), "target");

        await Write("link", "new");

        Assert.Equal("new", File.ReadAllText(_machine.At("target")));
        Assert.Equal("target", new FileInfo(_machine.At("link")).LinkTarget);
    }

    [Fact]
    public async Task What_a_crash_left_beside_a_file_is_removed_by_the_next_write()
    {
        File.WriteAllText(_machine.At(".motd.0123456789ab.fd-tmp"), "half");
        File.WriteAllText(_machine.At(".motdother.0123456789ab.fd-tmp"), "of another file");

        await Write("motd", "new");

        Assert.False(File.Exists(_machine.At(".motd.0123456789ab.fd-tmp")));
        Assert.True(File.Exists(_machine.At(".motdother.0123456789ab.fd-tmp")));
    }

    [Fact]
    public async Task A_full_disk_leaves_the_old_file_whole()
    {
        Assert.SkipUnless(RealMachine.IsRoot && Directory.Exists("/dev/shm"), "needs root to mount a small file system");
        var mount = _machine.At("small");
        Directory.CreateDirectory(mount);
        var mounted = await _machine.Do(RealMachine.Shell($"mount -t tmpfs -o size=64k none {mount}"));
        Assert.SkipUnless(mounted.Status == StepStatus.Done, "this machine lets nobody mount");
        try
        {
            File.WriteAllText(Path.Combine(mount, "a"), "old");

            var outcome = await Write("small/a", new string('x', 200_000));

            Assert.Equal(StepStatus.Failed, outcome.Status);
            Assert.Equal($"write {_machine.At("small/a")} (200000 bytes): No space left on device", outcome.Problem);
            Assert.Equal("old", File.ReadAllText(Path.Combine(mount, "a")));
            Assert.Single(Directory.GetFileSystemEntries(mount));
        }
        finally
        {
            await _machine.Do(RealMachine.Shell($"umount {mount}"));
        }
    }

    [Fact]
    public async Task Removing_a_tree_does_not_follow_a_link_out_of_it()
    {
        Directory.CreateDirectory(_machine.At("precious"));
        File.WriteAllText(_machine.At("precious/file"), "kept");
        Directory.CreateDirectory(_machine.At("tree/deep"));
        File.WriteAllText(_machine.At("tree/deep/.hidden"), "");
        File.CreateSymbolicLink(_machine.At("tree/deep/out"), _machine.At("precious"));

        var outcome = await _machine.Do(new Remove(_machine.At("tree")));

        Assert.Equal(StepStatus.Done, outcome.Status);
        Assert.False(Directory.Exists(_machine.At("tree")));
        Assert.Equal("kept", File.ReadAllText(_machine.At("precious/file")));
    }

    [Fact]
    public async Task Root_does_not_follow_a_users_link_to_what_is_not_that_users()
    {
        Assert.SkipUnless(RealMachine.IsRoot, "the rule is for root");
        await HomeOfNobody();
        Directory.CreateDirectory(_machine.At("private"));
        await Linked("app", _machine.At("private"));

        var outcome = await Write("home/app/x", "content");

        Assert.Equal(StepStatus.Failed, outcome.Status);
        Assert.Contains(_machine.At("home/app"), outcome.Problem);
        Assert.Empty(Directory.GetFileSystemEntries(_machine.At("private")));
    }

    [Fact]
    public async Task Root_follows_a_users_link_to_what_is_that_users()
    {
        Assert.SkipUnless(RealMachine.IsRoot, "the rule is for root");
        await HomeOfNobody();
        Directory.CreateDirectory(_machine.At("home/releases"));
        await _machine.Do(RealMachine.Shell($"chown 65534:65534 {_machine.At("home/releases")}"));
        await Linked("current", "releases");

        var outcome = await Write("home/current/x", "content");

        Assert.Equal(StepStatus.Done, outcome.Status);
        Assert.Equal("content", File.ReadAllText(_machine.At("home/releases/x")));
    }

    [Fact]
    public async Task Root_writes_again_what_it_once_wrote_into_a_users_directory()
    {
        Assert.SkipUnless(RealMachine.IsRoot, "the rule is for root");
        await HomeOfNobody();

        Assert.Equal(StepStatus.Done, (await Write("home/x", "one")).Status);
        Assert.Equal(StepStatus.Done, (await Write("home/x", "two")).Status);
        Assert.Equal("two", File.ReadAllText(_machine.At("home/x")));
    }

    [Fact]
    public async Task Root_does_not_change_the_owner_behind_a_users_link()
    {
        Assert.SkipUnless(RealMachine.IsRoot, "the rule is for root");
        await HomeOfNobody();
        File.WriteAllText(_machine.At("shadow"), "");
        await Linked("log", _machine.At("shadow"));

        var outcome = await _machine.Do(new SetAttributes(_machine.At("home/log"), new PathAttributes { Uid = 65534 }, FollowLinks: true));

        Assert.Equal(StepStatus.Failed, outcome.Status);
        Assert.Equal(0u, (await _machine.Ask(new StatLook(_machine.At("shadow"), true))).Uid);
    }

    private static FileContent Content(string text) => FileContent.Of(Encoding.UTF8.GetBytes(text));

    private ValueTask<StepOutcome> Write(string name, string text) => _machine.Do(new WriteFile(_machine.At(name), Content(text), PathAttributes.Unchanged));

    private async Task HomeOfNobody()
    {
        Directory.CreateDirectory(_machine.At("home"));
        await _machine.Do(RealMachine.Shell($"chown 65534:65534 {_machine.At("home")}"));
    }

    private async Task Linked(string name, string target)
    {
        File.CreateSymbolicLink(_machine.At($"home/{name}"), target);
        await _machine.Do(RealMachine.Shell($"chown -h 65534:65534 {_machine.At($"home/{name}")}"));
    }
}
