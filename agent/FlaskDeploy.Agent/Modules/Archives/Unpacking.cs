using System.Collections.Immutable;
using FlaskDeploy.Agent.Machine;
using FlaskDeploy.Agent.Machine.Web;
using FlaskDeploy.Agent.Modules.Files;
using FlaskDeploy.Language.Modules.Arguments;
using FlaskDeploy.Language.Values;

namespace FlaskDeploy.Agent.Modules.Archives;

/// <summary>What an archive would change in its directory. Looks only.</summary>
internal sealed record Unpacking(UnarchiveArguments Arguments, string Destination, WantedAttributes Wanted, ModuleContext Context)
{
    /// <summary>A zip is read whole.</summary>
    public const int MostZip = 64 * 1024 * 1024;

    // No mode, owner or group is asked for.
    private bool IsPlain => Wanted == WantedAttributes.None;

    public static Impossible NoArchive(string source, string why) => new($"Failed to find handler for \"{source}\": {why.Trim()}")
    {
        Remedy = "an archive of tar, plain or packed by gzip, bzip2, xz or zstd, or a zip; tar and the packer must be on the host",
        MayBeMade = true,
    };

    /// <summary>An earlier task of the same check would make the directory: nothing can be compared, and nothing is in it.</summary>
    public bool IsNew { get; init; }

    public async ValueTask<Plan> Tar(TarTool tar, string source, MapValue result, CancellationToken cancellation)
    {
        if (await NoTar(source, cancellation) is { } none)
        {
            return none;
        }
        if (IsNew)
        {
            return Decide(source, [tar.Extract()], [(Destination, "is not there yet")], result);
        }
        var listed = await Context.View.Ask(tar.List(), cancellation);
        var entries = TarListing.Entries(listed.Output);
        return NothingIn(listed, entries, source) ?? await Compared(entries, await Context.View.Ask(tar.Diff(entries), cancellation), source, [tar.Extract()], result, cancellation);
    }

    /// <summary>An archive that a server has. It is fetched to look into it, and once more where there is something to unpack.</summary>
    public async ValueTask<Plan> Fetched(WebRequest request, string path, MapValue result, CancellationToken cancellation)
    {
        var source = Arguments.Source;
        if (await NoTar(source, cancellation) is { } none)
        {
            return none;
        }
        var tar = new TarTool(Arguments, Destination, path, null, null);
        var fetched = await Context.View.Ask(new FetchedArchiveLook(request, path, [tar.List(), tar.Diff([])]) { MostZip = MostZip }, cancellation);
        if (fetched.Problem is { } problem)
        {
            return new Impossible($"Failure downloading {source}: {problem}");
        }
        if (fetched.Zip is { } zip)
        {
            return await Zip(zip, source, result, cancellation);
        }
        if (fetched.Told is not [var listed, ..])
        {
            return new Impossible($"Invalid archive '{source}', the file is 0 bytes");
        }
        var entries = TarListing.Entries(listed.Output);
        return NothingIn(listed, entries, source)
            ?? await Compared(entries, fetched.Told[1], source, [new Download(request, path, new PathAttributes { Mode = 0x180 }), tar.Extract(), new Remove(path)], result, cancellation);
    }

    private async ValueTask<Impossible?> NoTar(string source, CancellationToken cancellation) =>
        (await Context.View.Ask(new ProgramLook(["tar"]), cancellation)).Paths.IsEmpty ? NoArchive(source, "there is no tar on the host") : null;

    private static Impossible? NothingIn(ToolAnswer listed, ImmutableArray<ArchiveEntry> entries, string source) =>
        listed.ExitCode != 0 || entries.IsEmpty ? NoArchive(source, listed.ExitCode == 0 ? "there are no files in it" : listed.Error) : null;

    private async ValueTask<Plan> Compared(ImmutableArray<ArchiveEntry> entries, ToolAnswer compared, string source, ImmutableArray<Step> unpack, MapValue result, CancellationToken cancellation)
    {
        result = With(result, "TgzArchive", entries);
        if (compared.ExitCode > 1 && !TarListing.Different(compared.Output, compared.Error).Any())
        {
            return NoArchive(source, compared.Error);
        }
        var different = new List<(string Name, string What)>();
        foreach (var difference in TarListing.Different(compared.Output, compared.Error))
        {
            if (!IsOurs(difference.What) && !(Arguments.KeepsNewer && !TarListing.IsMissing(difference.What) && await IsNewer(difference.Name, entries, cancellation)))
            {
                different.Add(difference);
            }
        }
        var extracts = different.Count > 0;
        var attributes = await Attributes(entries, extracts, cancellation);
        return Decide(source, extracts ? [.. unpack, .. attributes] : attributes, different, result);
    }

