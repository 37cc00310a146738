using System.Collections.Immutable;
using FlaskDeploy.Agent.Machine.Packages;

namespace FlaskDeploy.Agent.Machine.Looks;

/// <summary>Lists of packages: of what is installed by rpm, of what there is by <c>dnf repoquery</c>, both in our format.</summary>
internal static class PackageLists
{
    private const string Dnf = "/usr/bin/dnf";
    private const string Installed = "installed";
    private const string Fields = @"%{name}\t%{epoch}\t%{version}\t%{release}\t%{arch}\t%{repoid}\n";

    public static async ValueTask<ListedPackagesAnswer> List(ListedPackagesLook look, TimeSpan deadline, CancellationToken cancellation)
    {
        if (look.What.StartsWith('-'))
        {
            throw new IOException($"{look.What} is nothing to list but an option");
        }
        // As the package manager itself names where they are.
        var place = File.Exists(Dnf) ? "@System" : Installed;
        var here = look.What is "available" or "updates" or "upgrades" or "repos" or "repositories" ? []
            : (await RpmLooks.All(look.Root, deadline, cancellation)).Where(package => look.What == Installed || RepositoryLooks.Asks(look.What, package)).Select(package => new ListedPackage(package, place)).ToList();
        if (look.What == Installed)
        {
            return new ListedPackagesAnswer([.. here.OrderBy(listed => listed.Package!.ToString(), StringComparer.Ordinal)]);
        }
        if (!File.Exists(Dnf))
        {
            throw new IOException("without dnf only what is installed is listed");
        }
        string[] options = ["-q", .. TransactionScript.Patience, .. look.DisableRepositories.Select(name => $"--disablerepo={name}"), .. look.EnableRepositories.Select(name => $"--enablerepo={name}"), .. InstallRoot.Options(look.Root, look.Options, yum: false), .. look.Options];
        return look.What is "repos" or "repositories"
            ? new ListedPackagesAnswer([.. Repositories(await Ask([.. options, "repolist", "--enabled"], deadline, cancellation))])
            : new ListedPackagesAnswer([.. here, .. Parse(await Ask([.. options, "repoquery", .. Which(look.What), $"--qf={Fields}"], deadline, cancellation))]);
    }

    /// <summary>Lines of our format.</summary>
    public static IEnumerable<ListedPackage> Parse(string output) =>
        from line in output.Split('\n', StringSplitOptions.RemoveEmptyEntries)
        let fields = line.Split('\t')
        where fields.Length == 6
        let package = RpmLooks.Parse(string.Join('\t', fields[..5]), "")
        where package is not null
        select new ListedPackage(package, fields[5]);

    /// <summary>The first word of each line below the heading is the name.</summary>
    public static IEnumerable<ListedPackage> Repositories(string output) =>
        output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => line.Split(' ')[0]).SkipWhile(name => name != "repo").Skip(1).Select(name => new ListedPackage(null, name.TrimStart('*', '!')));

    private static string[] Which(string what) => what switch
    {
        "available" => ["--available"],
        "updates" or "upgrades" => ["--upgrades"],
        _ => ["--available", what],
    };

    private static async ValueTask<string> Ask(string[] arguments, TimeSpan deadline, CancellationToken cancellation)
    {
        var result = await BoundedTool.Run(Dnf, arguments, deadline, cancellation);
        return result.Succeeded ? result.Output : throw new IOException($"the repositories could not be asked: {result.Failure}");
    }
}
