using System.CommandLine;
using System.Reflection;
using System.Text.Json;
using FlaskDeploy.Cli.Display;
using FlaskDeploy.Cli.Fleet;
using FlaskDeploy.Cli.Rollouts;
using FlaskDeploy.Cli.Wire;
using Grpc.Core;

namespace FlaskDeploy.Cli.Commands;

internal static class VersionCommand
{
    public static string OfThisProgram { get; } =
        (typeof(VersionCommand).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "unknown").Split('+')[0];

    public static Command Create(Terminal terminal)
    {
        var output = OptionKit.Output();
        var controller = new ControllerOptions();
        var command = new Command("version", "The version of this program, and of the controller where one answers") { output };
        controller.AddTo(command);
        command.SetAction(async (parsed, cancel) =>
        {
            var version = await ControllerVersionAsync(controller.Read(parsed), cancel);
            if (parsed.GetValue(output) == "json")
            {
                terminal.Write(JsonSerializer.Serialize(new Versions(OfThisProgram, version), FleetJson.Default.Versions));
                return ExitStatus.Fine;
            }
            terminal.Write($"flaskdeploy {OfThisProgram}");
            terminal.Write(version is null ? "flaskdeploy-controller: none answers" : $"flaskdeploy-controller {Safe.Line(version)}");
            return ExitStatus.Fine;
        });
        return command;
    }

    private static async Task<string?> ControllerVersionAsync(ControllerAddress address, CancellationToken cancel)
    {
        using var connection = ControllerConnection.Open(address).Value;
        if (connection is null)
        {
            return null;
        }
        try
        {
            using var deadline = CancellationTokenSource.CreateLinkedTokenSource(cancel);
            deadline.CancelAfter(TimeSpan.FromSeconds(5));
            return (await connection.Operators.DescribeAsync(new V1.DescribeRequest(), cancellationToken: deadline.Token)).Version;
        }
        catch (RpcException)
        {
            // Not to be reached, not permitted, too old: for a version number they are the same.
            return null;
        }
    }
}
