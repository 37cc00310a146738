using System.Buffers.Binary;
using FlaskDeploy.Agent.Machine.Native;
using FlaskDeploy.Agent.Machine.Watching;

namespace FlaskDeploy.Agent.Tests.Machine;

/// <summary>On the kernel's own inotify: an event is queued before the call that caused it returns, so nothing here waits.</summary>
public sealed class PathWatchesTests : IDisposable
{
    private const PathEvents Content = PathEvents.Entry | PathEvents.Written | PathEvents.Closed;
    private const PathEvents Status = PathEvents.Entry | PathEvents.Attributes;

    private readonly string _directory = Directory.CreateTempSubdirectory("watches").FullName;
    private readonly PathWatches _watches = new();

    public void Dispose()
    {
        _watches.Dispose();
        Directory.Delete(_directory, recursive: true);
    }

    [Fact]
    public void Notices_a_write_a_rename_over_and_a_deletion_each_again()
    {
        var path = Make("site/hello.py");
        Arm(path, Content);

        File.AppendAllText(path, "more");
        Assert.Equal([path], Moved());
        Make("site/new");
        Assert.Empty(Moved());
        File.Move($"{_directory}/site/new", path, overwrite: true);
        Assert.Equal([path], Moved());
        File.AppendAllText(path, "to the new file");
        Assert.Equal([path], Moved());
        File.Delete(path);
        Assert.Equal([path], Moved());
        Make("site/hello.py");
        Assert.Equal([path], Moved());
    }

    [Fact]
    public void A_mode_is_news_of_the_status_and_not_of_the_content()
    {
        var path = Make("a");
        Arm(path, Content);
        File.SetUnixFileMode(path, UnixFileMode.UserRead);
        Assert.Empty(Moved());

        Arm(path, Status);
        File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        Assert.Equal([path], Moved());
        // Somebody's log: it is written to all day, and only its mode and owner are ours.
        _watches.Disarm(new PathTarget(path, Content));
        File.AppendAllText(path, "line");
        Assert.Empty(Moved());
    }

    [Fact]
    public void What_happens_beside_it_is_no_news()
    {
        var path = Make("site/hello.py");
        Arm(path, Content | PathEvents.Attributes);

        Make("site/other");
        Make("beside");
        File.SetUnixFileMode($"{_directory}/site/other", UnixFileMode.UserRead);
        Directory.CreateDirectory($"{_directory}/site/__pycache__");

        Assert.Empty(Moved());
    }

    [Fact]
    public void A_parent_that_is_moved_away_and_made_again_is_followed()
    {
        var path = Make("a/b/c/file");
        Arm(path, Content);
        Directory.Move($"{_directory}/a", $"{_directory}/away");
        Assert.Equal([path], Moved());
        // What was moved away is nobody's any more.
        File.AppendAllText($"{_directory}/away/b/c/file", "x");
        Assert.Empty(Moved());

        foreach (var step in (string[])["a", "a/b", "a/b/c"])
        {
            Directory.CreateDirectory($"{_directory}/{step}");
            Assert.Equal([path], Moved());
        }
        File.WriteAllText(path, "back");
        Assert.Equal([path], Moved());
    }

    [Fact]
    public void A_directory_that_is_replaced_is_watched_where_it_is_now()
    {
        var path = Make("site/file");
        Make("next/file");
        Arm(path, Content);
        Directory.Move($"{_directory}/site", $"{_directory}/old");
        Directory.Move($"{_directory}/next", $"{_directory}/site");
        Assert.Equal([path], Moved());

        File.AppendAllText(path, "x");
        Assert.Equal([path], Moved());
        File.AppendAllText($"{_directory}/old/file", "x");
        Assert.Empty(Moved());
    }

    [Fact]
    public void A_deleted_tree_that_comes_back_whole_is_seen()
    {
        var path = Make("a/b/file");
        Arm(path, Content);
        Directory.Delete($"{_directory}/a", recursive: true);
        Assert.Equal([path], Moved());

        Make("a/b/file");

        Assert.Equal([path], Moved());
        File.AppendAllText(path, "x");
        Assert.Equal([path], Moved());
    }

    [Fact]
    public void Follows_links_on_the_way_and_at_the_end_and_notices_that_they_lead_elsewhere()
    {
        Make("v1/app/conf");
        Make("v2/app/conf");
        Make("shared/conf");
        File.CreateSymbolicLink($"{_directory}/current", "v1");
        File.Delete($"{_directory}/v2/app/conf");
        File.CreateSymbolicLink($"{_directory}/v2/app/conf", "../../shared/conf");
        var path = $"{_directory}/current/app/conf";
        Arm(path, Content);
        File.AppendAllText($"{_directory}/v1/app/conf", "x");
        Assert.Equal([path], Moved());

        File.CreateSymbolicLink($"{_directory}/next", "v2");
        using (var directory = Libc.Open(Libc.AtCurrentDirectory, _directory, Libc.OpenReadOnly | Libc.OpenDirectory))
        {
            Assert.Equal(0, Libc.RenameAt(directory, "next", directory, "current"));
        }
        Assert.Equal([path], Moved());

        File.AppendAllText($"{_directory}/v1/app/conf", "x");
        Assert.Empty(Moved());
        File.AppendAllText($"{_directory}/shared/conf", "x");
        Assert.Equal([path], Moved());
    }

    [Fact]
    public void Links_in_a_circle_end()
    {
        File.CreateSymbolicLink($"{_directory}/a", "b");
        File.CreateSymbolicLink($"{_directory}/b", "a");
        Arm($"{_directory}/a/file", Content);

        File.Delete($"{_directory}/b");

        Assert.Equal([$"{_directory}/a/file"], Moved());
    }

