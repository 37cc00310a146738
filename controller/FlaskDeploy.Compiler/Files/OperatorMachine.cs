using System.Collections.Immutable;
using System.ComponentModel;
using System.Diagnostics;
using FlaskDeploy.Language.Bundles;

namespace FlaskDeploy.Compiler.Files;

/// <summary>The machine that this program runs on.</summary>
public sealed class OperatorMachine : IOperatorMachine
{
    private static readonly TimeSpan Longest = TimeSpan.FromMinutes(1);

    public string Home => System.Environment.GetFolderPath(System.Environment.SpecialFolder.UserProfile);

    public string CurrentDirectory => Directory.GetCurrentDirectory();

    public string? Environment(string name) => System.Environment.GetEnvironmentVariable(name);

    public Stream OpenRead(string path) => new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);

    public ImmutableArray<string> ListDirectory(string path) =>
        [.. Directory.EnumerateFileSystemEntries(path).Select(entry => Path.GetFileName(entry)).Order(StringComparer.Ordinal)];

    public (string? Output, string? Problem) Run(string path, ImmutableArray<string> arguments)
    {
        try
        {
            using var process = Process.Start(new ProcessStartInfo(path, arguments) { RedirectStandardOutput = true, RedirectStandardError = true, RedirectStandardInput = true, UseShellExecute = false, WorkingDirectory = Path.GetDirectoryName(path) })!;
            process.StandardInput.Close();
            var output = process.StandardOutput.ReadToEndAsync();
            var problem = process.StandardError.ReadToEndAsync();
            if (!process.WaitForExit(Longest))
            {
                process.Kill(entireProcessTree: true);
                return (null, $"it did not end within {Longest.TotalSeconds:0} s");
            }
            return process.ExitCode == 0 ? (output.GetAwaiter().GetResult(), null) : (null, $"it ended with status {process.ExitCode}: {problem.GetAwaiter().GetResult().Trim().Split('\n')[^1]}");
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException or Win32Exception)
        {
            return (null, problem.Message);
        }
    }

    public IOperatorQuestions? Questions(string directory) => new OperatorQuestions(directory);

    public string? LinkAt(string path)
    {
        try
        {
            return new FileInfo(path).LinkTarget;
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException or ArgumentException)
        {
            return null;
        }
    }

    public OperatorEntry? Look(string path)
    {
        try
        {
            var real = RealPath(path);
            if (Directory.Exists(real))
            {
                return new OperatorEntry(OperatorEntryKind.Directory, real, 0, ModeOf(real));
            }
            var file = new FileInfo(real);
            if (!file.Exists)
            {
                return null;
            }
            var isPlain = (file.Attributes & (FileAttributes.Device | FileAttributes.ReparsePoint)) == FileAttributes.None;
            return new OperatorEntry(isPlain ? OperatorEntryKind.File : OperatorEntryKind.Other, real, file.Length, ModeOf(real));
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException or ArgumentException)
        {
            return null;
        }
    }

    private static int ModeOf(string path) => OperatingSystem.IsWindows() ? 0x1A4 : (int)File.GetUnixFileMode(path) & 0x1FF;

    // Link by link from the root, because the target of a link may itself lie behind links.
    private static string RealPath(string path)
    {
        const int limit = 40;
        var pending = new Stack<string>(Parts(path).Reverse());
        var real = "/";
        var links = 0;
        while (pending.TryPop(out var part))
        {
            if (part == "..")
            {
                real = Path.GetDirectoryName(real) ?? "/";
                continue;
            }
            var next = Path.Combine(real, part);
            if (new FileInfo(next).LinkTarget is not { } target)
            {
                real = next;
                continue;
            }
            if (++links > limit)
            {
                throw new IOException($"Too many levels of links: {path}");
            }
            if (target.StartsWith('/'))
            {
                real = "/";
            }
            foreach (var targetPart in Parts(target).Reverse())
            {
                pending.Push(targetPart);
            }
        }
        return real;
    }

    private static IEnumerable<string> Parts(string path) => path.Split('/', StringSplitOptions.RemoveEmptyEntries).Where(part => part != ".");
}
