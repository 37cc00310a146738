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
        if (arguments is { Source: "", Content: null })
        {
            return new Impossible(CopyArguments.Spec.SaysMissing!);
        }
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
            return new Impossible("can not use content with a dir as dest") { Remedy = $"{call.Arguments.Destination} is a directory: add the file's name" };
        }
        var secret = call with { Delivery = call.Delivery with { IsSecret = content is SecretValue } };
        return await PlanOne(secret, new Source(path, path, FileContent.Of(Encoding.UTF8.GetBytes(Text(content))), null), cancellation, named: path);
    }

    private static async ValueTask<Plan> PlanOne(Call call, Source source, CancellationToken cancellation, string? named = null)
    {
        if (await Closed(call, source, cancellation) is { } closed)
        {
            return closed;
        }
        if (await WrongChecksum(call, source.Content!, call.Delivery.IsSecret || source.IsSecret, cancellation) is { } wrong)
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
        var itself = await call.Context.View.Ask(new StatLook(path, FollowLinks: true), cancellation);
        if (itself.Kind is not (PathKind.Directory or PathKind.Absent))
        {
            return new Impossible($"{path} is not a directory, and {root.Path} is one") { Remedy = "remove it in an earlier task (state=absent)" };
        }
        var steps = ImmutableArray.CreateBuilder<Step>();
        var reasons = new List<string>();
        var diff = new StringBuilder();
        var sources = await Below(call, root, cancellation);
        foreach (var source in sources.Prepend(root))
        {
            var at = source.Relative.Length == 0 ? destination : HostPath.Join(destination, source.Relative);
            var plan = source.IsLink ? await PlanLink(call, source.Link!, at, cancellation)
                : source.IsDirectory ? await PlanDirectory(call, source, at, isTop: source == root && call.Arguments.Source!.EndsWith('/'), cancellation)
                : await Closed(call, source, cancellation) as Plan ?? await call.For(source).PlanFile(at, source.Content!, cancellation);
            switch (plan)
            {
                case Impossible:
                    return plan;
                case Change change:
                    steps.AddRange(change.Steps);
                    reasons.Add(change.Because);
                    diff.Append(change.Diff);
                    break;
                default:
                    break;
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

    // What is in the directory has its attributes, and of the directory itself only what is made.
    private static async ValueTask<Plan> PlanDirectory(Call call, Source source, string at, bool isTop, CancellationToken cancellation)
    {
        var answer = await call.Context.View.Ask(new StatLook(at, FollowLinks: true), cancellation);
        switch (answer.Kind)
        {
            case PathKind.Absent:
                return new Change($"{at} is not there", [new MakeDirectory(at, call.AttributesOfNew(source))]);
            case PathKind.Directory:
                var differing = isTop ? PathAttributes.Unchanged : await call.WantedOfDirectories.DifferingAt(at, answer, call.Context.View, cancellation);
                return differing.IsUnchanged
                    ? new InSync($"{at} is there")
                    : new Change($"{at}: {PathResult.Describe(differing, answer)}", [new SetAttributes(at, differing, FollowLinks: true)]);
            default:
                return new Impossible($"{at} is not a directory, and one is to be there");
        }
    }

    private static async ValueTask<Plan> PlanLink(Call call, string target, string at, CancellationToken cancellation)
    {
        var there = await call.Context.View.Ask(new StatLook(at, FollowLinks: false), cancellation);
        return there.Kind == PathKind.Link && there.Target == target
            ? new InSync($"{at} points to {target}")
            : new Change(there.Exists ? $"{at} is no link to {target}" : $"{at} is not there", [new MakeLink(at, target, Hard: false, Force: true)]);
    }

    // A vault is opened where its password is, never on a host.
    private static async ValueTask<Impossible?> Closed(Call call, Source source, CancellationToken cancellation)
    {
        if (call.Arguments is not { RemoteSource: false, Source: { } written, Decrypt: true } || source.Content!.Size > UnifiedDiff.MostBytes
            || await call.Delivery.Bytes(source.Content, cancellation) is not { } bytes || !bytes.AsSpan().StartsWith("$ANSIBLE_VAULT;"u8))
        {
            return null;
        }
        return new Impossible($"A vault password or secret must be specified to decrypt {(source.Relative.Length == 0 ? written : $"{written.TrimEnd('/')}/{source.Relative}")}")
        {
            Remedy = "put its content into a variable, and write content: instead of src:",
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
        var answer = await call.Context.View.Ask(new StatLook(path, FollowLinks: true), cancellation);
        if (!answer.Exists)
        {
            return (null, new Impossible($"Source {path} not found") { Remedy = "with remote_src the source is on the host", MayBeMade = true });
        }
        return await FromHost(path, "", answer, call.Context.View, cancellation) is { } source ? (source, null) : (null, new Impossible($"Cannot copy invalid source '{path}': not a file"));
    }

    private static async ValueTask<IReadOnlyList<Source>> Below(Call call, Source root, CancellationToken cancellation)
    {
        if (!call.Arguments.RemoteSource)
        {
            return [.. FromOperator(call, root)];
        }
        var found = new List<Source>();
        var pending = new Queue<(Source Directory, ImmutableHashSet<(ulong, ulong)> Above)>([(root, [])]);
        while (pending.TryDequeue(out var next))
        {
            var (directory, above) = next;
            above = above.Add(await Identity(directory.Path, call.Context.View, cancellation));
            foreach (var entry in (await call.Context.View.Ask(new DirectoryLook(directory.Path), cancellation)).Entries)
            {
                var relative = directory.Relative.Length == 0 ? entry.Name : $"{directory.Relative}/{entry.Name}";
                var path = HostPath.Join(directory.Path, entry.Name);
                var itself = await call.Context.View.Ask(new StatLook(path, FollowLinks: false), cancellation);
                var answer = itself.Kind == PathKind.Link ? await call.Context.View.Ask(new StatLook(path, FollowLinks: true), cancellation) : itself;
                if (itself.Kind == PathKind.Link && (!call.Arguments.LocalFollow || !answer.Exists || answer.Kind == PathKind.Directory && above.Contains((answer.Device, answer.Inode))))
                {
                    found.Add(new Source(path, relative, null, null) { Link = itself.Target });
                }
                else if (await FromHost(path, relative, answer, call.Context.View, cancellation) is { } source)
                {
                    found.Add(source);
                    if (source.IsDirectory)
                    {
                        pending.Enqueue((source, above));
                    }
                }
            }
        }
        return found;
    }

    private static async ValueTask<(ulong, ulong)> Identity(string path, IMachineView view, CancellationToken cancellation)
    {
        var answer = await view.Ask(new StatLook(path, FollowLinks: true), cancellation);
        return (answer.Device, answer.Inode);
    }

    private static IEnumerable<Source> FromOperator(Call call, Source root)
    {
        // What lies in a directory itself, then what lies deeper: the order in which Ansible finds something wrong.
        foreach (var entry in call.Context.Files.Tree.Children(root.Path).OrderBy(entry => entry.IsDirectory))
        {
            var name = HostPath.Name(entry.Path);
            var relative = root.Relative.Length == 0 ? name : $"{root.Relative}/{name}";
            if (entry.IsDangling || entry.Link is not null && !call.Arguments.LocalFollow)
            {
                yield return new Source(entry.Path, relative, null, null) { Link = entry.Link };
                continue;
            }
            var source = FromTree(entry, relative);
            yield return source;
            foreach (var below in source.IsDirectory ? FromOperator(call, source) : [])
            {
                yield return below;
            }
        }
    }

    private static Source FromTree(TreeEntry entry, string relative) =>
        new(entry.Path, relative, entry.Digest is { } digest ? new FileContent(digest, entry.Size) : null, entry.Mode) { IsSecret = entry.IsSecret };

    private static async ValueTask<Source?> FromHost(string path, string relative, PathAnswer answer, IMachineView view, CancellationToken cancellation)
    {
        if (answer.Kind == PathKind.Directory)
        {
            return new Source(path, relative, null, answer.Mode);
        }
        var content = answer.Kind == PathKind.File ? await view.Ask(new ContentLook(path), cancellation) : null;
        return content?.Content is { } digest ? new Source(path, relative, new FileContent(digest, content.Size) { Path = path }, answer.Mode) : null;
    }

    private static async ValueTask<Impossible?> WrongChecksum(Call call, FileContent content, bool isSecret, CancellationToken cancellation)
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
        return actual.Equals(wanted, StringComparison.OrdinalIgnoreCase) ? null : new Impossible(isSecret ? $"the content does not have the checksum {wanted}" : $"the content has the checksum {actual}, not {wanted}");
    }

    /// <param name="Relative">To the root of a tree; empty for the root.</param>
    /// <param name="Content">Null: a directory, or a link that is to be one again.</param>
    private sealed record Source(string Path, string Relative, FileContent? Content, int? Mode)
    {
        internal bool IsSecret { get; init; }

        internal string? Link { get; init; }

        internal bool IsLink => Link is not null;

        internal bool IsDirectory => Content is null && !IsLink;
    }

    private sealed record Call(CopyArguments Arguments, ModuleContext Context, FileDelivery Delivery)
    {
        internal WantedAttributes WantedOfDirectories => Delivery.Wanted with { Mode = Arguments.DirectoryMode };

        internal PathAttributes DirectoryAttributes => WantedOfDirectories.ForNew(isDirectory: true);

        /// <summary>A directory out of one on this host is as open as that, to its owner at least: the rest is to be put into it.</summary>
        internal PathAttributes AttributesOfNew(Source source) =>
            Arguments is { RemoteSource: true, DirectoryMode: null } && source is { Relative.Length: > 0, Mode: { } bits }
                ? DirectoryAttributes with { Mode = bits & 0xFFF | (Context.As.IsRoot ? 0 : 0x1C0) }
                : DirectoryAttributes;

        /// <summary>With <c>mode: preserve</c>, the bits of the source; so have, once they are written, the files of a whole directory of this host.</summary>
        internal FileDelivery For(Source source) =>
            Arguments is { RemoteSource: true, Mode: null } && source is { Relative.Length: > 0, Mode: { } mode } ? Delivery with { ModeOfWritten = mode & 0xFFF, IsSecret = Delivery.IsSecret || source.IsSecret } :
            Arguments.Mode?.Symbolic == FileMode.Preserve && source.Mode is { } bits
                ? Delivery with { Wanted = Delivery.Wanted with { Mode = new FileMode(bits & 0xFFF, null) }, IsSecret = Delivery.IsSecret || source.IsSecret }
                : Delivery with { IsSecret = Delivery.IsSecret || source.IsSecret };
    }
}
