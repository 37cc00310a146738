using System.Text.RegularExpressions;

namespace FlaskDeploy.Architecture.Tests;

public sealed partial class InvariantTests
{
    [Fact]
    public void Generated_messages_stop_at_the_wire()
    {
        string[] inner = ["agent/FlaskDeploy.Agent/Runs", "agent/FlaskDeploy.Agent/Drift", "agent/FlaskDeploy.Agent/Modules", "agent/FlaskDeploy.Agent/Machine", "agent/FlaskDeploy.Agent/State", "controller/FlaskDeploy.Compiler"];
        var sources = inner.SelectMany(Repository.Sources).ToList();
        Assert.NotEmpty(sources);
        Assert.Empty(sources.Where(path => Regex.IsMatch(File.ReadAllText(path), @"using FlaskDeploy\.V1|\bV1\.[A-Z]", RegexOptions.None, TimeSpan.FromSeconds(5))).Select(Repository.Relative));
    }

    [Fact]
    public void Only_the_machine_layer_starts_processes()
    {
        var elsewhere = Repository.Sources("agent/FlaskDeploy.Agent").Where(path => !path.Contains("/Machine/", StringComparison.Ordinal));
        Assert.Empty(elsewhere.Where(path => ProcessStart().IsMatch(File.ReadAllText(path))).Select(Repository.Relative));
    }

    [Fact]
    public void The_agent_listens_on_no_port()
    {
        var listening = Repository.Sources("agent/FlaskDeploy.Agent").Where(path => TcpListener().IsMatch(File.ReadAllText(path))).Select(Repository.Relative);
        Assert.Empty(listening);
    }

    [Fact]
    public void The_top_level_holds_only_what_the_design_names()
    {
        string[] allowed = ["agent", "controller", "protos", "tests", "packaging", "rpm", "dist", "FlaskDeploy.sln", "README.md", "LICENSE", "global.json", "Directory.Build.props", "Directory.Packages.props"];
        var odd = Directory.EnumerateFileSystemEntries(Repository.Root).Select(Path.GetFileName).Where(name => !name!.StartsWith('.') && !allowed.Contains(name));
        Assert.Empty(odd);
    }

    [Fact]
    public void No_source_file_is_longer_than_six_hundred_lines() =>
        Assert.Empty(new[] { "agent", "controller", "protos", "tests" }.SelectMany(Repository.Sources).Where(path => File.ReadLines(path).Count() > 600).Select(Repository.Relative));

    [GeneratedRegex(@"Process\.Start\(|new ProcessStartInfo|Cli\.Wrap\(", RegexOptions.CultureInvariant, 5000)]
    private static partial Regex ProcessStart();

    [GeneratedRegex(@"TcpListener|AddressFamily\.InterNetwork[^a-zA-Z].*Listen|HttpListener", RegexOptions.CultureInvariant, 5000)]
    private static partial Regex TcpListener();
}
