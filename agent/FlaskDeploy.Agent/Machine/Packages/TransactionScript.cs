using System.Globalization;
using System.Text;

namespace FlaskDeploy.Agent.Machine.Packages;

/// <summary>
/// The script that one transaction is. A script with its output and exit code in files, because systemd 219 can neither
/// wait for a unit nor hand its output over, and because it has to say how it went also to an agent that it replaced.
/// </summary>
internal static class TransactionScript
{
    // What dnf and yum end with, and say, when they are told not to wait for another one's lock.
    private const int LockedExitCode = 200;

    // yum's words for that, and those of rpm itself, whose lock an rpm(8) may hold; in the C locale, which the script sets.
    private const string LockedWords = "exiting as configured by exit_on_lock|create transaction lock on";

    /// <param name="transaction">What is wanted.</param>
    /// <param name="installed">Of the packages to be updated, those that are there: the others are installed.</param>
    /// <param name="manager">The package manager's path.</param>
    /// <param name="directory">Where <c>output</c> and <c>exit</c> are written.</param>
    public static string Write(PackageTransaction transaction, IReadOnlySet<string> installed, string manager, string directory)
    {
        var yum = manager.EndsWith("yum", StringComparison.Ordinal);
        var commands = Commands(transaction, installed, yum)
            .Select(command => string.Join(' ', ((string[])[manager, "-y", "--setopt=exit_on_lock=1", .. Options(transaction, yum), .. command]).Select(Quote)));
        var script = new StringBuilder()
            .AppendLine("#!/bin/sh")
            .AppendLine("# One package transaction of FlaskDeploy. It finishes by itself, whoever waits for it.")
            .Append("cd ").AppendLine(Quote(directory))
            .AppendLine("exec >>output 2>&1 </dev/null")
            .AppendLine("export LC_ALL=C LANG=C HOME=/root PATH=" + TaskEnvironment.DefaultPath)
            .AppendLine(CultureInfo.InvariantCulture, $"end=$(( $(date +%s) + {(long)transaction.LockTimeout.TotalSeconds} ))")
            .AppendLine("while :; do")
            .AppendLine("  : >output");
        if (transaction.RefreshMetadata && yum)
        {
            script.Append("  ").Append(Quote(manager)).AppendLine(" -y clean expire-cache");
        }
        script.Append("  ").AppendLine(string.Join(" && ", commands))
            .AppendLine("  code=$?")
            .AppendLine("  [ $code -ne 0 ] || break")
            .AppendLine(CultureInfo.InvariantCulture, $"  [ $code -eq {LockedExitCode} ] || grep -qE '{LockedWords}' output || break")
            .AppendLine("  [ $(date +%s) -lt $end ] || break")
            .AppendLine("  sleep 1")
            .AppendLine("done")
            .AppendLine("echo $code >exit.new && mv exit.new exit");
        return script.ToString();
    }

    private static IEnumerable<IEnumerable<string>> Commands(PackageTransaction transaction, IReadOnlySet<string> installed, bool yum)
    {
        if (transaction is { Action: PackageAction.Install, Packages.IsEmpty: true })
        {
            // Only the metadata is wanted.
            yield return ["makecache"];
            yield break;
        }
        if (transaction.Action != PackageAction.Update)
        {
            yield return [transaction.Action == PackageAction.Install ? "install" : "remove", .. transaction.Packages];
            yield break;
        }
        var missing = transaction.Packages.Where(name => !installed.Contains(name) && name != "*").ToList();
        var present = transaction.Packages.Where(name => installed.Contains(name) || name == "*").ToList();
        if (missing.Count > 0)
        {
            yield return ["install", .. missing];
        }
        if (present.Count > 0)
        {
            // Without a name it is everything.
            yield return [yum ? "update" : "upgrade", .. present.Where(name => name != "*")];
        }
    }

    private static IEnumerable<string> Options(PackageTransaction transaction, bool yum) =>
    [
        .. transaction.RefreshMetadata && !yum ? (string[])["--refresh"] : [],
        .. transaction.DisableRepositories.Select(name => $"--disablerepo={name}"),
        .. transaction.EnableRepositories.Select(name => $"--enablerepo={name}"),
        .. transaction.Exclude.Select(name => $"--exclude={name}"),
        .. transaction.Options,
    ];

    private static string Quote(string word) => word.Length > 0 && word.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.' or '/' or '=' or ':' or '+' or ',')
        ? word
        : $"'{word.Replace("'", "'\\''", StringComparison.Ordinal)}'";
}
