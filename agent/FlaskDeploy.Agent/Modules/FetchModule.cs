using FlaskDeploy.Agent.Machine;
using FlaskDeploy.Agent.Modules.Files;
using FlaskDeploy.Language.Modules.Arguments;
using FlaskDeploy.Language.Values;

namespace FlaskDeploy.Agent.Modules;

/// <summary><c>fetch</c>: a file of the host in a directory of the operator's, where both are one machine (<c>apply</c>). Nothing of a host's content is sent anywhere.</summary>
internal sealed class FetchModule : Module<FetchArguments>
{
    protected override async ValueTask<Plan> Plan(FetchArguments arguments, ModuleContext context, CancellationToken cancellation)
    {
        var source = await HostPath.Expand(arguments.Source, context, cancellation);
        try
        {
            return await Fetch(source, arguments, context, cancellation);
        }
        catch (LookFailedException e)
        {
            var because = e.Problem.EndsWith("Permission denied", StringComparison.Ordinal) ? $"file is not readable: {source}" : $"unable to fetch file: {e.Problem}";
            return arguments.FailsOnMissing ? new Impossible(because) : Ignored(source, $"{because}, ignored");
        }
    }

    private static async ValueTask<Plan> Fetch(string source, FetchArguments arguments, ModuleContext context, CancellationToken cancellation)
    {
        var present = await context.View.Ask(new StatLook(source, FollowLinks: true), cancellation);
        if (present.Kind != PathKind.File)
        {
            const string missing = "the remote file does not exist, not transferring, ignored";
            return (present.Kind, arguments.FailsOnMissing) switch
            {
                (PathKind.Absent, true) => new Impossible(missing) { MayBeMade = true, Result = MapValue.From(("file", Value.Of(source))) },
                (PathKind.Absent, _) => Ignored(source, missing),
                (PathKind.Directory, true) => new Impossible("remote file is a directory, fetch cannot work on directories"),
                (PathKind.Directory, _) => Ignored(source, "remote file is a directory, fetch cannot work on directories, not transferring, ignored"),
                _ => new Impossible($"{source} is no regular file"),
            };
        }
        var (path, problem) = await Destination(source, arguments, context, cancellation);
        if (path is null)
        {
            return problem!;
        }
        var content = await context.View.Ask(new ContentLook(source), cancellation);
        if (content.Content is not { } digest)
        {
            return new Impossible($"{source} is gone") { MayBeMade = true };
        }
        var delivery = new FileDelivery(WantedAttributes.None, context) { Follow = true };
        var (parents, above) = await delivery.Parent(path, make: true, PathAttributes.Unchanged, cancellation);
        if (above is not null)
        {
            return above;
        }
        var plan = await delivery.PlanFile(path, new FileContent(digest, content.Size) { Path = source }, cancellation);
        // What playbooks compare it with; nothing here trusts either.
        var sums = MapValue.From(
            ("dest", Value.Of(path)),
            ("checksum", await Sum(source, "sha1", context, cancellation)),
            ("md5sum", await Sum(source, "md5", context, cancellation)));
        return plan switch
        {
            Change change => change with { Steps = [.. parents, .. change.Steps], Result = sums.With("remote_checksum", sums["checksum"]!).With("remote_md5sum", Value.Null) },
            InSync => plan with { Result = sums.With("file", Value.Of(source)) },
            _ => plan,
        };
    }

    private static async ValueTask<(string? Path, Impossible? Problem)> Destination(string source, FetchArguments arguments, ModuleContext context, CancellationToken cancellation)
    {
        if (context.Files.Tree.Disk?.PlaceOf(arguments.Destination) is not { } place)
        {
            return (null, new Impossible("fetch brings a file to the operator's machine, and this host sends reports, not files") { Remedy = "slurp the file, or let the host send it: command with scp, or uri with PUT" });
        }
        if (!arguments.Flat)
        {
            var directory = HostPath.Join(HostPath.Normal(place), context.Variable("inventory_hostname").Value?.ToString() ?? "localhost");
            var path = Path.GetFullPath(directory + source);
            return path.StartsWith($"{directory}/", StringComparison.Ordinal) ? (path, null) : (null, new Impossible($"Detected directory traversal: {source}"));
        }
        if (arguments.Destination.EndsWith('/'))
        {
            return (HostPath.Join(HostPath.Normal(place), HostPath.Name(source)), null);
        }
        return (await context.View.Ask(new StatLook(place, FollowLinks: true), cancellation)).Kind == PathKind.Directory
            ? (null, new Impossible("dest is an existing directory, use a trailing slash if you want to fetch src into that directory"))
            : (HostPath.Normal(place), null);
    }

    private static InSync Ignored(string source, string message) =>
        new(message) { Result = MapValue.From(("msg", Value.Of(message)), ("file", Value.Of(source))) };

    private static async ValueTask<Value> Sum(string path, string algorithm, ModuleContext context, CancellationToken cancellation) =>
        await StatModule.Checksum(path, algorithm, context.View, cancellation) is { } sum ? Value.Of(sum) : Value.Null;
}
