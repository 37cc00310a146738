using System.Text;
using FlaskDeploy.Compiler.Files;
using FlaskDeploy.Compiler.Linting;

namespace FlaskDeploy.Compiler.Tests;

public class LintTests
{
    private const string Script = "import sys\nserve(port=int(sys.argv[1]))\n";

    public static TheoryData<string> Codes => [.. LintRules.All.Select(rule => rule.Code)];

    [Theory]
    [MemberData(nameof(Codes))]
    public void Finds_its_bad_example_and_nothing_in_its_good_one(string code)
    {
        var rule = LintRules.All.Single(rule => rule.Code == code);
        var bad = Lint(Playbook(rule.Bad));
        Assert.True(bad.Any(finding => finding.Code == code), $"{code} finds nothing in its bad example, but: {Print(bad)}");
        Assert.All(bad.Where(finding => finding.Code == code), finding => Assert.True(finding.Span is { Line: > 0, Column: > 0 } && finding.Remedy is not null, finding.ToString()));
        var good = Lint(Playbook(rule.Good));
        Assert.DoesNotContain(good, finding => finding.Code == code);
        Assert.True(good.All(finding => finding.Severity != LintSeverity.Error), Print(good));
    }

    [Theory]
    [InlineData("", "vars.yml:1 Info; work.yml:1 Info")]
    [InlineData("wrong", "vars.yml:1 Info; work.yml:1 Info")]
    [InlineData("swordfish", "work.yml:2 Error")]
    public void A_vault_that_is_closed_is_told_once_and_one_that_is_opened_is_looked_at(string password, string expected)
    {
        byte[] salt = [.. Enumerable.Range(0, 32).Select(number => (byte)number)];
        string Vault(string plain) => Vaults.AnsibleVault.Encrypt(Encoding.UTF8.GetBytes(plain), new Vaults.VaultPassword(null, "swordfish"), salt);
        var machine = new FakeOperatorMachine().With("vars.yml", Vault("port: 80\n")).With("work.yml", Vault("- name: Work\n  nothing: {{ port }}\n"))
            .With("site.yml", "- name: Site\n  hosts: all\n  vars_files: [vars.yml]\n  tasks:\n    - name: Work\n      ansible.builtin.import_tasks: work.yml\n");

        var result = new Linter(machine).Lint(new LintRequest { Paths = ["site.yml", "vars.yml"], VaultPasswords = password.Length > 0 ? [new Vaults.VaultPassword(null, password)] : [] });

        Assert.Empty(result.Problems);
        Assert.Equal(expected, string.Join("; ", result.Findings.Select(finding => $"{finding.Span.File}:{finding.Span.Line} {finding.Severity}").Distinct()));
    }

    [Fact]
    public void Every_rule_has_a_code_a_name_and_a_reason_of_its_own()
    {
        Assert.Equal(LintRules.All.Length, LintRules.All.Select(rule => rule.Code).Distinct().Count());
        Assert.Equal(LintRules.All.Length, LintRules.All.Select(rule => rule.Name).Distinct().Count());
        Assert.All(LintRules.All, rule => Assert.True(rule.Why.EndsWith('.') && !rule.Title.EndsWith('.') && rule.Code.StartsWith("FD2", StringComparison.Ordinal), rule.Code));
    }

    // SEMANTICS: what the founding playbook hides, at the lines of packaging/sample/flask.yml.
    [Theory]
    [InlineData("FD2208", 36)]
    [InlineData("FD2209", 37)]
    [InlineData("FD2303", 43)]
    [InlineData("FD2304", 49)]
    [InlineData("FD2305", 49)]
    [InlineData("FD2306", 56)]
    [InlineData("FD2302", 53)]
    [InlineData("FD2301", 53)]
    [InlineData("FD2207", 53)]
    [InlineData("FD2401", 20)]
    [InlineData("FD2402", 40)]
    [InlineData("FD2408", 45)]
    [InlineData("FD2601", 21)]
    public void Finds_each_trap_of_the_founding_playbook(string code, int line)
    {
        var findings = Sample("flask.yml", text => text);
        Assert.True(findings.Any(finding => finding.Code == code && finding.Span.Line == line), Print(findings));
    }

    [Fact]
    public void Says_that_the_old_site_stays_up_when_the_port_changes() =>
        Assert.Contains("stays up", Sample("flask.yml", text => text).Single(finding => finding.Code == "FD2301").Detail, StringComparison.Ordinal);

