using System.Collections.Immutable;
using FlaskDeploy.Agent.Machine;
using FlaskDeploy.Agent.Modules.Files;
using FlaskDeploy.Agent.Modules.Mounts;
using FlaskDeploy.Language.Modules.Arguments;
using FlaskDeploy.Language.Values;

namespace FlaskDeploy.Agent.Modules;

/// <summary>
/// <c>mount</c>: an entry of fstab, and what the kernel has mounted. It is mounted before the entry is written, so that one
/// that cannot be mounted is not left for the next boot.
/// </summary>
internal sealed class MountModule : Module<MountArguments>
{
    private const string Defaults = "defaults";
    private static readonly TimeSpan Deadline = TimeSpan.FromMinutes(5);

    protected override async ValueTask<Plan> Plan(MountArguments arguments, ModuleContext context, CancellationToken cancellation)
    {
        if (arguments.State is MountState.Present or MountState.Mounted or MountState.Ephemeral && (arguments.Source is null || arguments.FileSystem is null))
        {
            return new Impossible($"state is {arguments.State.ToString().ToLowerInvariant()} but all of the following are missing: {string.Join(", ", Missing(arguments))}");
        }
        if (((string?[])[arguments.Source, arguments.Path, arguments.FileSystem, arguments.Options, arguments.Dump, arguments.Pass]).Any(field => field is "" || field?.AsSpan().IndexOfAny('\n', '\t', '\0') >= 0))
        {
            return new Impossible("a field of fstab is one word: not empty, without tabulators and line ends");
        }
        var path = await PathOf(arguments, context, cancellation);
        var mounted = path.StartsWith('/') ? (await context.View.Ask(new MountLook(path), cancellation)).Top : null;
        var plan = arguments.State switch
        {
            MountState.Present => await Entry(arguments, path, context).Plan(text => With(text.Text, arguments, path), cancellation),
            MountState.AbsentFromFstab => await Entry(arguments, path, context).Plan(text => Without(text.Text, arguments, path), cancellation),
            MountState.Mounted => await Mount(arguments, path, mounted, context, cancellation),
            MountState.Absent => await Remove(arguments, path, mounted, context, cancellation),
            MountState.Unmounted when mounted is null => new InSync($"nothing is mounted at {path}"),
            MountState.Unmounted => new Change($"{mounted.Source} is mounted at {path}", [Tool("umount", path)]) { Diff = $"-{mounted}\n" },
            MountState.Remounted => Remount(arguments, path, mounted, context.Purpose),
            _ => await Ephemeral(arguments, path, mounted, context, cancellation),
        };
        return RootOnly.Guard(plan with { Result = Result(arguments, path) }, "mounts", context);
    }

    public override MapValue Result(Plan plan, IReadOnlyList<StepOutcome> outcomes) => CopyModule.WithBackup(plan.Result, outcomes);

    protected override async ValueTask<ImmutableArray<Claim>> Claims(MountArguments arguments, ModuleContext context, CancellationToken cancellation)
    {
        if (arguments.State is MountState.Present or MountState.Mounted or MountState.Ephemeral && (arguments.Source is null || arguments.FileSystem is null))
        {
            return [];
        }
        var path = await PathOf(arguments, context, cancellation);
        ImmutableArray<Claim> point = arguments.State is MountState.Mounted or MountState.Ephemeral ? [Claim.Path(path, "directory")] : [];
        return arguments.State switch
        {
            MountState.Present or MountState.Mounted => [.. point, Claim.Of(ClaimKind.Path, arguments.Table, ("exists", Claim.Yes), ($"line {path}", EntryOf(arguments, path).ToString()))],
            MountState.Absent or MountState.AbsentFromFstab => [Claim.Of(ClaimKind.Path, arguments.Table, ($"line {path}", "absent"))],
            _ => point,
        };
    }

    private static IEnumerable<string> Missing(MountArguments arguments) =>
        ((string?[])[arguments.Source is null ? "src" : null, arguments.FileSystem is null ? "fstype" : null]).OfType<string>();

