using FlaskDeploy.Agent.Wire;
using FlaskDeploy.V1;

namespace FlaskDeploy.Agent.Tests.State;

public sealed class EventLogTests : IDisposable
{
    private readonly Scratch _scratch = new();

    public void Dispose() => _scratch.Dispose();

    [Fact]
    public void Numbers_from_one_without_a_gap_and_goes_on_after_a_restart()
    {
        var id = With(log =>
        {
            Assert.Equal([1ul, 2ul], new[] { Append(log, "a"), Append(log, "b") });
            return log.Id;
        });

        With(log =>
        {
            Assert.Equal(id, log.Id);
            Assert.Equal(3ul, Append(log, "c"));
            Assert.Equal(["a", "b", "c"], Waiting(log));
            return 0;
        });
    }

    [Fact]
    public void Forgets_what_was_acknowledged_and_never_gives_its_number_again()
    {
        With(log =>
        {
            Append(log, "a");
            Append(log, "b");
            log.Acknowledge(2);
            return 0;
        });

        With(log =>
        {
            Assert.Equal(0, log.Pending);
            Assert.Equal(2ul, log.Acknowledged);
            Assert.Equal(3ul, Append(log, "c"));
            Assert.Equal(["c"], Waiting(log));
            return 0;
        });
    }

    [Fact]
    public void Acknowledgements_of_the_future_and_of_the_past_are_ignored() => With(log =>
    {
        Append(log, "a");
        Append(log, "b");
        log.Acknowledge(3);
        Assert.Equal(2, log.Pending);
        log.Acknowledge(2);
        log.Acknowledge(1);
        Assert.Equal(2ul, log.Acknowledged);
        return 0;
    });

    [Fact]
    public void Hands_out_in_order_after_a_number_and_no_more_than_asked() => With(log =>
    {
        for (var i = 1; i <= 10; i++)
        {
            Append(log, $"{i}");
        }
        Assert.Equal(["4", "5", "6"], log.After(3, 3).Select(entry => entry.RunStarted.Cause));
        Assert.Empty(log.After(10, 3));
        return 0;
    });

    [Fact]
    public void A_batch_fits_a_message_whatever_its_events_weigh() => With(log =>
    {
        for (var i = 0; i < 20; i++)
        {
            Append(log, new string('x', 1024 * 1024));
        }
        var batch = log.After(0, 256);
        Assert.InRange(batch.Count, 1, 4);
        Assert.Equal(20, Read(log));
        return 0;

        static int Read(EventLog log)
        {
            var (after, count) = (0ul, 0);
            while (log.After(after, 256) is [.., var last] batch)
            {
                (after, count) = (last.Number, count + batch.Count);
            }
            return count;
        }
    });

    [Fact]
    public void Torn_at_any_byte_it_keeps_whole_events_and_numbers_that_were_handed_out()
    {
        With(log =>
        {
            Append(log, "a");
            Append(log, "b");
            return 0;
        });
        var whole = File.ReadAllBytes(_scratch["events"]);
        for (var length = 0; length <= whole.Length; length++)
        {
            File.WriteAllBytes(_scratch["events"], whole[..length]);
            With(log =>
            {
                var waiting = Waiting(log).ToList();
                Assert.Equal(new[] { "a", "b" }.Take(waiting.Count), waiting);
                Assert.Equal((ulong)waiting.Count, log.LastNumber);
                return 0;
            });
        }
    }

    [Fact]
    public void A_log_that_was_lost_counts_under_another_id()
    {
        var id = With(log =>
        {
            Append(log, "a");
            return log.Id;
        });
        File.Delete(_scratch["events"]);

        With(log =>
        {
            Assert.NotEqual(id, log.Id);
            Assert.Equal(1ul, Append(log, "b"));
            return 0;
        });
    }

    [Fact]
    public void A_log_that_lost_its_beginning_counts_under_another_id()
    {
        var id = With(log =>
        {
            Append(log, "a");
            return log.Id;
        });
        File.WriteAllBytes(_scratch["events"], []);

        Assert.NotEqual(id, With(log => log.Id));
    }

    [Fact]
    public void Renewed_it_tells_what_waits_under_another_id_and_from_one()
    {
        var id = With(log =>
        {
            Append(log, "a");
            Append(log, "b");
            Append(log, "c");
            log.Acknowledge(1);
            var before = log.Id;
            log.Renew();
            Assert.NotEqual(before, log.Id);
            Assert.Equal([1ul, 2ul], log.After(0, 10).Select(entry => entry.Number));
            return log.Id;
        });

        With(log =>
        {
            Assert.Equal(id, log.Id);
            Assert.Equal(["b", "c"], Waiting(log));
            Assert.Equal(3ul, Append(log, "d"));
            return 0;
        });
    }

    [Fact]
    public void Compacted_it_keeps_its_id_the_last_number_and_what_waits()
    {
        var id = With(log =>
        {
            Fill(log);
            Append(log, "kept");
            log.Acknowledge(log.LastNumber - 1);
            Assert.True(new FileInfo(_scratch["events"]).Length < 10_000);
            Append(log, "later");
            return log.Id;
        });

        With(log =>
        {
            Assert.Equal((id, 2002ul), (log.Id, log.LastNumber));
            Assert.Equal(["kept", "later"], Waiting(log));
            return 0;
        });
    }

    [Fact]
    public void Compacted_to_nothing_it_still_knows_the_last_number_and_the_last_run_that_ended()
    {
        With(log =>
        {
            log.Append(new Event { Run = "r1", RunFinished = new RunFinished() });
            Fill(log);
            log.Acknowledge(log.LastNumber);
            return 0;
        });

        With(log =>
        {
            Assert.Equal((2001ul, 0, "r1"), (log.LastNumber, log.Pending, log.LastFinishedRun));
            return 0;
        });
    }

    [Fact]
    public void Where_there_is_no_room_to_compact_it_goes_on_as_it_is()
    {
        With(log =>
        {
            Fill(log);
            // A directory in the way: the second file cannot be made.
            Directory.CreateDirectory(_scratch["events.new/in-the-way"]);
            log.Acknowledge(1990);
            Assert.Equal(2001ul, Append(log, "after"));
            return 0;
        });

        With(log =>
        {
            Assert.Equal((2001ul, 1990ul, 11), (log.LastNumber, log.Acknowledged, log.Pending));
            return 0;
        });
    }

    [Fact]
    public async Task Whoever_waits_hears_of_what_was_appended_before_and_after()
    {
        using var log = new EventLog(_scratch.Path, TimeProvider.System);
        Append(log, "a");
        await log.WaitForMore(TestContext.Current.CancellationToken);
        var waiting = log.WaitForMore(TestContext.Current.CancellationToken).AsTask();
        Assert.False(waiting.IsCompleted);
        Append(log, "b");

        await waiting;
    }

    private static void Fill(EventLog log)
    {
        for (var i = 0; i < 2000; i++)
        {
            log.Append(new Event { RunStarted = new RunStarted { Cause = new string('x', 600) } }, sync: false);
        }
    }

    private static ulong Append(EventLog log, string text) => log.Append(new Event { RunStarted = new RunStarted { Cause = text } }, sync: false).Number;

    private static IEnumerable<string> Waiting(EventLog log) => log.After(0, 100).Select(entry => entry.RunStarted.Cause);

    private T With<T>(Func<EventLog, T> use)
    {
        using var log = new EventLog(_scratch.Path, TimeProvider.System);
        return use(log);
    }
}
