using FlaskDeploy.Agent.Machine.Native;
using Microsoft.Win32.SafeHandles;

namespace FlaskDeploy.Agent.Machine.Commands;

/// <summary>
/// A task's standard output and error: files that are appended to, in a directory of root's. They stay as long as
/// something that the task left running writes to them; then they are that thing's log, cut at a size by
/// <see cref="TaskLogs"/>. A reader that goes away harms nobody.
/// </summary>
internal sealed class TaskOutput : IDisposable
{
    public const int MostRead = 1024 * 1024;
    private const uint OwnerOnly = 0x180;

    private TaskOutput(string path)
    {
        (OutputPath, ErrorPath) = ($"{path}.out", $"{path}.err");
        Output = Open(OutputPath);
        Error = Open(ErrorPath);
    }

    public string OutputPath { get; }

    public string ErrorPath { get; }

    public SafeFileHandle Output { get; }

    public SafeFileHandle Error { get; }

    public static TaskOutput Make(string directory, string name)
    {
        const UnixFileMode readable = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute | UnixFileMode.GroupRead | UnixFileMode.GroupExecute | UnixFileMode.OtherRead | UnixFileMode.OtherExecute;
        Directory.CreateDirectory(directory, readable);
        return new TaskOutput(Path.Combine(directory, name));
    }

    /// <summary>What has been written so far, at most <see cref="MostRead"/>; says when there is more.</summary>
    public (string Output, string Error) Read() => (Read(OutputPath), Read(ErrorPath));

    public void Delete()
    {
        File.Delete(OutputPath);
        File.Delete(ErrorPath);
    }

    public void Dispose()
    {
        Output.Dispose();
        Error.Dispose();
    }

    /// <summary>The same of one file; nothing where it is gone.</summary>
    public static string Read(string path)
    {
        if (!File.Exists(path))
        {
            return "";
        }
        using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        var text = new BoundedText(MostRead);
        var buffer = new byte[64 * 1024];
        // Up to the length of now: something may go on writing faster than this reads.
        for (var left = file.Length; left > 0 && file.Read(buffer, 0, (int)Math.Min(left, buffer.Length)) is var read and > 0; left -= read)
        {
            text.Append(buffer.AsSpan(0, read));
        }
        return text.ToString();
    }

    private static SafeFileHandle Open(string path) =>
        Libc.Open(Libc.AtCurrentDirectory, path, Libc.OpenWriteOnly | Libc.OpenCreate | Libc.OpenExclusive | Libc.OpenAppend | Libc.OpenNoFollow, OwnerOnly);
}

/// <summary>
/// The logs that tasks left behind. Cut by copy and truncate at 10 MiB (the writer keeps its descriptor and appends on),
/// one older part is kept; removed when nobody has them open any more and a week has passed.
/// </summary>
internal sealed class TaskLogs(string directory, TimeProvider time)
{
    private const long CutAt = 10 * 1024 * 1024;
    private static readonly TimeSpan KeptUnwritten = TimeSpan.FromDays(7);

    /// <summary>Called now and then. Safe at any time; a fast writer may lose a few lines in a cut.</summary>
    public void Rotate()
    {
        if (!Directory.Exists(directory))
        {
            return;
        }
        foreach (var file in new DirectoryInfo(directory).EnumerateFiles().Where(file => file.Extension is ".out" or ".err" or ".1"))
        {
            try
            {
                Rotate(file);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                // A full disk, a file that is gone by now: the others have their turn, and this one again the next time.
            }
        }
    }

    private void Rotate(FileInfo file)
    {
        if (time.GetUtcNow().UtcDateTime - file.LastWriteTimeUtc > KeptUnwritten && !IsOpen(file.FullName))
        {
            file.Delete();
        }
        else if (file.Extension != ".1" && file.Length > CutAt)
        {
            file.CopyTo($"{file.FullName}.1", overwrite: true);
            using var open = file.Open(FileMode.Open, FileAccess.Write, FileShare.ReadWrite);
            open.SetLength(0);
        }
    }

    // A site that has nothing to say for a week still has its log: only what nobody holds is removed.
    private static bool IsOpen(string path)
    {
        foreach (var process in Directory.EnumerateDirectories("/proc").Where(entry => char.IsAsciiDigit(Path.GetFileName(entry)[0])))
        {
            try
            {
                if (Directory.EnumerateFileSystemEntries($"{process}/fd").Any(descriptor => new FileInfo(descriptor).LinkTarget == path))
                {
                    return true;
                }
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                // It ended meanwhile, or is somebody's whom only root may look at; the agent is root.
            }
        }
        return false;
    }
}
