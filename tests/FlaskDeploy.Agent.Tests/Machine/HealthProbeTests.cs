using FlaskDeploy.Agent.Machine;
using FlaskDeploy.Agent.Machine.Launches;

namespace FlaskDeploy.Agent.Tests.Machine;

public sealed class HealthProbeTests
{
    [Theory]
    [InlineData("200-399", 302, null)]
    [InlineData("200-399", 500, "status 500")]
    [InlineData("200 401", 401, null)]
    [InlineData("200 401", 302, "status 302")]
    public async Task The_status_decides(string statuses, int status, string? problem)
    {
        await using var site = new TinySite(status);
        Assert.Equal(problem is null ? null : $"GET {site.Url}: {problem}", await Try(site, statuses));
    }

    [Fact]
    public async Task It_asks_for_the_whole_path_and_says_whom_it_asks()
    {
        await using var site = new TinySite(200);

        await HealthProbe.Try(new HealthCheck($"{site.Url}health?deep=1", "200", TimeSpan.FromSeconds(5), TimeSpan.Zero, 1), TestContext.Current.CancellationToken);

        Assert.StartsWith("GET /health?deep=1 HTTP/1.1\r\n", site.LastRequest);
        Assert.Contains($"\r\nHost: {new Uri(site.Url).Authority}\r\n", site.LastRequest);
    }

    [Theory]
    [InlineData("SSH-2.0-OpenSSH_7.4\r\n", "its answer is no HTTP")]
    [InlineData("HTTP/1.1 2x0 OK\r\n\r\n", "its answer is no HTTP")]
    [InlineData("HTTP/1.1\r\n", "its answer is no HTTP")]
    public async Task What_is_no_answer_is_bad(string says, string problem)
    {
        await using var site = new TinySite(200) { Says = says };
        Assert.Equal($"GET {site.Url}: {problem}", await Try(site, "200"));
    }

    [Fact]
    public async Task Endless_garbage_is_read_no_further_than_a_head()
    {
        await using var site = new TinySite(200) { Says = new string('x', 1024 * 1024) };
        Assert.Equal($"GET {site.Url}: its answer is no HTTP", await Try(site, "200"));
    }

    [Fact]
    public async Task Silence_is_waited_for_no_longer_than_the_timeout()
    {
        await using var site = new TinySite(200) { Says = "" };
        Assert.Equal($"GET {site.Url}: no answer within 0.1 s", await Try(site, "200", TimeSpan.FromMilliseconds(100)));
    }

    [Theory]
    [InlineData("http://127.0.0.1:80/x", true)]
    [InlineData("http://localhost/", true)]
    [InlineData("http://[::1]:8080/", true)]
    [InlineData("https://127.0.0.1/", false)]
    [InlineData("http://user:secret@127.0.0.1/", false)]
    [InlineData("http://10.0.0.1/", false)]
    [InlineData("http://localhost.example.com/", false)]
    [InlineData("http://127.0.0.1/a b", false)]
    [InlineData("http://127.0.0.1/\r\nX: y", false)]
    [InlineData("/health", false)]
    [InlineData("file:///etc/passwd", false)]
    public void Only_the_loopback_is_asked(string url, bool isAsked) => Assert.Equal(isAsked, HealthProbe.TryParse(url, out _));

    [Theory]
    [InlineData("200", true)]
    [InlineData("200-299", true)]
    [InlineData("299-200", false)]
    [InlineData("99", false)]
    [InlineData("600", false)]
    [InlineData("200-299-300", false)]
    [InlineData("-", false)]
    [InlineData("", false)]
    public void A_range_is_a_range(string text, bool isOne) => Assert.Equal(isOne, HealthProbe.Range(text) is not null);

    private static async Task<string?> Try(TinySite site, string statuses, TimeSpan? timeout = null) =>
        await HealthProbe.Try(new HealthCheck(site.Url, statuses, timeout ?? TimeSpan.FromSeconds(5), TimeSpan.Zero, 1), TestContext.Current.CancellationToken);
}
