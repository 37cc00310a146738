using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text;
using FlaskDeploy.Agent.Machine;
using FlaskDeploy.Agent.Modules.Files;
using FlaskDeploy.Language.Bundles;
using FlaskDeploy.Language.Modules.Arguments;
using FlaskDeploy.Language.Values;
using FileMode = FlaskDeploy.Language.Modules.FileMode;

namespace FlaskDeploy.Agent.Modules;

/// <summary><c>copy</c>: a file, a directory or a text on the host. Digests are compared; content is only read where it differs.</summary>
internal sealed class CopyModule : Module<CopyArguments>
{
    protected override async ValueTask<Plan> Plan(CopyArguments arguments, ModuleContext context, CancellationToken cancellation)
    {
        var (wanted, problem) = await WantedAttributes.Resolve(arguments.Mode, arguments.Owner, arguments.Group, context.View, cancellation, arguments.Extended);
        if (wanted is null)
        {
            return problem!;
        }
        if (WrongValidate(arguments.Validate) is { } wrong)
        {
            return wrong;
        }
        var delivery = new FileDelivery(wanted, context)
        {
            Force = arguments.Force,
            Follow = arguments.Follow,
            Backup = arguments.Backup,
            Validate = arguments.Validate,
        };
        var call = new Call(arguments, context, delivery);
        if (arguments.Content is { } content)
        {
            return await PlanContent(call, content, cancellation);
        }
        var (root, missing) = arguments.RemoteSource ? await HostSource(call, cancellation) : OperatorsSource(call);
        if (root is null)
        {
            return missing!;
        }
        return root.IsDirectory ? await PlanTree(call, root, cancellation) : await PlanOne(call, root, cancellation);
    }

    public override MapValue Result(Plan plan, IReadOnlyList<StepOutcome> outcomes) => WithBackup(plan.Result, outcomes);

    protected override async ValueTask<ImmutableArray<Claim>> Claims(CopyArguments arguments, ModuleContext context, CancellationToken cancellation)
    {
        var (owner, group) = await Claim.Owners(arguments.Owner, arguments.Group, context.View, cancellation);
        if (arguments.Content is { } content)
        {
            var path = await HostPath.Expand(arguments.Destination, context, cancellation);
            return [FileClaim(arguments, path, Digest.Of(Encoding.UTF8.GetBytes(Text(content))), arguments.Mode, owner, group)];
        }
        if (arguments.RemoteSource)
        {
            // What it copies is the host's own and may be another tomorrow; that it writes there is all that can be said.
            var name = HostPath.Name(HostPath.Normal(arguments.Source!));
            return [Claim.Path(await FileDelivery.Destination(arguments.Destination, name, context, cancellation), null, mode: arguments.Mode, owner: owner, group: group)];
        }
        if (OperatorSource.Find(context, arguments.Source!, OperatorFileKind.File) is not { } entry)
        {
            return [];
        }
        if (entry.Digest is { } digest)
        {
            var path = await FileDelivery.Destination(arguments.Destination, HostPath.Name(entry.Path), context, cancellation);
            return [FileClaim(arguments, path, digest, arguments.Mode, owner, group)];
        }
        var root = await HostPath.Expand(arguments.Destination, context, cancellation);
        root = arguments.Source!.EndsWith('/') ? root : HostPath.Join(root, HostPath.Name(entry.Path));
        return
        [
            Claim.Path(root, "directory", mode: arguments.DirectoryMode, owner: owner, group: group),
            .. context.Files.Tree.Descendants(entry.Path).Select(below =>
            {
                var path = HostPath.Join(root, below.Path[(entry.Path.Length + 1)..]);
                return below.Digest is { } bytes
                    ? FileClaim(arguments, path, bytes, arguments.Mode, owner, group)
                    : Claim.Path(path, "directory", mode: arguments.DirectoryMode, owner: owner, group: group);
            }),
        ];
    }

    // With force=no it is content with whatever is there.
    private static Claim FileClaim(CopyArguments arguments, string path, Digest content, FileMode? mode, uint? owner, uint? group) =>
        arguments.Force ? Claim.Path(path, "file", content.ToString(), mode, owner, group) : Claim.Path(path, "file");

    private static string Text(Value content) => content.Reveal() is MapValue or ListValue ? ValueJson.Print(content) : content.Reveal().ToString();

