using System.Collections.Immutable;
using FlaskDeploy.Compiler.Vaults;
using FlaskDeploy.Language.Diagnostics;

namespace FlaskDeploy.Compiler.Tests;

/// <summary>
/// Each directory of tests/cases/compiler is a site: <c>command</c> says what is compiled (the playbook, then -i, -e, -u,
/// -l, -b, --vault-id or --apply, one to a line), <c>expected</c> what comes of it: a dump, or the diagnostics. With the environment variable
/// UPDATE_CASES=1 the files are written instead of compared.
/// </summary>
public class GoldenTests
{
    internal static string Root { get; } = FindRoot();

    private static readonly string Cases = Path.Combine(Root, "tests", "cases", "compiler");

    public static TheoryData<string> Sites => [.. Directory.GetDirectories(Cases).Select(directory => Path.GetFileName(directory)).Order(StringComparer.Ordinal)];

    [Theory]
    [MemberData(nameof(Sites))]
    public void Compiles_to_what_is_expected(string site)
    {
        var directory = Path.Combine(Cases, site);
        var request = ReadCommand(File.ReadAllLines(Path.Combine(directory, "command")));
        var result = new PlaybookCompiler(new CaseMachine(directory)).Compile(request);
        var actual = string.Concat(result.Diagnostics.Select(diagnostic => diagnostic + "\n")) + (result.Compilation is { } compilation ? Dump.Of(compilation) : "");
        var expected = Path.Combine(directory, "expected");
        if (Environment.GetEnvironmentVariable("UPDATE_CASES") == "1")
        {
            File.WriteAllText(expected, actual);
        }
        Assert.Equal(File.ReadAllText(expected), actual);
        Assert.Equal(result.Compilation is null, result.Diagnostics.Any(diagnostic => diagnostic.Severity == Severity.Error));
    }

    internal static CompilationRequest ReadCommand(IEnumerable<string> lines)
    {
        var request = new CompilationRequest { PlaybookPath = "" };
        foreach (var line in lines.Where(line => line.Length > 0))
        {
            var (option, value) = line.Split(' ', 2) is [var first, var rest] ? (first, rest) : (line, "");
            request = option switch
            {
                "-i" => request with { Inventories = request.Inventories.Add(value) },
                "-e" => request with { ExtraVars = request.ExtraVars.Add(value) },
                "-u" => request with { User = value },
                "-l" => request with { Limit = value },
                "-b" => request with { BecomeAll = true },
                "--become-user" => request with { BecomeUser = value },
                "--vault-id" => request with { VaultPasswords = request.VaultPasswords.Add(value.Split('@') is [var id, var password] ? new VaultPassword(id, password) : new VaultPassword(null, value)) },
                "--apply" => request with { ForLocalApply = true },
                _ => request with { PlaybookPath = line },
            };
        }
        return request;
    }

    private static string FindRoot()
    {
        var directory = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(directory, "FlaskDeploy.sln")))
        {
            directory = Path.GetDirectoryName(directory) ?? throw new InvalidOperationException("The tests run inside the repository.");
        }
        return directory;
    }
}
