using FlaskDeploy.Grpc.Tests.Proto;
using Grpc.Core;
using Microsoft.AspNetCore.Builder;

namespace FlaskDeploy.Grpc.Tests;

public sealed class StatusTests
{
    [Fact]
    public async Task Carries_a_thrown_status_with_its_message_and_trailers()
    {
        await using TestServer server = await TestServer.StartAsync();
        server.Behaviour.Say = (_, context) =>
        {
            context.ResponseTrailers.Add("from-context", "1");
            throw new RpcException(
                new Status(StatusCode.FailedPrecondition, "not now"), new Metadata { { "retry-hint", "later" }, { "proof-bin", [0, 255, 7] } });
        };
        using AsyncUnaryCall<EchoReply> call = server.Client.SayAsync(new EchoRequest());
        RpcException e = await Outcome.FailsAsync(call.ResponseAsync, StatusCode.FailedPrecondition);
        Assert.Equal("not now", e.Status.Detail);
        Assert.Equal("1", e.Trailers.GetValue("from-context"));
        Assert.Equal("later", e.Trailers.GetValue("retry-hint"));
        Assert.Equal([0, 255, 7], e.Trailers.GetValueBytes("proof-bin")!);
        Assert.Equal(StatusCode.FailedPrecondition, call.GetStatus().StatusCode);
        Assert.Equal("later", call.GetTrailers().GetValue("retry-hint"));
    }

    [Fact]
    public async Task Carries_a_status_after_some_responses()
    {
        await using TestServer server = await TestServer.StartAsync();
        server.Behaviour.Repeat = async (_, replies, _) =>
        {
            await replies.WriteAsync(new EchoReply { Count = 1 });
            throw new RpcException(new Status(StatusCode.DataLoss, "the rest is gone"), new Metadata { { "sent", "1" } });
        };
        using AsyncServerStreamingCall<EchoReply> call = server.Client.Repeat(new EchoRequest());
        Assert.True(await call.ResponseStream.MoveNext());
        RpcException e = await Outcome.FailsAsync(call.ResponseStream.MoveNext(), StatusCode.DataLoss);
        Assert.Equal("the rest is gone", e.Status.Detail);
        Assert.Equal("1", e.Trailers.GetValue("sent"));
    }

    [Theory]
    [InlineData("\t\ntest with whitespace\r\nand Unicode BMP ☺ and non-BMP 😈\t\n")]
    [InlineData("100% of %41 stays")]
    [InlineData(" spaces around ")]
    public async Task Carries_any_text_as_a_status_message(string text)
    {
        await using TestServer server = await TestServer.StartAsync();
        server.Behaviour.Say = (_, _) => throw new RpcException(new Status(StatusCode.Aborted, text));
        RpcException e = await Outcome.FailsAsync(server.Client.SayAsync(new EchoRequest()).ResponseAsync, StatusCode.Aborted);
        Assert.Equal(text.Trim(' '), e.Status.Detail.Trim(' '));
    }

    [Fact]
    public async Task Sends_the_status_that_a_handler_sets()
    {
        await using TestServer server = await TestServer.StartAsync();
        server.Behaviour.Say = (_, context) =>
        {
            context.Status = new Status(StatusCode.NotFound, "no such thing");
            return Task.FromResult(new EchoReply());
        };
        RpcException e = await Outcome.FailsAsync(server.Client.SayAsync(new EchoRequest()).ResponseAsync, StatusCode.NotFound);
        Assert.Equal("no such thing", e.Status.Detail);
    }

    [Theory]
    [InlineData(null, "Exception was thrown by handler.")]
    [InlineData(true, "Exception was thrown by handler. InvalidTimeZoneException: secret detail")]
    public async Task Hides_an_unhandled_exception_unless_told_otherwise(bool? detailed, string expected)
    {
        await using TestServer server = await TestServer.StartAsync(options: options => options.EnableDetailedErrors = detailed);
        server.Behaviour.Say = (_, _) => throw new InvalidTimeZoneException("secret detail");
        RpcException e = await Outcome.FailsAsync(server.Client.SayAsync(new EchoRequest()).ResponseAsync, StatusCode.Unknown);
        Assert.Equal(expected, e.Status.Detail);
    }

