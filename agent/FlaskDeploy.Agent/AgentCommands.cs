using System.Globalization;
using System.Net;
using System.Text.Json;
using FlaskDeploy.Agent.Session;
using FlaskDeploy.Agent.State;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Console;

namespace FlaskDeploy.Agent;

/// <summary>What a person or systemd calls. Exit status: 0 well, 1 not well, 2 not understood.</summary>
internal static class AgentCommands
{
    private const string Usage = """
        flaskdeploy-agent: keeps this host as its playbooks say.

          enroll --controller HOST:7443 --token TOKEN [--name NAME]   make this host known to a controller, once
          run                                                         the daemon; systemd starts it
          status [-o json]                                            what it knows and how it stands
          converge [--full] [-o json]                                 reconverge now and wait for it; --full believes no fingerprint and
                                                                      looks at everything, as happens once a day by itself
          pause DEPLOYMENT [--for 2h] [--reason TEXT]                 report drift of it and correct none, until then or resume
          resume DEPLOYMENT                                           correct its drift again, also what is held
          version

        Tokens come from 'flaskdeploy token create' on the controller's machine. Configuration: /etc/flaskdeploy/agent.conf.
        """;

    private static readonly string[] PathOptions = ["--state-dir", "--run-dir", "--log-dir", "--config"];

    public static int Help()
    {
        Console.WriteLine(Usage);
        return 0;
    }

    public static int Version()
    {
        Console.WriteLine($"flaskdeploy-agent {AgentVersion.Text}");
        return 0;
    }

    public static int Unknown(string command) =>
        Fail(2, $"there is no command '{command}'; {Language.Diagnostics.Suggestion.For(command, ["enroll", "run", "status", "converge", "pause", "resume", "version"]) ?? "see flaskdeploy-agent help"}");

