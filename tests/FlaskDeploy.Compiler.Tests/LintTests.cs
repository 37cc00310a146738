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
    public void A_path_that_is_an_empty_variable_ends_no_lint() =>
        Assert.DoesNotContain(Lint("- name: Site\n  hosts: all\n  vars:\n    place: \"\"\n  tasks:\n    - name: Directory\n      file:\n        path: \"{{ place }}\"\n        state: directory\n        mode: '0755'\n      when: place != ''\n"), finding => finding.Code == "FD2406");

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

    [Theory]
    [InlineData("skip_list: [package-latest]\n", "FD2501 Info", 1)]
    [InlineData("skip_list: ['403', 'name[missing]']\n", "", 2)]
    [InlineData("skip_list:\n  - name[casing]\n  - fqcn\n  - fd2401\n", "FD2501 Info", 1)]
    [InlineData("warn_list: [package-latest]\nprofile: production\n", "FD2501 Info; FD2401 Info", 0)]
    [InlineData("skip_list: [idempotency]\n", "FD2501 Info", 1)]
    [InlineData("exclude_paths: [elsewhere/, site]\n", "FD2501 Info; FD2401 Warning", 0)]
    [InlineData("# nothing\n", "FD2501 Info; FD2401 Warning", 0)]
    public void Keeps_to_what_a_project_decided_for_ansible_lint(string configuration, string expected, int leftOut)
    {
        var result = new Linter(Machine(Latest).With(".ansible-lint", configuration)).Lint(new LintRequest { Paths = ["site.yml"] });
        Assert.Equal(expected, string.Join("; ", result.Findings.Select(finding => $"{finding.Code} {finding.Severity}")));
        Assert.Equal(leftOut, result.LeftOut);
        Assert.Empty(result.Problems);
    }

    [Theory]
    [InlineData("exclude_paths: [old/]\n")]
    [InlineData("exclude_paths: [./old]\n")]
    [InlineData("exclude_paths: ['o*']\n")]
    [InlineData("exclude_paths: ['**/legacy.yml']\n")]
    [InlineData("exclude_paths: [legacy.yml]\n")]
    public void Looks_at_no_excluded_file_but_where_it_is_named(string configuration)
    {
        var machine = new FakeOperatorMachine().With("work/site.yml", Latest).With("work/old/legacy.yml", Latest).With("work/.config/ansible-lint.yml", configuration);
        Assert.Equal(["work/site.yml"], new Linter(machine).Lint(new LintRequest { Paths = ["work"] }).Findings.Select(finding => finding.Span.File).Distinct());
        Assert.NotEmpty(new Linter(machine).Lint(new LintRequest { Paths = ["work/old/legacy.yml"] }).Findings);
    }

    [Fact]
    public void Takes_the_nearest_configuration_and_none_from_outside_of_a_repository()
    {
        var machine = new FakeOperatorMachine().With("a/.git/HEAD", "x").With(".ansible-lint", "skip_list: [name]\n").With("a/site.yml", Latest).With("b/site.yml", Latest).With("b/.ansible-lint-ignore", "site.yml package-latest  # soon\n");
        Assert.Equal(["a/site.yml FD2501 Info", "a/site.yml FD2401 Warning", "b/site.yml FD2501 Info", "b/site.yml FD2401 Info"], new Linter(machine).Lint(new LintRequest { Paths = ["a", "b"] }).Findings.Select(finding => $"{finding.Span.File} {finding.Code} {finding.Severity}"));
        Assert.Equal(["FD2401"], new Linter(machine).Lint(new LintRequest { Paths = ["a/site.yml"], Configuration = ".ansible-lint" }).Findings.Select(finding => finding.Code));
    }

    [Theory]
    [InlineData("skip_list: [\n", "its lists are passed over")]
    [InlineData("- name\n", "it is no mapping")]
    public void Says_that_a_configuration_cannot_be_read(string configuration, string expected)
    {
        var result = new Linter(Machine(Latest).With(".ansible-lint", configuration)).Lint(new LintRequest { Paths = ["site.yml"] });
        Assert.Contains(expected, Assert.Single(result.Problems), StringComparison.Ordinal);
        Assert.Equal(2, result.Findings.Length);
    }

    [Theory]
    [InlineData("# noqa: package-latest[x]", 0)]
    [InlineData("# noqa 403", 0)]
    [InlineData("# noqa: name[missing]", 1)]
    public void A_comment_takes_ansible_lints_names_on_any_line_of_the_task(string comment, int expected) =>
        Assert.Equal(expected, Lint($"- hosts: all\n  tasks:\n  - name: one\n    yum: name=lsof state=latest\n    tags: [a]  {comment}\n").Count(finding => finding.Code == "FD2401"));

    [Fact]
    public void Every_name_of_ansible_lint_means_a_rule_that_is_there() =>
        Assert.All(AnsibleLintNames.All.SelectMany(entry => entry.Codes), code => Assert.True(code == CompilerCodes.DuplicateKey || LintRules.All.Any(rule => rule.Code == code), code));

    [Fact]
    public void Holds_nothing_against_a_playbook_that_a_missing_role_could_hold()
    {
        var findings = Lint("- hosts: all\n  vars:\n    swap_size: 5\n  roles: [elsewhere.swap]\n  tasks:\n  - name: one\n    file: path=/srv/x state=directory mode=0755\n    notify: restart swap\n  handlers:\n  - name: other\n    service: name=x state=restarted\n");
        Assert.Equal(["FD1111"], findings.Select(finding => finding.Code));
    }

    [Fact]
    public void Names_the_place_of_a_handler_that_is_not_there()
    {
        var found = Assert.Single(Lint("- hosts: all\n  tasks:\n  - name: one\n    file: path=/srv/x state=directory mode=0755\n    notify:\n    - restrat\n  handlers:\n  - name: restart\n    service: name=x state=restarted\n"), finding => finding.Code == CompilerCodes.UnknownHandler);
        Assert.Equal((6, 7), (found.Span.Line, found.Span.Column));
    }

    [Theory]
    [InlineData("latin.yml", 2, 12)]
    [InlineData("notes/latin.yml", 2, 12)]
    public void Says_where_a_file_stops_being_utf8(string path, int line, int column)
    {
        var machine = new FakeOperatorMachine().With("site.yml", Latest);
        machine.With(path, [.. "- hosts: all\n  name: caf"u8, 0xE9, 10]);
        var found = Assert.Single(new Linter(machine).Lint(new LintRequest { Paths = ["."] }).Findings, finding => finding.Code == CompilerCodes.UnreadableFile);
        Assert.Equal((path, line, column), (found.Span.File, found.Span.Line, found.Span.Column));
    }

    // Each is a false alarm that public playbooks showed.
    [Theory]
    [InlineData("FD2209", "- name: one\n  command: >\n    /opt/app/bin/setup --all\n    chdir=/opt/app\n")]
    [InlineData("FD2406", "- name: one\n  mount: name=/proc src=proc fstype=procfs state=mounted\n")]
    [InlineData("FD2103", "- name: one\n  command: /opt/app/bin/x\n  environment:\n    NO_COLOR: True\n")]
    [InlineData("FD2204", "- name: one\n  command: galaxy install a.b:>=1.0,<2\n")]
    [InlineData("FD2203", "- name: one\n  shell: \"{{ line }}\"\n")]
    [InlineData("FD2301", "- name: one\n  shell: |\n    print(5 & 7)\n  args:\n    executable: /usr/bin/python3\n")]
    [InlineData("FD2402", "- name: one\n  pip: name=. chdir=/srv/app\n")]
    [InlineData("FD2801", "- name: one\n  debug: msg=x\n  when: True == True and a | bool != False\n")]
    [InlineData("FD2401", "- name: one\n  yum:\n    name: lsof\n    state: latest\n    update_only: true\n")]
    [InlineData("FD2412", "- name: one\n  service: name=x state=restarted\n  when: conf is changed\n")]
    [InlineData("FD2412", "- name: one\n  when: conf is changed\n  block:\n  - name: two\n    service: name=x state=restarted\n")]
    [InlineData("FD2506", "- name: one\n  command: \"id {{ item }}\"\n  loop: [a]\n  register: ids\n  changed_when: ids.rc == 5\n- name: two\n  debug: msg={{ ids.results[0].rc }}\n")]
    [InlineData("FD2702", "- name: one\n  user: \"name={{ item.name }} password={{ item.hash }}\"\n  loop: \"{{ people }}\"\n  loop_control:\n    label: \"{{ item.name }}\"\n")]
    [InlineData("FD2707", "- name: one\n  user: name=x password=!\n")]
    [InlineData("FD2801", "- name: one\n  debug: msg=x\n  when: '\"a == true\" in text'\n")]
    [InlineData("FD2802", "- name: one\n  debug: msg=x\n  when: a == 'x' or 'y' in b\n")]
    public void Holds_nothing_against_what_is_right(string code, string tasks) =>
        Assert.DoesNotContain(Lint(Playbook(tasks)), finding => finding.Code == code);

    [Theory]
    [InlineData("FD2102", "- hosts: all\n  vars:\n    file_mode: 0640\n  tasks:\n  - name: one\n    file: path=/x state=file mode={{ file_mode }}\n")]
    [InlineData("FD2405", "- name: one\n  file: path=/srv/x state=directory\n")]
    [InlineData("FD2405", "- name: one\n  lineinfile: path=/srv/x line=y create=yes\n")]
    [InlineData("FD2409", "- name: one\n  debug: msg=x\n  when: conf.changed == true\n")]
    [InlineData("FD2409", "- name: one\n  debug: msg=x\n  when:\n  - conf is changed\n")]
    [InlineData("FD2411", "- hosts: all\n  become_user: app\n  tasks:\n  - name: one\n    ping:\n")]
    [InlineData("FD2501", "- name: ''\n  ping:\n")]
    [InlineData("FD2603", "- hosts: all\n  roles:\n  - role: x\n    when: \"{{ y }}\"\n")]
    [InlineData("FD2605", "- name: one\n  debug: msg={{ item }}\n  with_items: answer.stdout.split('x')\n")]
    [InlineData("FD2702", "- name: one\n  user: \"name={{ item.name }} password={{ item.hash }}\"\n  loop: \"{{ people }}\"\n  no_log: false\n")]
    [InlineData("FD2801", "- name: one\n  debug: msg=x\n  when: site_on != False\n")]
    public void Finds_what_ansible_lint_finds_as_well(string code, string playbook) =>
        Assert.Contains(Lint(Playbook(playbook)), finding => finding.Code == code);

    private const string Latest = "- hosts: all\n  tasks:\n  - yum: name=lsof state=latest\n";

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
