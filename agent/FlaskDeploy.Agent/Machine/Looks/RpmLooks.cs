using System.Collections.Immutable;
using System.Globalization;
using FlaskDeploy.Agent.Machine.Packages;

namespace FlaskDeploy.Agent.Machine.Looks;

/// <summary>
/// The rpm database, through rpm(8) only: a reader of the database file itself would hold up a transaction. One call
/// for all names; a second one for those that are no package's name but may be something that a package provides.
/// </summary>
internal static class RpmLooks
{
    public const string Format = @"%{NAME}\t%{EPOCHNUM}\t%{VERSION}\t%{RELEASE}\t%{ARCH}\n";

    // Asked between two names, so that the answers can be told apart: rpm says once more that this is not there.
    private const string Divider = "flaskdeploy-divider";

    public static async ValueTask<PackagesAnswer> Installed(ImmutableArray<string> names, string? root, TimeSpan deadline, CancellationToken cancellation)
    {
        if (names.FirstOrDefault(name => name.StartsWith('-')) is { } option)
        {
            throw new IOException($"{option} is no package but an option");
        }
        if (root is not null && !InstallRoot.HasDatabase(root))
        {
            return new PackagesAnswer([], names);
        }
        var found = new List<Package>();
        var plain = names.Where(name => !name.StartsWith('/') && !Glob.IsPattern(name)).ToList();
        if (plain.Count > 0)
        {
            found.AddRange(await Query([.. InstallRoot.OfRpm(root), "-q", "--qf", Format], plain, deadline, cancellation));
        }
        var missing = names.Where(name => !Glob.IsPattern(name) && !found.Exists(package => package.AskedAs == name)).ToList();
        if (missing.Count > 0)
        {
            found.AddRange(await Query([.. InstallRoot.OfRpm(root), "-q", "--qf", Format, "--whatprovides"], missing, deadline, cancellation));
        }
        var patterns = names.Where(Glob.IsPattern).ToList();
        if (patterns.Count > 0)
        {
            var all = await Run([.. InstallRoot.OfRpm(root), "-qa", "--qf", Format, .. patterns], deadline, cancellation);
            found.AddRange(patterns.SelectMany(pattern => Lines(all).Select(line => Parse(line, pattern)).OfType<Package>().Where(package => Glob.Matches(pattern, package.Name))));
        }
        return new PackagesAnswer(
            [.. found.OrderBy(package => names.IndexOf(package.AskedAs)).ThenBy(package => package.ToString(), StringComparer.Ordinal)],
            [.. names.Where(name => !found.Exists(package => package.AskedAs == name))]);
    }

    /// <summary>Of a file; its signature is not looked at.</summary>
    public static async ValueTask<PackagesAnswer> OfFile(string path, TimeSpan deadline, CancellationToken cancellation)
    {
        if (!File.Exists(path))
        {
            return new PackagesAnswer([], [path]);
        }
        var result = await BoundedTool.Run("rpm", ["-qp", "--nosignature", "--qf", Format, "--", path], deadline, cancellation);
        return result.Succeeded && Lines(result.Output).Select(line => Parse(line, path)).OfType<Package>().FirstOrDefault() is { } package
            ? new PackagesAnswer([package], [])
            : throw new IOException($"it is no package: {result.Failure}");
    }

    /// <summary>All that is installed.</summary>
    public static async ValueTask<IReadOnlyList<Package>> All(string? root, TimeSpan deadline, CancellationToken cancellation) => root is not null && !InstallRoot.HasDatabase(root) ? []
        : [.. Lines(await Run([.. InstallRoot.OfRpm(root), "-qa", "--qf", Format], deadline, cancellation)).Select(line => Parse(line, "")).OfType<Package>()];

    /// <summary>What rpm printed for these names, each followed by the divider.</summary>
    public static IEnumerable<Package> ParseDivided(IReadOnlyList<string> names, string output)
    {
        var at = 0;
        foreach (var line in Lines(output))
        {
            if (line.Contains(Divider, StringComparison.Ordinal))
            {
                at++;
            }
            else if (at < names.Count && Parse(line, names[at]) is { } package)
            {
                yield return package;
            }
        }
    }

    /// <summary>One line of <see cref="Format"/>; null for what rpm says besides.</summary>
    public static Package? Parse(string line, string askedAs) =>
        line.Split('\t') is [var name, var epoch, var version, var release, var architecture]
            ? new Package(askedAs, name, int.TryParse(epoch, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : 0, version, release, architecture)
            : null;

    private static async Task<IEnumerable<Package>> Query(string[] options, List<string> names, TimeSpan deadline, CancellationToken cancellation) =>
        ParseDivided(names, await Run([.. options, .. names.SelectMany(name => (string[])[name, Divider])], deadline, cancellation)).ToList();

    private static async Task<string> Run(IReadOnlyList<string> arguments, TimeSpan deadline, CancellationToken cancellation)
    {
        var result = await BoundedTool.Run("rpm", arguments, deadline, cancellation);
        // The exit code counts what was not found. A database that cannot be read says so on the error output, and what it
        // then does not list is not known to be missing.
        return result.Problem is { } problem ? throw new IOException(File.Exists("/usr/bin/rpm") ? problem : "there is no /usr/bin/rpm; packages are only looked at on distributions that are made of RPMs")
            : Lines(result.Error).FirstOrDefault(IsFault) is { } fault ? throw new IOException($"{fault} (rpm's database; 'rpm --rebuilddb' may help)")
            : result.Output;
    }

    /// <summary>Warnings are none, and neither is a path that nothing owns.</summary>
    public static bool IsFault(string line) => line.StartsWith("error:", StringComparison.Ordinal) && !line.StartsWith("error: file ", StringComparison.Ordinal);

    private static IEnumerable<string> Lines(string output) => output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
}
