using System.Globalization;
using System.Text;
using FlaskDeploy.Language.Diagnostics;

namespace FlaskDeploy.Compiler.Tests;

/// <summary>Hosts that read the same are checked once; none may notice.</summary>
public class ManyHostsTests
{
    private const string Playbook = """
        - hosts: all
          vars:
            conf: "{{ kind | default('one') }}"
          tasks:
          - copy: src={{ conf }} dest=/tmp/a
          - copy: src={{ item }}.txt dest=/tmp/
            loop: "{{ names | default([]) }}"
          - copy: src={{ kind }} dest=/tmp/b
            when: inventory_hostname != 'h3' and kind is defined
          - copy: src=two dest=/tmp/c
            when: "'special' in group_names"
          - include_tasks: "parts/{{ part | default('small') }}.yml"
          - template: src=t.j2 dest=/tmp/t
            when: kind is defined
        """;

    private static FakeOperatorMachine Machine(int seed, int hosts)
    {
        var random = new Random(seed);
        var inventory = new StringBuilder();
        for (var i = 0; i < hosts; i++)
        {
            inventory.Append(CultureInfo.InvariantCulture, $"h{i}");
            inventory.Append(random.Next(3) switch { 0 => " kind=one", 1 => " kind=two", _ => "" });
            inventory.Append(random.Next(3) switch { 0 => " names=\"['x','y']\"", 1 => " names=\"['x']\"", _ => "" });
            inventory.Append(random.Next(2) == 0 ? " part=large" : "").Append('\n');
        }
        inventory.Append("[special]\n");
        foreach (var i in Enumerable.Range(0, hosts).Where(_ => random.Next(3) == 0))
        {
            inventory.Append(CultureInfo.InvariantCulture, $"h{i}\n");
        }
        return new FakeOperatorMachine().With("hosts", inventory.ToString()).With("files/one", "1").With("files/two", "2").With("files/x.txt", "x").With("files/y.txt", "y")
            .With("templates/t.j2", "{{ kind }}").With("parts/small.yml", "- copy: src=small dest=/tmp/d\n").With("parts/large.yml", "- copy: src=large dest=/tmp/d\n").With("files/small", "s").With("files/large", "l");
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public void Each_host_gets_among_many_what_it_gets_alone(int seed)
    {
        const int Hosts = 40;
        var together = Machine(seed, Hosts).Compile(Playbook, "hosts").Good().Hosts;
        Assert.Equal(Hosts, together.Length);
        Assert.True(together.Select(host => string.Join(',', host.Part.Digests)).Distinct().Count() > 5);

        foreach (var host in together)
        {
            var alone = Assert.Single(Machine(seed, Hosts).Compile(Playbook, "hosts", $"-l {host.Part.InventoryName}").Good().Hosts);
            Assert.Equal(alone.Part.Digests, host.Part.Digests);
        }
    }

    [Fact]
    public void A_name_that_some_hosts_lack_is_told_with_all_of_them()
    {
        var error = new FakeOperatorMachine().With("hosts", "a\nb zone=1\nc\nd zone=2\n").Compile("- hosts: all\n  tasks:\n  - debug: msg={{ zone }}\n", "hosts").Wrong();

        Assert.Equal(DiagnosticCodes.UndefinedVariable, error.Code);
        Assert.Contains("on a, c", error.Summary, StringComparison.Ordinal);
    }

    [Fact]
    public void A_mistake_that_stands_in_two_hosts_variables_is_told_in_both_places()
    {
        var result = new FakeOperatorMachine().With("hosts", "a\nb\n").With("host_vars/a.yml", "zone: \"{{ nowhere }}\"\n").With("host_vars/b.yml", "\n\nzone: \"{{ nowhere }}\"\n")
            .Compile("- hosts: all\n  tasks:\n  - debug: msg={{ zone }}\n", "hosts");

        Assert.Equal(["host_vars/a.yml", "host_vars/b.yml"], result.Diagnostics.Select(diagnostic => Path.GetRelativePath("/site", Path.GetFullPath(diagnostic.Span.File, "/site"))).Order(StringComparer.Ordinal));
    }
}
