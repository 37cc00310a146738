using FlaskDeploy.Controller.Sessions;

namespace FlaskDeploy.Controller.Tests.Sessions;

public sealed class EventGateTests
{
    [Fact]
    public void Takes_what_follows_and_passes_over_what_is_stored()
    {
        var gate = new EventGate(3);

        Assert.Equal(new Admission(2, 2, 0), gate.Admit([2, 3, 4, 5]));
        gate.Stored(5);
        Assert.Equal(5, gate.Through);
        Assert.Equal(0, gate.Admit([4, 5]).Count);
        Assert.Equal(0, gate.Admit([]).Count);
    }

    [Fact]
    public void Takes_nothing_after_a_gap_until_it_is_filled()
    {
        var gate = Begun(3);

        Assert.Equal(0, gate.Admit([6, 7]).Count);
        Assert.Equal(0, gate.Admit([8]).Count);
        Assert.Equal(new Admission(0, 4, 0), gate.Admit([4, 5, 6, 7]));
    }

    [Fact]
    public void Takes_the_part_of_a_batch_before_a_gap_inside_of_it() => Assert.Equal(new Admission(0, 2, 0), new EventGate(0).Admit([1, 2, 5, 6]));

    [Fact]
    public void Lets_a_gap_pass_when_the_agent_that_was_told_of_it_has_nothing_older()
    {
        var gate = Begun(3);

        Assert.Equal(0, gate.Admit([9, 10]).Count);
        Assert.Equal(new Admission(0, 2, 5), gate.Admit([9, 10]));
        // Welcome tells as well as an acknowledgement does.
        Assert.Equal(new Admission(0, 1, 6), new EventGate(3).Admit([10]));
    }

    [Fact]
    public void Never_takes_a_number_twice_whatever_comes()
    {
        var random = new Random(1);
        var gate = new EventGate(0);
        var taken = new List<long>();
        for (var i = 0; i < 2000; i++)
        {
            var start = Math.Max(1, gate.Through + random.Next(-5, 4));
            long[] batch = [.. Enumerable.Range(0, random.Next(6)).Select(n => start + n)];
            var admission = gate.Admit(batch);
            if (admission.Count > 0)
            {
                taken.AddRange(batch.AsSpan(admission.First, admission.Count));
                gate.Stored(batch[admission.First + admission.Count - 1]);
            }
        }

        Assert.True(taken.Count > 500);
        Assert.Equal(taken.Distinct().Order(), taken);
    }

    private static EventGate Begun(long through)
    {
        var gate = new EventGate(through - 1);
        gate.Admit([through]);
        gate.Stored(through);
        return gate;
    }
}
