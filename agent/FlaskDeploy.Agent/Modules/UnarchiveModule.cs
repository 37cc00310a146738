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
    private const int MostZip = 64 * 1024 * 1024;

    protected override async ValueTask<Plan> Plan(UnarchiveArguments arguments, ModuleContext context, CancellationToken cancellation)
    {
        if (arguments.Creates is { } creates && (await context.View.Ask(new GlobLook(await HostPath.Expand(creates, context, cancellation)), cancellation)).Paths is [_, ..])
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
            return OfAddress(arguments, unpacking, destination, result, context);
        }
        var path = await HostPath.Expand(arguments.Source, context, cancellation);
        var archive = await context.View.Ask(new StatLook(path, FollowLinks: true), cancellation);
        return archive.Kind != PathKind.File ? new Impossible($"Source '{path}' does not exist") { Remedy = "copy it there in an earlier task, or leave out remote_src where it is on the operator's side", MayBeMade = true }
            : archive.Size == 0 ? new Impossible($"Invalid archive '{path}', the file is 0 bytes")
            : IsNamedZip(path) ? await unpacking.Zip((await context.View.Ask(new ReadLook(path, MostZip), cancellation)).Bytes ?? [], path, result, cancellation)
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
    private static Plan OfAddress(UnarchiveArguments arguments, Unpacking unpacking, string destination, MapValue result, ModuleContext context)
    {
        if (TaskProxy.Address(arguments.Source) is not { } address)
        {
            return new Impossible($"'{arguments.Source}' is no address of http or https");
        }
        if (context.Purpose == Purpose.Maintain)
        {
            return new InSync($"what {arguments.Source} has is asked by a push") { Result = result };
        }
        if (IsNamedZip(address.AbsolutePath) || arguments.ListsFiles || !unpacking.IsPlain)
        {
            return new Impossible($"{arguments.Source}: of an address only archives of tar are unpacked, without list_files, mode, owner and group")
            {
                Remedy = "fetch it with get_url, and unpack the file: then a push finds out whether anything differs, too",
            };
        }
        var path = $"/var/tmp/flaskdeploy-{context.NewName()}.archive";
        var request = new WebRequest(address.AbsoluteUri) { ValidateCertificates = arguments.ValidateCertificates, Timeout = TimeSpan.FromMinutes(10), Proxy = TaskProxy.For(address, context.View.Environment) };
        return new Change(
            $"a push fetches {arguments.Source} and unpacks it",
            [new Download(request, path, new PathAttributes { Mode = 0x180 }), new TarTool(arguments, destination, path, null, null).Extract(), new Remove(path)])
        {
            Result = result.With("handler", Value.Of("TgzArchive")),
        };
    }

    private static bool IsNamedZip(string path) => ((string[])[".zip", ".jar", ".war", ".ear", ".whl"]).Any(end => path.EndsWith(end, StringComparison.OrdinalIgnoreCase));
}
