using System.Security.Cryptography;
using FlaskDeploy.Agent.Machine;
using FlaskDeploy.Agent.Machine.Files;
using FlaskDeploy.Agent.Modules.Files;
using FlaskDeploy.Language.Modules.Arguments;
using FlaskDeploy.Language.Values;

namespace FlaskDeploy.Agent.Modules;

/// <summary><c>stat</c>: what is at a path, under the names that Ansible's has.</summary>
internal sealed class StatModule : Module<StatArguments>
{
    /// <summary>Of a file whose checksum is wanted in another algorithm than SHA-256: it is read whole.</summary>
    private const int MostBytes = 256 * 1024 * 1024;

    private static readonly TimeSpan MimeDeadline = TimeSpan.FromSeconds(5);

    protected override async ValueTask<Plan> Plan(StatArguments arguments, ModuleContext context, CancellationToken cancellation)
    {
        var path = await HostPath.Expand(arguments.Path, context, cancellation);
        var answer = await context.View.Ask(new StatLook(path, arguments.Follow) { WithFlags = arguments.Attributes }, cancellation);
        if (!answer.Exists)
        {
            return new InSync($"{path} is not there") { Result = MapValue.From(("stat", MapValue.From(("exists", Value.False)))) };
        }
        var (owner, group) = await PathResult.Names(answer, context.View, cancellation);
        var stat = Of(path, answer)
            .Merge(owner is null ? MapValue.Empty : MapValue.From(("pw_name", Value.Of(owner))))
            .Merge(group is null ? MapValue.Empty : MapValue.From(("gr_name", Value.Of(group))))
            .Merge(await Access(path, answer, context, cancellation));
        if (answer.IsPlanned)
        {
            stat = stat.Merge(MapValue.From(((string[])["inode", "dev", "nlink", "block_size", "blocks", "atime", "mtime", "ctime", "mimetype", "charset"]).Select(name => (name, (Value)new UnknownValue($"{path} is not there yet")))));
        }
        if (answer is { Kind: PathKind.Link, Target: { } target })
        {
            stat = stat.With("lnk_target", Value.Of(target)).With("lnk_source", Value.Of(await HostPath.Real(path, context.View, cancellation)));
        }
        var isRegular = answer.Kind == PathKind.File;
        if (isRegular && arguments.Checksum && await Checksum(path, arguments.Algorithm, context.View, cancellation) is { } checksum)
        {
            stat = stat.With("checksum", Value.Of(checksum));
        }
        if (answer.Flags is { } flags)
        {
            stat = stat.Merge(MapValue.From(("attr_flags", Value.Of(FileFlags.LettersOf(flags))), ("attributes", Value.Of(FileFlags.NamesOf(flags))), ("version", Value.Of($"{answer.Generation}"))));
        }
        if (arguments.Mime && !answer.IsPlanned)
        {
            var (type, charset) = await Mime(path, answer, context.View, cancellation);
            stat = stat.Merge(MapValue.From(("mimetype", Value.Of(type)), ("charset", Value.Of(charset))));
        }
        return new InSync($"{path} is there") { Result = MapValue.From(("stat", stat)) };
    }

    internal static MapValue Of(string path, PathAnswer answer) => MapValue.From(
        ("exists", Value.True),
        ("path", Value.Of(path)),
        ("mode", Value.Of(PathResult.FourDigits(answer.Mode))),
        ("isdir", Value.Of(answer.Kind == PathKind.Directory)),
        ("isreg", Value.Of(answer.Kind == PathKind.File)),
        ("islnk", Value.Of(answer.Kind == PathKind.Link)),
        ("isblk", Value.Of(answer.Special == SpecialKind.BlockDevice)),
        ("ischr", Value.Of(answer.Special == SpecialKind.CharacterDevice)),
        ("isfifo", Value.Of(answer.Special == SpecialKind.Fifo)),
        ("issock", Value.Of(answer.Special == SpecialKind.Socket)),
        ("block_size", Value.Of(answer.BlockSize)),
        ("blocks", Value.Of(answer.Blocks)),
        ("device_type", Value.Of((long)answer.DeviceType)),
        ("uid", PathResult.Number(answer.Uid)),
        ("gid", PathResult.Number(answer.Gid)),
        ("size", Value.Of(answer.Size)),
        ("inode", new IntegerValue(answer.Inode)),
        ("dev", new IntegerValue(answer.Device)),
        ("nlink", Value.Of(answer.Links)),
        ("atime", Seconds(answer.Accessed)),
        ("mtime", Seconds(answer.Modified)),
        ("ctime", Seconds(answer.Changed)),
        ("rusr", Bit(answer, 0x100)),
        ("wusr", Bit(answer, 0x80)),
        ("xusr", Bit(answer, 0x40)),
        ("rgrp", Bit(answer, 0x20)),
        ("wgrp", Bit(answer, 0x10)),
        ("xgrp", Bit(answer, 0x8)),
        ("roth", Bit(answer, 0x4)),
        ("woth", Bit(answer, 0x2)),
        ("xoth", Bit(answer, 0x1)),
        ("isuid", Bit(answer, 0x800)),
        ("isgid", Bit(answer, 0x400)));

