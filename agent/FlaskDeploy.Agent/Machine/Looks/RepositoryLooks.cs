using System.Collections.Immutable;
using FlaskDeploy.Agent.Machine.Packages;

namespace FlaskDeploy.Agent.Machine.Looks;

/// <summary>
/// What the repositories offer: <c>dnf repoquery</c>, and on CentOS 7 yum's own Python interface, which is always there
/// while repoquery(1) of yum-utils is not. Both in our format; no table is parsed.
/// </summary>
internal static class RepositoryLooks
{
    private const string Dnf = "/usr/bin/dnf";
    private const string Yum = "/usr/bin/yum";
    private const string Fields = @"%{name}\t%{epoch}\t%{version}\t%{release}\t%{arch}\n";

    // dnf's words, and yum's.
    private static readonly ImmutableArray<string> SaidNo = ["Operation aborted.", "Exiting on user command"];

    // For Python 2 and yum 3.4. Arguments: what to enable, what to disable, root, release, configuration, then names. A line
    // of what is asked comes first.
    private const string YumQuery = """
        import sys, yum
        base = yum.YumBase()
        base.preconf.debuglevel = 0
        base.preconf.errorlevel = 0
        if sys.argv[3]: base.preconf.root = sys.argv[3]
        if sys.argv[4]: base.preconf.releasever = sys.argv[4]
        if sys.argv[5]: base.preconf.fn = sys.argv[5]
        if sys.argv[3]: base.conf.installroot = sys.argv[3]
        base.conf.timeout = 15.0
        base.conf.retries = 2
        for name in sys.argv[2].split(','):
            if name: base.repos.disableRepo(name)
        for name in sys.argv[1].split(','):
            if name: base.repos.enableRepo(name)
        for asked in sys.argv[6:]:
            try:
                found = base.pkgSack.returnNewestByNameArch(patterns=[asked])
            except yum.Errors.PackageSackError:
                found = []
            for package in found or base.whatProvides(asked, None, None).returnPackages():
                print('\t'.join([asked, package.name, package.epoch, package.version, package.release, package.arch]))
        """;

    public static async ValueTask<PackagesAnswer> Available(AvailablePackagesLook look, TimeSpan deadline, CancellationToken cancellation)
    {
        if (look.Names.FirstOrDefault(name => name.StartsWith('-')) is { } option)
        {
            throw new IOException($"{option} is no package but an option");
        }
        var found = File.Exists(Dnf) ? await AskDnf(look, deadline, cancellation)
            : File.Exists(Yum) ? await AskYum(look, deadline, cancellation)
            : throw new IOException("this machine has neither dnf nor yum");
        return new PackagesAnswer(
            [.. look.Names.SelectMany(name => Newest(found.FindAll(package => package.AskedAs == name)))],
            [.. look.Names.Where(name => !found.Exists(package => package.AskedAs == name))]);
    }

    /// <summary>By exit code: 0 is nothing to do, and 1 with its words that somebody said no is that there is.</summary>
    public static async ValueTask<TransactionAnswer> WouldAct(PackageTransaction transaction, TimeSpan deadline, CancellationToken cancellation)
    {
        var isYum = !File.Exists(Dnf);
        var result = await BoundedTool.Run(isYum ? Yum : Dnf, TransactionScript.Question(transaction, isYum), deadline, cancellation);
        return result.Problem is { } problem ? throw new IOException(problem) : Judge(result);
    }

    /// <summary>What an answered question means.</summary>
    public static TransactionAnswer Judge(ToolResult result) => result switch
    {
        { ExitCode: 0 } => new TransactionAnswer(false, null),
        _ when SaidNo.Any(words => (result.Output + result.Error).Contains(words, StringComparison.Ordinal)) => new TransactionAnswer(true, null),
        _ => new TransactionAnswer(false, result.Error.Trim().ReplaceLineEndings("; ") is { Length: > 0 } error ? error : result.Failure),
    };

    /// <summary>Whether the name asks for this package: it is its own, with or without its architecture, or a pattern that it matches.</summary>
    public static bool Asks(string name, Package package) =>
        name == package.Name || name == $"{package.Name}.{package.Architecture}" || (Glob.IsPattern(name) && Glob.Matches(name, package.Name));

    /// <summary>One per name: of several builds the machine's own.</summary>
    public static IEnumerable<Package> Newest(IEnumerable<Package> offered) => offered
        .GroupBy(package => package.Name, StringComparer.Ordinal)
        .Select(builds => builds.OrderBy(package => package.Architecture is "x86_64" or "noarch" ? 0 : 1).First());

    /// <summary>The five fields, and in front of them what was asked where the query tells.</summary>
    public static Package? Parse(string line) => line.Split('\t') is [var asked, .. var fields] && fields.Length == 5
        ? RpmLooks.Parse(string.Join('\t', fields), asked)
        : RpmLooks.Parse(line, "");

    private static async Task<List<Package>> AskDnf(AvailablePackagesLook look, TimeSpan deadline, CancellationToken cancellation)
    {
        string[] query =
        [
            "-q",
            .. TransactionScript.Patience,
            .. look.DisableRepositories.Select(name => $"--disablerepo={name}"),
            .. look.EnableRepositories.Select(name => $"--enablerepo={name}"),
            .. InstallRoot.Options(look.Root, look.Options, yum: false),
            .. look.Options,
            "repoquery",
            "--available",
            "--latest-limit=1",
            $"--qf={Fields}",
        ];
        var named = (await Ask(Dnf, [.. query, .. look.Names], deadline, cancellation))
            .SelectMany(package => look.Names.Where(name => Asks(name, package)).Select(name => package with { AskedAs = name }))
            .ToList();
        // What is no package's name may be something that a package provides; asked one by one, to know which is for which.
        foreach (var name in look.Names.Where(name => !Glob.IsPattern(name) && !named.Exists(package => package.AskedAs == name)))
        {
            named.AddRange((await Ask(Dnf, [.. query, "--whatprovides", name], deadline, cancellation)).Select(package => package with { AskedAs = name }));
        }
        return named;
    }

    private static async Task<List<Package>> AskYum(AvailablePackagesLook look, TimeSpan deadline, CancellationToken cancellation)
    {
        using var yum = new StreamReader(Yum);
        var interpreter = (await yum.ReadLineAsync(cancellation))?.TrimStart('#', '!').Trim() is { Length: > 0 } first && first.StartsWith('/') ? first.Split(' ')[0] : "/usr/bin/python";
        string Option(string name) => look.Options.LastOrDefault(option => option.StartsWith(name, StringComparison.Ordinal))?[name.Length..] ?? "";
        string[] where = [string.Join(',', look.EnableRepositories), string.Join(',', look.DisableRepositories), look.Root ?? "", Option("--releasever="), Option("--config=")];
        return await Ask(interpreter, ["-c", YumQuery, .. where, .. look.Names], deadline, cancellation);
    }

    private static async Task<List<Package>> Ask(string program, string[] arguments, TimeSpan deadline, CancellationToken cancellation)
    {
        var result = await BoundedTool.Run(program, arguments, deadline, cancellation);
        return result.Succeeded
            ? [.. result.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(Parse).OfType<Package>()]
            : throw new IOException($"the repositories could not be asked: {program} {result.Failure}");
    }
}
