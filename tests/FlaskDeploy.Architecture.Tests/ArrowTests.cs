namespace FlaskDeploy.Architecture.Tests;

public sealed class ArrowTests
{
    [Fact]
    public void Projects_are_found() => Assert.True(Repository.Projects.Count() > 12, "a test over no projects promises nothing");

    [Fact]
    public void Arrows_point_from_agent_and_controller_to_protos_only()
    {
        var wrong = from project in Repository.Projects
                    let side = Repository.SideOf(project)
                    where side != "tests"
                    from reference in Repository.ReferencesOf(project)
                    let target = Repository.SideOf(reference)
                    where target != side && target != "protos" || side == "protos" && target != "protos"
                    select $"{Repository.Relative(project)} -> {Repository.Relative(reference)}";
        Assert.Empty(wrong);
    }

    [Fact]
    public void Nothing_depends_on_tests() =>
        Assert.Empty(from project in Repository.Projects
                     where Repository.SideOf(project) != "tests"
                     from reference in Repository.ReferencesOf(project)
                     where Repository.SideOf(reference) == "tests"
                     select $"{project} -> {reference}");

    [Fact]
    public void Every_reference_leads_to_a_project_of_this_repository() =>
        Assert.Empty(Repository.Projects.SelectMany(Repository.ReferencesOf).Where(reference => !File.Exists(reference)));

    [Fact]
    public void Every_project_of_the_product_is_in_the_solution()
    {
        var solution = File.ReadAllText(Path.Combine(Repository.Root, "FlaskDeploy.sln")).Replace('\\', '/');
        // The interop program is built by its own script, with the peers that it is held against.
        Assert.Empty(Repository.Projects.Select(Repository.Relative).Where(project => !project.Contains("Interop", StringComparison.Ordinal) && !solution.Contains(project, StringComparison.Ordinal)));
    }

    [Fact]
    public void The_language_does_not_know_the_wire()
    {
        var language = Repository.Projects.Single(project => project.EndsWith("FlaskDeploy.Language.csproj", StringComparison.Ordinal));
        Assert.Equal(["YamlDotNet"], Repository.PackagesOf(language));
        Assert.Empty(Repository.ReferencesOf(language));
    }

    /// <summary>packaging/doc/decisions/008-yaml-as-data.md</summary>
    [Fact]
    public void The_agent_parses_no_playbook()
    {
        var agent = Repository.Projects.Single(project => project.EndsWith("FlaskDeploy.Agent.csproj", StringComparison.Ordinal));
        Assert.DoesNotContain(Closure(agent), project => project.Contains("FlaskDeploy.Compiler", StringComparison.Ordinal));
        // A filter reads YAML as it reads JSON: into values, which are never looked at for templates or tasks.
        var readers = Repository.Sources("agent").Concat(Repository.Sources("protos")).Where(path => File.ReadAllText(path).Contains("YamlDotNet", StringComparison.Ordinal));
        Assert.Equal(["protos/FlaskDeploy.Language/Expressions/Library/YamlText.cs"], readers.Select(Repository.Relative));
    }

    /// <summary>Packages that the registry may lack are stood in for under their own names, and one switch brings them back.</summary>
    [Theory]
    [InlineData("Grpc.Net.Client")]
    [InlineData("Grpc.AspNetCore")]
    [InlineData("CliWrap")]
    [InlineData("Microsoft.Extensions.Hosting.Systemd")]
    public void Who_uses_a_stand_in_takes_the_package_under_the_switch(string package)
    {
        var users = Repository.Projects.Where(project => Repository.SideOf(project) != "tests"
            && Repository.ReferencesOf(project).Any(reference => Path.GetFileNameWithoutExtension(reference) == package)).ToList();
        Assert.NotEmpty(users);
        Assert.All(users, project => Assert.Contains(package, Repository.PackagesOf(project)));
    }

    private static IEnumerable<string> Closure(string project) => Repository.ReferencesOf(project).SelectMany(Closure).Prepend(project).Distinct();
}
