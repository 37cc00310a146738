using System.CommandLine;
using FlaskDeploy.Cli.Display;
using FlaskDeploy.Cli.Pushing;
using FlaskDeploy.Cli.Rollouts;

namespace FlaskDeploy.Cli.Commands;

internal static class RetireCommand
{
    public static Command Create(Terminal terminal, TimeProvider time)
    {
        var deployment = new Argument<string>("deployment") { Description = "as 'flaskdeploy status' shows it" };
        var key = OptionKit.Text("the operator's signing key", "--key");
        var timeout = OptionKit.Duration("how long to wait for hosts that are not connected (10s)", "--timeout", "-T");
        var noFollow = OptionKit.Flag("do not wait for the hosts", "--no-follow");
        var output = OptionKit.Output();
        var controller = new ControllerOptions();
        var command = new Command("retire", "End a deployment: its hosts stop watching it; what it put there stays") { deployment, key, timeout, noFollow, output };
        controller.AddTo(command);
        command.SetAction((parsed, cancel) => controller.WithControllerAsync(parsed, terminal, async (gateway, address) =>
        {
            using var signing = await OperatorKeys.OpenAsync(parsed.GetValue(key), gateway, address, terminal, cancel);
            if (signing is null)
            {
                return ExitStatus.Error;
            }
            var options = new PushOptions
            {
                Playbook = "",
                Timeout = parsed.GetValue(timeout) ?? TimeSpan.FromSeconds(10),
                Json = parsed.GetValue(output) == "json",
                NoFollow = parsed.GetValue(noFollow),
            };
            return await new RetireFlow(gateway, new RolloutSender(gateway, signing, terminal, time), terminal).RunAsync(parsed.GetValue(deployment)!, options, cancel);
        }));
        return command;
    }
}
