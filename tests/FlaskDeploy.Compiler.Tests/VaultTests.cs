using System.Text;
using FlaskDeploy.Compiler.Vaults;
using FlaskDeploy.Language.Bundles;
using FlaskDeploy.Language.Values;

namespace FlaskDeploy.Compiler.Tests;

public class VaultTests
{
    private static readonly byte[] Salt = [.. Enumerable.Range(0, 32).Select(number => (byte)number)];

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(15)]
    [InlineData(16)]
    [InlineData(17)]
    [InlineData(5000)]
    public void What_was_encrypted_is_decrypted(int length)
    {
        byte[] plain = [.. Enumerable.Range(0, length).Select(number => (byte)(number * 7))];

        var (result, problem) = AnsibleVault.Decrypt(AnsibleVault.Encrypt(plain, new VaultPassword(null, "swordfish"), Salt), [new VaultPassword(null, "other"), new VaultPassword(null, "swordfish")]);

        Assert.Null(problem);
        Assert.Equal(plain, result);
    }

    [Fact]
    public void Says_which_id_a_vault_wants_that_no_password_opens()
    {
        var vault = AnsibleVault.Encrypt("x"u8, new VaultPassword("prod", "swordfish"), Salt);

        Assert.StartsWith("$ANSIBLE_VAULT;1.2;AES256;prod\n", vault, StringComparison.Ordinal);
        Assert.Equal("no given password opens it; it was made with the id 'prod'", AnsibleVault.Decrypt(vault, [new VaultPassword("dev", "wrong")]).Problem);
        Assert.Equal("x"u8.ToArray(), AnsibleVault.Decrypt(vault, [new VaultPassword("dev", "swordfish")]).Plain);
    }

    [Fact]
    public void A_vault_that_was_changed_anywhere_is_not_opened()
    {
        var vault = AnsibleVault.Encrypt(Encoding.UTF8.GetBytes("a: 1\n"), new VaultPassword(null, "swordfish"), Salt);
        var start = vault.IndexOf('\n', StringComparison.Ordinal) + 1;
        for (var at = start; at < vault.Length; at++)
        {
            if (vault[at] == '\n')
            {
                continue;
            }
            var changed = $"{vault[..at]}{(vault[at] == '3' ? '4' : '3')}{vault[(at + 1)..]}";
            Assert.Null(AnsibleVault.Decrypt(changed, [new VaultPassword(null, "swordfish")]).Plain);
        }
        Assert.Null(AnsibleVault.Decrypt(vault[..^20], [new VaultPassword(null, "swordfish")]).Plain);
    }

    [Theory]
    [InlineData("")]
    [InlineData("$ANSIBLE_VAULT;1.0;AES\n00")]
    [InlineData("$ANSIBLE_VAULT;1.1;AES256\nzz")]
    [InlineData("$ANSIBLE_VAULT;1.1;AES256\n")]
    [InlineData("$ANSIBLE_VAULT;1.1;AES256\n0a0a")]
    public void What_is_no_vault_has_a_problem_and_throws_nothing(string text) =>
        Assert.NotNull(AnsibleVault.Decrypt(text, [new VaultPassword(null, "swordfish")]).Problem);

    [Fact]
    public void Files_that_lie_in_vaults_are_carried_opened_and_marked()
    {
        var compilation = Compiled("- copy: src=key.pem dest=/etc/key.pem\n  - template: src=conf.j2 dest=/etc/conf\n  - copy: src=raw.pem dest=/etc/raw decrypt=no\n  - debug: msg={{ lookup('file', 'key.pem') }}{{ lookup('unvault', 'key.pem') }}\n").Good();

        var tree = compilation.Bundle.Tree.ToDictionary(entry => entry.Path);
        Assert.Equal((Digest.Of("secret key\n"u8), 11L, true), (tree["key.pem"].Digest!.Value, tree["key.pem"].Size, tree["key.pem"].IsSecret));
        Assert.Equal((Digest.Of(Encoding.UTF8.GetBytes(Vault("secret key\n"))), false), (tree["raw.pem"].Digest!.Value, tree["raw.pem"].IsSecret));
        Assert.Equal("secret key\n", Encoding.UTF8.GetString(compilation.Blobs.Single(blob => blob.Digest == tree["key.pem"].Digest).Opened!));
        Assert.Null(compilation.Blobs.Single(blob => blob.Digest == tree["raw.pem"].Digest).Opened);
        Assert.True(compilation.HasSecrets);
        Assert.True(tree["conf.j2"].IsSecret);
        // What the template asks for is found through its vault.
        Assert.Contains("other.txt", tree.Keys);
    }

    [Theory]
    [InlineData("import_tasks: tasks.yml")]
    [InlineData("include_tasks: tasks.yml")]
    [InlineData("import_role: name=web")]
    public void Tasks_in_vaults_are_marked_and_hidden(string task)
    {
        var bundle = Compiled($"- {task}\n").Good().Bundle;

        var found = Nodes(bundle.Plays[0].Tasks.Concat(bundle.TaskFiles.SelectMany(file => file.Tasks))).Single(node => node.Action is ModuleCall);
        Assert.True(found.IsSecret);
        Assert.Equal(Value.True, found.NoLog);
    }

    [Fact]
    public void A_playbook_may_lie_in_a_vault_whole()
    {
        var machine = new FakeOperatorMachine();
        var play = machine.Compile(Vault("- hosts: all\n  vars: {a: hidden}\n  tasks:\n  - shell: echo {{ a }}\n"), "web1,", "--vault-id swordfish").Good().Bundle.Plays[0];

        Assert.True(play.IsSecret && play.Tasks[0].IsSecret);
        Assert.IsType<SecretValue>(play.Vars[0].Value);
    }

    [Theory]
    [InlineData("- copy: src=key.pem dest=/etc/key.pem", "key.pem lies in a vault, which cannot be opened: no given password opens it")]
    [InlineData("- import_tasks: tasks.yml", "the vault cannot be opened: no given password opens it")]
    [InlineData("- copy: src=key.pem dest=/a\n  - copy: src=key.pem dest=/b decrypt=no", "is wanted both as its vault is and opened")]
    public void Says_which_vault_cannot_be_taken(string tasks, string problem) =>
        Assert.Contains(problem, Compiled(tasks + "\n", problem.Contains("both", StringComparison.Ordinal) ? "swordfish" : "wrong").Wrong().ToString());

    private static CompilationResult Compiled(string tasks, string password = "swordfish") => new FakeOperatorMachine()
        .With("key.pem", Vault("secret key\n")).With("raw.pem", Vault("secret key\n")).With("conf.j2", Vault("{{ ansible_hostname }} {{ lookup('file', 'other.txt') }}")).With("other.txt", "other")
        .With("tasks.yml", Vault("- name: hidden\n  shell: echo hidden\n  when: not hidden is defined\n")).With("roles/web/tasks/main.yml", Vault("- command: {cmd: echo hidden}\n"))
        .Compile($"- hosts: all\n  tasks:\n  {tasks}", "web1,", $"--vault-id {password}");

    private static string Vault(string plain) => AnsibleVault.Encrypt(Encoding.UTF8.GetBytes(plain), new VaultPassword(null, "swordfish"), Salt);

    private static IEnumerable<TaskNode> Nodes(IEnumerable<TaskNode> nodes) => nodes.SelectMany(node => node.Action is Block block ? Nodes(block.Tasks) : [node]);

    [Fact]
    public void Every_value_of_an_encrypted_file_is_secret_and_so_is_what_is_typed_unseen()
    {
        var machine = new FakeOperatorMachine()
            .With("site.yml", "- hosts: all\n  vars_prompt:\n    - {name: typed, prompt: Say}\n    - {name: shown, private: no, default: d}\n  vars_files: [v.yml]\n  tasks:\n    - debug: msg={{ list }}{{ typed }}{{ shown }}\n")
            .With("v.yml", AnsibleVault.Encrypt("list: [one, {two: 2}]\nflag: yes\n"u8, new VaultPassword(null, "swordfish"), Salt));
        var asked = new List<(string, bool)>();

        var result = new PlaybookCompiler(machine).Compile(new CompilationRequest
        {
            PlaybookPath = "site.yml",
            Inventories = ["web1,"],
            VaultPasswords = [new VaultPassword(null, "swordfish")],
            Ask = (prompt, unseen) =>
            {
                asked.Add((prompt, unseen));
                return unseen ? "pw" : "";
            },
        });

        var vars = result.Compilation!.Bundle.Plays[0].Vars.ToDictionary();
        Assert.True(result.Compilation.HasSecrets);
        Assert.Equal([("Say", true), ("shown [d]", false)], asked);
        Assert.Equal("pw", Assert.IsType<SecretValue>(vars["typed"]).Reveal().ToString());
        Assert.Equal(Value.Of("d"), vars["shown"]);
        Assert.IsNotType<SecretValue>(vars["shown"]);
        var list = Assert.IsType<ListValue>(vars["list"]);
        Assert.IsType<SecretValue>(list.Items[0]);
        Assert.IsType<SecretValue>(Assert.IsType<MapValue>(list.Items[1])["two"]);
        Assert.Equal(Value.True, vars["flag"]);
    }
}
