using System.Collections.Immutable;
using System.Security.Cryptography;
using FlaskDeploy.Agent.Machine;
using FlaskDeploy.Language.Values;

namespace FlaskDeploy.Agent.Modules.Files;

/// <summary>How content is to arrive at a path: what <c>copy</c> and <c>template</c> share.</summary>
internal sealed record FileDelivery(WantedAttributes Wanted, ModuleContext Context)
{
    /// <summary>Of SHA-1 that results show: larger content has none.</summary>
    private const int MostHashed = 1024 * 1024;

    public bool Force { get; init; } = true;

    /// <summary>What a file has that is made or gets other content; one with the right content keeps what it has.</summary>
    public int? ModeOfWritten { get; init; }

    public bool Follow { get; init; }

    public bool Backup { get; init; }

    public string? Validate { get; init; }

    /// <summary>The content must not be shown.</summary>
    public bool IsSecret { get; init; }

    /// <summary>What its place is called: <paramref name="name"/> is appended to an existing directory and to a path that ends in a slash.</summary>
    internal static async ValueTask<string> Destination(string written, string name, ModuleContext context, CancellationToken cancellation)
    {
        var path = await HostPath.Expand(written, context, cancellation);
        var isDirectory = written.EndsWith('/') || (await context.View.Ask(new StatLook(path, FollowLinks: true), cancellation)).Kind == PathKind.Directory;
        return isDirectory ? HostPath.Join(path, name) : path;
    }

    /// <summary>One file. Its parent is there, or made by a step before this.</summary>
    internal async ValueTask<Plan> PlanFile(string path, FileContent content, CancellationToken cancellation)
    {
        var itself = await Context.View.Ask(new StatLook(path, FollowLinks: false), cancellation);
        var present = itself.Kind == PathKind.Link ? await Context.View.Ask(new StatLook(path, FollowLinks: true), cancellation) : itself;
        if (present.Kind is PathKind.Directory or PathKind.Other)
        {
            return new Impossible($"{path} is {(present.Kind == PathKind.Directory ? "a directory" : "no regular file")}, and a file is to be there") { Remedy = "remove it in an earlier task (state=absent)" };
        }
        var replacesLink = itself.Kind == PathKind.Link && !Follow;
        if (itself.Kind == PathKind.Link && Follow && !present.Exists)
        {
            return new Impossible($"{path} is a link to {itself.Target}, which is not there") { Remedy = "follow=no replaces the link" };
        }
        var saw = present.Exists ? await Context.View.Ask(new ContentLook(path), cancellation) : null;
        var isSame = saw?.Content == content.Digest;
        if (present.Exists && !isSame && !Force)
        {
            return new InSync($"{path} is there, and force=no leaves it as it is") { Result = MapValue.From(("dest", Value.Of(path)), ("msg", Value.Of("file already exists"))) };
        }
        var isNew = !present.Exists || replacesLink;
        var attributes = isNew
            ? await Wanted.ForNewAt(path, isDirectory: false, Context.View, cancellation)
            : await Wanted.DifferingAt(path, present, Context.View, cancellation);
        if (ModeOfWritten is { } mode && !(isSame && !replacesLink))
        {
            attributes = attributes with { Mode = mode };
        }
        var result = MapValue.From(("dest", Value.Of(path)))
            .Merge(isNew
                ? await PathResult.OfNew(path, PathKind.File, attributes, content.Size, Context.View, cancellation)
                : await PathResult.Of(present, PathKind.File, attributes, content.Size, Context.View, cancellation));
        if (content.Size <= MostHashed && await Bytes(content, cancellation) is { } hashed)
        {
            // Not for trust: playbooks compare them, because Ansible's results have them.
            result = result.With("checksum", Hashed(SHA1.HashData(hashed))).With("md5sum", Hashed(MD5.HashData(hashed)));
        }
        if (isSame && !replacesLink)
        {
            return attributes.IsUnchanged
                // Of a short secret a digest is as good as the secret: it could be guessed against it.
                ? new InSync($"{path} has the content {(IsSecret ? "that it should" : content.Digest.ToString()[..12])}, mode {PathResult.Octal(present.Mode)}") { Result = result }
                : new Change($"{path}: {PathResult.Describe(attributes, present)}", [new SetAttributes(path, attributes, FollowLinks: true)])
                {
                    Result = result,
                    Diff = PathResult.Describe(attributes, present) + "\n",
                };
        }
        var why = !itself.Exists ? $"{path} is not there" : replacesLink ? $"{path} is a link to {itself.Target}" : $"{path} has other content";
        var write = new WriteFile(path, content, attributes) { FollowLinks = Follow, Backup = Backup, Validate = Validate };
        if (Context.ShowsDiff && await Shown(path, present, content, cancellation) is { } shown)
        {
            result = result.With("diff", Value.Of([shown.Content()]));
        }
        return new Change(why, [write]) { Result = result, Diff = await Diff(path, present, content, cancellation) };
    }

