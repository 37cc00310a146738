using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using FlaskDeploy.Agent.Runs;
using Microsoft.Extensions.Logging;

namespace FlaskDeploy.Agent.Session;

internal sealed record LocalRequest(string Command)
{
    /// <summary>Of <c>pause</c> and <c>resume</c>.</summary>
    public string? Deployment { get; init; }

    public string? Reason { get; init; }

    public double? Seconds { get; init; }
}

internal sealed record LocalDeployment(string Deployment, string Revision, string Result, string Because);

internal sealed record LocalReply
{
    public string? Problem { get; init; }

    public LocalDeployment[]? Deployments { get; init; }

    public AgentStatus? Status { get; init; }
}

/// <summary>What <c>status -o json</c> shows. Names are stable.</summary>
internal sealed record AgentStatus
{
    public required string Version { get; init; }

    public string? Host { get; init; }

    public string? Controller { get; init; }

    /// <summary>SHA-256 of the key that secrets for this host are sealed to, for operators to compare.</summary>
    public string? SealingKey { get; init; }

    /// <summary>Why there is none, though its file is there.</summary>
    public string? SealingKeyProblem { get; init; }

    public bool Running { get; init; }

    public bool Connected { get; init; }

    public double? SecondsSinceController { get; init; }

    public int EventsPending { get; init; }

    public string? RunningDeployment { get; init; }

    /// <summary>What cannot be watched and why: what moves there is found at the interval.</summary>
    public string[] Unwatched { get; init; } = [];

    public DeploymentStatus[] Deployments { get; init; } = [];
}

internal sealed record DeploymentStatus
{
    public required string Deployment { get; init; }

    public ulong Revision { get; init; }

    public ulong Complete { get; init; }

    public string? LastResult { get; init; }

    public DateTimeOffset? LastCheck { get; init; }

    public int Failures { get; init; }

    public bool Held { get; init; }

    public bool Retired { get; init; }

    public string? Problem { get; init; }

    /// <summary>"paused until …"; null: it is not.</summary>
    public string? Paused { get; init; }

    /// <summary>What was corrected too often and is left, each with its task.</summary>
    public string[] HeldTasks { get; init; } = [];

    /// <summary>"correct", "report" or "off".</summary>
    public string? Drift { get; init; }

    public string? MaintenanceWindows { get; init; }

    public string[] LeftOvers { get; init; } = [];
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(LocalRequest))]
[JsonSerializable(typeof(LocalReply))]
[JsonSerializable(typeof(AgentStatus))]
internal sealed partial class LocalJson : JsonSerializerContext;

/// <summary>
/// The daemon's door for this machine's root: one line of JSON asks, one answers. The socket is 0600 in a directory of
/// root's; the agent listens on nothing else.
/// </summary>
internal sealed partial class LocalSocket(string path, Coordinator coordinator, Func<AgentStatus> status, ILogger log)
{
    private const int LongestRequest = 4096;

    public async Task Serve(CancellationToken cancellation)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(path)!, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        File.Delete(path);
        using var listener = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        listener.Bind(new UnixDomainSocketEndPoint(path));
        File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        listener.Listen(16);
        while (true)
        {
            var connection = await listener.AcceptAsync(cancellation);
            _ = Handle(connection, cancellation);
        }
    }

    /// <summary>Asks the daemon. Null: there is none.</summary>
    public static Task<LocalReply?> Ask(string path, string command, CancellationToken cancellation) => Ask(path, new LocalRequest(command), cancellation);

    /// <summary>Asks the daemon. Null: there is none.</summary>
    public static async Task<LocalReply?> Ask(string path, LocalRequest request, CancellationToken cancellation)
    {
        using var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            await socket.ConnectAsync(new UnixDomainSocketEndPoint(path), cancellation);
        }
        catch (SocketException e) when (e.SocketErrorCode is SocketError.ConnectionRefused or SocketError.AddressNotAvailable || !File.Exists(path))
        {
            return null;
        }
        using var stream = new NetworkStream(socket);
        await JsonSerializer.SerializeAsync(stream, request, LocalJson.Default.LocalRequest, cancellation);
        await stream.WriteAsync("\n"u8.ToArray(), cancellation);
        using var reader = new StreamReader(stream, Encoding.UTF8);
        return await reader.ReadLineAsync(cancellation) is { } line ? JsonSerializer.Deserialize(line, LocalJson.Default.LocalReply) : null;
    }

    private async Task Handle(Socket connection, CancellationToken cancellation)
    {
        try
        {
            using var stream = new NetworkStream(connection, ownsSocket: true);
            using var reader = new StreamReader(stream, Encoding.UTF8, leaveOpen: true);
            var line = await reader.ReadLineAsync(cancellation);
            var request = line is { Length: <= LongestRequest } ? JsonSerializer.Deserialize(line, LocalJson.Default.LocalRequest) : null;
            var reply = await Answer(request);
            await JsonSerializer.SerializeAsync(stream, reply, LocalJson.Default.LocalReply, cancellation);
            await stream.WriteAsync("\n"u8.ToArray(), cancellation);
        }
        catch (Exception e) when (e is IOException or JsonException or OperationCanceledException or SocketException)
        {
            LogDropped(e.Message);
        }
    }

    private async Task<LocalReply> Answer(LocalRequest? request)
    {
        switch (request?.Command)
        {
            case "pause":
                return new LocalReply { Problem = coordinator.Pause(request.Deployment ?? "", request.Reason ?? "", "root on this host", request.Seconds is { } seconds ? TimeSpan.FromSeconds(seconds) : null) };
            case "resume":
                return new LocalReply { Problem = coordinator.Resume(request.Deployment ?? "") };
            case "status":
                return new LocalReply { Status = status() };
            case "converge" or "converge-full":
                var outcomes = await coordinator.Converge(full: request.Command == "converge-full");
                return new LocalReply { Deployments = [.. outcomes.Select(outcome => new LocalDeployment(outcome.Deployment, $"r{outcome.Sequence}", outcome.End.ToString().ToLowerInvariant(), outcome.Because))] };
            case "restart-when-idle":
                coordinator.LeaveWhenIdle();
                return new LocalReply();
            default:
                return new LocalReply { Problem = $"the agent has no command '{request?.Command}'" };
        }
    }

    [LoggerMessage(2101, LogLevel.Debug, "A local request was dropped: {Problem}")]
    private partial void LogDropped(string problem);
}