    // Swap has no mount point.
    private static async ValueTask<string> PathOf(MountArguments arguments, ModuleContext context, CancellationToken cancellation) =>
        arguments.Path is "none" or "swap" ? arguments.Path : await HostPath.Expand(arguments.Path, context, cancellation);

    private static FileEdit Entry(MountArguments arguments, string path, ModuleContext context) =>
        new(new EditedFile(arguments.Table) { Create = arguments.State is MountState.Present or MountState.Mounted, Backup = arguments.Backup }, context)
        {
            Missing = path,
            MayBeMissing = arguments.State is MountState.Absent or MountState.AbsentFromFstab,
        };

    private static Edited With(string text, MountArguments arguments, string path)
    {
        var after = FileSystemTable.With(text, EntryOf(arguments, path));
        return after == text ? new Edited(text, "", $"{path} is as it should be")
            : new Edited(after, "set", FileSystemTable.Has(text, path, arguments.Source) ? $"{path} is another" : $"{path} is missing");
    }

    private static Edited Without(string text, MountArguments arguments, string path)
    {
        var after = FileSystemTable.Without(text, path, arguments.Source);
        return after == text ? new Edited(text, "", $"{path} is not there") : new Edited(after, "removed", $"{path} is there");
    }

    private static async ValueTask<Plan> Mount(MountArguments arguments, string path, MountPoint? mounted, ModuleContext context, CancellationToken cancellation)
    {
        var entry = await Entry(arguments, path, context).Plan(text => With(text.Text, arguments, path), cancellation);
        if (entry is not (InSync or Change) || mounted is not null && entry is InSync)
        {
            return entry is InSync ? new InSync($"{mounted!.Source} is mounted at {path}, and {arguments.Table} says so") : entry;
        }
        var write = entry is Change change ? change.Steps : [];
        if (mounted is not null)
        {
            return new Change(entry.Because, [.. write, Again(path, null)]) { Diff = (entry as Change)?.Diff };
        }
        ImmutableArray<Step> directory = (await context.View.Ask(new StatLook(path, FollowLinks: true), cancellation)).Exists ? [] : [new MakeDirectory(path, PathAttributes.Unchanged)];
        return new Change($"nothing is mounted at {path}{(entry is Change ? $"; {entry.Because}" : "")}", [.. directory, Mounting(arguments, path), .. write])
        {
            Diff = $"+{EntryOf(arguments, path)}\n",
        };
    }

    // As Ansible does it, what is mounted without an entry is left alone.
    private static async ValueTask<Plan> Remove(MountArguments arguments, string path, MountPoint? mounted, ModuleContext context, CancellationToken cancellation)
    {
        var entry = await Entry(arguments, path, context).Plan(text => Without(text.Text, arguments, path), cancellation);
        if (entry is not Change change)
        {
            return entry;
        }
        var steps = ImmutableArray.CreateBuilder<Step>();
        if (mounted is not null)
        {
            steps.Add(Tool("umount", path));
        }
        steps.AddRange(change.Steps);
        if (path.StartsWith('/') && (await context.View.Ask(new StatLook(path, FollowLinks: true), cancellation)).Kind == PathKind.Directory)
        {
            steps.Add(Tool("rmdir", path));
        }
        return change with { Steps = steps.ToImmutable() };
    }

    private static Plan Remount(MountArguments arguments, string path, MountPoint? mounted, Purpose purpose) => (mounted, purpose) switch
    {
        (null, _) => new Impossible($"nothing is mounted at {path} that could be mounted anew") { Remedy = "state: mounted", MayBeMade = true },
        (_, Purpose.Push) => new Change($"a push mounts {path} anew", [Again(path, arguments.Options is { } options and not Defaults ? options : null)]),
        _ => new InSync($"{mounted.Source} is mounted at {path}, and mounted anew by a push"),
    };

