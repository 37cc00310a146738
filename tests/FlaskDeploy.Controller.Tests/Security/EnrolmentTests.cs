using FlaskDeploy.Controller.Store;
using FlaskDeploy.Controller.Tests.Harness;
using FlaskDeploy.V1;
using Google.Protobuf;
using Grpc.Core;

namespace FlaskDeploy.Controller.Tests.Security;

public sealed class EnrolmentTests
{
    [Fact]
    public async Task A_cut_line_may_be_tried_again_with_the_same_token_and_key()
    {
        await using var controller = await TestController.StartAsync();
        using var ann = new TestOperator();
        using var host = new TestHost("web1");
        var token = await controller.TokenAsync(keys: [ann.PublicKey]);

        var first = await host.EnrolAsync(controller, token);
        var second = await host.EnrolAsync(controller, token);

        Assert.Equal(first, second);
        Assert.Equal(controller.Server.Authority.Der, first.Authority.ToByteArray());
        Assert.Equal(ann.PublicKey, Assert.Single(first.OperatorKeys).ToByteArray());
    }

    [Fact]
    public async Task A_used_token_serves_no_other_key()
    {
        await using var controller = await TestController.StartAsync();
        using var first = new TestHost("web1");
        using var second = new TestHost("web2");
        var token = await controller.TokenAsync();
        await first.EnrolAsync(controller, token);

        await Expect.RefusedAsync(StatusCode.Unauthenticated, () => second.EnrolAsync(controller, token));
        await Expect.RefusedAsync(StatusCode.Unauthenticated, () => second.EnrolAsync(controller, "guessed"));
    }

    [Fact]
    public async Task A_token_of_two_uses_serves_two_hosts()
    {
        await using var controller = await TestController.StartAsync();
        using var first = new TestHost("web1");
        using var second = new TestHost("web2");
        using var third = new TestHost("web3");
        var token = await controller.TokenAsync(uses: 2);

        Assert.Equal("web1", (await first.EnrolAsync(controller, token)).Host);
        Assert.Equal("web2", (await second.EnrolAsync(controller, token)).Host);
        await Expect.RefusedAsync(StatusCode.Unauthenticated, () => third.EnrolAsync(controller, token));
    }

    [Fact]
    public async Task A_name_belongs_to_the_key_that_took_it()
    {
        await using var controller = await TestController.StartAsync();
        using var holder = await TestHost.EnrolledAsync(controller, "web1");
        using var intruder = new TestHost("WEB1");

        await Expect.RefusedAsync(StatusCode.AlreadyExists, () => intruder.EnrolAsync(controller));
        // The same machine with a fresh token gets a fresh certificate; the refusal above used no token of its.
        var again = await holder.EnrolAsync(controller);
        Assert.Equal("web1", again.Host);
    }

    [Fact]
    public async Task A_bad_request_is_refused_and_leaves_the_token_unused()
    {
        await using var controller = await TestController.StartAsync();
        using var host = new TestHost("web1");
        var token = await controller.TokenAsync();
        var client = new Enrolment.EnrolmentClient(controller.TlsChannel());
        var altered = host.Request(token);
        altered.CertificateRequest = ByteString.CopyFrom(altered.CertificateRequest.ToByteArray()[..^1]);
        var nameless = host.Request(token);
        nameless.Host = "../web1";
        var unsealed = host.Request(token);
        unsealed.SealingKey = ByteString.CopyFromUtf8("no key");

        foreach (var request in new[] { altered, nameless, unsealed })
        {
            await Expect.RefusedAsync(StatusCode.InvalidArgument, async () => await client.EnrolAsync(request));
        }
        Assert.Equal("web1", (await host.EnrolAsync(controller, token)).Host);
    }

    [Fact]
    public async Task A_stranger_cannot_send_a_large_message()
    {
        await using var controller = await TestController.StartAsync();
        using var host = new TestHost("web1");
        var request = host.Request("x");
        request.Addresses.Add(new string('a', 1024 * 1024));

        var status = await Expect.RefusedAsync(async () => await new Enrolment.EnrolmentClient(controller.TlsChannel()).EnrolAsync(request));

        Assert.NotEqual(StatusCode.Unauthenticated, status.StatusCode);
    }

    [Fact]
    public async Task An_expired_token_is_refused()
    {
        using var folder = new TempFolder();
        var time = new ManualTime(new DateTimeOffset(2026, 5, 1, 0, 0, 0, TimeSpan.Zero));
        await using var database = Database.Open(folder["db"]);
        var trust = new TrustStore(database, time);
        await trust.AddTokenAsync([1], "", time.Now.AddHours(1), 1, [], CancellationToken.None);
        var applicant = new Applicant([1], [2], "web1", [], [], "");

        time.Now += TimeSpan.FromHours(1);

        var outcome = await trust.EnrolAsync(applicant, _ => throw new InvalidOperationException("nothing is to be issued"), CancellationToken.None);
        Assert.Contains("expired", Assert.IsType<EnrolmentOutcome.BadToken>(outcome).Reason, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_secret_of_a_token_is_not_in_the_store()
    {
        await using var controller = await TestController.StartAsync();
        var token = await controller.TokenAsync();
        await controller.Server.DisposeAsync();

        var stored = Directory.GetFiles(controller.Options.State).Where(file => Path.GetFileName(file) != "lock").SelectMany(File.ReadAllBytes).ToArray();

        Assert.Equal(-1, stored.AsSpan().IndexOf(System.Text.Encoding.ASCII.GetBytes(token)));
        Assert.True(stored.AsSpan().IndexOf(FlaskDeploy.Controller.Services.Tokens.Hash(token)) >= 0);
        await controller.RestartAsync();
    }
}