    [Fact]
    public void A_pattern_is_watched_at_every_level_that_matches()
    {
        Make("lib/python3.9/site-packages/flask-1.dist-info/METADATA");
        var pattern = $"{_directory}/lib/python*/site-packages/*.dist-info/METADATA";
        _watches.Arm(new PathTarget(pattern, Content) { IsPattern = true });

        Make("lib/python3.9/site-packages/flask/__init__.py");
        Assert.Empty(Moved());
        File.AppendAllText($"{_directory}/lib/python3.9/site-packages/flask-1.dist-info/METADATA", "x");
        Assert.Equal([pattern], Moved());
        Make("lib/python3.9/site-packages/jinja-1.dist-info/METADATA");
        Assert.Equal([pattern], Moved());
        File.AppendAllText($"{_directory}/lib/python3.9/site-packages/jinja-1.dist-info/METADATA", "x");
        Assert.Equal([pattern], Moved());
        Make("lib/python3.12/site-packages/x");
        Assert.Equal([pattern], Moved());
    }

    [Fact]
    public void After_an_overflow_everything_counts_as_moved_and_is_watched_as_it_is_now()
    {
        var (one, two) = (Make("one"), Make("d/two"));
        Arm(one, Content);
        Arm(two, Status);
        // Of a moved directory nothing is told: the queue was full.
        Directory.Move($"{_directory}/d", $"{_directory}/e");
        Moved();
        Make("d/two");
        Moved();

        Assert.Equal([NoticedBy.Overflow, NoticedBy.Overflow], Overflown().Select(signal => signal.By));
        File.SetUnixFileMode(two, UnixFileMode.UserRead);
        Assert.Equal([two], Moved());
    }

    [Fact]
    public void Goes_on_after_a_queue_that_really_was_full()
    {
        var path = Make("d/file");
        Arm($"{_directory}/d/*", PathEvents.Entry | PathEvents.Attributes, isPattern: true);
        Arm(path, Content);
        var most = int.Parse(File.ReadAllText("/proc/sys/fs/inotify/max_queued_events"));
        Make("d/other");
        for (var i = 0; i < most; i++)
        {
            // Two names in turn: the same event twice in a row is one.
            File.SetUnixFileMode(i % 2 == 0 ? path : $"{_directory}/d/other", UnixFileMode.UserRead | UnixFileMode.UserWrite);
        }
        File.AppendAllText(path, "the event of this is lost");
        var signals = new List<WatchSignal>();
        while (_watches.Take() is { Count: > 0 } some)
        {
            signals.AddRange(some);
        }

        Assert.Contains(signals, signal => signal.By == NoticedBy.Overflow && signal.Target == new PathTarget(path, Content));
        File.AppendAllText(path, "this one is not");
        Assert.Equal([path], Moved());
    }

    [Fact]
    public void Tells_the_owner_of_a_new_file_and_nobody_of_a_changed_one()
    {
        var path = Make("file");
        Arm(path, Content);
        File.AppendAllText(path, "x");
        Assert.Null(Assert.Single(_watches.Take()).Uid);
        Make("new");

        File.Move($"{_directory}/new", path, overwrite: true);

        Assert.Equal(Libc.EffectiveUser(), Assert.Single(_watches.Take()).Uid);
    }

    [Fact]
    public void Lets_go_of_every_directory_that_nobody_needs_any_more()
    {
        Arm(Make("a/b/one"), Content);
        Arm(Make("a/c/two"), Content);
        Directory.Move($"{_directory}/a/b", $"{_directory}/a/d");
        Moved();
        Assert.True(_watches.Count > 2);

        _watches.Disarm(new PathTarget($"{_directory}/a/b/one", Content));
        _watches.Disarm(new PathTarget($"{_directory}/a/c/two", Content));

        Assert.Equal(0, _watches.Count);
        File.AppendAllText($"{_directory}/a/c/two", "x");
        Assert.Empty(Moved());
    }

    [Fact]
    public void A_directory_that_others_fill_does_not_take_all_watches_there_are()
    {
        for (var i = 0; i < 2100; i++)
        {
            Directory.CreateDirectory($"{_directory}/{i}.dist-info");
        }
        _watches.Arm(new PathTarget($"{_directory}/*.dist-info/METADATA", Content) { IsPattern = true });

        Assert.InRange(_watches.Count, 1, 2048);
        Assert.Contains("more than 2048", Assert.Single(_watches.Problems));
    }

    private void Arm(string path, PathEvents events, bool isPattern = false) => _watches.Arm(new PathTarget(path, events) { IsPattern = isPattern });

    private IEnumerable<string> Moved() => _watches.Take().Select(signal => ((PathTarget)signal.Target).Path).ToList();

    private IReadOnlyCollection<WatchSignal> Overflown()
    {
        // struct inotify_event: no watch, the mask, no cookie, no name.
        var queued = new byte[16];
        BinaryPrimitives.WriteInt32LittleEndian(queued, -1);
        BinaryPrimitives.WriteUInt32LittleEndian(queued.AsSpan(4), WatchCalls.Overflow);
        return _watches.Take(queued);
    }

    private string Make(string path)
    {
        Directory.CreateDirectory(Path.GetDirectoryName($"{_directory}/{path}")!);
        File.WriteAllText($"{_directory}/{path}", path);
        return $"{_directory}/{path}";
    }
}
