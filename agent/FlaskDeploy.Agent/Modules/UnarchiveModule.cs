using System.Collections.Immutable;
using FlaskDeploy.Agent.Machine;
using FlaskDeploy.Agent.Machine.Web;
using FlaskDeploy.Agent.Modules.Archives;
using FlaskDeploy.Agent.Modules.Files;
using FlaskDeploy.Agent.Modules.Web;
using FlaskDeploy.Language.Bundles;
using FlaskDeploy.Language.Modules.Arguments;
using FlaskDeploy.Language.Values;

namespace FlaskDeploy.Agent.Modules;

/// <summary><c>unarchive</c>: an archive of tar is compared and unpacked by the host's tar, a zip by the agent itself.</summary>
internal sealed class UnarchiveModule : Module<UnarchiveArguments>
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(10);

    protected override async ValueTask<Plan> Plan(UnarchiveArguments arguments, ModuleContext context, CancellationToken cancellation)
    {
        if (arguments.Creates is { } creates && (await context.View.Ask(new StatLook(await HostPath.Expand(creates, context, cancellation), FollowLinks: true), cancellation)).Exists)
        {
            return new InSync($"{creates} is there") { Result = MapValue.From(("skipped", Value.True), ("msg", Value.Of($"skipped, since {creates} exists"))) };
        }
        var destination = await HostPath.Expand(arguments.Destination, context, cancellation);
        var directory = await context.View.Ask(new StatLook(destination, FollowLinks: true), cancellation);
        if (directory.Kind != PathKind.Directory)
        {
            return new Impossible($"dest '{destination}' must be an existing dir") { Remedy = "make it in an earlier task: file with state=directory", MayBeMade = true };
        }
        var (wanted, problem) = await WantedAttributes.Resolve(arguments.Mode, arguments.Owner, arguments.Group, context.View, cancellation, arguments.Extended);
        if (problem is not null)
        {
            return problem;
        }
        var result = MapValue.From(("src", Value.Of(arguments.Source)), ("dest", Value.Of(destination)))
            .Merge(await PathResult.Of(directory, PathKind.Directory, PathAttributes.Unchanged, directory.Size, context.View, cancellation));
        var unpacking = new Unpacking(arguments, destination, wanted!, context) { IsNew = directory.IsPlanned };
        if (!arguments.IsOnHost)
        {
            return OperatorSource.Find(context, arguments.Source, OperatorFileKind.File) is { Digest: { } digest }
                ? await OfOperator(unpacking, digest, result, context, cancellation)
                : OperatorSource.Missing(context, arguments.Source, OperatorFileKind.File);
        }
        if (arguments.Source.Contains("://", StringComparison.Ordinal))
        {
            return await OfAddress(arguments, unpacking, result, context, cancellation);
        }
        var path = await HostPath.Expand(arguments.Source, context, cancellation);
        var archive = await context.View.Ask(new StatLook(path, FollowLinks: true), cancellation);
        return archive.Kind != PathKind.File ? new Impossible($"Source '{path}' does not exist") { Remedy = "copy it there in an earlier task, or leave out remote_src where it is on the operator's side", MayBeMade = true }
            : archive.Size == 0 ? new Impossible($"Invalid archive '{path}', the file is 0 bytes")
            : IsNamedZip(path) ? await unpacking.Zip((await context.View.Ask(new ReadLook(path, Unpacking.MostZip), cancellation)).Bytes ?? [], path, result, cancellation)
            : await unpacking.Tar(new TarTool(arguments, destination, path, null, null), path, result, cancellation);
    }

    public override MapValue Result(Plan plan, IReadOnlyList<StepOutcome> outcomes) =>
        outcomes.Select(outcome => outcome.Command).FirstOrDefault(command => command is not null) is { } run
            ? plan.Result.With("extract_results", MapValue.From(("rc", Value.Of(run.ExitCode)), ("out", Value.Of(run.Output)), ("err", Value.Of(run.Error))))
            : plan.Result;

    private static async ValueTask<Plan> OfOperator(Unpacking unpacking, Digest digest, MapValue result, ModuleContext context, CancellationToken cancellation)
    {
        var source = unpacking.Arguments.Source;
        if (await context.Files.Read(digest, cancellation) is not { } bytes)
        {
            return new Impossible($"the content of {source} is not on this host");
        }
        return bytes.Length == 0 ? new Impossible($"Invalid archive '{source}', the file is 0 bytes")
            : ZipEntries.IsZip(bytes) ? await unpacking.Zip(bytes, source, result, cancellation)
            : TarTool.PackingOf(bytes) is { } packing ? await unpacking.Tar(new TarTool(unpacking.Arguments, unpacking.Destination, null, digest, packing), source, result, cancellation)
            : Unpacking.NoArchive(source, "it begins like none of them");
    }

    // What an address has is not known before it was fetched. A reconvergence has no business there.
    private static async ValueTask<Plan> OfAddress(UnarchiveArguments arguments, Unpacking unpacking, MapValue result, ModuleContext context, CancellationToken cancellation)
    {
        if (TaskProxy.Address(arguments.Source) is not { } address)
        {
            return new Impossible($"'{arguments.Source}' is no address of http or https");
        }
        if (context.Purpose == Purpose.Maintain)
        {
            return new InSync($"what {arguments.Source} has is asked by a push") { Result = result };
        }
        var request = new WebRequest(address.AbsoluteUri) { ValidateCertificates = arguments.ValidateCertificates, Timeout = Patience, Proxy = TaskProxy.For(address, context.View.Environment) };
        return await unpacking.Fetched(request, $"/var/tmp/flaskdeploy-{context.NewName()}.archive", result, cancellation);
    }

    private static bool IsNamedZip(string path) => ((string[])[".zip", ".jar", ".war", ".ear", ".whl"]).Any(end => path.EndsWith(end, StringComparison.OrdinalIgnoreCase));
}
