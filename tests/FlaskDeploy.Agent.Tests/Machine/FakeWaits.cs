using System.Text.RegularExpressions;
using FlaskDeploy.Agent.Machine;

namespace FlaskDeploy.Agent.Tests.Machine;

/// <summary>Waits on the fake's clock: an unmet condition costs its whole timeout, and no time of the test.</summary>
internal static class FakeWaits
{
    public static StepOutcome Wait(WaitUntil wait, FakeMachine machine)
    {
        if (wait.Condition == WaitFor.Nothing || Holds(wait, machine))
        {
            var waited = wait.Condition == WaitFor.Nothing ? wait.Timeout : wait.Delay;
            machine.Clock.Advance(waited);
            return StepOutcome.Done with { Details = StepOutcome.Done.Details.Add("elapsed", $"{(long)waited.TotalSeconds}") };
        }
        machine.Clock.Advance(wait.Timeout);
        return StepOutcome.Failed(wait.Message ?? $"Timeout when waiting for {wait.Path ?? $"{wait.Host}:{wait.Port}"}") with
        {
            Details = StepOutcome.Done.Details.Add("elapsed", $"{(long)wait.Timeout.TotalSeconds}"),
        };
    }

    private static bool Holds(WaitUntil wait, FakeMachine machine) => wait.Condition switch
    {
        WaitFor.PortOpen or WaitFor.PortSends => machine.Processes.Connect(wait.Port!.Value).Connected,
        WaitFor.PortClosed or WaitFor.PortDrained => !machine.Processes.Connect(wait.Port!.Value).Connected,
        WaitFor.PathPresent => machine.Files.Stat(wait.Path!, followLinks: true).Exists,
        WaitFor.PathAbsent => !machine.Files.Stat(wait.Path!, followLinks: true).Exists,
        WaitFor.PathMatches => machine.Files.Text(wait.Path!) is { } text && Regex.IsMatch(text, wait.Pattern!, RegexOptions.Multiline, TimeSpan.FromSeconds(1)),
        _ => true,
    };
}
