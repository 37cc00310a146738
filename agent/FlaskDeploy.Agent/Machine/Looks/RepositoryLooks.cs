using System.Collections.Immutable;

namespace FlaskDeploy.Agent.Machine.Looks;

/// <summary>What the repositories offer: <c>dnf repoquery</c>; on CentOS 7 repoquery(1) of yum-utils or, without it, <c>yum list</c>.</summary>
internal static class RepositoryLooks
{
    public static async ValueTask<PackagesAnswer> Available(AvailablePackagesLook look, TimeSpan deadline, CancellationToken cancellation)
    {
        string[] repositories =
        [
            .. look.EnableRepositories.Select(name => $"--enablerepo={name}"),
            .. look.DisableRepositories.Select(name => $"--disablerepo={name}"),
        ];
        var found = new List<Package>();
        foreach (var name in look.Names)
        {
            // One call per name: what is provided under another name could not be told apart otherwise.
            found.AddRange(Newest(await Query(name, repositories, deadline, cancellation)));
        }
        return new PackagesAnswer([.. found], [.. look.Names.Where(name => !found.Exists(package => package.AskedAs == name))]);
    }

    /// <summary>Columns of <c>yum list</c>: <c>name.arch  [epoch:]version-release  repository</c>; a long name has its version on the next line.</summary>
    public static IEnumerable<Package> ParseList(string askedAs, string output)
    {
        var words = output.Split('\n')
            .SkipWhile(line => !line.StartsWith("Available Packages", StringComparison.Ordinal) && !line.StartsWith("Installed Packages", StringComparison.Ordinal))
            .Where(line => !line.EndsWith("Packages", StringComparison.Ordinal))
            .SelectMany(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries))
            .ToList();
        for (var i = 0; i + 2 < words.Count; i += 3)
        {
            var dot = words[i].LastIndexOf('.');
            var dash = words[i + 1].LastIndexOf('-');
            if (dot > 0 && dash > 0)
            {
                var version = words[i + 1][..dash];
                var colon = version.IndexOf(':', StringComparison.Ordinal);
                yield return new Package(
                    askedAs,
                    words[i][..dot],
                    colon > 0 && int.TryParse(version[..colon], out var epoch) ? epoch : 0,
                    version[(colon + 1)..],
                    words[i + 1][(dash + 1)..],
                    words[i][(dot + 1)..]);
            }
        }
    }

    private static async Task<List<Package>> Query(string name, string[] repositories, TimeSpan deadline, CancellationToken cancellation)
    {
        const string format = "%{name}\\t%{epoch}\\t%{version}\\t%{release}\\t%{arch}";
        const string lines = "--qf=" + format + "\\n";
        if (File.Exists("/usr/bin/dnf"))
        {
            return Parse(name, await Run("dnf", ["-q", .. repositories, "repoquery", "--available", "--latest-limit=1", lines, name], deadline, cancellation));
        }
        if (File.Exists("/usr/bin/repoquery"))
        {
            return Parse(name, await Run("repoquery", [.. repositories, "--plugins", "--qf=%{name}\t%{epoch}\t%{version}\t%{release}\t%{arch}", "--whatprovides", name], deadline, cancellation));
        }
        // What is installed comes first in the list, what is newer after it.
        return [.. ParseList(name, await Run("yum", ["-q", .. repositories, "list", name], deadline, cancellation)).Reverse()];
    }

    private static List<Package> Parse(string name, string output) =>
        [.. output.Replace("\\t", "\t", StringComparison.Ordinal).Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => RpmLooks.Parse(line, name)).OfType<Package>()];

    // Of several builds the machine's own; of several packages that provide it, the one of that name.
    internal static IEnumerable<Package> Newest(List<Package> packages)
    {
        if (packages is [var first, ..] && Glob.IsPattern(first.AskedAs))
        {
            return packages.GroupBy(package => package.Name, StringComparer.Ordinal).Select(group => group.MinBy(package => package.Architecture is "x86_64" or "noarch" ? 0 : 1)!);
        }
        var named = packages.FindAll(package => package.Name == package.AskedAs);
        return (named.Count > 0 ? named : packages)
            .OrderBy(package => package.Architecture is "x86_64" or "noarch" ? 0 : 1)
            .Take(1);
    }

    private static async Task<string> Run(string program, ImmutableArray<string> arguments, TimeSpan deadline, CancellationToken cancellation)
    {
        var result = await BoundedTool.Run(program, arguments, deadline, cancellation);
        return result.Problem is { } problem ? throw new IOException(problem)
            : result.ExitCode != 0 && !result.Error.Contains("No matching", StringComparison.OrdinalIgnoreCase) ? throw new IOException($"{program}: {result.Failure}")
            : result.Output;
    }
}
