using FlaskDeploy.Language.Bundles;
using FlaskDeploy.Language.Diagnostics;

namespace FlaskDeploy.Compiler.Tests;

public class FilesTests
{
    [Theory]
    [InlineData("{{ ansible_hostname }} {{ lookup('file', 'a.txt') }}")]
    [InlineData("{% if ansible_hostname == 'x' %}{{ lookup('file', 'a.txt') }}{% endif %}")]
    [InlineData("{% for disk in ansible_mounts %}{{ lookup('file', 'a.txt') }}{% endfor %}")]
    [InlineData("{% set x = ansible_hostname %}{% macro m() %}{{ lookup('file', 'a.txt') }}{% endmacro %}{{ x }}{{ m() }}")]
    [InlineData("{{ ansible_hostname }}{% include 'b.j2' %}")]
    public void Files_that_a_template_asks_for_behind_a_fact_are_the_hosts_to_read(string template)
    {
        var machine = new FakeOperatorMachine().With("site.j2", template).With("b.j2", "{{ ansible_hostname }} {{ lookup('file', 'a.txt') }}").With("a.txt", "a");

        var compilation = machine.Compile("- hosts: all\n  tasks:\n  - template: src=site.j2 dest=/x\n").Good();

        Assert.Contains(compilation.Bundle.Tree.Single(entry => entry.Path == "a.txt").Digest!.Value, compilation.Hosts[0].Part.Digests);
    }

    [Fact]
    public void A_copy_finds_its_file_in_files_first()
    {
        var compilation = new FakeOperatorMachine().With("files/a.txt", "one").With("a.txt", "two").Compile(Copy("a.txt")).Good();

        Assert.Equal("files/a.txt", Assert.Single(compilation.Bundle.Tree).Path);
        Assert.Equal(new BlobSource(Digest.Of("one"u8), "/site/files/a.txt", 3), Assert.Single(compilation.Blobs));
    }

    [Fact]
    public void A_directory_comes_with_all_that_is_below_it_and_links_are_followed()
    {
        var compilation = new FakeOperatorMachine().With("app/a", "1").With("app/.hidden", "2").With("app/sub/b", "3").With("/else/c", "4").WithLink("app/c", "/else/c").Compile(Copy("app/")).Good();

        Assert.Equal(["app", "app/.hidden", "app/a", "app/c", "app/sub", "app/sub/b"], compilation.Bundle.Tree.Select(entry => entry.Path));
        Assert.Equal(4, compilation.Hosts[0].Part.Digests.Length);
    }

    [Fact]
    public void A_link_in_a_circle_is_refused() =>
        Assert.Equal(CompilerCodes.TooManyFiles, new FakeOperatorMachine().With("app/a", "1").WithLink("app/up", "app").Compile(Copy("app")).Wrong().Code);

    [Fact]
    public void What_a_test_of_a_path_says_here_goes_along_so_that_no_host_is_asked()
    {
        var machine = new FakeOperatorMachine().With("files/a.txt", "").WithLink("files/l", "files/a.txt").WithLink("files/gone", "nowhere");
        var tasks = "exists:files/a.txt exists:files/no file:files/a.txt file:files directory:files link:files/l link:files/gone link:files/a.txt link_exists:files/gone exists:files/gone".Split(' ')
            .Select(pair => pair.Split(':')).Select(pair => $"  - debug: msg=x\n    when: (playbook_dir ~ '/{pair[1]}') is {pair[0]}\n");
        var compilation = machine.Compile($"- hosts: all\n  tasks:\n{string.Concat(tasks)}  - debug: msg=x\n    when: \"'files/l' is same_file('files/a.txt')\"\n").Good();

        Assert.Equal(
            ["directory ./files True", "exists ./files/a.txt True", "exists ./files/gone False", "exists ./files/no False", "file ./files False", "file ./files/a.txt True", "link ./files/a.txt False", "link ./files/gone True", "link ./files/l True", "link_exists ./files/gone True", "same_file files/l files/a.txt True"],
            compilation.Bundle.Answers.Select(answer => $"{answer.Test} {string.Join(' ', answer.Paths)} {answer.Holds}"));
    }

    [Theory]
    [InlineData("", "", false)]
    [InlineData("1", "", true)]
    [InlineData("0", "[defaults]\njinja2_native = True\n", false)]
    [InlineData(null, "# x\n[defaults]\nforks=5\njinja2_native: yes  ; why not\n", true)]
    [InlineData(null, "[other]\njinja2_native = True\n", false)]
    [InlineData(null, null, false)]
    public void Native_types_are_asked_for_as_with_Ansible(string? variable, string? settings, bool expected)
    {
        var machine = new FakeOperatorMachine();
        _ = settings is null ? machine : machine.With("ansible.cfg", settings);
        if (variable is not null)
        {
            machine.Variables["ANSIBLE_JINJA2_NATIVE"] = variable;
        }
        var bundle = machine.Compile("- hosts: all\n  tasks:\n  - debug: msg=x\n").Good().Bundle;

        Assert.Equal((expected, expected ? 3 : 2), (bundle.HasNativeTypes, bundle.Language));
    }

