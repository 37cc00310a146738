using System.Collections.Immutable;
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
    public const int LockedExitCode = 200;

    // yum's words for that, and those of rpm itself, whose lock an rpm(8) may hold; in the C locale, which the script sets.
    private const string LockedWords = "exiting as configured by exit_on_lock|create transaction lock on";

    /// <summary>A repository that is gone is given up after a minute or two; by the defaults of dnf and yum it takes five and more.</summary>
    public static readonly ImmutableArray<string> Patience = ["--setopt=timeout=15", "--setopt=retries=2"];

    // Who holds a lock: the files that yum and dnf leave for that, else who has locked rpm's own file (proc(5), /proc/locks).
    private const string Holder = """
        holder() {
          for file in "$root"/var/lib/dnf/rpmdb_lock.pid "$root"/var/cache/dnf/metadata_lock.pid "$root"/var/cache/dnf/download_lock.pid "$root"/var/run/yum.pid; do
            if [ -s "$file" ] && tell_holder "$(cat "$file")"; then return; fi
          done
          [ ! -e "$root/var/lib/rpm/.rpm.lock" ] || tell_holder "$(awk -v i="$(stat -c %i "$root/var/lib/rpm/.rpm.lock")" '$4 == "WRITE" && $6 ~ (":" i "$") { print $5; exit }' /proc/locks)"
        }
        tell_holder() {
          [ -n "$1" ] && [ -r "/proc/$1/cmdline" ] && echo "$1 ($(tr '\0' ' ' <"/proc/$1/cmdline" | sed 's/ $//'))" >holder
        }
        """;

    // What a package manager that was killed leaves: an older version beside the newer one, which the end of the transaction
    // would have erased (rpm runs the same scripts for it with the same arguments), and packages whose scripts were cut off
    // or never run, which an installation over themselves runs. Kernels are there several times by intention.
    private static string Mend(string rpm, string manager) => $$"""
        mend() {
          echo "A package transaction was cut off; what it left is looked through."
          if ! timeout 60 {{rpm}} -qa >/dev/null 2>damage || grep -q '^error:' damage; then
            echo "rpm's database is damaged and built anew: $(grep '^error:' damage | head -n 1)"
            rm -f "$root"/var/lib/rpm/__db.*
            {{rpm}} --rebuilddb || return
          fi
          {{rpm}} -qa --qf '%{INSTALLTIME} %{NAME}.%{ARCH} %{NAME}-%{VERSION}-%{RELEASE}.%{ARCH}\n' | grep -vE '^[0-9]+ (kernel|kmod-|gpg-pubkey)' >installed
          awk -v since="$1" 'NR == FNR { if ($1 >= since) new[$2] = 1; next } $1 < since && $2 in new { print $3 }' installed installed >older
          awk -v since="$1" '$1 >= since { print $3 }' installed >newer
          [ ! -s older ] || { echo "Erased, as the transaction would have done: $(tr '\n' ' ' <older)"; xargs {{rpm}} -e --nodeps <older || return; }
          [ ! -s newer ] || { echo "Installed over themselves, because their scripts may not have run: $(tr '\n' ' ' <newer)"; xargs {{manager}} reinstall <newer; }
        }
        """;

    /// <param name="transaction">What is wanted.</param>
    /// <param name="installed">Of the packages to be updated, those that are there: the others are installed.</param>
    /// <param name="manager">The package manager's path.</param>
    /// <param name="directory">Where <c>output</c>, <c>exit</c> and, of a lock that was held to the end, <c>holder</c> are written.</param>
    /// <param name="cutOff">When an earlier transaction began that never came to its end: what it left is mended first.</param>
    public static string Write(PackageTransaction transaction, IReadOnlySet<string> installed, string manager, string directory, DateTimeOffset? cutOff = null)
    {
        var yum = manager.EndsWith("yum", StringComparison.Ordinal);
        string[] called = [manager, "-y", "--setopt=exit_on_lock=1", .. Patience];
        var commands = Commands(transaction, installed, yum)
            .Select(command => Line(transaction.Action == PackageAction.EraseOlder ? command : [.. called, .. Options(transaction, yum), .. command]));
        var script = new StringBuilder()
            .AppendLine("#!/bin/sh")
            .AppendLine("# One package transaction of FlaskDeploy. It finishes by itself, whoever waits for it.")
            .Append("cd ").AppendLine(Quote(directory))
            .AppendLine("exec >>output 2>&1 </dev/null")
            .AppendLine("export LC_ALL=C LANG=C HOME=/root PATH=" + TaskEnvironment.DefaultPath)
            .Append("root=").AppendLine(transaction.Root is null ? "" : Quote(transaction.Root))
            .AppendLine(Holder)
            .AppendLine(Mend(Line(["rpm", .. InstallRoot.OfRpm(transaction.Root)]), Line([.. called, .. Options(transaction, yum)])))
            .AppendLine("begun=$(date +%s)")
            .AppendLine(CultureInfo.InvariantCulture, $"end=$(( begun + {(long)transaction.LockTimeout.TotalSeconds} ))")
            .AppendLine("mended=")
            .AppendLine("while :; do")
            .AppendLine("  cat mended >output 2>/dev/null || : >output");
        if (cutOff is { } since)
        {
            script.AppendLine(CultureInfo.InvariantCulture, $"  [ -n \"$mended\" ] || {{ mended=before; mend {since.ToUnixTimeSeconds()} >mended 2>&1; cat mended; }}");
        }
        if (transaction.RefreshMetadata && yum)
        {
            script.Append("  ").Append(Quote(manager)).AppendLine($"{string.Concat(InstallRoot.Options(transaction.Root, transaction.Options, yum).Select(option => $" {Quote(option)}"))} -y clean expire-cache");
        }
        script.Append("  ").AppendLine(string.Join(" && ", commands))
            .AppendLine("  code=$?")
            .AppendLine("  [ $code -ne 0 ] || break")
            .AppendLine("  if [ $code -gt 128 ] && [ $code -ne 200 ] && [ \"$mended\" != after ]; then")
            .AppendLine("    mended=after")
            .AppendLine("    mend $begun >mended 2>&1")
            .AppendLine("    continue")
            .AppendLine("  fi")
            .AppendLine(CultureInfo.InvariantCulture, $"  [ $code -eq {LockedExitCode} ] || grep -qE '{LockedWords}' output || break")
            .AppendLine("  holder")
            .AppendLine("  [ $(date +%s) -lt $end ] || { code=200; break; }")
            .AppendLine("  sleep 1")
            .AppendLine("done")
            .AppendLine("echo $code >exit.new && mv exit.new exit");
        return script.ToString();
    }

    /// <summary>The command line that asks whether there is something to do, and answers no.</summary>
    public static IReadOnlyList<string> Question(PackageTransaction transaction, bool yum) =>
        ["--assumeno", "--setopt=exit_on_lock=1", .. Patience, .. Options(transaction, yum), .. Commands(transaction, transaction.Packages.ToHashSet(StringComparer.Ordinal), yum).Last()];

    private static IEnumerable<IEnumerable<string>> Commands(PackageTransaction transaction, IReadOnlySet<string> installed, bool yum)
    {
        if (transaction is { Action: PackageAction.Install, Packages.IsEmpty: true })
        {
            // Only the metadata is wanted.
            yield return ["makecache"];
            yield break;
        }
        if (transaction.Action == PackageAction.EraseOlder)
        {
            yield return ["rpm", .. InstallRoot.OfRpm(transaction.Root), "-e", "--nodeps", .. transaction.Packages];
            yield break;
        }
        if (transaction.Action == PackageAction.Autoremove)
        {
            yield return ["autoremove", .. transaction.Packages];
            yield break;
        }
        if (transaction.Action != PackageAction.Update)
        {
            yield return [transaction.Action switch { PackageAction.Install => "install", PackageAction.Downgrade => yum ? "downgrade" : "install", _ => "remove" }, .. transaction.Packages];
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
        .. InstallRoot.Options(transaction.Root, transaction.Options, yum),
        .. transaction.Options,
    ];

    private static string Line(IEnumerable<string> words) => string.Join(' ', words.Select(Quote));

    private static string Quote(string word) => word.Length > 0 && word.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.' or '/' or '=' or ':' or '+' or ',')
        ? word
        : $"'{word.Replace("'", "'\\''", StringComparison.Ordinal)}'";
}
