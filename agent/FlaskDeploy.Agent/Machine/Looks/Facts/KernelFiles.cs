using FlaskDeploy.Agent.Machine.Native;

namespace FlaskDeploy.Agent.Machine.Looks.Facts;

/// <summary>What the kernel and the system tell in small files. What is not there, or may not be read, is null or empty: no fact hangs on another.</summary>
/// <param name="root">Before every path; empty for this machine.</param>
internal sealed class KernelFiles(string root = "")
{
    internal string? Text(string path)
    {
        try
        {
            return File.ReadAllText(root + path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <summary>Without the blanks around it; null where nothing is left.</summary>
    internal string? Line(string path) => Text(path)?.Trim(' ', '\n', '\t', '\0') is { Length: > 0 } line ? line : null;

    internal bool Exists(string path) => Path.Exists(root + path);

    internal IReadOnlyList<string> Names(string directory)
    {
        try
        {
            return [.. Directory.EnumerateFileSystemEntries(root + directory).Select(path => Path.GetFileName(path)!).Order(StringComparer.Ordinal)];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }

    /// <summary>The last name of where a link leads.</summary>
    internal string? LinkName(string path) => Libc.ReadLink(Libc.AtCurrentDirectory, root + path) is { } target ? Path.GetFileName(target) : null;
}
