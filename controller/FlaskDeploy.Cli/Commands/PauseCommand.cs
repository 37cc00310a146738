using System.CommandLine;
using FlaskDeploy.Cli.Display;
using FlaskDeploy.Cli.Pushing;
using FlaskDeploy.Cli.Rollouts;
using FlaskDeploy.Language.Bundles;
using FlaskDeploy.Protocol;

namespace FlaskDeploy.Cli.Commands;

/// <summary><c>pause</c> and <c>resume</c>.</summary>
internal static class PauseCommand
{
    public static Command CreatePause(Terminal terminal, TimeProvider time)
    {
        var length = OptionKit.Duration("how long (until it is resumed)", "--for");
        var reason = OptionKit.Text("why, for those who find it paused", "--reason");
        reason.Required = true;
        return Create("pause", "Report drift of a deployment and correct none; pushes run all the same", [length, reason], terminal, time, parsed => Wish(OrderMode.Pause) with
        {
            Reason = parsed.GetValue(reason) ?? "",
            PauseFor = parsed.GetValue(length),
        });
    }

    public static Command CreateResume(Terminal terminal, TimeProvider time) =>
        Create("resume", "End a pause, and try again what is held", [], terminal, time, _ => Wish(OrderMode.Resume));

    private static Command Create(string name, string description, Option[] options, Terminal terminal, TimeProvider time, Func<ParseResult, OrderStatement> wish)
    {
        var deployment = new Argument<string>("deployment") { Description = "as 'flaskdeploy status' shows it" };
        var limit = OptionKit.Text("only these hosts: name1,name2, as 'flaskdeploy status' shows them", "--limit", "-l");
        var key = OptionKit.Text("the operator's signing key", "--key");
        var timeout = OptionKit.Duration("how long to wait for hosts that are not connected (10s)", "--timeout", "-T");
        var noFollow = OptionKit.Flag("do not wait for the hosts", "--no-follow");
        var output = OptionKit.Output();
        var controller = new ControllerOptions();
        var command = new Command(name, description) { deployment, limit, key, timeout, noFollow, output };
        foreach (var option in options)
        {
            command.Options.Add(option);
        }
        controller.AddTo(command);
        command.SetAction((parsed, cancel) => controller.WithControllerAsync(parsed, terminal, async (gateway, address) =>
        {
            using var signing = await OperatorKeys.OpenAsync(parsed.GetValue(key), gateway, address, terminal, cancel);
            if (signing is null)
            {
                return ExitStatus.Error;
            }
            var following = new PushOptions
            {
                Playbook = "",
                Timeout = parsed.GetValue(timeout) ?? TimeSpan.FromSeconds(10),
                Json = parsed.GetValue(output) == "json",
                NoFollow = parsed.GetValue(noFollow),
            };
            var hosts = (parsed.GetValue(limit) ?? "").Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
            return await new PauseFlow(gateway, new RolloutSender(gateway, signing, terminal, time), terminal).RunAsync(parsed.GetValue(deployment)!, wish(parsed), hosts, following, cancel);
        }));
        return command;
    }

    // The name is for people; the key is what agents go by.
    private static OrderStatement Wish(OrderMode mode) => new()
    {
        Deployment = "",
        Sequence = 0,
        Number = 0,
        Mode = mode,
        By = $"{Environment.GetEnvironmentVariable("SUDO_USER") ?? Environment.UserName}@{Environment.MachineName}",
    };
}
