using FlaskDeploy.Compiler.Vaults;
using FlaskDeploy.Language.Bundles;
using FlaskDeploy.Language.Diagnostics;
using FlaskDeploy.Language.Values;

namespace FlaskDeploy.Compiler.Tests;

/// <summary>Lookups that ask the operator's machine: while a push is compiled, each question once, the answer in the part of each host that asked.</summary>
public class AskedLookupTests
{
    [Fact]
    public void Each_host_is_told_what_it_asked_and_nothing_of_others()
    {
        var machine = Machine("age web1", "age web2", "date");

        var compilation = machine.Compile(Play("debug: {msg: \"{{ lookup('pipe', 'age ' ~ inventory_hostname) }} {{ lookup('pipe', 'date') }}\"}"), "web1,web2,").Good();

        Assert.Equal(["pipe ['age web1'] ['out of age web1'], pipe ['date'] ['out of date']", "pipe ['age web2'] ['out of age web2'], pipe ['date'] ['out of date']"], compilation.Hosts.Select(Answers));
        Assert.Equal(["age web1", "date", "age web2"], machine.Asked);
    }

    [Fact]
    public void A_task_that_was_checked_for_a_like_host_brings_its_answers_to_the_next()
    {
        var compilation = Machine("date").Compile(Play("debug: {msg: \"{{ lookup('pipe', 'date') }}\"}"), "web1,web2,web3,").Good();

        Assert.Equal(3, compilation.Hosts.Count(host => host.Part.Answers.Length == 1));
    }

    // The host will evaluate what is not known here; what it will ask is there then.
    [Theory]
    [InlineData("{{ ansible_hostname ~ lookup('pipe', 'date') }}")]
    [InlineData("{{ ansible_hostname }} {{ lookup('pipe', 'date') }}")]
    [InlineData("{{ lookup('pipe', 'date') if ansible_hostname == 'a' else 1 }}")]
    [InlineData("{{ 1 if ansible_hostname == 'a' else lookup('pipe', 'date') }}")]
    [InlineData("{{ [ansible_hostname, lookup('pipe', 'date')] | join }}")]
    [InlineData("{{ ansible_hostname | default(lookup('pipe', 'date')) | upper }}")]
    [InlineData("{% if ansible_hostname == 'a' %}{{ lookup('pipe', 'date') }}{% endif %}")]
    [InlineData("{% for a in ansible_all_ipv4_addresses %}{{ lookup('pipe', 'date') }}{% endfor %}")]
    [InlineData("{% set x = ansible_hostname ~ lookup('pipe', 'date') %}{{ x }}")]
    [InlineData("{{ ansible_hostname == 'a' and lookup('pipe', 'date') }}")]
    [InlineData("{{ ansible_hostname ~ (query('lines', 'date') | first) }}")]
    public void What_stands_beside_something_unknown_is_asked(string template) =>
        Assert.Equal(["date"], AskedBy($"debug: {{msg: \"{template}\"}}"));

    [Theory]
    [InlineData("debug: {msg: \"{{ lookup('pipe', 'date') if wanted else ansible_hostname }}\"}")]
    [InlineData("debug: {msg: \"{{ ansible_hostname ~ (lookup('pipe', 'date') if wanted else '') }}\"}")]
    [InlineData("debug: {msg: \"{{ wanted and lookup('pipe', 'date') }}\"}")]
    [InlineData("debug: {msg: \"{{ ansible_hostname ~ (not wanted or lookup('pipe', 'date')) }}\"}")]
    [InlineData("debug: {msg: \"{{ lookup('pipe', 'date') }}\"}\n    when: wanted")]
    public void What_is_certainly_not_needed_is_not_asked(string task) => Assert.Empty(AskedBy(task));

    [Theory]
    [InlineData("debug: {msg: x}\n    name: \"by {{ lookup('pipe', 'date') }}\"")]
    [InlineData("debug: {msg: x}\n    when: lookup('pipe', 'date') == ansible_hostname")]
    [InlineData("debug: {msg: \"{{ item }}\"}\n    with_lines: date")]
    [InlineData("debug: {msg: \"{{ item }}\"}\n    with_lines: [date]")]
    [InlineData("debug: {msg: \"{{ item }}\"}\n    with_pipe: \"{{ 'da' ~ 'te' }}\"")]
    [InlineData("debug: {msg: \"{{ item }}\"}\n    loop: \"{{ query('lines', 'date') }}\"")]
    [InlineData("debug: {msg: \"{{ now_here }}\"}\n    vars: {now_here: \"{{ lookup('ansible.builtin.pipe', 'date') }}\"}")]
    [InlineData("command: a\n    environment: {WHEN: \"{{ lookup('pipe', 'date') }}\"}")]
    [InlineData("template: {src: a.j2, dest: /a}")]
    public void Wherever_it_stands_it_is_asked(string task) => Assert.Equal(["date"], AskedBy(task));

    [Fact]
    public void A_password_goes_into_the_part_of_the_host_as_a_secret()
    {
        var compilation = Machine().Compile(Play("debug: {msg: \"{{ lookup('password', 'kept/' ~ inventory_hostname) }}\"}")).Good();

        var answer = Assert.Single(compilation.Hosts[0].Part.Answers);
        Assert.True(answer.IsSecret && compilation.HasSecrets);
        Assert.IsType<SecretValue>(answer.Result);
    }