    internal static Impossible? WrongValidate(string? validate) =>
        validate is null || validate.Contains("%s", StringComparison.Ordinal) ? null : new Impossible($"validate must contain %s: {validate}") { Remedy = "%s is where the new file's path goes" };

    internal static MapValue WithBackup(MapValue result, IReadOnlyList<StepOutcome> outcomes) =>
        outcomes.Select(outcome => outcome.Details.GetValueOrDefault("backup_file")).FirstOrDefault(path => path is not null) is { } backup
            ? result.With("backup_file", Value.Of(backup))
            : result;

    private static async ValueTask<Plan> PlanContent(Call call, Value content, CancellationToken cancellation)
    {
        var path = await HostPath.Expand(call.Arguments.Destination, call.Context, cancellation);
        if (call.Arguments.Destination.EndsWith('/') || (await call.Context.View.Ask(new StatLook(path, FollowLinks: true), cancellation)).Kind == PathKind.Directory)
        {
            return new Impossible($"content needs the path of a file, and {call.Arguments.Destination} is a directory") { Remedy = "add the file's name to dest" };
        }
        var secret = call with { Delivery = call.Delivery with { IsSecret = content is SecretValue } };
        return await PlanOne(secret, new Source(path, path, FileContent.Of(Encoding.UTF8.GetBytes(Text(content))), null), cancellation, named: path);
    }

    private static async ValueTask<Plan> PlanOne(Call call, Source source, CancellationToken cancellation, string? named = null)
    {
        if (await WrongChecksum(call, source.Content!, cancellation) is { } wrong)
        {
            return wrong;
        }
        var path = named ?? await FileDelivery.Destination(call.Arguments.Destination, HostPath.Name(source.Path), call.Context, cancellation);
        var endsInSlash = call.Arguments.Destination.EndsWith('/');
        var (parents, problem) = await call.Delivery.Parent(path, endsInSlash, call.DirectoryAttributes, cancellation);
        if (problem is not null)
        {
            return problem;
        }
        var plan = await call.For(source).PlanFile(path, source.Content!, cancellation);
        plan = plan is Change change ? change with { Steps = [.. parents, .. change.Steps] } : plan;
        return named is null ? plan with { Result = plan.Result.With("src", Value.Of(source.Path)) } : plan;
    }

    // All of it in one plan: directories first, then files, in the order of their paths.
    private static async ValueTask<Plan> PlanTree(Call call, Source root, CancellationToken cancellation)
    {
        var path = await HostPath.Expand(call.Arguments.Destination, call.Context, cancellation);
        var destination = call.Arguments.Source!.EndsWith('/') ? path : HostPath.Join(path, HostPath.Name(root.Path));
        var steps = ImmutableArray.CreateBuilder<Step>();
        var reasons = new List<string>();
        var diff = new StringBuilder();
        var sources = await Below(call, root, cancellation);
        foreach (var source in sources.Prepend(root))
        {
            var at = source.Relative.Length == 0 ? destination : HostPath.Join(destination, source.Relative);
            if (!source.IsDirectory)
            {
                switch (await call.For(source).PlanFile(at, source.Content!, cancellation))
                {
                    case Impossible impossible:
                        return impossible;
                    case Change change:
                        steps.AddRange(change.Steps);
                        reasons.Add(change.Because);
                        diff.Append(change.Diff);
                        break;
                    default:
                        break;
                }
                continue;
            }
            var answer = await call.Context.View.Ask(new StatLook(at, FollowLinks: true), cancellation);
            if (answer.Kind == PathKind.Absent)
            {
                steps.Add(new MakeDirectory(at, call.DirectoryAttributes));
                reasons.Add($"{at} is not there");
            }
            else if (answer.Kind != PathKind.Directory)
            {
                return new Impossible($"{at} is not a directory, and one is to be there");
            }
        }
        var result = MapValue.From(("dest", Value.Of(destination)), ("src", Value.Of(root.Path)));
        return steps.Count == 0
            ? new InSync($"{destination} has all {sources.Count} entries of {root.Path}") { Result = result }
            : new Change(reasons.Count == 1 ? reasons[0] : $"{reasons[0]}, and {reasons.Count - 1} more", steps.ToImmutable())
            {
                Result = result,
                Diff = diff.Length == 0 ? null : diff.ToString(),
            };
    }

