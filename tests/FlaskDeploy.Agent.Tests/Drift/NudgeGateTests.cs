using FlaskDeploy.Agent.Drift;
using FlaskDeploy.Agent.Tests.Runs;

namespace FlaskDeploy.Agent.Tests.Drift;

public sealed class NudgeGateTests
{
    private static readonly TimeSpan Moment = TimeSpan.FromMilliseconds(10);

    private readonly ManualTime _time = new();
    private readonly NudgeGate _gate;

    public NudgeGateTests() => _gate = new NudgeGate(_time);

    [Fact]
    public void Nothing_is_due_while_nothing_moves() => Assert.Null(_gate.Wait);

    [Fact]
    public void The_end_of_a_process_is_looked_at_at_once()
    {
        _gate.Moved(Pace.AtOnce);

        Assert.True(_gate.Wait <= TimeSpan.Zero);
        _gate.Take();
        Assert.Null(_gate.Wait);
    }

    [Fact]
    public void Files_are_looked_at_when_they_have_come_to_rest()
    {
        _gate.Moved(Pace.Files);
        _time.Advance(Moment);
        _gate.Moved(Pace.Files);
        _time.Advance(Moment);

        Assert.True(_gate.Wait > TimeSpan.Zero);
        _time.Advance(Moment);
        Assert.True(_gate.Wait <= TimeSpan.Zero);
    }

    [Fact]
    public void What_never_comes_to_rest_is_looked_at_all_the_same()
    {
        var waited = TimeSpan.Zero;
        do
        {
            _gate.Moved(Pace.Files);
            _time.Advance(Moment);
            waited += Moment;
        }
        while (_gate.Wait > TimeSpan.Zero);

        Assert.InRange(waited, TimeSpan.FromMilliseconds(100), TimeSpan.FromMilliseconds(200));
    }

    [Fact]
    public void A_transaction_is_left_alone_until_it_has_been_quiet_for_half_a_second_and_holds_up_nothing_else()
    {
        _gate.Moved(Pace.Packages);
        _gate.Moved(Pace.Files);
        _time.Advance(2 * Moment);
        Assert.True(_gate.Wait <= TimeSpan.Zero);
        _gate.Take();

        Assert.InRange(_gate.Wait!.Value, TimeSpan.FromMilliseconds(400), TimeSpan.FromMilliseconds(500));
        _time.Advance(TimeSpan.FromMilliseconds(480));
        Assert.True(_gate.Wait <= TimeSpan.Zero);
    }

    [Fact]
    public void Of_something_that_flaps_for_an_hour_the_looks_cost_their_share_and_what_was_saved()
    {
        var look = TimeSpan.FromMilliseconds(30);
        var (spent, hour) = (TimeSpan.Zero, TimeSpan.Zero);
        while (hour < TimeSpan.FromHours(1))
        {
            _gate.Moved(Pace.Files);
            if (_gate.Wait <= TimeSpan.Zero)
            {
                _gate.Take();
                _gate.Charge(look);
                spent += look;
            }
            _time.Advance(Moment);
            hour += Moment;
        }

        Assert.InRange(spent, hour * NudgeGate.Share, (hour * NudgeGate.Share) + NudgeGate.Savings + look);
    }

    [Fact]
    public void After_a_quiet_day_as_much_is_saved_as_at_the_start_and_no_more()
    {
        _time.Advance(TimeSpan.FromDays(1));
        var looks = 0;
        for (; Due(); looks++)
        {
            _gate.Take();
            _gate.Charge(TimeSpan.FromMilliseconds(100));
        }

        Assert.Equal(NudgeGate.Savings / TimeSpan.FromMilliseconds(100), looks - 1, tolerance: 1);
    }

    [Fact]
    public void What_one_correction_cost_does_not_blind_the_watch_for_hours()
    {
        for (var i = 0; i < 30; i++)
        {
            _gate.Charge(TimeSpan.FromMinutes(5));
        }
        _gate.Moved(Pace.AtOnce);

        Assert.InRange(_gate.Wait!.Value, TimeSpan.FromSeconds(1), TimeSpan.FromMinutes(15));
    }

    private bool Due()
    {
        _gate.Moved(Pace.AtOnce);
        return _gate.Wait <= TimeSpan.Zero;
    }
}