    public async ValueTask<Plan> Zip(byte[] bytes, string source, MapValue result, CancellationToken cancellation)
    {
        if (!Arguments.Options.IsEmpty)
        {
            return new Impossible("extra_opts are options of tar, and this is a zip") { Remedy = "leave them out; include and exclude hold for a zip too" };
        }
        ImmutableArray<ZipEntry> entries;
        try
        {
            entries = ZipEntries.Read(bytes, Arguments.Includes, Arguments.Excludes);
        }
        catch (Exception e) when (e is InvalidDataException or EndOfStreamException)
        {
            return NoArchive(source, e.Message);
        }
        result = With(result, "ZipArchive", [.. entries.Select(entry => entry.Entry)]);
        var steps = ImmutableArray.CreateBuilder<Step>();
        var different = new List<(string, string)>();
        foreach (var entry in entries)
        {
            var path = PathOf(entry.Entry.Name);
            var present = await Context.View.Ask(new StatLook(path, FollowLinks: false) { WithTimes = Arguments.KeepsNewer }, cancellation);
            if (Arguments.KeepsNewer && present.Kind == PathKind.File && present.Modified > entry.Entry.Modified)
            {
                continue;
            }
            if (present.Exists && present.Kind != entry.Entry.Kind)
            {
                return new Impossible($"{path} is a {present.Kind.ToString().ToLowerInvariant()}, and the archive has a {entry.Entry.Kind.ToString().ToLowerInvariant()} there") { Remedy = "remove it in an earlier task" };
            }
            var beyond = entry.Entry.Kind == PathKind.Link ? PathAttributes.Unchanged
                : present.Exists ? await Wanted.DifferingAt(path, present, Context.View, cancellation) : await Wanted.ForNewAt(path, entry.Entry.Kind == PathKind.Directory, Context.View, cancellation);
            var set = Set(entry.Entry, present) with { Flags = beyond.Flags, Context = beyond.Context };
            Step? step = entry.Entry.Kind switch
            {
                PathKind.Directory => present.Exists ? null : new MakeDirectory(path, set),
                PathKind.Link => present.Target == ZipEntries.LinkTarget(entry) ? null : new MakeLink(path, ZipEntries.LinkTarget(entry), Hard: false, Force: true),
                _ => FileContent.Of(entry.Content) is var content && present.Exists && (await Context.View.Ask(new ContentLook(path), cancellation)).Content == content.Digest ? null : new WriteFile(path, content, set) { FollowLinks = false },
            };
            if (step is WriteFile or MakeLink && !steps.Any(earlier => earlier is MakeDirectory made && made.Path == HostPath.Parent(path)) && HostPath.Parent(path) is var parent
                && !(await Context.View.Ask(new StatLook(parent, FollowLinks: true), cancellation)).Exists)
            {
                // An archive need not name its directories.
                steps.Add(new MakeDirectory(parent, PathAttributes.Unchanged));
            }
            step ??= set.IsUnchanged ? null : new SetAttributes(path, set, FollowLinks: false);
            if (step is not null)
            {
                steps.Add(step);
                different.Add((entry.Entry.Name, present.Exists ? "differs" : "is not there"));
            }
        }
        return Decide(source, steps.ToImmutable(), different, result);
    }

    private Plan Decide(string source, ImmutableArray<Step> steps, IReadOnlyList<(string Name, string What)> different, MapValue result) => steps.IsEmpty
        ? new InSync($"{Destination} holds what is in {source}") { Result = result }
        : new Change(different.Count == 0 ? $"attributes below {Destination} differ" : $"{different[0].Name}: {different[0].What}{(different.Count > 1 ? $", and {different.Count - 1} more" : "")}", steps)
        {
            Result = result,
            Diff = different.Count == 0 ? null : string.Concat(different.Take(200).Select(difference => $"{difference.Name}: {difference.What}\n")),
        };

    private MapValue With(MapValue result, string handler, ImmutableArray<ArchiveEntry> entries)
    {
        result = result.With("handler", Value.Of(handler));
        return Arguments.ListsFiles ? result.With("files", Value.Of(entries.Select(entry => entry.Name))) : result;
    }

    // What the task sets itself, and what only root could.
    private bool IsOurs(string what) => what switch
    {
        "Uid differs" or "Invalid owner" => !Context.As.IsRoot || Wanted.Uid is not null,
        "Gid differs" or "Invalid group" => !Context.As.IsRoot || Wanted.Gid is not null,
        "Mode differs" => Wanted.Mode is not null,
        _ => false,
    };

    private async ValueTask<bool> IsNewer(string name, ImmutableArray<ArchiveEntry> entries, CancellationToken cancellation) =>
        entries.FirstOrDefault(entry => entry.Name.TrimEnd('/') == name) is { } entry
        && (await Context.View.Ask(new StatLook(PathOf(name), FollowLinks: false) { WithTimes = true }, cancellation)).Modified > entry.Modified;

    private async ValueTask<ImmutableArray<Step>> Attributes(ImmutableArray<ArchiveEntry> entries, bool extracts, CancellationToken cancellation)
    {
        var steps = ImmutableArray.CreateBuilder<Step>();
        foreach (var entry in IsPlain ? [] : entries)
        {
            var present = await Context.View.Ask(new StatLook(PathOf(entry.Name), FollowLinks: false), cancellation);
            // Unpacked again, it has the archive's own mode first, and whoever runs tar owns it.
            var before = extracts ? new PathAnswer(entry.Kind) { Mode = entry.Mode, Uid = uint.MaxValue, Gid = uint.MaxValue } : present;
            if (await Wanted.DifferingAt(PathOf(entry.Name), before, Context.View, cancellation) is { IsUnchanged: false } set)
            {
                steps.Add(new SetAttributes(PathOf(entry.Name), set, FollowLinks: false));
            }
        }
        return steps.ToImmutable();
    }

    private PathAttributes Set(ArchiveEntry entry, PathAnswer present)
    {
        var mode = entry.Kind == PathKind.Link ? (int?)null : Wanted.Mode?.Apply(entry.Mode, entry.Kind == PathKind.Directory, WantedAttributes.Umask) ?? entry.Mode;
        return new PathAttributes
        {
            Mode = present.Exists && present.Mode == mode ? null : mode,
            Uid = present.Exists && present.Uid == Wanted.Uid ? null : Wanted.Uid,
            Gid = present.Exists && present.Gid == Wanted.Gid ? null : Wanted.Gid,
        };
    }

    private string PathOf(string name) => HostPath.Join(Destination, name.TrimEnd('/'));
}
