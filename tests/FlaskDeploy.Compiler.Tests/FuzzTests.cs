using System.Text;

namespace FlaskDeploy.Compiler.Tests;

/// <summary>Whatever a file holds, the compiler answers with diagnostics. Seeds are fixed: a failure is the same one again.</summary>
public class FuzzTests
{
    private const string Playbook =
        "- hosts: web:!w2\n  vars: &v {a: \"{{ b }}\", b: [1, 'x'], c: !unsafe y}\n  vars_files: [more.yml]\n  tasks:\n"
        + "  - name: \"n {{ a }}\"\n    copy: src=f dest=/tmp/{{ item }} mode=0644\n    with_items: \"{{ b }}\"\n    when: a is defined and b | length > 0\n"
        + "  - shell: |\n      echo {{ a }} creates=\"/x y\"\n    args: {chdir: /tmp}\n    register: r\n  - block:\n    - debug: {msg: \"{{ r.stdout | default(omit) }}\"}\n    rescue: []\n"
        + "  - template: {src: t.j2, dest: /x}\n    notify: h\n  handlers:\n  - name: h\n    service: name=x state=restarted\n";

    private const string Inventory = "w[1:3] a=\"['x']\" b='y z'\n[web]\nw1\nw2:22\n[web:vars]\nk = {{ v }}\n[all:children]\nweb\n";

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public void Mutated_input_never_throws(int seed)
    {
        var random = new Random(seed);
        for (var round = 0; round < 60; round++)
        {
            var machine = new FakeOperatorMachine().With("files/f", "1").With("templates/t.j2", Mutate("{% for x in b %}{{ x }}{% endfor %}", random))
                .With("more.yml", Mutate("d: 1\ne: {f: [2]}\n", random)).With("hosts", Mutate(Inventory, random)).With("site.yml", Mutate(Playbook, random));

            var result = new PlaybookCompiler(machine).Compile(new CompilationRequest
            {
                PlaybookPath = "site.yml",
                Inventories = ["hosts"],
                ExtraVars = [Mutate("x=1 y='a b'", random), Mutate("{\"z\": [1, 2]}", random)],
                Limit = random.Next(4) == 0 ? Mutate("web:!w3", random) : null,
            });

            Assert.Equal(result.Compilation is null, result.HasErrors);
            Assert.All(result.Diagnostics, diagnostic => Assert.NotEmpty(diagnostic.Summary));
        }
    }

    [Theory]
    [InlineData(11)]
    [InlineData(12)]
    public void Random_bytes_never_throw(int seed)
    {
        var random = new Random(seed);
        for (var round = 0; round < 100; round++)
        {
            var bytes = new byte[random.Next(200)];
            random.NextBytes(bytes);
            var inventory = new byte[random.Next(200)];
            random.NextBytes(inventory);
            var result = new PlaybookCompiler(new FakeOperatorMachine().With("site.yml", bytes).With("hosts", inventory)).Compile(new CompilationRequest { PlaybookPath = "site.yml", Inventories = ["hosts"] });

            Assert.True(result.HasErrors);
        }
    }

    private static string Mutate(string text, Random random)
    {
        const string alphabet = "{}[]%#\"'\\:-&*!|>?@`, \t\n=x0<~";
        var result = new StringBuilder(text);
        for (var count = random.Next(4); count > 0 && result.Length > 0; count--)
        {
            var at = random.Next(result.Length);
            var length = Math.Min(random.Next(1, 6), result.Length - at);
            _ = random.Next(4) switch
            {
                0 => result.Remove(at, length),
                1 => result.Insert(at, alphabet[random.Next(alphabet.Length)].ToString(), random.Next(1, 4)),
                2 => result.Insert(at, result.ToString(random.Next(result.Length - length + 1), length)),
                _ => result.Replace(result[at], alphabet[random.Next(alphabet.Length)], at, 1),
            };
        }
        return result.ToString();
    }
}