    private static (Source? Root, Impossible? Problem) OperatorsSource(Call call)
    {
        var written = call.Arguments.Source!;
        return OperatorSource.Find(call.Context, written, OperatorFileKind.File) is { } entry
            ? (FromTree(entry, ""), null)
            : (null, OperatorSource.Missing(call.Context, written, OperatorFileKind.File));
    }

    private static async ValueTask<(Source? Root, Impossible? Problem)> HostSource(Call call, CancellationToken cancellation)
    {
        var path = await HostPath.Expand(call.Arguments.Source!, call.Context, cancellation);
        var source = await FromHost(call, path, "", cancellation);
        return source is null ? (null, new Impossible($"source {path} not found") { Remedy = "with remote_src the source is on the host", MayBeMade = true }) : (source, null);
    }

    private static async ValueTask<IReadOnlyList<Source>> Below(Call call, Source root, CancellationToken cancellation)
    {
        if (!call.Arguments.RemoteSource)
        {
            return [.. call.Context.Files.Tree.Descendants(root.Path).Select(entry => FromTree(entry, entry.Path[(root.Path.Length + 1)..]))];
        }
        var found = new List<Source>();
        var pending = new Queue<Source>([root]);
        while (pending.TryDequeue(out var directory))
        {
            foreach (var entry in (await call.Context.View.Ask(new DirectoryLook(directory.Path), cancellation)).Entries)
            {
                var relative = directory.Relative.Length == 0 ? entry.Name : $"{directory.Relative}/{entry.Name}";
                if (await FromHost(call, HostPath.Join(directory.Path, entry.Name), relative, cancellation) is not { } source)
                {
                    continue;
                }
                found.Add(source);
                if (source.IsDirectory)
                {
                    pending.Enqueue(source);
                }
            }
        }
        return found;
    }

    private static Source FromTree(TreeEntry entry, string relative) =>
        new(entry.Path, relative, entry.Digest is { } digest ? new FileContent(digest, entry.Size) : null, entry.Mode);

    private static async ValueTask<Source?> FromHost(Call call, string path, string relative, CancellationToken cancellation)
    {
        var answer = await call.Context.View.Ask(new StatLook(path, FollowLinks: true), cancellation);
        if (answer.Kind == PathKind.Directory)
        {
            return new Source(path, relative, null, answer.Mode);
        }
        var content = answer.Kind == PathKind.File ? await call.Context.View.Ask(new ContentLook(path), cancellation) : null;
        return content?.Content is { } digest ? new Source(path, relative, new FileContent(digest, content.Size) { Path = path }, answer.Mode) : null;
    }

    private static async ValueTask<Impossible?> WrongChecksum(Call call, FileContent content, CancellationToken cancellation)
    {
        if (call.Arguments.Checksum is not { } wanted)
        {
            return null;
        }
        if (wanted.Length is not (40 or 64))
        {
            return new Impossible($"the checksum {wanted} is neither SHA-1 nor SHA-256");
        }
        var actual = content.Digest.ToString();
        if (wanted.Length == 40)
        {
            if (await call.Delivery.Bytes(content, cancellation) is not { } bytes)
            {
                return new Impossible("the content is not on this host yet, so that its SHA-1 cannot be compared") { Remedy = "give the SHA-256" };
            }
            actual = Convert.ToHexStringLower(SHA1.HashData(bytes));
        }
        return actual.Equals(wanted, StringComparison.OrdinalIgnoreCase) ? null : new Impossible($"the content has the checksum {actual}, not {wanted}");
    }

    /// <param name="Relative">To the root of a tree; empty for the root.</param>
    /// <param name="Content">Null: a directory.</param>
    private sealed record Source(string Path, string Relative, FileContent? Content, int? Mode)
    {
        internal bool IsDirectory => Content is null;
    }

    private sealed record Call(CopyArguments Arguments, ModuleContext Context, FileDelivery Delivery)
    {
        internal PathAttributes DirectoryAttributes => (Delivery.Wanted with { Mode = Arguments.DirectoryMode }).ForNew(isDirectory: true);

        /// <summary>With <c>mode: preserve</c>, the bits of the source.</summary>
        internal FileDelivery For(Source source) =>
            Arguments.Mode?.Symbolic == FileMode.Preserve && source.Mode is { } bits
                ? Delivery with { Wanted = Delivery.Wanted with { Mode = new FileMode(bits & 0xFFF, null) } }
                : Delivery;
    }
}