    [Fact]
    public void Finds_the_port_that_the_tutorial_forgets()
    {
        Assert.DoesNotContain(Sample("flask.yml", text => text), finding => finding.Code == "FD2307");
        var found = Assert.Single(Sample("flask.yml", text => text.Replace("{{MAIN_PY}} {{PORT}} 2>&1", "{{MAIN_PY}} 2>&1", StringComparison.Ordinal)), finding => finding.Code == "FD2307");
        Assert.Equal(53, found.Span.Line);
    }

    [Fact]
    public void Gathers_several_slips_of_yaml_and_goes_on_with_the_rest()
    {
        var findings = Lint("- hosts: all\n  tasks:\n  - name: one\n    debug: msg={{ a }}: {{ b }}\n  - name: two\n    yum: name=lsof state=latest\n  - name: three\n    debug:\n      msg: \"a\" b\n  - file: path=/x state=directory\n");
        Assert.True(findings.Count(finding => finding.Code == CompilerCodes.YamlSyntax) == 2, Print(findings));
        Assert.Contains(findings, finding => finding is { Code: "FD2401", Span.Line: 6 });
        Assert.Contains(findings, finding => finding is { Code: "FD2501", Span.Line: 10 });
    }

    [Fact]
    public void Says_the_compilers_errors_with_its_codes_and_still_looks_for_more()
    {
        var findings = Lint("- hosts: all\n  tasks:\n  - name: one\n    copy: src=x destination=/y\n  - name: two\n    yum: name=lsof state=latest\n");
        Assert.Contains(findings, finding => finding is { Code: "FD1203", Severity: LintSeverity.Error, Rule: null, Span.Line: 4 });
        Assert.Contains(findings, finding => finding is { Code: "FD2401" });
    }

    [Theory]
    [InlineData("  # noqa")]
    [InlineData("  # noqa: FD2401")]
    [InlineData("  # noqa: package-latest")]
    [InlineData("  # noqa package-latest name")]
    public void Is_silenced_by_a_comment(string comment) =>
        Assert.DoesNotContain(Lint($"- hosts: all\n  tasks:\n  - name: one{comment}\n    yum: name=lsof state=latest\n"), finding => finding.Code == "FD2401");

    [Fact]
    public void Is_not_silenced_by_a_comment_for_another_rule() =>
        Assert.Contains(Lint("- hosts: all\n  tasks:\n  - name: one # noqa: FD2402\n    yum: name=lsof state=latest\n"), finding => finding.Code == "FD2401");

    [Fact]
    public void Holds_undefined_names_against_a_playbook_only_with_an_inventory()
    {
        const string playbook = "- hosts: web\n  vars:\n    site_port: 80\n  tasks:\n  - name: one\n    debug: msg={{ elsewhere }}\n  - name: two\n    debug: msg={{ site_prot }}{{ site_port }}\n";
        var without = Lint(playbook).Where(finding => finding.Code == "FD1302").ToList();
        Assert.True(without is [{ Severity: LintSeverity.Warning, Span.Line: 8 }], Print(without));
        var with = Lint(playbook, new LintRequest { Paths = ["site.yml"], Inventories = ["web,"] });
        Assert.NotEmpty(with);
        var machine = Machine(playbook).With("hosts", "[web]\nw1\n");
        var errors = new Linter(machine).Lint(new LintRequest { Paths = ["site.yml"], Inventories = ["hosts"] }).Findings.Where(finding => finding.Code == "FD1302").ToList();
        Assert.Equal([6, 8], errors.Select(finding => finding.Span.Line));
        Assert.All(errors, finding => Assert.Equal(LintSeverity.Error, finding.Severity));
    }

    [Fact]
    public void Looks_at_a_role_that_stands_alone()
    {
        var machine = new FakeOperatorMachine().With("nginx/tasks/main.yml", "- name: one\n  yum: name=nginx state=latest\n- include_tasks: setup.yml\n").With("nginx/tasks/setup.yml", "- name: two\n  copy: src=missing.conf dest=/etc/x mode=0644\n")
            .With("nginx/defaults/main.yml", "nginx_prot: 80\n").With("nginx/handlers/main.yml", "- name: restart\n  servce: name=nginx\n");
        var findings = new Linter(machine).Lint(new LintRequest { Paths = ["nginx"] });
        Assert.Equal(4, findings.Files);
        string[] expected = ["nginx/defaults/main.yml FD2503", "nginx/handlers/main.yml FD1201", "nginx/tasks/main.yml FD2401", "nginx/tasks/setup.yml FD1501"];
        Assert.Equal(expected, findings.Findings.Where(finding => finding.Severity != LintSeverity.Info || finding.Code == "FD2503").Select(finding => $"{finding.Span.File} {finding.Code}"));
    }