    [Fact]
    public void Where_the_inventory_lies_goes_along_where_a_template_asks_for_it()
    {
        var machine = new FakeOperatorMachine().With("inventory/hosts", "web1\n").With("inventory/x.txt", "hi");
        var asks = machine.Compile("- hosts: all\n  tasks:\n  - copy: src={{ inventory_dir }}/x.txt dest=/x\n", "inventory/hosts").Good();
        Assert.Equal("inventory", asks.Hosts[0].Part.Vars.Single(pair => pair.Key == "inventory_dir").Value.ToString());
        Assert.Contains(asks.Bundle.Tree, entry => entry.Path == "inventory/x.txt");

        var asksNot = machine.Compile("- hosts: all\n  tasks:\n  - debug: msg=x\n", "inventory/hosts").Good();
        Assert.Empty(asksNot.Hosts[0].Part.Vars);
    }

    [Fact]
    public void A_missing_file_is_said_with_where_it_was_looked_for()
    {
        var error = new FakeOperatorMachine().With("files/app.conf", "").Compile(Copy("ap.conf")).Wrong();

        Assert.Equal("site.yml:3:11: error FD1501: copy: there is no file 'ap.conf'; did you mean 'app.conf'?\n    looked for ./files/ap.conf, ./ap.conf", error.ToString());
    }

    [Fact]
    public void A_missing_file_behind_a_condition_that_only_the_host_knows_is_a_warning()
    {
        var result = CompilerTestExtensions.Compile("- hosts: all\n  tasks:\n  - copy: src=gone dest=/tmp/\n    when: ansible_os_family == 'Debian'\n");

        Assert.NotNull(result.Compilation);
        Assert.Equal(CompilerCodes.MissingFile, Assert.Single(result.Diagnostics).Code);
    }

    [Fact]
    public void A_task_that_never_runs_asks_for_no_file() =>
        Assert.Empty(CompilerTestExtensions.Compile("- hosts: all\n  tasks:\n  - copy: src=gone dest=/tmp/\n    when: false\n").Good().Bundle.Tree);

    [Fact]
    public void Each_host_may_read_what_its_own_variables_name()
    {
        var machine = new FakeOperatorMachine().With("hosts", "a conf=one\nb conf=two\n").With("files/one", "1").With("files/two", "2");
        var hosts = machine.Compile(Copy("{{ conf }}"), "hosts").Good().Hosts;

        Assert.Equal([Digest.Of("1"u8)], hosts[0].Part.Digests);
        Assert.Equal([Digest.Of("2"u8)], hosts[1].Part.Digests);
    }

    [Fact]
    public void A_name_that_the_host_completes_widens_to_its_constant_ends_only()
    {
        var machine = new FakeOperatorMachine().With("files/conf/RedHat.conf", "1").With("files/conf/Debian.conf", "2").With("files/conf/notes.md", "3").With("files/other/x.conf", "4").With("host_vars/web1.yml", "s: 1");
        var compilation = machine.Compile(Copy("conf/{{ ansible_os_family }}.conf")).Good();

        Assert.Equal(["files/conf/Debian.conf", "files/conf/RedHat.conf"], compilation.Bundle.Tree.Select(entry => entry.Path));
        Assert.Equal(2, compilation.Hosts[0].Part.Digests.Length);
    }

    [Fact]
    public void A_name_of_which_nothing_is_known_reaches_no_variables_of_hosts()
    {
        var error = new FakeOperatorMachine().With("host_vars/web1.yml", "s: 1").With("secret.txt", "x").Compile(Copy("{{ ansible_hostname }}")).Wrong();

        Assert.Equal(CompilerCodes.UnboundedName, error.Code);
    }

    [Fact]
    public void A_glob_without_a_match_is_an_empty_loop() =>
        Assert.Empty(CompilerTestExtensions.Compile("- hosts: all\n  tasks:\n  - copy: src={{ item }} dest=/tmp/\n    with_fileglob: nothing/*\n").Good().Bundle.Tree);