    private async ValueTask<RegisteredDiff?> Shown(string path, PathAnswer present, FileContent content, CancellationToken cancellation)
    {
        if (IsSecret || Math.Max(content.Size, present.Exists ? present.Size : 0) > UnifiedDiff.MostBytes || await Bytes(content, cancellation) is not { } after)
        {
            return null;
        }
        var before = present.Exists ? (await Context.View.Ask(new ReadLook(path, UnifiedDiff.MostBytes), cancellation)).Bytes ?? [] : [];
        return new RegisteredDiff(path, System.Text.Encoding.UTF8.GetString(before), System.Text.Encoding.UTF8.GetString(after));
    }

    // Of a short secret a digest is as good as the secret: it could be guessed against it.
    private Value Hashed(byte[] hash) => Value.Of(Convert.ToHexStringLower(hash)) is var hex && IsSecret ? new SecretValue(hex) : hex;

    private async ValueTask<string?> Diff(string path, PathAnswer present, FileContent content, CancellationToken cancellation)
    {
        if (IsSecret)
        {
            return "(not shown: secret)\n";
        }
        if (Math.Max(content.Size, present.Exists ? present.Size : 0) > UnifiedDiff.MostBytes)
        {
            return $"(not shown: {(present.Exists ? present.Size : 0)} and {content.Size} bytes)\n";
        }
        var after = await Bytes(content, cancellation);
        if (after is null)
        {
            return null;
        }
        var before = present.Exists ? (await Context.View.Ask(new ReadLook(path, UnifiedDiff.MostBytes), cancellation)).Bytes ?? [] : [];
        return UnifiedDiff.Between(before, after, present.Exists ? $"before: {path}" : "/dev/null", $"after: {path}");
    }

    /// <summary>Null: not on this machine yet.</summary>
    internal async ValueTask<byte[]?> Bytes(FileContent content, CancellationToken cancellation) =>
        content.Inline
        ?? (content.Path is { } path
            ? (await Context.View.Ask(new ReadLook(path, MostHashed), cancellation)).Bytes
            : await Context.Files.Read(content.Digest, cancellation));

    /// <summary>What must be there or be made above a file: the steps that make it, or why it cannot be.</summary>
    /// <param name="make">Whether a missing directory is made; Ansible does so for a dest that ends in a slash.</param>
    internal async ValueTask<(ImmutableArray<Step> Steps, Impossible? Problem)> Parent(string path, bool make, PathAttributes attributes, CancellationToken cancellation)
    {
        var parent = HostPath.Parent(path);
        var answer = await Context.View.Ask(new StatLook(parent, FollowLinks: true), cancellation);
        return answer.Kind switch
        {
            PathKind.Directory => ([], null),
            PathKind.Absent when make => ([new MakeDirectory(parent, attributes)], null),
            PathKind.Absent => ([], new Impossible($"the directory {parent} is not there") { Remedy = "make it in an earlier task: file with state=directory", MayBeMade = true }),
            _ => ([], new Impossible($"{parent} is not a directory")),
        };
    }
}
