using System.CommandLine;
using FlaskDeploy.Cli.Display;
using FlaskDeploy.Cli.Rollouts;
using FlaskDeploy.Cli.Wire;
using Grpc.Core;

namespace FlaskDeploy.Cli.Commands;

/// <summary>The options of every command that speaks to the controller, and the speaking.</summary>
internal sealed class ControllerOptions
{
    private readonly Option<string?> _socket = OptionKit.Text($"the controller's socket on this machine ({ControllerAddress.DefaultSocket})", "--socket");
    private readonly Option<string?> _controller = OptionKit.Text("HOST:7443 of a controller elsewhere", "--controller");
    private readonly Option<string?> _identity = OptionKit.Text("directory with cert.pem, key.pem and ca.pem, for --controller", "--identity");

    public void AddTo(Command command)
    {
        command.Options.Add(_socket);
        command.Options.Add(_controller);
        command.Options.Add(_identity);
    }

    public ControllerAddress Read(ParseResult parsed) =>
        new(parsed.GetValue(_socket) ?? ControllerAddress.DefaultSocket, parsed.GetValue(_controller), parsed.GetValue(_identity));

    /// <summary>Connects, does the work, and turns what fails into a text with a remedy and exit status 1.</summary>
    public async Task<int> WithControllerAsync(ParseResult parsed, Terminal terminal, Func<OperatorsGateway, ControllerAddress, Task<int>> work)
    {
        var address = Read(parsed);
        var opened = ControllerConnection.Open(address);
        if (!opened.IsGood)
        {
            terminal.Error(opened.Problem);
            return ExitStatus.Error;
        }
        using var connection = opened.Value;
        try
        {
            return await work(new OperatorsGateway(connection.Operators), address);
        }
        catch (RpcException e) when (e.StatusCode != StatusCode.Cancelled)
        {
            var problem = RpcProblems.Explain(e, address);
            terminal.Error(problem.What, problem.Remedy);
            return ExitStatus.Error;
        }
    }
}