    [Fact]
    public void What_is_asked_about_a_secret_is_a_secret_whole()
    {
        var machine = Machine("get swordfish");

        machine.With("v.yml", AnsibleVault.Encrypt("key: swordfish"u8, new VaultPassword(null, "open"), [.. Enumerable.Range(0, 32).Select(number => (byte)number)]));

        var compilation = machine.Compile("- hosts: all\n  vars_files: [v.yml]\n  tasks:\n  - debug: {msg: \"{{ lookup('pipe', 'get ' ~ key) }}\"}\n", "web1,", "--vault-id open").Good();

        var answer = Assert.Single(compilation.Hosts[0].Part.Answers);
        Assert.IsType<SecretValue>(answer.Terms);
        Assert.IsType<SecretValue>(answer.Result);
        Assert.Equal(["get swordfish"], machine.Asked);
    }

    [Theory]
    [InlineData("debug: {msg: \"{{ lookup('pipe', 'dig ' ~ ansible_fqdn) }}\"}")]
    [InlineData("debug: {msg: \"{{ lookup('url', 'http://' ~ made.stdout) }}\"}")]
    public void What_only_the_host_can_ask_is_refused_at_its_place(string task)
    {
        var wrong = Machine().Compile(Play("command: make\n    register: made\n  - " + task)).Wrong();

        Assert.Equal(CompilerCodes.OperatorLookup, wrong.Code);
        Assert.Equal(5, wrong.Span.Line);
        Assert.Contains("known on the host only", wrong.Summary, StringComparison.Ordinal);
    }

    [Fact]
    public void What_fails_is_said_where_it_stands_and_left_to_the_task_where_that_may_not_run()
    {
        var wrong = Machine().Compile(Play("debug: {msg: \"{{ lookup('pipe', 'nonsense') }}\"}")).Wrong();
        Assert.Equal((DiagnosticCodes.LookupFailed, "lookup_plugin.pipe(nonsense) returned 127", 3), (wrong.Code, wrong.Summary, wrong.Span.Line));

        var perhaps = Machine().Compile(Play("debug: {msg: \"{{ ansible_hostname ~ lookup('pipe', 'nonsense') }}\"}\n    ignore_errors: yes")).Good();
        Assert.Equal("lookup_plugin.pipe(nonsense) returned 127", Assert.Single(perhaps.Hosts[0].Part.Answers).Problem);
    }

    [Fact]
    public void An_answer_too_long_for_a_part_is_a_problem_with_a_way_around()
    {
        var machine = Machine();
        machine.Shell["long"] = new string('x', 300 * 1024);

        Assert.Contains("put it into a file", machine.Compile(Play("debug: {msg: \"{{ lookup('pipe', 'long') }}\"}")).Wrong().Summary, StringComparison.Ordinal);
    }

    [Fact]
    public void Nothing_is_asked_for_apply_which_asks_by_itself()
    {
        var machine = Machine("date");

        var compilation = machine.Compile(Play("debug: {msg: \"{{ lookup('pipe', 'date') }}{{ lookup('pipe', ansible_fqdn) }}\"}"), "localhost,", "--apply").Good();

        Assert.Empty(machine.Asked);
        Assert.Empty(compilation.Hosts[0].Part.Answers);
    }

    [Fact]
    public void Files_are_looked_up_beside_something_unknown()
    {
        var compilation = new FakeOperatorMachine().With("files/a.csv", "x,1\n").With("files/b.txt", "b").Compile(Play("debug: {msg: \"{{ ansible_hostname ~ lookup('csvfile', 'x', file='a.csv', delimiter=',') ~ lookup('file', 'b.txt') }}\"}")).Good();

        Assert.Equal(["files/a.csv", "files/b.txt"], compilation.Bundle.Tree.Select(entry => entry.Path));
    }

    [Theory]
    [InlineData("{{ lookup('first_found', {'files': ['gone', 'a'], 'paths': ['conf']}) }}", "conf/a")]
    [InlineData("{{ lookup('first_found', 'gone', 'a', paths='conf') }}", "conf/a")]
    [InlineData("{{ query('first_found', 'gone', skip=True) }}", "")]
    [InlineData("{{ query('first_found', {'files': 'gone', 'skip': True}) }}", "")]
    public void The_first_file_that_is_there_goes_along_and_none_where_it_may_be_missing(string template, string tree) =>
        Assert.Equal(tree, string.Join(' ', new FakeOperatorMachine().With("conf/a", "a").Compile(Play($"debug: {{msg: \"{template}\"}}")).Good().Bundle.Tree.Select(entry => entry.Path)));

    private static List<string> AskedBy(string task)
    {
        var machine = Machine("date").With("templates/a.j2", "{{ ansible_hostname }}\n{{ lookup('pipe', 'date') }}\n");
        var compilation = machine.Compile("- hosts: all\n  vars: {wanted: no}\n  tasks:\n  - " + task + "\n").Good();
        Assert.Equal(machine.Asked, compilation.Hosts[0].Part.Answers.Select(answer => ((ListValue)answer.Terms).Items[0].ToString()));
        return machine.Asked;
    }

    private static string Play(string task) => $"- hosts: all\n  tasks:\n  - {task}\n";

    private static FakeOperatorMachine Machine(params string[] lines)
    {
        var machine = new FakeOperatorMachine();
        foreach (var line in lines)
        {
            machine.Shell[line] = $"out of {line}\n";
        }
        return machine;
    }

    private static string Answers(CompiledHost host) => string.Join(", ", host.Part.Answers.Select(answer => $"{answer.Name} {answer.Terms} {answer.Result}"));
}