    [Fact]
    public void Keeps_to_the_rules_that_were_asked_for()
    {
        const string playbook = "- hosts: all\n  tasks:\n  - yum: name=lsof state=latest\n";
        Assert.Equal(["FD2501"], Lint(playbook, new LintRequest { Paths = ["site.yml"], Only = ["name"] }).Select(finding => finding.Code));
        Assert.Equal(["FD2401"], Lint(playbook, new LintRequest { Paths = ["site.yml"], Skip = ["fd2501"] }).Select(finding => finding.Code));
        Assert.True(Linter.Knows("package-latest") && Linter.Knows("FD1203") && !Linter.Knows("latets"));
    }

    [Fact]
    public void Says_what_it_cannot_look_at() =>
        Assert.Equal(["nowhere.yml: there is no such file"], new Linter(new FakeOperatorMachine().With("x", "")).Lint(new LintRequest { Paths = ["nowhere.yml"] }).Problems);

    [Fact]
    public void Outlives_whatever_lies_in_a_file()
    {
        string[] texts = ["", "- ", "[", "{{", "- hosts: [", "\u0000", "- - -", "a: &a [*a]", "- hosts: all\n  tasks: 5\n", "- hosts: all\n  tasks:\n  - shell:\n  - command: {}\n  - shell: \"'\"\n  - action:\n  - block:\n  - 5\n", "- hosts: {a: b}\n  vars: [1]\n", "\t- x", "- shell: kill {{\n"];
        Assert.All(texts, text => Assert.NotNull(new Linter(new FakeOperatorMachine().With("site.yml", text)).Lint(new LintRequest { Paths = ["site.yml"] })));
        var random = new Random(7);
        var sample = File.ReadAllText(Path.Combine(Root, "packaging", "sample", "flask.yml"));
        for (var i = 0; i < 300; i++)
        {
            var broken = new StringBuilder(sample);
            for (var edits = random.Next(1, 6); edits > 0; edits--)
            {
                broken[random.Next(broken.Length)] = "{}[]:'\"\n\t-#&*|> x"[random.Next(17)];
            }
            Assert.NotNull(new Linter(new FakeOperatorMachine().With("site.yml", broken.ToString())).Lint(new LintRequest { Paths = ["site.yml"] }));
        }
    }

    [Theory]
    [InlineData("- hosts: [localhost]\n  tasks:\n  - ping:\n")]
    [InlineData("- hosts: localhost\n  tasks:\n  - ping:\n- import_playbook: other.yml\n")]
    public void A_playbook_for_the_operators_machine_is_read_as_one(string playbook) =>
        Assert.DoesNotContain(new Linter(Machine(playbook).With("other.yml", "- hosts: localhost\n  tasks:\n  - ping:\n")).Lint(new LintRequest { Paths = ["site.yml"] }).Findings, finding => finding.Severity == LintSeverity.Error);

    private static string Root => Path.GetFullPath(Path.Combine(GoldenTests.Root));

    private static string Playbook(string example) =>
        example.StartsWith("- hosts:", StringComparison.Ordinal) ? example : "- hosts: all\n  tasks:\n  " + example.TrimEnd('\n').Replace("\n", "\n  ", StringComparison.Ordinal) + "\n";

    private static FakeOperatorMachine Machine(string playbook) => new FakeOperatorMachine().With("site.yml", playbook).With("files/site.py", Script).With("part.yml", "- name: part\n  ping:\n").With("../other/app.conf", "x");

    private static IReadOnlyList<LintFinding> Lint(string playbook, LintRequest? request = null) => new Linter(Machine(playbook)).Lint(request ?? new LintRequest { Paths = ["site.yml"] }).Findings;

    private static IReadOnlyList<LintFinding> Sample(string name, Func<string, string> edit)
    {
        var sample = Path.Combine(Root, "packaging", "sample");
        var machine = new FakeOperatorMachine().With("flask.yml", edit(File.ReadAllText(Path.Combine(sample, name))));
        foreach (var file in Directory.GetFiles(Path.Combine(sample, "hello")))
        {
            machine.With("hello/" + Path.GetFileName(file), File.ReadAllText(file));
        }
        return new Linter(machine).Lint(new LintRequest { Paths = ["flask.yml"] }).Findings;
    }

    private static string Print(IEnumerable<LintFinding> findings) => string.Concat(findings.Select(finding => $"\n{finding.Span}: {finding.Severity} {finding.Code}: {finding.Summary}; {finding.Remedy}"));
}
