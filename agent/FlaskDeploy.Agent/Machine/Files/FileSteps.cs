using System.Diagnostics;
using FlaskDeploy.Agent.Machine.Native;
using FlaskDeploy.Agent.Machine.Web;
using Microsoft.Win32.SafeHandles;

namespace FlaskDeploy.Agent.Machine.Files;

/// <summary>Runs the command of <see cref="WriteFile.Validate"/> as the user that writes.</summary>
internal delegate ValueTask<CommandResult> Validator(string command, CancellationToken cancellation);

/// <summary>
/// What changes files. Works as the user of this process: root's, or a worker's. Every path is walked with descriptors;
/// after a cut a file is as it was or as it was to be.
/// </summary>
internal sealed class FileSteps(IBlobSource blobs, Validator validate, TimeProvider time)
{
    private readonly bool _guarded = Libc.EffectiveUser() == 0;

    public async ValueTask<StepOutcome> Execute(Step step, CancellationToken cancellation)
    {
        try
        {
            switch (step)
            {
                case WriteFile write:
                    return await new FileWriter(blobs, validate, time, _guarded).Write(write, cancellation);
                case Download download:
                    return await new Downloads(time, _guarded).Fetch(download, cancellation);
                case MakeDirectory make:
                    Make(make);
                    return StepOutcome.Done;
                case MakeLink link:
                    Link(link);
                    return StepOutcome.Done;
                case SetAttributes set:
                    using (var walked = Existing(set.Path, set.FollowLinks))
                    {
                        Attributes.Apply(walked.Target!, walked.Status!.Value, set.Attributes, set.Path);
                    }
                    return StepOutcome.Done;
                case Touch touch:
                    TouchPath(touch);
                    return StepOutcome.Done;
                case Remove remove:
                    TreeRemoval.Remove(remove.Path, _guarded);
                    return StepOutcome.Done;
                default:
                    throw new UnreachableException(step.GetType().Name);
            }
        }
        catch (IOException e)
        {
            // What fails in the middle of a write names no file by itself.
            return StepOutcome.Failed(e.Message.Contains('/') ? e.Message : $"{step.Summary}: {e.Message}");
        }
    }

    private WalkedPath Existing(string path, bool followLinks)
    {
        var walked = PathWalk.Walk(path, followLinks, _guarded);
        if (walked.Status is null)
        {
            walked.Dispose();
            throw new SystemCallException(Errno.NoEntry, path);
        }
        return walked;
    }

    private void Make(MakeDirectory make)
    {
        const uint everything = 0x1FF;
        var path = "";
        foreach (var part in make.Path.Split('/', StringSplitOptions.RemoveEmptyEntries))
        {
            path = $"{path}/{part}";
            using var walked = PathWalk.Walk(path, followLast: true, _guarded);
            if (walked.Status is { } status)
            {
                if (status.Kind != PathKind.Directory)
                {
                    throw new SystemCallException(Errno.NotDirectory, path);
                }
                continue;
            }
            if (Libc.MakeDirectoryAt(walked.Parent, walked.Name, everything) < 0 && Errno.Last != Errno.Exists)
            {
                throw SystemCallException.Last(path);
            }
            using var made = Libc.Open(walked.Parent.Number(), walked.Name, Libc.OpenPath | Libc.OpenNoFollow, subject: path);
            SecurityContext.SetDefault(made, walked.Real);
            Attributes.Apply(made, Libc.Status(made, path), make.Attributes, path);
            Attributes.SyncDirectory(walked.Parent);
        }
    }

    private void Link(MakeLink link)
    {
        using var walked = PathWalk.Walk(link.Path, followLast: false, _guarded);
        if (walked.Status is { } there)
        {
            if (!link.Hard && there.Kind == PathKind.Link && Libc.ReadLink(walked.Target!.Number(), "") == link.Target)
            {
                return;
            }
            if (!link.Force && there.Kind != PathKind.Link)
            {
                throw new SystemCallException(Errno.Exists, link.Path);
            }
            if (there.Kind == PathKind.Directory && Libc.UnlinkAt(walked.Parent, walked.Name, Libc.AtRemoveDirectory) < 0)
            {
                throw SystemCallException.Last(link.Path);
            }
        }
        var temporary = Attributes.TemporaryName(walked.Name);
        if (link.Hard)
        {
            using var source = Existing(link.Target, followLinks: true);
            Check(Libc.LinkAt(source.Parent, source.Name, walked.Parent, temporary, 0), link.Path);
        }
        else
        {
            Check(Libc.SymbolicLinkAt(link.Target, walked.Parent, temporary), link.Path);
        }
        try
        {
            Check(Libc.RenameAt(walked.Parent, temporary, walked.Parent, walked.Name), link.Path);
        }
        finally
        {
            // Gone after a rename, but for two hard links to one file, where rename(2) does nothing.
            _ = Libc.UnlinkAt(walked.Parent, temporary, 0);
        }
        SecurityContext.SetDefault(walked.Real);
        Attributes.SyncDirectory(walked.Parent);
    }

