using System.Collections.Immutable;
using System.Net.Sockets;
using System.Security.Cryptography;
using FlaskDeploy.Controller;
using FlaskDeploy.Controller.Configuration;
using FlaskDeploy.Controller.Store;
using Microsoft.Data.Sqlite;

switch (CommandLine.Parse(args))
{
    case CommandLine.Help:
        Console.WriteLine(CommandLine.Usage);
        return 0;
    case CommandLine.Version:
        Console.WriteLine($"flaskdeploy-controller {ControllerServer.Version}");
        return 0;
    case CommandLine.Wrong wrong:
        Console.Error.WriteLine($"flaskdeploy-controller: {wrong.Problem}");
        return 2;
    case CommandLine.Serve serve:
        return await ServeAsync(serve);
    default:
        throw new System.Diagnostics.UnreachableException();
}

static async Task<int> ServeAsync(CommandLine.Serve serve)
{
    var (options, errors) = Configuration(serve.Config);
    if (!errors.IsEmpty)
    {
        foreach (var error in errors)
        {
            Console.Error.WriteLine(error);
        }
        return 2;
    }
    try
    {
        await using var server = await ControllerServer.StartAsync(options, TimeProvider.System, ControllerServer.ConsoleLogging);
        await server.RunAsync(SystemdNotifier.FromEnvironment(Environment.GetEnvironmentVariable));
        return 0;
    }
    // What an administrator can mend is one line; anything else is a bug and shows its trace.
    catch (Exception problem) when (problem is StoreRefusedException or SqliteException or CryptographicException or IOException or UnauthorizedAccessException or SocketException)
    {
        Console.Error.WriteLine($"flaskdeploy-controller: cannot start: {problem.Message}");
        return 1;
    }
}

static (ControllerOptions Options, ImmutableArray<string> Errors) Configuration(string? named)
{
    var path = named ?? ControllerOptions.DefaultPath;
    if (named is null && !File.Exists(path))
    {
        return (new ControllerOptions(), []);
    }
    try
    {
        return ConfigurationFile.Parse(File.ReadAllText(path), path);
    }
    catch (Exception problem) when (problem is IOException or UnauthorizedAccessException)
    {
        return (new ControllerOptions(), [$"flaskdeploy-controller: cannot read {path}: {problem.Message}"]);
    }
}
