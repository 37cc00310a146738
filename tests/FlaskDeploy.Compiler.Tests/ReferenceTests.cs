using FlaskDeploy.Compiler.Reference;
using FlaskDeploy.Language.Diagnostics;
using FlaskDeploy.Language.Expressions;
using FlaskDeploy.Language.Modules;
using FlaskDeploy.Language.Values;

namespace FlaskDeploy.Compiler.Tests;

public class ReferenceTests
{
    private static readonly string Pages = Path.Combine(GoldenTests.Root, "packaging", "doc", "reference");

    public static TheoryData<string> Modules => [.. ModuleCatalog.All.Select(spec => spec.Name)];

    public static TheoryData<string, string, string> Expressions => [.. ExpressionExamples.Filters.Concat(ExpressionExamples.Tests).Select(example => (example.Name, example.Source, example.Result))];

    [Theory]
    [MemberData(nameof(Modules))]
    public void Every_module_has_a_summary_and_an_example_that_compiles(string name)
    {
        var spec = ModuleCatalog.Find(name)!;
        Assert.True(spec.Summary.Length > 5, $"the spec of {name} needs a summary");
        Assert.All(spec.Arguments, argument => Assert.True(argument.Summary.Length > 3, $"the argument {argument.Name} of {name} needs a summary"));
        var example = ModuleExamples.Of(name);
        Assert.True(example is not null, $"{name} needs a line with an example in controller/FlaskDeploy.Compiler/Reference/ModuleExamples.cs");
        var machine = new FakeOperatorMachine().With("templates/site.conf.j2", "x").With("vars/settings.yml", "a: 1\n").With("files/prepare.sh", "true\n");
        var result = machine.Compile("- hosts: all\n  tasks:\n  " + example.TrimEnd('\n').Replace("\n", "\n  ", StringComparison.Ordinal) + "\n", "web1,", name is "add_host" or "fetch" ? ["--apply"] : []);
        Assert.True(result.Diagnostics.IsEmpty, string.Join('\n', result.Diagnostics));
        Assert.Contains($"\n  {name}:", example, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Expressions))]
    public void Filters_and_tests_give_what_their_examples_say(string name, string source, string result)
    {
        var bag = new DiagnosticBag();
        var template = Template.Parse(source, new SourceSpan(name, 1, 1), bag);
        Assert.False(bag.HasErrors);
        var value = Resolver.Resolve(new TemplateValue(source, new SourceSpan(name, 1, 1)), new EvaluationContext(new Binding.Scope(null, "nothing", new Dictionary<string, Value>())));
        Assert.Null(value.Error);
        Assert.Equal(result, value.Value is TextValue text ? text.Text : value.Value!.ToString());
        Assert.NotNull(template);
    }

    public static TheoryData<string, string, string> Lookups => [.. ExpressionExamples.Lookups.Select(example => (example.Name, example.Source, example.Result))];

    // Compiled as the operator does it, and then evaluated as the agent does it, with what the compiler entered into the tree.
    [Theory]
    [MemberData(nameof(Lookups))]
    public void Lookups_give_what_their_examples_say(string name, string source, string result)
    {
        var files = new Dictionary<string, string> { ["files/motd"] = "welcome\n", ["files/a.pem"] = "a", ["files/b.pem"] = "b", ["templates/site.conf.j2"] = "port={{ 80 }}\n", ["files/ports.csv"] = "web,80\n", ["files/site.ini"] = "[web]\nport=80\n" };
        var machine = files.Aggregate(new FakeOperatorMachine(), (machine, file) => machine.With(file.Key, file.Value));
        machine.Variables["LANG"] = "C";
        machine.Shell["git describe"] = "v7\n";
        machine.Shell["cat hosts"] = "web1\nweb2\n";
        var compilation = machine.Compile($"- hosts: all\n  tasks:\n  - debug: {{msg: \"{source}\"}}\n").Good();
        var contents = files.Values.ToDictionary(text => Language.Bundles.Digest.Of(System.Text.Encoding.UTF8.GetBytes(text)), text => System.Text.Encoding.UTF8.GetBytes(text));

        var hosts = Value.Of(["web1", "web2"]);
        var value = Resolver.Resolve(compilation.Call().Arguments["msg"]!, new EvaluationContext(new Binding.Scope(null, "nothing", new Dictionary<string, Value> { ["groups"] = MapValue.From(("all", hosts), ("web", hosts)) }))
        {
            Lookups = new Language.Bundles.TreeLookups(new Language.Bundles.OperatorTree(compilation.Bundle.Tree), contents.GetValueOrDefault) { Asked = compilation.Hosts[0].Part.Answers },
        });

        Assert.Null(value.Error);
        Assert.Equal($"{name} {result}", $"{name} {value.Value!.Reveal()}");
    }

    [Fact]
    public void Every_lookup_has_an_example() =>
        Assert.Empty(ExpressionCatalog.Lookups.Except(ExpressionExamples.Lookups.Select(example => example.Name)));

    // With UPDATE_CASES=1 the pages are written instead of compared.
    [Fact]
    public void The_pages_in_packaging_are_those_of_the_specs()
    {
        if (Environment.GetEnvironmentVariable("UPDATE_CASES") == "1")
        {
            foreach (var (file, text) in ReferencePages.All)
            {
                Directory.CreateDirectory(Path.GetDirectoryName(Path.Combine(Pages, file))!);
                File.WriteAllText(Path.Combine(Pages, file), text);
            }
        }
        var stale = ReferencePages.All.Where(page => !File.Exists(Path.Combine(Pages, page.File)) || File.ReadAllText(Path.Combine(Pages, page.File)) != page.Text).Select(page => page.File).ToList();
        var extra = Directory.GetFiles(Pages, "*", SearchOption.AllDirectories).Select(path => Path.GetRelativePath(Pages, path)).Except(ReferencePages.All.Select(page => page.File)).ToList();
        Assert.True(stale.Count + extra.Count == 0, $"stale: {string.Join(", ", stale)}; nobody's: {string.Join(", ", extra)}; run: flaskdeploy doc --markdown packaging/doc/reference");
    }

    [Fact]
    public void Every_keyword_is_explained_and_nothing_else_is() =>
        Assert.Equal(ReferencePages.AllKeywords.Order(StringComparer.Ordinal), KeywordExplanations.Explained.Order(StringComparer.Ordinal));

    [Fact]
    public void Every_name_on_the_list_has_a_page() => Assert.All(ReferencePages.Names, name => Assert.NotNull(ReferencePages.Find(name)));
}