    public static async Task<int> Run(string[] arguments)
    {
        var (options, problem) = AgentOptions.Parse("run", arguments, PathOptions, []);
        if (options is null)
        {
            return Fail(2, problem!);
        }
        var paths = PathsFrom(options);
        var (configuration, problems) = AgentConfiguration.Read(paths.ConfigurationFile);
        if (problems.Count > 0)
        {
            return Fail(1, string.Join('\n', problems));
        }
        if (AgentIdentity.Load(IdentityDirectory(paths)) is not { } identity)
        {
            return Fail(1, "this host is not enrolled; run 'flaskdeploy-agent enroll --controller HOST:7443 --token TOKEN' first");
        }
        var builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings { Args = [] });
        // journald puts the time and the priority: one line per message with its level in front.
        builder.Logging.AddSystemdConsole(console => console.IncludeScopes = false).SetMinimumLevel(LogLevel.Information);
        builder.Logging.AddFilter<ConsoleLoggerProvider>("Microsoft", LogLevel.Warning);
        builder.Services.AddSystemd();
        builder.Services.AddSingleton(paths).AddSingleton(configuration).AddSingleton(identity).AddSingleton(TimeProvider.System);
        builder.Services.AddHostedService<AgentDaemon>();
        builder.Services.Configure<HostOptions>(host => host.ShutdownTimeout = TimeSpan.FromSeconds(50));
        using var host = builder.Build();
        await host.RunAsync();
        return 0;
    }

    public static async Task<int> Enrol(string[] arguments)
    {
        var (options, problem) = AgentOptions.Parse("enroll", arguments, [.. PathOptions, "--controller", "--token", "--name"], ["--force"]);
        if (options is null)
        {
            return Fail(2, problem!);
        }
        var paths = PathsFrom(options);
        if (options["--token"] is not { } token)
        {
            return Fail(2, "enroll needs --token TOKEN, from 'flaskdeploy token create' on the controller's machine");
        }
        var controller = options["--controller"] ?? Protocol.EnrolmentToken.Parse(token).Value?.Controller;
        if (controller is null)
        {
            return Fail(2, "enroll needs --controller HOST:7443");
        }
        if (!Environment.IsPrivilegedProcess)
        {
            return Fail(1, "only root may enrol this host; try again with sudo");
        }
        controller = controller.Contains(':') ? controller : $"{controller}:7443";
        if (AgentIdentity.Load(IdentityDirectory(paths)) is { } known && !options.Has("--force"))
        {
            return Fail(1, $"this host is enrolled already, as '{known.Host}' with {known.Controller}; --force enrols it anew");
        }
        var (configuration, problems) = AgentConfiguration.Read(paths.ConfigurationFile);
        if (problems.Count > 0)
        {
            return Fail(1, string.Join('\n', problems));
        }
        var name = options["--name"] ?? Dns.GetHostName();
        using var timeout = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        if (await Enroller.Enrol(IdentityDirectory(paths), controller, token, name, configuration.Proxy, timeout.Token) is { } failure)
        {
            return Fail(1, failure);
        }
        Console.WriteLine($"enrolled as '{AgentIdentity.Load(IdentityDirectory(paths))!.Host}' with {controller}; start it with 'systemctl enable --now flaskdeploy-agent'");
        return 0;
    }

    public static async Task<int> Converge(string[] arguments)
    {
        var (options, problem) = AgentOptions.Parse("converge", arguments, [.. PathOptions, "-o"], ["--full"]);
        if (options is null)
        {
            return Fail(2, problem!);
        }
        if (await LocalSocket.Ask(SocketOf(PathsFrom(options)), options.Has("--full") ? "converge-full" : "converge", CancellationToken.None) is not { } reply)
        {
            return Fail(1, "the agent does not run, or you are not root; see 'systemctl status flaskdeploy-agent'");
        }
        var deployments = reply.Deployments ?? [];
        if (options["-o"] == "json")
        {
            Console.WriteLine(JsonSerializer.Serialize(reply, LocalJson.Default.LocalReply));
        }
        else
        {
            Console.WriteLine(deployments.Length == 0 ? "no deployment is assigned to this host" : string.Join('\n', deployments.Select(one => $"{one.Deployment} {one.Revision}: {one.Result} ({one.Because})")));
        }
        return deployments.All(one => one.Result is "unchanged" or "changed") ? 0 : 1;
    }

    public static async Task<int> Pause(string[] arguments)
    {
        var (options, problem) = AgentOptions.Parse("pause", arguments, [.. PathOptions, "--for", "--reason"], []);
        if (options is null || options.Words.Count != 1)
        {
            return Fail(2, problem ?? "pause needs the name of one deployment, as 'flaskdeploy-agent status' shows it");
        }
        TimeSpan length = default;
        if (options["--for"] is { } text && (!AgentConfiguration.TryParseDuration(text, out length) || length < TimeSpan.FromSeconds(1)))
        {
            return Fail(2, $"--for: '{text}' is no length of time; write 90s, 30m or 2h");
        }
        return await Ask(options, new LocalRequest("pause") { Deployment = options.Words[0], Reason = options["--reason"], Seconds = options["--for"] is null ? null : length.TotalSeconds });
    }

    public static async Task<int> Resume(string[] arguments)
    {
        var (options, problem) = AgentOptions.Parse("resume", arguments, PathOptions, []);
        return options is null || options.Words.Count != 1
            ? Fail(2, problem ?? "resume needs the name of one deployment, as 'flaskdeploy-agent status' shows it")
            : await Ask(options, new LocalRequest("resume") { Deployment = options.Words[0] });
    }

    private static async Task<int> Ask(AgentOptions options, LocalRequest request)
    {
        try
        {
            var reply = await LocalSocket.Ask(SocketOf(PathsFrom(options)), request, CancellationToken.None);
            return reply is null ? Fail(1, "the agent does not run, or you are not root; see 'systemctl status flaskdeploy-agent'")
                : reply.Problem is { } refused ? Fail(1, refused)
                : 0;
        }
        catch (UnauthorizedAccessException)
        {
            return Fail(1, "only root may ask the agent");
        }
    }

    public static async Task<int> Status(string[] arguments)
    {
        var (options, problem) = AgentOptions.Parse("status", arguments, [.. PathOptions, "-o"], []);
        if (options is null)
        {
            return Fail(2, problem!);
        }
        var paths = PathsFrom(options);
        AgentStatus status;
        try
        {
            status = (await LocalSocket.Ask(SocketOf(paths), "status", CancellationToken.None))?.Status ?? Offline(paths);
        }
        catch (UnauthorizedAccessException)
        {
            return Fail(1, "only root may ask the agent");
        }
        Console.WriteLine(options["-o"] == "json" ? JsonSerializer.Serialize(status, LocalJson.Default.AgentStatus) : Text(status));
        return 0;
    }

    public static async Task<int> RestartWhenIdle(string[] arguments)
    {
        var (options, problem) = AgentOptions.Parse("restart-when-idle", arguments, PathOptions, []);
        if (options is null)
        {
            return Fail(2, problem!);
        }
        return await LocalSocket.Ask(SocketOf(PathsFrom(options)), "restart-when-idle", CancellationToken.None) is { Problem: null } ? 0 : 1;
    }

    public static async Task<int> ApplyLocal(string[] arguments)
    {
        var (options, problem) = AgentOptions.Parse("apply-local", arguments, [.. PathOptions, "--tags", "--skip-tags", "--start-at-task", "--playbook-dir", "--limit", "--verbosity"], ["--check", "--diff"]);
        if (!Environment.IsPrivilegedProcess)
        {
            return Fail(1, "only root may apply a playbook here, since its tasks become the users they name; try again with sudo");
        }
        return options is null || options.Words.Count != 1 ? Fail(2, problem ?? "apply-local needs the directory of a compiled playbook") : await LocalApply.Run(PathsFrom(options), options);
    }

    internal static AgentPaths PathsFrom(AgentOptions options) => new()
    {
        StateDirectory = options["--state-dir"] ?? AgentPaths.Default.StateDirectory,
        RunDirectory = options["--run-dir"] ?? AgentPaths.Default.RunDirectory,
        LogDirectory = options["--log-dir"] ?? AgentPaths.Default.LogDirectory,
        ConfigurationFile = options["--config"] ?? AgentPaths.Default.ConfigurationFile,
    };

    internal static int Fail(int status, string problem)
    {
        Console.Error.WriteLine($"flaskdeploy-agent: {problem}");
        return status;
    }

    internal static string IdentityDirectory(AgentPaths paths) => Path.Combine(paths.StateDirectory, "identity");

    private static string SocketOf(AgentPaths paths) => Path.Combine(paths.RunDirectory, "agent.sock");

    private static AgentStatus Offline(AgentPaths paths)
    {
        var identity = AgentIdentity.Load(IdentityDirectory(paths));
        var deployments = Path.Combine(paths.StateDirectory, "deployments");
        var (sealing, unreadable) = SealingKeyFile.Load(IdentityDirectory(paths));
        using var _ = sealing;
        var store = Directory.Exists(deployments) ? new DeploymentStore(deployments, sealing is null ? null : new StateSeal(sealing.Derive(StateSeal.Purpose))) : null;
        return new AgentStatus
        {
            Version = AgentVersion.Text,
            Host = identity?.Host,
            Controller = identity?.Controller,
            SealingKey = sealing?.Fingerprint.ToString(),
            SealingKeyProblem = unreadable,
            Deployments = store is null ? [] : [.. store.All.Select(record => AgentDaemon.StatusOf(record, store, standing: null))],
        };
    }

    private static string Text(AgentStatus status)
    {
        var lines = new List<string>
        {
            $"flaskdeploy-agent {status.Version}, {(status.Host is null ? "not enrolled" : $"enrolled as '{status.Host}' with {status.Controller}")}",
            status.Running
                ? status.Connected ? "running, in session" : $"running, without its controller{(status.SecondsSinceController is { } seconds ? $" for {seconds.ToString("0", CultureInfo.InvariantCulture)} s" : "")}; {status.EventsPending} events wait"
                : "not running",
        };
        if (status.SealingKey is { } sealing)
        {
            lines.Add($"  sealing key {sealing}");
        }
        if (status.SealingKeyProblem is { } unreadable)
        {
            lines.Add($"  no secret can be opened: {unreadable}");
        }
        lines.AddRange(status.Unwatched.Select(problem => $"  not watched: {problem}; what moves there is found at the interval"));
        lines.AddRange(status.Deployments.Select(one =>
            $"  {one.Deployment} r{one.Revision}: {(one.Retired ? "retired" : one.Held ? $"held{(one.Failures > 0 ? $" after {one.Failures} failures" : "")}: {one.Problem}" : one.Complete == one.Revision ? $"converged, last check {one.LastCheck:u} {one.LastResult}" : one.Problem is null ? "being applied" : $"failed: {one.Problem}")}"));
        lines.AddRange(status.Deployments.Where(one => one.Paused is not null).Select(one => $"  {one.Deployment} is {one.Paused}"));
        lines.AddRange(status.Deployments.Where(one => one.Drift is not (null or "correct")).Select(one => $"  drift of {one.Deployment}: {(one.Drift == "off" ? "not looked for" : "reported, not corrected")}, by policy"));
        lines.AddRange(status.Deployments.Where(one => one.MaintenanceWindows is { Length: > 0 }).Select(one => $"  {one.Deployment} is corrected within {one.MaintenanceWindows}"));
        lines.AddRange(status.Deployments.SelectMany(one => one.HeldTasks.Select(held => $"  {one.Deployment}: held: {held}")));
        lines.AddRange(status.Deployments.SelectMany(one => one.LeftOvers.Select(left => $"  left over: {left}")));
        return string.Join('\n', lines);
    }
}