    // As access(2) decides without access lists: root may all, but executes only what somebody may execute. Of a link it is
    // what the link leads to that counts.
    private static async ValueTask<MapValue> Access(string path, PathAnswer itself, ModuleContext context, CancellationToken cancellation)
    {
        var account = context.As;
        var answer = itself.Kind == PathKind.Link ? await context.View.Ask(new StatLook(path, FollowLinks: true), cancellation) : itself;
        if (!answer.Exists)
        {
            return MapValue.From(("readable", Value.False), ("writeable", Value.False), ("executable", Value.False));
        }
        var shift = answer.Uid == account.Uid ? 6 : answer.Gid == account.Gid || account.Groups.Contains(answer.Gid) ? 3 : 0;
        var bits = answer.Mode >> shift & 7;
        var executes = account.IsRoot ? answer.Kind == PathKind.Directory || (answer.Mode & 0x49) != 0 : (bits & 1) != 0;
        return MapValue.From(
            ("readable", Value.Of(account.IsRoot || (bits & 4) != 0)),
            ("writeable", Value.Of(account.IsRoot || (bits & 2) != 0)),
            ("executable", Value.Of(executes)));
    }

    // file(1) reads the beginning of a file that has one; of everything else its kind says it.
    private static async ValueTask<(string Type, string Charset)> Mime(string path, PathAnswer answer, IMachineView view, CancellationToken cancellation)
    {
        if (answer.Kind != PathKind.File)
        {
            return ($"inode/{answer switch
            {
                { Kind: PathKind.Directory } => "directory",
                { Kind: PathKind.Link } => "symlink",
                { Special: SpecialKind.BlockDevice } => "blockdevice",
                { Special: SpecialKind.CharacterDevice } => "chardevice",
                { Special: SpecialKind.Fifo } => "fifo",
                _ => "socket",
            }}", "binary");
        }
        const string unknown = "unknown";
        if ((await view.Ask(new ProgramLook(["file"]), cancellation)).Paths is not [var program])
        {
            return (unknown, unknown);
        }
        var told = await view.Ask(new ToolLook([program, "--brief", "--mime-type", "--mime-encoding", "--", path]) { Deadline = MimeDeadline, Paths = [path] }, cancellation);
        var parts = told.Output.Trim().Split(';', StringSplitOptions.TrimEntries);
        return told.ExitCode == 0 && parts is [var type, var charset] && charset.Split('=') is [_, var name] ? (type, name) : (unknown, unknown);
    }

    internal static async ValueTask<string?> Checksum(string path, string algorithm, IMachineView view, CancellationToken cancellation)
    {
        if (algorithm == "sha256")
        {
            return (await view.Ask(new ContentLook(path), cancellation)).Content?.ToString();
        }
        var bytes = (await view.Ask(new ReadLook(path, MostBytes), cancellation)).Bytes;
        // The weak ones are for playbooks that compare them; nothing here trusts them.
        return bytes is null ? null : Convert.ToHexStringLower(algorithm switch
        {
            "md5" => MD5.HashData(bytes),
            "sha384" => SHA384.HashData(bytes),
            "sha512" => SHA512.HashData(bytes),
            _ => SHA1.HashData(bytes),
        });
    }

    private static Value Seconds(long nanoseconds) => Value.Of(nanoseconds / 1e9);

    private static Value Bit(PathAnswer answer, int bit) => Value.Of((answer.Mode & bit) != 0);
}
