using System.Security.Cryptography;
using FlaskDeploy.Agent.Machine.Native;
using FlaskDeploy.Language.Bundles;
using Microsoft.Win32.SafeHandles;

namespace FlaskDeploy.Agent.Machine.Files;

/// <summary>
/// One atomic write: a temporary file beside it with its owner, mode and context, synced, renamed over, the directory
/// synced. Whatever goes wrong before the rename removes the temporary file; what a crash left behind is removed by the
/// next write to the same path.
/// </summary>
internal sealed class FileWriter(IBlobSource blobs, Validator validate, TimeProvider time, bool guarded)
{
    private const uint OwnerOnly = 0x180;
    private const int DefaultMode = 0x1A4;

    public async ValueTask<StepOutcome> Write(WriteFile write, CancellationToken cancellation)
    {
        using var walked = PathWalk.Walk(write.Path, write.FollowLinks, guarded);
        if (walked.Status is { Kind: PathKind.Directory })
        {
            return StepOutcome.Failed($"{write.Path} is a directory");
        }
        RemoveLeftOvers(walked);
        var temporary = Attributes.TemporaryName(walked.Name);
        using var file = Libc.Open(walked.Parent.Number(), temporary, Libc.OpenWriteOnly | Libc.OpenCreate | Libc.OpenExclusive | Libc.OpenNoFollow, OwnerOnly, write.Path);
        var renamed = false;
        try
        {
            if (await Fill(file, write.Content, cancellation) is { } problem)
            {
                return StepOutcome.Failed($"{write.Path}: {problem}");
            }
            Dress(file, walked, write);
            if (Libc.Sync(file) < 0)
            {
                return StepOutcome.Failed(SystemCallException.Last(write.Path).Message);
            }
            if (write.Validate is { } command && await validate(command.Replace("%s", Quote(walked.Beside(temporary)), StringComparison.Ordinal), cancellation) is { Succeeded: false } refused)
            {
                return StepOutcome.Failed($"{write.Path}: the new content was refused by {command} (exit code {refused.ExitCode}): {refused.Error.Trim()}{refused.Output.Trim()}") with { Command = refused };
            }
            cancellation.ThrowIfCancellationRequested();
            var backup = write.Backup && walked.Status is { Kind: PathKind.File } ? KeepOld(walked) : null;
            if (Libc.RenameAt(walked.Parent, temporary, walked.Parent, walked.Name) < 0)
            {
                return StepOutcome.Failed(SystemCallException.Last(write.Path).Message);
            }
            renamed = true;
            if (write.Attributes.Flags is { } flags)
            {
                // Not before: what is immutable is not renamed.
                FileFlags.Apply(file, flags, write.Path);
            }
            Attributes.SyncDirectory(walked.Parent);
            return backup is null ? StepOutcome.Done : StepOutcome.Done with { Details = StepOutcome.Done.Details.Add("backup_file", backup) };
        }
        finally
        {
            if (!renamed)
            {
                _ = Libc.UnlinkAt(walked.Parent, temporary, 0);
            }
        }
    }

    private async ValueTask<string?> Fill(SafeFileHandle file, FileContent content, CancellationToken cancellation)
    {
        await using var source = await Open(content, cancellation);
        if (source is null)
        {
            return $"its content, the blob {content.Digest}, is not here";
        }
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var buffer = new byte[64 * 1024];
        long at = 0;
        while (await source.ReadAsync(buffer, cancellation) is var read and > 0)
        {
            hash.AppendData(buffer, 0, read);
            RandomAccess.Write(file, buffer.AsSpan(0, read), at);
            at += read;
        }
        return Digest.FromBytes(hash.GetHashAndReset()) == content.Digest ? null
            : content.Path is { } path ? $"{path} changed since it was looked at"
            : $"the blob {content.Digest} does not have the content that its name says";
    }

    private async ValueTask<Stream?> Open(FileContent content, CancellationToken cancellation)
    {
        if (content.Inline is { } bytes)
        {
            return new MemoryStream(bytes, writable: false);
        }
        if (content.Path is not { } path)
        {
            return await blobs.Open(content.Digest, cancellation);
        }
        using var walked = PathWalk.Walk(path, followLast: true, guarded);
        return walked.Target is null
            ? throw new SystemCallException(Errno.NoEntry, path)
            : new FileStream(Libc.Open(Libc.AtCurrentDirectory, walked.Target.ProcPath(), Libc.OpenReadOnly | Libc.OpenNonBlocking, subject: path), FileAccess.Read);
    }

    private static void Dress(SafeFileHandle file, WalkedPath walked, WriteFile write)
    {
        var old = walked.Status is { Kind: PathKind.File } status ? status : (FileStatus?)null;
        var fresh = Libc.Status(file, write.Path);
        Attributes.Apply(file, fresh, new PathAttributes { Uid = write.Attributes.Uid, Gid = write.Attributes.Gid }, write.Path);
        if (old is { } before)
        {
            // Kept where we may; a user who may write the directory, but does not own the file, makes it his own.
            _ = Libc.ChangeOwner(file, write.Attributes.Uid is null ? before.Uid : uint.MaxValue, write.Attributes.Gid is null ? before.Gid : uint.MaxValue);
        }
        if (Libc.ChangeMode(file, (uint)(write.Attributes.Mode ?? old?.Mode ?? DefaultMode)) < 0)
        {
            throw SystemCallException.Last(write.Path);
        }
        SecurityContext.SetDefault(file, walked.Real);
        if (write.Attributes.Context is { } context)
        {
            SecurityContext.Set(file, context, write.Path);
        }
    }

    // A second name for the old file: nothing is copied, and nothing can be cut in the middle.
    private string KeepOld(WalkedPath walked)
    {
        var name = $"{walked.Name}.{Environment.ProcessId}.{time.GetLocalNow():yyyy-MM-dd@HH:mm:ss}~";
        return Libc.LinkAt(walked.Parent, walked.Name, walked.Parent, name, 0) < 0 && Errno.Last != Errno.Exists
            ? throw SystemCallException.Last(walked.Beside(name))
            : walked.Beside(name);
    }

    private static void RemoveLeftOvers(WalkedPath walked)
    {
        try
        {
            foreach (var left in Directory.EnumerateFiles(walked.Parent.ProcPath(), $".{walked.Name}.*.fd-tmp", new EnumerationOptions { AttributesToSkip = FileAttributes.None, MatchCasing = MatchCasing.CaseSensitive }))
            {
                var name = Path.GetFileName(left);
                if (name.StartsWith($".{walked.Name}.", StringComparison.Ordinal))
                {
                    _ = Libc.UnlinkAt(walked.Parent, name, 0);
                }
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // A directory that may be written but not read: then nothing can be found in it.
        }
    }

    private static string Quote(string path) => $"'{path.Replace("'", "'\\''", StringComparison.Ordinal)}'";
}
