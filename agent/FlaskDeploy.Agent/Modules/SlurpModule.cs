using FlaskDeploy.Agent.Machine;
using FlaskDeploy.Agent.Modules.Files;
using FlaskDeploy.Language.Modules.Arguments;
using FlaskDeploy.Language.Values;

namespace FlaskDeploy.Agent.Modules;

/// <summary><c>slurp</c>: a file's content, in base64.</summary>
internal sealed class SlurpModule : Module<SlurpArguments>
{
    /// <summary>What is registered is journaled and stays in memory until the run ends.</summary>
    private const int MostBytes = 4 * 1024 * 1024;

    protected override async ValueTask<Plan> Plan(SlurpArguments arguments, ModuleContext context, CancellationToken cancellation)
    {
        var path = await HostPath.Expand(arguments.Source, context, cancellation);
        try
        {
            return await Slurp(path, context, cancellation);
        }
        catch (LookFailedException e)
        {
            return new Impossible(e.Problem.EndsWith("Permission denied", StringComparison.Ordinal) ? $"file is not readable: {path}" : $"unable to slurp file: {e.Problem}");
        }
    }

    private static async ValueTask<Plan> Slurp(string path, ModuleContext context, CancellationToken cancellation)
    {
        var present = await context.View.Ask(new StatLook(path, FollowLinks: true), cancellation);
        if (present.Kind != PathKind.File)
        {
            return present.Kind switch
            {
                PathKind.Absent when await FileAbove(path, context, cancellation) is { } file => new Impossible($"unable to slurp file: {path}: {file} is not a directory"),
                PathKind.Absent => new Impossible($"file not found: {path}") { MayBeMade = true },
                PathKind.Directory => new Impossible($"source is a directory and must be a file: {path}"),
                _ => new Impossible($"unable to slurp file: {path} is no regular file"),
            };
        }
        if (present.Size > MostBytes)
        {
            return new Impossible($"{path} has {present.Size} bytes, and files of more than {MostBytes} are not taken into a variable");
        }
        // Files of /proc say that they are empty; the look holds them to the limit.
        var bytes = (await context.View.Ask(new ReadLook(path, MostBytes), cancellation)).Bytes ?? [];
        return new InSync($"{path} has {bytes.Length} bytes")
        {
            Result = MapValue.From(("content", Value.Of(Convert.ToBase64String(bytes))), ("encoding", Value.Of("base64")), ("source", Value.Of(path))),
        };
    }
    // Null: what is above it, as far as it is there, are directories.
    private static async ValueTask<string?> FileAbove(string path, ModuleContext context, CancellationToken cancellation)
    {
        for (var above = HostPath.Parent(path); above != "/"; above = HostPath.Parent(above))
        {
            var present = await context.View.Ask(new StatLook(above, FollowLinks: true), cancellation);
            if (present.Exists)
            {
                return present.Kind == PathKind.Directory ? null : above;
            }
        }
        return null;
    }
}
