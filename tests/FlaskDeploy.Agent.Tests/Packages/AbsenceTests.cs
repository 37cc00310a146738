using FlaskDeploy.Agent.Machine.Packages;

namespace FlaskDeploy.Agent.Tests.Packages;

public class AbsenceTests
{
    [Fact]
    public void A_transaction_that_has_only_just_been_started_is_not_taken_for_cut_off()
    {
        var absence = new Absence();

        Assert.False(absence.IsSure(isFound: false));
        Assert.False(absence.IsSure(isFound: true));
        Assert.False(absence.IsSure(isFound: false));
        Assert.True(absence.IsSure(isFound: false));
    }
}
