using FlaskDeploy.Agent.Machine;
using FlaskDeploy.Agent.Machine.Looks;

namespace FlaskDeploy.Agent.Tests.Units;

public sealed class UnitLookTests
{
    [Theory]
    [InlineData("", "not-found", null)]
    [InlineData("disabled", "loaded", "disabled")]
    [InlineData("indirect", "loaded", "indirect")]
    [InlineData("masked", "masked", "masked")]
    public void A_template_has_its_links_and_nothing_else(string said, string load, string? enabled) =>
        Assert.Equal(new UnitAnswer(load, "inactive", "dead", enabled), UnitLooks.OfTemplate(said));

    [Theory]
    [MemberData(nameof(Recorded.Versions), "systemctl", "show-running", MemberType = typeof(Recorded))]
    public void Reads_a_running_unit(string recorded)
    {
        var answer = UnitLooks.Parse(Recorded.Read(recorded));

        Assert.Contains($"MainPID={answer.MainPid}\n", Recorded.Read(recorded), StringComparison.Ordinal);
        Assert.Equal(new UnitAnswer("loaded", "active", "running", "enabled") { MainPid = answer.MainPid }, answer);
    }

    [Theory]
    [MemberData(nameof(Recorded.Versions), "systemctl", "show-failed", MemberType = typeof(Recorded))]
    public void Reads_one_that_failed(string recorded) =>
        Assert.Equal(new UnitAnswer("loaded", "failed", "failed", "static"), UnitLooks.Parse(Recorded.Read(recorded)));

    [Theory]
    [MemberData(nameof(Recorded.Versions), "systemctl", "show-nosuch", MemberType = typeof(Recorded))]
    public void A_unit_that_is_not_there_is_an_answer(string recorded) =>
        Assert.Equal(new UnitAnswer("not-found", "inactive", "dead", null), UnitLooks.Parse(Recorded.Read(recorded)));

    [Theory]
    [MemberData(nameof(Recorded.Versions), "systemctl", "show-three", MemberType = typeof(Recorded))]
    public void Several_are_told_apart_by_the_order_of_asking(string recorded)
    {
        var units = UnitLooks.Divide(["ssh.service", "none.service", "dbus.service"], Recorded.Read(recorded));

        Assert.Equal(["loaded active running enabled", "not-found inactive dead ", "loaded active running static"],
            ((string[])["ssh.service", "none.service", "dbus.service"]).Select(name => units[name].Fingerprint()));
    }

    [Theory]
    [MemberData(nameof(Recorded.Versions), "systemctl", "show-three", MemberType = typeof(Recorded))]
    public void An_answer_that_lacks_one_is_no_answer(string recorded) =>
        Assert.Empty(UnitLooks.Divide(["ssh.service", "none.service"], Recorded.Read(recorded)));

    [Fact]
    public void A_loaded_unit_whose_state_of_enabling_is_not_said_is_asked_by_itself() =>
        Assert.Empty(UnitLooks.Divide(["script.service"], "LoadState=loaded\nActiveState=active\nSubState=running\nUnitFileState=\n"));

    [Fact]
    public void That_a_unit_is_generated_does_not_say_whether_its_script_is_enabled() =>
        Assert.Null(UnitLooks.Parse("LoadState=loaded\nActiveState=active\nSubState=running\nUnitFileState=generated\n").EnabledState);

    [Theory]
    [MemberData(nameof(Recorded.Versions), "systemctl", "show-oneshot-done", MemberType = typeof(Recorded))]
    public void A_oneshot_that_ended_well_has_done_what_it_is_for(string recorded) => Assert.True(UnitLooks.Parse(Recorded.Read(recorded)).HasDone);

    [Theory]
    [MemberData(nameof(Recorded.Versions), "systemctl", "show-oneshot-never", MemberType = typeof(Recorded))]
    public void A_oneshot_that_never_ran_has_not(string recorded) =>
        Assert.Equal((true, false), (UnitLooks.Parse(Recorded.Read(recorded)).IsOver, UnitLooks.Parse(Recorded.Read(recorded)).HasDone));

    [Theory]
    [InlineData("Result=success", "Result=exit-code")]
    [InlineData("Type=oneshot", "Type=simple")]
    [InlineData("ActiveState=inactive", "ActiveState=activating")]
    public void Nor_has_one_that_failed_or_goes_on(string was, string now)
    {
        var recorded = Recorded.Read("systemctl-252-show-oneshot-done.txt");
        Assert.Contains(was, recorded);
        Assert.False(UnitLooks.Parse(recorded.Replace(was, now, StringComparison.Ordinal)).IsOver);
    }
}
