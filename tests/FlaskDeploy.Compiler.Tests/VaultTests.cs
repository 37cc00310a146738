using System.Text;
using FlaskDeploy.Compiler.Vaults;
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