    [Fact]
    public async Task Refuses_a_method_that_the_service_does_not_override()
    {
        await using TestServer server = await TestServer.StartAsync();
        await Outcome.FailsAsync(server.Client.NotOverriddenAsync(new EchoRequest()).ResponseAsync, StatusCode.Unimplemented);
    }

    [Theory]
    [InlineData("flaskdeploy.grpctests.Echo", "Nothing")]
    [InlineData("nobody.Home", "Say")]
    public async Task Answers_unimplemented_for_unknown_methods_and_services(string service, string name)
    {
        await using TestServer server = await TestServer.StartAsync();
        var method = new Method<string, string>(
            MethodType.Unary, service, name, Marshallers.StringMarshaller, Marshallers.StringMarshaller);
        CallInvoker invoker = server.Channel().CreateCallInvoker();
        RpcException e = await Outcome.FailsAsync(
            invoker.AsyncUnaryCall(method, host: null, new CallOptions(), "x").ResponseAsync, StatusCode.Unimplemented);
        Assert.Contains($"/{service}/{name}", e.Status.Detail);
    }

    [Fact]
    public async Task Lets_requests_that_are_no_calls_pass_to_others()
    {
        await using TestServer server = await TestServer.StartAsync(map: app =>
        {
            app.MapGrpcService<EchoService>();
            app.MapFallback(() => "dashboard");
        });
        using HttpClient http = server.Http();
        Assert.Equal("dashboard", await http.GetStringAsync("/some/page"));
        Assert.Equal("hi", (await server.Client.SayAsync(new EchoRequest { Text = "hi" })).Text);
    }

    [Fact]
    public async Task Refuses_another_content_type_with_415()
    {
        await using TestServer server = await TestServer.StartAsync();
        using HttpClient http = server.Http();
        using HttpResponseMessage response = await http.PostAsync("/flaskdeploy.grpctests.Echo/Say", new StringContent("{}"));
        Assert.Equal(System.Net.HttpStatusCode.UnsupportedMediaType, response.StatusCode);
    }

    [Fact]
    public async Task Fails_a_call_whose_handler_returns_null()
    {
        await using TestServer server = await TestServer.StartAsync();
        server.Behaviour.Say = (_, _) => Task.FromResult<EchoReply>(null!);
        await Outcome.FailsAsync(server.Client.SayAsync(new EchoRequest()).ResponseAsync, StatusCode.Cancelled);
    }

    [Fact]
    public async Task Ends_a_client_stream_early_with_a_status()
    {
        await using TestServer server = await TestServer.StartAsync();
        server.Behaviour.Collect = async (requests, _) =>
        {
            await requests.MoveNext();
            throw new RpcException(new Status(StatusCode.InvalidArgument, "enough"));
        };
        using AsyncClientStreamingCall<EchoRequest, EchoReply> call = server.Client.Collect();
        await call.RequestStream.WriteAsync(new EchoRequest());
        await Outcome.FailsAsync(call.ResponseAsync, StatusCode.InvalidArgument);
        RpcException late = await Outcome.FailsAsync(call.RequestStream.WriteAsync(new EchoRequest()), StatusCode.InvalidArgument);
        Assert.Equal("enough", late.Status.Detail);
    }

    [Fact]
    public async Task Knows_no_status_before_the_end()
    {
        await using TestServer server = await TestServer.StartAsync();
        using AsyncDuplexStreamingCall<EchoRequest, EchoReply> call = server.Client.Talk();
        Assert.Throws<InvalidOperationException>(() => call.GetStatus());
        Assert.Throws<InvalidOperationException>(() => call.GetTrailers());
    }
}