    private static async ValueTask<Plan> Ephemeral(MountArguments arguments, string path, MountPoint? mounted, ModuleContext context, CancellationToken cancellation)
    {
        if (mounted is null)
        {
            ImmutableArray<Step> directory = (await context.View.Ask(new StatLook(path, FollowLinks: true), cancellation)).Exists ? [] : [new MakeDirectory(path, PathAttributes.Unchanged)];
            return new Change($"nothing is mounted at {path}", [.. directory, Mounting(arguments, path)]) { Diff = $"+{EntryOf(arguments, path)}\n" };
        }
        if (!await IsSource(arguments.Source!, mounted, context, cancellation))
        {
            return new Impossible($"{mounted.Source} is mounted at {path}, and not {arguments.Source}") { Remedy = "state: unmounted in an earlier task, or another path" };
        }
        return context.Purpose == Purpose.Push
            ? new Change($"a push mounts {path} anew", [Again(path, OptionsOf(arguments) is var options and not Defaults ? options : null)])
            : new InSync($"{mounted.Source} is mounted at {path}");
    }

    // The kernel tells devices by one of their names, and of a directory that is mounted elsewhere the path on its file system.
    private static async ValueTask<bool> IsSource(string source, MountPoint mounted, ModuleContext context, CancellationToken cancellation)
    {
        if (source == mounted.Source || mounted.Root.Length > 1 && source.EndsWith(mounted.Root, StringComparison.Ordinal))
        {
            return true;
        }
        var named = source.Split('=', 2) is [("UUID" or "LABEL" or "PARTUUID" or "PARTLABEL") and var kind, var name] ? $"/dev/disk/by-{kind.ToLowerInvariant()}/{name.Trim('"')}" : source;
        if (!named.StartsWith('/') || !mounted.Source.StartsWith('/'))
        {
            return false;
        }
        var wanted = await context.View.Ask(new StatLook(named, FollowLinks: true), cancellation);
        var there = await context.View.Ask(new StatLook(mounted.Source, FollowLinks: true), cancellation);
        return wanted.Exists && wanted.Device == there.Device && wanted.Inode == there.Inode;
    }

    private static TableEntry EntryOf(MountArguments arguments, string path) => new(arguments.Source!, path, arguments.FileSystem!, OptionsOf(arguments), arguments.Dump, arguments.Pass);

    private static string OptionsOf(MountArguments arguments)
    {
        var options = (arguments.Options ?? Defaults).Split(',');
        return arguments.Boot || options.Contains("noauto") || options.Contains(Defaults) ? string.Join(',', options) : string.Join(',', options.Append("noauto"));
    }

    private static RunTool Mounting(MountArguments arguments, string path) =>
        Tool("mount", "-t", arguments.FileSystem!, "-o", OptionsOf(arguments), arguments.Source!, path);

    // What cannot be mounted anew in place is unmounted first, unless there are options that hold for this once.
    private static RunTool Again(string path, string? options) => options is not null
        ? Tool("mount", "-o", $"remount,{options}", path)
        : Tool("/bin/sh", "-c", "mount -o remount \"$1\" || { umount \"$1\" && mount \"$1\"; }", "mount", path);

    private static RunTool Tool(params ReadOnlySpan<string> arguments) => new([.. arguments], Deadline);

    private static MapValue Result(MountArguments arguments, string path)
    {
        var options = (arguments.Options ?? Defaults).Split(',');
        var warning = options.Contains("noauto") ? "Ignore the 'boot' due to 'opts' contains 'noauto'."
            : !arguments.Boot && options.Contains(Defaults) ? "Ignore the 'boot' due to 'opts' contains 'defaults'."
            : null;
        var result = MapValue.From(
            ("name", Value.Of(path)),
            ("opts", Value.Of(OptionsOf(arguments))),
            ("dump", Value.Of(arguments.Dump)),
            ("passno", Value.Of(arguments.Pass)),
            ("fstab", Value.Of(arguments.Table)),
            ("boot", Value.Of(arguments.Boot || options.Contains("noauto") ? "yes" : "no")),
            ("backup_file", Value.Of("")),
            ("warnings", new ListValue(warning is null ? [] : [Value.Of(warning)])));
        result = arguments.Source is { } source ? result.With("src", Value.Of(source)) : result;
        return arguments.FileSystem is { } kind ? result.With("fstype", Value.Of(kind)) : result;
    }
}
