using System.Collections.Immutable;
using System.Diagnostics;
using FlaskDeploy.Cli.Pushing;

namespace FlaskDeploy.Cli.Local;

/// <summary>The agent's binary on this machine, run once for <c>apply</c>.</summary>
internal static class AgentProgram
{
    public const string FileName = "flaskdeploy-agent";

    /// <summary>As named; else beside this program; else in /usr/bin; else on PATH. Null: nowhere.</summary>
    public static string? Find(string? named) => named is not null
        ? File.Exists(named) ? Path.GetFullPath(named) : null
        : new[] { Path.GetDirectoryName(Environment.ProcessPath) ?? "", "/usr/bin" }
            .Concat((Environment.GetEnvironmentVariable("PATH") ?? "").Split(':'))
            .Where(Path.IsPathRooted)
            .Select(directory => Path.Combine(directory, FileName))
            .FirstOrDefault(File.Exists);

    public static ImmutableArray<string> Arguments(string directory, PushOptions options)
    {
        List<string> arguments = ["apply-local", directory];
        Add(options.Check, "--check");
        Add(options.Diff, "--diff");
        AddValue("--tags", string.Join(',', options.Tags));
        AddValue("--skip-tags", string.Join(',', options.SkipTags));
        AddValue("--playbook-dir", Path.GetDirectoryName(Path.GetFullPath(options.Playbook)) ?? "/");
        AddValue("--start-at-task", options.StartAtTask ?? "");
        AddValue("--limit", options.Limit ?? "");
        AddValue("--verbosity", options.Verbosity == 0 ? "" : options.Verbosity.ToString(System.Globalization.CultureInfo.InvariantCulture));
        return [.. arguments];

        void Add(bool wanted, string flag)
        {
            if (wanted)
            {
                arguments.Add(flag);
            }
        }

        void AddValue(string option, string value)
        {
            if (value.Length > 0)
            {
                arguments.AddRange([option, value]);
            }
        }
    }

    /// <summary>
    /// Starts it with its standard output piped here; standard error is ours. It ends when it has exited, which is not when
    /// the pipe closes: a site that it launched may hold that.
    /// </summary>
    public static (Process Process, Task<int> Exit) Start(string path, IEnumerable<string> arguments)
    {
        var ended = new TaskCompletionSource<int>(TaskCreationOptions.RunContinuationsAsynchronously);
        var process = new Process { StartInfo = new ProcessStartInfo(path, arguments) { RedirectStandardOutput = true, UseShellExecute = false }, EnableRaisingEvents = true };
        process.Exited += (_, _) => ended.TrySetResult(process.ExitCode);
        process.Start();
        return (process, ended.Task);
    }
}
