using FlaskDeploy.Agent.Machine.Native;
using Microsoft.Win32.SafeHandles;

namespace FlaskDeploy.Agent.Machine.Files;

/// <summary>Removal by descriptors: a link that somebody puts into the way is removed, never followed.</summary>
internal static class TreeRemoval
{
    public static void Remove(string path, bool guarded)
    {
        WalkedPath walked;
        try
        {
            walked = PathWalk.Walk(path, followLast: false, guarded);
        }
        catch (SystemCallException e) when (e.Error is Errno.NoEntry or Errno.NotDirectory)
        {
            // Not even its directory is there.
            return;
        }
        using (walked)
        {
            if (walked.Status is { } status)
            {
                if (walked.Name == ".")
                {
                    throw new IOException($"{path} is not removed");
                }
                Remove(walked.Parent, walked.Name, status.Kind, path);
                Attributes.SyncDirectory(walked.Parent);
            }
        }
    }

    private static void Remove(SafeFileHandle parent, string name, PathKind kind, string path)
    {
        if (kind == PathKind.Directory)
        {
            using (var directory = Libc.Open(parent.Number(), name, Libc.OpenReadOnly | Libc.OpenDirectory | Libc.OpenNoFollow, subject: path))
            {
                // Read whole before anything is removed: some file systems lose their place otherwise.
                foreach (var child in Directory.GetFileSystemEntries(directory.ProcPath(), "*", new EnumerationOptions { AttributesToSkip = FileAttributes.None }).Select(Path.GetFileName).ToList())
                {
                    if (Libc.StatusAt(directory.Number(), child!, out var status, Libc.AtNoFollow) == 0)
                    {
                        Remove(directory, child!, status.Kind, $"{path}/{child}");
                    }
                }
            }
        }
        if (Libc.UnlinkAt(parent, name, kind == PathKind.Directory ? Libc.AtRemoveDirectory : 0) < 0 && Errno.Last != Errno.NoEntry)
        {
            throw SystemCallException.Last(path);
        }
    }
}