    private void TouchPath(Touch touch)
    {
        const uint fileMode = 0x1B6;
        using var walked = PathWalk.Walk(touch.Path, followLast: true, _guarded);
        using var target = walked.Target is null
            ? Libc.Open(walked.Parent.Number(), walked.Name, Libc.OpenWriteOnly | Libc.OpenCreate | Libc.OpenExclusive | Libc.OpenNoFollow, fileMode, touch.Path)
            : null;
        var handle = walked.Target ?? target!;
        if (target is not null)
        {
            SecurityContext.SetDefault(walked.Real);
        }
        try
        {
            Attributes.SetTimes(handle, touch.Accessed, touch.Modified, touch.Path);
            Attributes.Apply(handle, Libc.Status(handle, touch.Path), touch.Attributes, touch.Path);
        }
        catch (IOException) when (target is not null)
        {
            // An empty file that belongs to the wrong one is worse than none.
            _ = Libc.UnlinkAt(walked.Parent, walked.Name, 0);
            throw;
        }
    }

    private static void Check(int result, string subject)
    {
        if (result < 0)
        {
            throw SystemCallException.Last(subject);
        }
    }
}

/// <summary>Owner, mode and times of what a descriptor means, O_PATH or not.</summary>
internal static class Attributes
{
    private const uint Same = uint.MaxValue;

    /// <summary>Only what differs. The owner goes first: a change of it takes the set-user bits away.</summary>
    public static void Apply(SafeFileHandle handle, FileStatus status, PathAttributes wanted, string path)
    {
        var uid = wanted.Uid is { } user && user != status.Uid ? user : Same;
        var gid = wanted.Gid is { } group && group != status.Gid ? group : Same;
        var chowns = uid != Same || gid != Same;
        if (chowns && Libc.ChangeOwnerAt(handle, "", uid, gid, Libc.AtEmptyPath | Libc.AtNoFollow) < 0)
        {
            throw SystemCallException.Last($"{path}: changing the owner");
        }
        // Links have no mode of their own.
        var mode = wanted.Mode ?? (chowns && (status.Mode & 0xC00) != 0 ? status.Mode : null);
        if (status.Kind != PathKind.Link && mode is { } bits && (bits != status.Mode || chowns) && Libc.ChangeMode(handle.ProcPath(), (uint)bits) < 0)
        {
            throw SystemCallException.Last($"{path}: changing the mode");
        }
        if (wanted.Context is { } context)
        {
            SecurityContext.Set(handle, context, path);
        }
        // Last: an immutable file takes no other change.
        if (wanted.Flags is { } flags)
        {
            FileFlags.Apply(handle, flags, path);
        }
    }

    /// <param name="accessed">Nanoseconds since the epoch; null: now.</param>
    /// <param name="modified">The same.</param>
    public static unsafe void SetTimes(SafeFileHandle handle, long? accessed, long? modified, string path)
    {
        const long now = 0x3FFFFFFF;
        const long second = 1_000_000_000;
        var times = stackalloc long[4]
        {
            accessed / second ?? 0, accessed % second ?? now,
            modified / second ?? 0, modified % second ?? now,
        };
        if (Libc.SetTimes(Libc.AtCurrentDirectory, handle.ProcPath(), times, 0) < 0)
        {
            throw SystemCallException.Last(path);
        }
    }

    /// <summary>Makes names durable. A directory that we may write but not read cannot be synced, and is left to the kernel.</summary>
    public static void SyncDirectory(SafeFileHandle directory)
    {
        using var readable = Libc.TryOpen(directory.Number(), ".", Libc.OpenReadOnly | Libc.OpenDirectory);
        if (readable is not null && Libc.Sync(readable) < 0 && Errno.Last != Errno.Invalid)
        {
            throw SystemCallException.Last("syncing a directory");
        }
    }

    /// <summary>A name that nobody can guess and everybody can recognise.</summary>
    public static string TemporaryName(string name)
    {
        const int longest = 200;
        return $".{(name.Length > longest ? name[..longest] : name)}.{Convert.ToHexStringLower(System.Security.Cryptography.RandomNumberGenerator.GetBytes(6))}.fd-tmp";
    }
}
