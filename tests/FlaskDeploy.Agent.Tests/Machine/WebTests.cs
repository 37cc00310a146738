using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json;
using FlaskDeploy.Agent.Machine;
using FlaskDeploy.Agent.Machine.Looks;
using FlaskDeploy.Agent.Machine.Web;
using FlaskDeploy.Agent.Machine.Workers;
using FlaskDeploy.Agent.Tests.State;
using WebRequest = FlaskDeploy.Agent.Machine.Web.WebRequest;

namespace FlaskDeploy.Agent.Tests.Machine;

public sealed class WebTests : IDisposable
{
    private const string Sha256OfHello = "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824";

    private readonly Scratch _scratch = new();

    private string Place => _scratch["file"];

    public void Dispose() => _scratch.Dispose();

    [Fact]
    public async Task Fetches_a_file_with_its_mode()
    {
        await using var site = Says("hello");

        var outcome = await Fetch(site, download => download with { Attributes = new PathAttributes { Mode = 0x180 }, Checksum = new Checksum("sha256", Sha256OfHello) });

        Assert.Equal((StepStatus.Done, false), (outcome.Status, outcome.LeftAsItWas));
        Assert.Equal("hello", await File.ReadAllTextAsync(Place, TestContext.Current.CancellationToken));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(Place));
        Assert.Equal("aaf4c61ddcc5e8a2dabede0f3b482cd9aea9434d", outcome.Details["checksum_src"]);
    }

    [Fact]
    public async Task Leaves_a_file_that_is_the_same_and_says_so()
    {
        await using var site = Says("hello");
        await File.WriteAllTextAsync(Place, "hello", TestContext.Current.CancellationToken);
        var before = File.GetLastWriteTimeUtc(Place);

        var outcome = await Fetch(site, download => download with { Backup = true });

        Assert.True(outcome.LeftAsItWas);
        Assert.Equal(before, File.GetLastWriteTimeUtc(Place));
        Assert.Equal([Place], Directory.GetFiles(_scratch.Path));
    }

    [Theory]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\nhel", "ended")]
    [InlineData("HTTP/1.1 404 Not Found\r\nContent-Length: 5\r\n\r\nhello", "the server answered 404 Not Found")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nbad", "what came has the sha256")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 2000\r\n\r\n", "more than the 1000 that are read")]
    [InlineData("SSH-2.0-OpenSSH_7.4\r\n", "invalid")]
    public async Task What_is_not_whole_and_right_is_never_written(string says, string problem)
    {
        await using var site = new TinySite(200) { Says = says };
        await File.WriteAllTextAsync(Place, "old", TestContext.Current.CancellationToken);

        var outcome = await Fetch(site, download => download with { Checksum = new Checksum("sha256", Sha256OfHello), MostBytes = 1000 });

        Assert.Equal(StepStatus.Failed, outcome.Status);
        Assert.Contains(problem, outcome.Problem, StringComparison.Ordinal);
        Assert.Equal("old", await File.ReadAllTextAsync(Place, TestContext.Current.CancellationToken));
        Assert.Equal([Place], Directory.GetFiles(_scratch.Path));
    }

    [Fact]
    public async Task Endless_bytes_are_read_no_further_than_the_limit()
    {
        await using var site = new TinySite(200) { Says = $"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n{new string('x', 100_000)}" };
        var outcome = await Fetch(site, download => download with { MostBytes = 1000 });
        Assert.Contains("more than the 1000 bytes", outcome.Problem, StringComparison.Ordinal);
        Assert.False(File.Exists(Place));
    }

    [Fact]
    public async Task Silence_is_waited_for_no_longer_than_the_timeout()
    {
        await using var site = new TinySite(200) { Says = "" };
        var answer = await WebAnswers.Ask(new WebRequest(site.Url) { Timeout = TimeSpan.FromMilliseconds(100) }, TimeProvider.System, TestContext.Current.CancellationToken);
        Assert.Equal((WebAnswer.None, "no answer within 0.1 s"), (answer.Status, answer.Reason));
    }

    [Fact]
    public async Task An_answer_is_told_with_its_headers_and_its_text()
    {
        await using var site = new TinySite(200) { Says = "HTTP/1.1 503 Away\r\nX-Who: me\r\nContent-Type: text/plain; charset=iso-8859-1\r\nContent-Length: 2\r\n\r\nhi" };

        var answer = await WebAnswers.Ask(new WebRequest(site.Url), TimeProvider.System, TestContext.Current.CancellationToken);

        Assert.Equal((503, "Away", "me", "hi", "status 503"), (answer.Status, answer.Reason, answer.Header("x-who"), WebAnswers.Text(answer), answer.Fingerprint()));
    }

    [Fact]
    public void The_cookies_of_an_answer_are_told_apart_though_dates_hold_commas()
    {
        var answer = new WebAnswer(200) { Headers = [KeyValuePair.Create("set-cookie", "a=1; Path=/; Expires=Wed, 21 Oct 2037 07:28:00 GMT, b=x=y; HttpOnly, c=")] };

        Assert.Equal("a:1 b:x=y c:", string.Join(' ', answer.Cookies.Select(cookie => $"{cookie.Key}:{cookie.Value}")));
        Assert.Empty(new WebAnswer(200).Cookies);
    }

    [Fact]
    public async Task A_request_carries_what_it_is_told()
    {
        await using var site = new TinySite(201);
        var request = new WebRequest($"{site.Url}a?b=c")
        {
            Method = "POST",
            Body = Encoding.UTF8.GetBytes("x=1"),
            Headers = [KeyValuePair.Create("Content-Type", "text/x"), KeyValuePair.Create("X-Who", "me")],
            User = "u",
            Password = "p",
            ForceBasicAuth = true,
        };

        var answer = await WebAnswers.Ask(request, TimeProvider.System, TestContext.Current.CancellationToken);

        Assert.Equal(201, answer.Status);
        Assert.StartsWith("POST /a?b=c HTTP/1.1\r\n", site.LastRequest, StringComparison.Ordinal);
        Assert.All((string[])["Content-Type: text/x\r\n", "X-Who: me\r\n", "Authorization: Basic dTpw\r\n"], header => Assert.Contains(header, site.LastRequest, StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_redirect_is_followed_only_where_it_is_to_be()
    {
        await using var site = Says("hello");
        await using var sign = new TinySite(302) { Says = $"HTTP/1.1 302 Found\r\nLocation: {site.Url}\r\nContent-Length: 0\r\n\r\n" };

        var followed = await WebAnswers.Ask(new WebRequest(sign.Url), TimeProvider.System, TestContext.Current.CancellationToken);
        var stayed = await WebAnswers.Ask(new WebRequest(sign.Url) { FollowsRedirects = false }, TimeProvider.System, TestContext.Current.CancellationToken);

        Assert.Equal((200, true, site.Url, 302, false), (followed.Status, followed.WasRedirected, followed.Url, stayed.Status, stayed.WasRedirected));
    }

    [Fact]
    public async Task A_header_that_is_not_to_be_redirected_is_not_sent_again()
    {
        await using var site = Says("hello");
        await using var sign = new TinySite(303) { Says = $"HTTP/1.1 303 See Other\r\nLocation: {site.Url}there\r\nContent-Length: 0\r\n\r\n" };

        var answer = await WebAnswers.Ask(
            new WebRequest(sign.Url) { Method = "POST", Body = [65], Headers = [KeyValuePair.Create("X-Secret", "s"), KeyValuePair.Create("X-Who", "me")], FirstOnly = ["x-secret"] },
            TimeProvider.System,
            TestContext.Current.CancellationToken);

        Assert.Equal((200, true, $"{site.Url}there"), (answer.Status, answer.WasRedirected, answer.Url));
        Assert.Contains("X-Secret: s\r\n", sign.LastRequest, StringComparison.Ordinal);
        Assert.StartsWith("GET /there", site.LastRequest, StringComparison.Ordinal);
        Assert.Contains("X-Who: me\r\n", site.LastRequest, StringComparison.Ordinal);
        Assert.DoesNotContain("X-Secret", site.LastRequest, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_redirect_to_itself_is_given_up()
    {
        await using var sign = new TinySite(302) { Says = "HTTP/1.1 302 Found\r\nLocation: /again\r\nContent-Length: 0\r\n\r\n" };

        var answer = await WebAnswers.Ask(new WebRequest(sign.Url) { FirstOnly = ["x"] }, TimeProvider.System, TestContext.Current.CancellationToken);

        Assert.Equal((WebAnswer.None, "redirected more than 10 times"), (answer.Status, answer.Reason));
    }

    [Fact]
    public async Task A_server_behind_a_socket_is_asked_through_it()
    {
        var path = _scratch["web.sock"];
        using var listener = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        listener.Bind(new UnixDomainSocketEndPoint(path));
        listener.Listen();
        var served = Task.Run(async () =>
        {
            using var peer = await listener.AcceptAsync(TestContext.Current.CancellationToken);
            var buffer = new byte[4096];
            var length = await peer.ReceiveAsync(buffer, TestContext.Current.CancellationToken);
            await peer.SendAsync(Encoding.ASCII.GetBytes("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi"), TestContext.Current.CancellationToken);
            return Encoding.ASCII.GetString(buffer, 0, length);
        }, TestContext.Current.CancellationToken);

        var answer = await WebAnswers.Ask(new WebRequest("http://app.example/x") { UnixSocket = path }, TimeProvider.System, TestContext.Current.CancellationToken);

        Assert.Equal((200, "hi"), (answer.Status, WebAnswers.Text(answer)));
        Assert.Contains("Host: app.example\r\n", await served, StringComparison.Ordinal);
        Assert.Equal(WebAnswer.None, (await WebAnswers.Ask(new WebRequest("http://x/") { UnixSocket = $"{path}-other" }, TimeProvider.System, TestContext.Current.CancellationToken)).Status);
    }

    [Fact]
    public async Task A_server_that_asks_for_it_is_shown_the_certificate_and_its_authority_is_the_one_that_is_named()
    {
        using var key = RSA.Create(2048);
        var asked = new CertificateRequest("CN=127.0.0.1", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        var names = new SubjectAlternativeNameBuilder();
        names.AddIpAddress(IPAddress.Loopback);
        asked.CertificateExtensions.Add(names.Build());
        using var certificate = asked.CreateSelfSigned(TimeProvider.System.GetUtcNow().AddDays(-1), TimeProvider.System.GetUtcNow().AddDays(1));
        var pem = _scratch["own.pem"];
        await File.WriteAllTextAsync(pem, certificate.ExportCertificatePem() + "\n" + key.ExportPkcs8PrivateKeyPem(), TestContext.Current.CancellationToken);
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var served = Task.Run(async () =>
        {
            using var peer = await listener.AcceptTcpClientAsync(TestContext.Current.CancellationToken);
            await using var secured = new SslStream(peer.GetStream(), false, (_, shown, _, _) => shown is not null);
            await secured.AuthenticateAsServerAsync(certificate, clientCertificateRequired: true, checkCertificateRevocation: false);
            await secured.WriteAsync("HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nhi"u8.ToArray(), TestContext.Current.CancellationToken);
            return secured.RemoteCertificate!.Subject;
        }, TestContext.Current.CancellationToken);
        var url = $"https://127.0.0.1:{((IPEndPoint)listener.LocalEndpoint).Port}/";

        var answer = await WebAnswers.Ask(new WebRequest(url) { ClientCertificate = pem, Authorities = pem }, TimeProvider.System, TestContext.Current.CancellationToken);

        Assert.Equal((200, "hi", ""), (answer.Status, WebAnswers.Text(answer), answer.Status == 200 ? "" : answer.Reason));
        Assert.Equal("CN=127.0.0.1", await served);
        var unreadable = await WebAnswers.Ask(new WebRequest(url) { ClientCertificate = _scratch["none.pem"] }, TimeProvider.System, TestContext.Current.CancellationToken);
        Assert.Contains("none.pem", unreadable.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void What_an_older_agent_kept_of_a_request_is_read()
    {
        var request = new WebRequest("http://x/");
        var now = JsonSerializer.Serialize<WorkerMessage>(new AskMessage(2, new WebLook(request), TaskEnvironment.For(Account.Root)), MachineJson.Default.WorkerMessage);
        var older = now.Replace("\"FirstOnly\":[],", "", StringComparison.Ordinal).Replace(",\"FirstOnly\":[]", "", StringComparison.Ordinal);

        Assert.NotEqual(now, older);
        var look = Assert.IsType<WebLook>(Assert.IsType<AskMessage>(JsonSerializer.Deserialize(older, MachineJson.Default.WorkerMessage)).Look);
        Assert.Equal(request, look.Request);
    }

    [Theory]
    [InlineData("2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824\n", true)]
    [InlineData("0000000000000000000000000000000000000000000000000000000000000000  b.tar\n2CF24DBA5FB0A30E26E83B2AC5B9E29E1B161E5C1FA7425E73043362938B9824 *./a.tar\n", true)]
    [InlineData("2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824  b.tar\n", false)]
    [InlineData("<html>not found</html>", false)]
    public void A_checksum_is_found_in_a_list_by_the_name_of_the_file(string list, bool found) =>
        Assert.Equal(found ? Sha256OfHello : null, Checksums.In(list, "http://x/d/a.tar?x=b.tar", "sha256"));

    [Fact]
    public void A_request_its_answer_and_a_download_pass_between_the_agent_and_a_worker()
    {
        var request = new WebRequest("https://x/") { Headers = [KeyValuePair.Create("a", "b")], Body = [1, 2], Proxy = "http://p/" };
        var download = new Download(request, Place, PathAttributes.Unchanged) { Checksum = new Checksum("md5", "00"), ChecksumList = request };
        var answer = new WebAnswer(200) { Headers = [KeyValuePair.Create("a", "b")], Body = [3], Url = "https://x/", Reason = "OK" };

        Assert.Equal(new ExecuteMessage(1, download), Through(new ExecuteMessage(1, download)));
        Assert.Equal(new AskMessage(2, new WebLook(request), TaskEnvironment.For(Account.Root)).Look, Assert.IsType<AskMessage>(Through(new AskMessage(2, new WebLook(request), TaskEnvironment.For(Account.Root)))).Look);
        var told = Assert.IsType<WebAnswer>(Assert.IsType<AnswerMessage>(Through(new AnswerMessage(3, answer, null))).Answer);
        Assert.Equal((200, "b", 3, "https://x/", "OK"), (told.Status, told.Header("A"), told.Body.Single(), told.Url, told.Reason));
        var outcome = Assert.IsType<OutcomeMessage>(Through(new OutcomeMessage(4, StepOutcome.Done with { LeftAsItWas = true, Web = answer }))).Outcome!;
        Assert.Equal((true, 200), (outcome.LeftAsItWas, outcome.Web!.Status));
    }

    private static WorkerMessage? Through(WorkerMessage message) =>
        JsonSerializer.Deserialize(JsonSerializer.Serialize(message, MachineJson.Default.WorkerMessage), MachineJson.Default.WorkerMessage);

    private static TinySite Says(string body) => new(200) { Says = $"HTTP/1.1 200 OK\r\nContent-Length: {body.Length}\r\n\r\n{body}" };

    [Fact]
    public async Task An_archive_is_looked_into_and_nothing_of_it_stays()
    {
        await using var site = Says("no zip");

        var answer = await Look(site, ["cat", Place], ["false"], ["cat", Place]);

        Assert.Equal((null, 6), (answer.Problem, answer.Length));
        Assert.Equal([(0, "no zip"), (1, "")], answer.Told.Select(told => (told.ExitCode, told.Output)));
        Assert.Empty(Directory.GetFileSystemEntries(_scratch.Path));
    }

    [Fact]
    public async Task A_zip_is_the_answer_itself()
    {
        await using var site = Says("PK\u0003\u0004rest");

        var answer = await Look(site, ["cat", Place]);

        Assert.Equal("PK\u0003\u0004rest"u8.ToArray(), answer.Zip);
        Assert.Empty(answer.Told);
        Assert.Equal("the zip has 8 bytes, more than the 7 that are read", (await Archive(site, 7, ["cat", Place])).Problem);
        Assert.Empty(Directory.GetFileSystemEntries(_scratch.Path));
    }

    [Theory]
    [InlineData("HTTP/1.1 404 Not Found\r\nContent-Length: 5\r\n\r\nhello", "the server answered 404 Not Found")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\nhel", "ended")]
    public async Task An_archive_that_does_not_come_whole_is_none(string says, string problem)
    {
        await using var site = new TinySite(200) { Says = says };

        var answer = await Look(site, ["cat", Place]);

        Assert.Contains(problem, answer.Problem, StringComparison.Ordinal);
        Assert.Empty(answer.Told);
        Assert.Empty(Directory.GetFileSystemEntries(_scratch.Path));
    }

    private Task<FetchedArchiveAnswer> Look(TinySite site, params ReadOnlySpan<string[]> tools) => Archive(site, 1000, tools);

    private Task<FetchedArchiveAnswer> Archive(TinySite site, int most, params ReadOnlySpan<string[]> tools) => FetchedArchives.Look(
        new FetchedArchiveLook(new WebRequest(site.Url), Place, [.. tools.ToArray().Select(words => new ToolLook([.. words]))]) { MostZip = most }, TaskEnvironment.For(Account.Root), TestContext.Current.CancellationToken);

    private async Task<StepOutcome> Fetch(TinySite site, Func<Download, Download> with) =>
        await new Downloads(TimeProvider.System, guarded: false).Fetch(with(new Download(new WebRequest(site.Url), Place, PathAttributes.Unchanged)), TestContext.Current.CancellationToken);
}
