using FlaskDeploy.Language.Bundles;
using FlaskDeploy.Language.Diagnostics;
using FlaskDeploy.Language.Values;

namespace FlaskDeploy.Compiler.Tests;

public class OperatorTreeTests
{
    private static readonly OperatorTree Tree = new(
    [
        File("files/a"), File("a"), File("templates/t.j2"), File("hello/x.py"), File("hello/y.txt"), File("hello/.z"), Directory("hello/sub"), File("hello/sub/deep"),
        File("roles/r/files/own"), File("/etc/motd"), File("../shared/s"), File("~/mine"),
    ]);

    [Theory]
    [InlineData("a", "", OperatorFileKind.File, "files/a")]
    [InlineData("./a", "", OperatorFileKind.File, "files/a")]
    [InlineData("a", "", OperatorFileKind.Template, "a")]
    [InlineData("t.j2", "", OperatorFileKind.Template, "templates/t.j2")]
    [InlineData("t.j2", "", OperatorFileKind.File, null)]
    [InlineData("own", "roles/r/tasks", OperatorFileKind.File, "roles/r/files/own")]
    [InlineData("a", "roles/r/tasks", OperatorFileKind.File, "files/a")]
    [InlineData("hello/x.py", "sub", OperatorFileKind.File, "hello/x.py")]
    [InlineData("/etc/motd", "sub", OperatorFileKind.File, "/etc/motd")]
    [InlineData("../shared/s", "", OperatorFileKind.File, "../shared/s")]
    [InlineData("~/mine", "", OperatorFileKind.File, "~/mine")]
    public void Finds_a_file_beside_the_task_then_beside_the_playbook(string path, string directory, OperatorFileKind kind, string? expected) =>
        Assert.Equal(expected, Tree.Find(path, directory, kind)?.Path);

    [Theory]
    [InlineData("./hello/*", "hello/x.py hello/y.txt")]
    [InlineData("hello/*.py", "hello/x.py")]
    [InlineData("hello/[!x]*", "hello/y.txt")]
    [InlineData("hello/.*", "hello/.z")]
    [InlineData("a", "files/a")]
    [InlineData("hello/q*", "")]
    public void Globs_plain_files_of_one_directory(string pattern, string expected) =>
        Assert.Equal(expected, string.Join(' ', Tree.Glob(pattern, "").Select(entry => entry.Path)));

    [Fact]
    public void Walks_directories_from_the_top() =>
        Assert.Equal(["hello/.z", "hello/sub", "hello/sub/deep", "hello/x.py", "hello/y.txt"], Tree.Descendants("hello").Select(entry => entry.Path));

    [Theory]
    [InlineData("a/./b//c/", "a/b/c")]
    [InlineData("a/../b", "b")]
    [InlineData("../../a", "../../a")]
    [InlineData("/../a", "/a")]
    [InlineData("", "")]
    public void Writes_paths_in_one_way(string path, string expected) => Assert.Equal(expected, OperatorTree.Normalize(path));

    [Theory]
    [InlineData("loop", "[[1, 2], 3]", "[[1, 2], 3]")]
    [InlineData("items", "[[1, [2]], 3]", "[1, [2], 3]")]
    [InlineData("items", "x", "['x']")]
    [InlineData("flattened", "[[1, [2]], 3]", "[1, 2, 3]")]
    [InlineData("indexed_items", "[a, b]", "[[0, 'a'], [1, 'b']]")]
    [InlineData("nested", "[[1, 2], [3]]", "[[1, 3], [2, 3]]")]
    [InlineData("together", "[[1, 2], [3]]", "[[1, 3], [2, None]]")]
    [InlineData("dict", "{a: 1}", "[{'key': 'a', 'value': 1}]")]
    [InlineData("sequence", "start=1 end=5 stride=2 format=h%02d", "['h01', 'h03', 'h05']")]
    [InlineData("sequence", "count=2", "['1', '2']")]
    [InlineData("sequence", "4-6:%x", "['4', '5', '6']")]
    [InlineData("subelements", "[[{n: a, k: [1, 2]}], k]", "[[{'n': 'a'}, 1], [{'n': 'a'}, 2]]")]
    [InlineData("subelements", "[[{n: a, o: {k: [1], l: 2}}], o.k]", "[[{'n': 'a', 'o': {'l': 2}}, 1]]")]
    public void Loops_go_over_what_they_go_over_in_Ansible(string kind, string items, string expected)
    {
        var value = CompilerTestExtensions.Compile($"- hosts: all\n  vars:\n    x: {items}\n  tasks: []\n").Good().Bundle.Plays[0].Vars[0].Value;

        Assert.Equal(expected, LoopItems.Expand(kind, value, _ => [], SourceSpan.None).Value?.ToRepr());
    }

    [Fact]
    public void A_loop_over_what_is_unknown_is_unknown() =>
        Assert.IsType<UnknownValue>(LoopItems.Expand("items", new UnknownValue("why"), _ => [], SourceSpan.None).Value);

    private static TreeEntry File(string path) => new(path, Digest.Of(System.Text.Encoding.UTF8.GetBytes(path)), path.Length, 0x1A4);

    private static TreeEntry Directory(string path) => new(path, null, 0, 0x1ED);
}
