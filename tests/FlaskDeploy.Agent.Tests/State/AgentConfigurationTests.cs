using FlaskDeploy.Agent.State;

namespace FlaskDeploy.Agent.Tests.State;

public sealed class AgentConfigurationTests : IDisposable
{
    private readonly Scratch _scratch = new();

    public void Dispose() => _scratch.Dispose();

    [Fact]
    public void Without_a_file_there_are_the_defaults()
    {
        var (configuration, problems) = AgentConfiguration.Read(_scratch["none"]);

        Assert.Empty(problems);
        Assert.Equal((null, TimeSpan.FromMinutes(5), null), (configuration.Controller, configuration.Interval, configuration.Proxy));
        Assert.True(configuration.Watch);
    }

    [Fact]
    public void Reads_names_values_and_comments()
    {
        var (configuration, problems) = Read("# of this host", "controller = c.example.org:7443 # the first", "", "interval=90s", "full_look = 2d", "watch = no", "proxy = http://proxy:3128");

        Assert.Empty(problems);
        Assert.Equal(("c.example.org:7443", TimeSpan.FromSeconds(90), new Uri("http://proxy:3128")), (configuration.Controller, configuration.Interval, configuration.Proxy));
        Assert.Equal(TimeSpan.FromDays(2), configuration.FullLook);
        Assert.False(configuration.Watch);
    }

    [Theory]
    [InlineData("controller = nowhere", "write controller = HOST:7443")]
    [InlineData("interval = 5", "write interval = 5m")]
    [InlineData("interval = 0s", "write interval = 5m")]
    [InlineData("full_look = never", "write full_look = 1d")]
    [InlineData("full_look = 31d", "write full_look = 1d")]
    [InlineData("watch = maybe", "write watch = yes")]
    [InlineData("interval = -5m", "write interval = 5m")]
    [InlineData("interval = 99999h", "write interval = 5m")]
    [InlineData("interval = 999999999999999999999999h", "write interval = 5m")]
    [InlineData("proxy = socks://x", "write proxy = http://HOST:PORT")]
    [InlineData("intervall = 5m", "interval")]
    [InlineData("nonsense", "the names are controller, interval, full_look")]
    public void Says_where_it_does_not_understand_and_what_to_write(string line, string remedy)
    {
        var (_, problems) = Read("# first", line);

        Assert.StartsWith($"{_scratch["agent.conf"]}:2: error: ", problems.Single(), StringComparison.Ordinal);
        Assert.Contains(remedy, problems.Single(), StringComparison.Ordinal);
    }

    [Fact]
    public void Options_are_taken_strictly()
    {
        string[] valued = ["--token", "-o"];
        string[] flags = ["--force"];
        var (options, _) = AgentOptions.Parse("enroll", ["--token=a=b", "-o", "json", "word", "--force"], valued, flags);
        Assert.Equal(("a=b", "json", true), (options!["--token"], options["-o"], options.Has("--force")));
        Assert.Equal(["word"], options.Words);

        Assert.Equal("--token needs a value", AgentOptions.Parse("enroll", ["--token"], valued, flags).Problem);
        Assert.Contains("--token", AgentOptions.Parse("enroll", ["--tokn", "x"], valued, flags).Problem, StringComparison.Ordinal);
        Assert.NotNull(AgentOptions.Parse("enroll", ["--force=yes"], valued, flags).Problem);
    }

    private (AgentConfiguration Configuration, IReadOnlyList<string> Problems) Read(params string[] lines)
    {
        File.WriteAllLines(_scratch["agent.conf"], lines);
        return AgentConfiguration.Read(_scratch["agent.conf"]);
    }
}
