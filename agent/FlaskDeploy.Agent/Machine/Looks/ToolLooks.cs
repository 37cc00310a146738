using CliWrap;
using FlaskDeploy.Agent.Machine.Files;
using FlaskDeploy.Processes;

namespace FlaskDeploy.Agent.Machine.Looks;

/// <summary>Starts a tool that only tells something, as the user of this process, and reads what it says to its end.</summary>
internal static class ToolLooks
{
    private const int MostOutput = 32 * 1024 * 1024;

    // What systemd told the agent is the agent's.
    private static readonly string[] AgentsOwn = ["NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID", "LISTEN_FDS", "LISTEN_PID", "INVOCATION_ID", "JOURNAL_STREAM"];

    /// <exception cref="IOException">It is not there, its input is not here, or it tells more than is read.</exception>
    public static async Task<ToolAnswer> Look(ToolLook look, TaskEnvironment environment, IBlobSource? blobs, CancellationToken cancellation)
    {
        var own = environment.With(look.Environment);
        var program = ChildProcess.Find(look.Arguments[0], own.Path) ?? throw new IOException($"there is no {look.Arguments[0]} on {own.Path}");
        await using var input = look.Input is { } digest ? await Open(digest, blobs, cancellation) : null;
        var output = new BoundedText(MostOutput);
        var error = new BoundedText(MostOutput);
        var result = await Cli.Wrap(program)
            .WithArguments(look.Arguments.Skip(1))
            .WithWorkingDirectory(look.Directory ?? "/")
            .WithEnvironmentVariables(builder =>
            {
                foreach (var name in AgentsOwn)
                {
                    builder.Set(name, null);
                }
                foreach (var (name, value) in own.Variables)
                {
                    builder.Set(name, value);
                }
                builder.Set("LC_ALL", "C").Set("LANGUAGE", "C");
            })
            .WithValidation(CommandResultValidation.None)
            .WithStandardInputPipe(input is null ? PipeSource.Null : Fed(input))
            .WithStandardOutputPipe(output.Target)
            .WithStandardErrorPipe(error.Target)
            .ExecuteAsync(cancellation);
        return output.WasCut
            ? throw new IOException($"{look.Arguments[0]} tells more than {MostOutput} bytes")
            : new ToolAnswer(result.ExitCode, output.ToString(), error.ToString());
    }

    private static async ValueTask<Stream> Open(Language.Bundles.Digest digest, IBlobSource? blobs, CancellationToken cancellation) =>
        (blobs is null ? null : await blobs.Open(digest, cancellation)) ?? throw new IOException($"the content {digest} is not on this host");

    // A tool that has seen enough closes its input; what it says counts, not what it left unread.
    private static PipeSource Fed(Stream input) => PipeSource.Create(async (destination, cancellation) =>
    {
        try
        {
            await input.CopyToAsync(destination, cancellation);
        }
        catch (IOException)
        {
            // Its exit code says how it went.
        }
    });
}
