using FlaskDeploy.Agent.Memory;
using FlaskDeploy.Agent.Tests.Runs;

namespace FlaskDeploy.Agent.Tests.Memory;

public sealed class MemoryReturnTests
{
    private const string Program = "/usr/bin/flaskdeploy-agent";

    private readonly ManualTime _time = new();

    [Fact]
    public void Memory_is_returned_once_it_is_quiet_after_work()
    {
        var schedule = new ReturnSchedule(_time);

        Assert.False(schedule.IsDue(isBusy: false, 5_000_000));
        Assert.True(schedule.IsDue(isBusy: false, 5_001_000));
        schedule.Returned(5_002_000);
        _time.Advance(TimeSpan.FromSeconds(69));
        Assert.False(schedule.IsDue(isBusy: false, 5_003_000));
    }

    [Fact]
    public void It_is_returned_once_more_when_what_was_kept_for_reuse_was_not_reused()
    {
        var schedule = new ReturnSchedule(_time);
        schedule.IsDue(isBusy: false, 5_000_000);
        Assert.True(schedule.IsDue(isBusy: false, 5_000_000));
        schedule.Returned(5_000_000);

        _time.Advance(TimeSpan.FromSeconds(70));
        Assert.True(schedule.IsDue(isBusy: false, 5_001_000));
        schedule.Returned(5_001_000);
        _time.Advance(TimeSpan.FromHours(1));
        Assert.False(schedule.IsDue(isBusy: false, 5_002_000));
    }

    [Fact]
    public void Nothing_is_returned_while_a_run_is_under_way_or_objects_are_made()
    {
        var schedule = new ReturnSchedule(_time);
        schedule.IsDue(isBusy: true, 5_000_000);

        Assert.False(schedule.IsDue(isBusy: true, 5_000_100));
        Assert.False(schedule.IsDue(isBusy: false, 5_200_000));
        Assert.True(schedule.IsDue(isBusy: false, 5_200_100));
    }

    [Fact]
    public void Runs_every_few_seconds_do_not_make_it_work_every_few_seconds()
    {
        var schedule = new ReturnSchedule(_time);
        schedule.Returned(1_000_000);
        schedule.IsDue(isBusy: false, 9_000_000);

        _time.Advance(TimeSpan.FromSeconds(14));
        Assert.False(schedule.IsDue(isBusy: false, 9_000_000));
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.True(schedule.IsDue(isBusy: false, 9_000_000));
    }

    [Fact]
    public void Lets_go_of_code_and_constants_and_of_nothing_that_was_ever_written()
    {
        string[] maps =
        [
            "00200000-00576000 r--p 00000000 fe:00 1234   /usr/bin/flaskdeploy-agent",
            "00941000-015c7000 r-xp 00740000 fe:00 1234   /usr/bin/flaskdeploy-agent",
            "015c7000-01626000 r--p 013c5000 fe:00 1234   /usr/bin/flaskdeploy-agent",
            "01626000-01ba0000 rw-p 01423000 fe:00 1234   /usr/bin/flaskdeploy-agent",
            "01ba0000-01bee000 rw-p 00000000 00:00 0 ",
            "7ecaaa5ed000-7ecaaa62e000 rw-p 00000000 00:00 0      [heap]",
            "7ecaab000000-7ecaab001000 r--p 00000000 fe:00 77   /usr/share/zoneinfo/UTC",
        ];

        Assert.Equal([new PageRange(0x200000, 0x576000), new PageRange(0x941000, 0x15c7000)], ProgramPages.Unchanging(maps, Program));
    }

    [Fact]
    public void Knows_its_pages_after_a_newer_agent_has_taken_its_name()
    {
        string[] maps = ["00941000-015c7000 r-xp 00740000 fe:00 1234   /usr/bin/flaskdeploy-agent (deleted)"];

        Assert.Equal([new PageRange(0x941000, 0x15c7000)], ProgramPages.Unchanging(maps, Program + " (deleted)"));
    }

    [Fact]
    public void A_program_that_is_laid_out_otherwise_keeps_everything()
    {
        string[] maps =
        [
            "00200000-00576000 rw-p 00000000 fe:00 1234   /usr/bin/flaskdeploy-agent",
            "00941000-015c7000 r-xp 00740000 fe:00 1234   /usr/bin/flaskdeploy-agent",
        ];

        Assert.Empty(ProgramPages.Unchanging(maps, Program));
    }

    [Fact]
    public void The_process_goes_on_after_its_memory_was_returned()
    {
        var kept = Enumerable.Range(0, 10_000).Select(number => $"{number}").ToList();

        MemoryReturn.Return();

        Assert.Equal(49_995_000, kept.Sum(int.Parse));
    }
}
