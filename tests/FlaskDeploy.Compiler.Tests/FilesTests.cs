using FlaskDeploy.Language.Bundles;
using FlaskDeploy.Language.Diagnostics;

namespace FlaskDeploy.Compiler.Tests;

public class FilesTests
{
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