    [Fact]
    public void Templates_are_found_in_templates_and_checked()
    {
        var machine = new FakeOperatorMachine().With("templates/a.j2", "x\nport {{ PROT }}\n");
        var error = machine.Compile("- hosts: all\n  vars: {PORT: 1}\n  tasks:\n  - template: src=a.j2 dest=/tmp/a\n").Wrong();

        Assert.Equal("templates/a.j2:2:9: error FD1302: 'PROT' is not defined; did you mean 'PORT'?", error.ToString());
    }

    [Fact]
    public void A_template_brings_along_what_it_includes_imports_and_extends()
    {
        var machine = new FakeOperatorMachine()
            .With("templates/a.j2", "{% extends 'base.j2' %}{% block b %}{% include 'parts/one.j2' %}{% endblock %}")
            .With("templates/base.j2", "{% import 'macros.j2' as m %}{% block b %}{% endblock %}{% include 'nosuch.j2' ignore missing %}")
            .With("templates/parts/one.j2", "{% include ['gone.j2', 'two.j2'] %}")
            .With("templates/two.j2", "2")
            .With("templates/macros.j2", "{% macro x() %}{% endmacro %}")
            .With("templates/other.j2", "never");
        var compilation = machine.Compile("- hosts: all\n  tasks:\n  - template: src=a.j2 dest=/tmp/a\n").Good();

        Assert.Equal(["templates/a.j2", "templates/base.j2", "templates/macros.j2", "templates/parts/one.j2", "templates/two.j2"], compilation.Bundle.Tree.Select(entry => entry.Path));
        Assert.Equal(5, compilation.Hosts[0].Part.Digests.Length);
    }

    [Fact]
    public void A_template_that_the_host_names_widens_to_its_constant_ends()
    {
        var machine = new FakeOperatorMachine()
            .With("templates/a.j2", "{% include 'os/' ~ ansible_os_family ~ '.j2' %}").With("templates/os/RedHat.j2", "{% include 'deep.j2' %}").With("templates/os/notes.md", "x")
            .With("templates/deep.j2", "d").With("templates/other.j2", "never");
        var compilation = machine.Compile("- hosts: all\n  tasks:\n  - template: src=a.j2 dest=/tmp/a\n").Good();

        Assert.Equal(["templates/a.j2", "templates/deep.j2", "templates/os/RedHat.j2"], compilation.Bundle.Tree.Select(entry => entry.Path));
    }

    [Fact]
    public void A_template_named_by_a_variable_is_read_where_the_variable_is_known()
    {
        var machine = new FakeOperatorMachine().With("templates/a.j2", "{% include part %}").With("else/b.j2", "b");
        var compilation = machine.Compile("- hosts: all\n  vars: {part: else/b.j2}\n  tasks:\n  - template: src=a.j2 dest=/tmp/a\n").Good();

        Assert.Equal(["else/b.j2", "templates/a.j2"], compilation.Bundle.Tree.Select(entry => entry.Path));
    }

    [Fact]
    public void A_template_that_is_missing_is_said_where_it_is_asked_for()
    {
        var error = new FakeOperatorMachine().With("templates/a.j2", "x\n{% include 'gone.j2' %}").Compile("- hosts: all\n  tasks:\n  - template: src=a.j2 dest=/tmp/a\n").Wrong();

        Assert.Equal("templates/a.j2:2:12: error FD1308: there is no template 'gone.j2'", error.ToString());
    }

    [Fact]
    public void An_included_template_reaches_nothing_above_the_playbook()
    {
        var machine = new FakeOperatorMachine().With("templates/a.j2", "{% include '../../etc/passwd' ignore missing %}{% include '/etc/passwd' ignore missing %}{% include '~/x' ignore missing %}").With("/etc/passwd", "root").With("/etc/x", "1");

        Assert.Equal(["templates/a.j2"], machine.Compile("- hosts: all\n  tasks:\n  - template: src=a.j2 dest=/tmp/a\n").Good().Bundle.Tree.Select(entry => entry.Path));
    }

    [Fact]
    public void Nothing_of_the_bundle_says_where_the_checkout_lies()
    {
        string DumpAt(string place)
        {
            var machine = new FakeOperatorMachine { CurrentDirectory = place }.With($"{place}/site.yml", "- hosts: all\n  tasks:\n  - copy: src=a dest=/b\n  - debug: msg={{ playbook_dir }}\n").With($"{place}/files/a", "1");
            var result = new PlaybookCompiler(machine).Compile(new CompilationRequest { PlaybookPath = "site.yml", Inventories = ["h,"] }).Good();
            return Dump.Of(result with { Blobs = [], Release = result.Release with { Origin = "" } });
        }

        Assert.Equal(DumpAt("/home/a/checkout"), DumpAt("/srv/b"));
    }

    private static string Copy(string source) => $"- hosts: all\n  tasks:\n  - copy: src={source} dest=/tmp/\n";
}
