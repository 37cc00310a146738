using FlaskDeploy.Interop.Proto;
using Google.Protobuf;
using Grpc.Core;

namespace FlaskDeploy.Interop;

/// <summary>The client's half, by https://github.com/grpc/grpc/blob/master/doc/interop-test-descriptions.md.</summary>
internal sealed class InteropCases(
    Proto.TestService.TestServiceClient client, UnimplementedService.UnimplementedServiceClient unimplemented)
{
    private static readonly int[] RequestSizes = [27182, 8, 1828, 45904];
    private static readonly int[] ResponseSizes = [31415, 9, 2653, 58979];

    public IReadOnlyList<(string Name, Func<Task> Run)> All =>
    [
        ("empty_unary", EmptyUnaryAsync),
        ("large_unary", LargeUnaryAsync),
        ("client_streaming", ClientStreamingAsync),
        ("server_streaming", ServerStreamingAsync),
        ("ping_pong", PingPongAsync),
        ("empty_stream", EmptyStreamAsync),
        ("cancel_after_begin", CancelAfterBeginAsync),
        ("cancel_after_first_response", CancelAfterFirstResponseAsync),
        ("timeout_on_sleeping_server", TimeoutOnSleepingServerAsync),
        ("custom_metadata", CustomMetadataAsync),
        ("status_code_and_message", StatusCodeAndMessageAsync),
        ("special_status_message", SpecialStatusMessageAsync),
        ("unimplemented_method", () => FailsAsync(client.UnimplementedCallAsync(new Empty()).ResponseAsync, StatusCode.Unimplemented)),
        ("unimplemented_service", () => FailsAsync(unimplemented.UnimplementedCallAsync(new Empty()).ResponseAsync, StatusCode.Unimplemented)),
    ];

    private async Task EmptyUnaryAsync() => Equal(new Empty(), await client.EmptyCallAsync(new Empty()));

    private async Task LargeUnaryAsync()
    {
        SimpleResponse response = await client.UnaryCallAsync(new SimpleRequest { ResponseSize = 314159, Payload = Zeros(271828) });
        Equal(Zeros(314159), response.Payload);
    }

    private async Task ClientStreamingAsync()
    {
        using AsyncClientStreamingCall<StreamingInputCallRequest, StreamingInputCallResponse> call = client.StreamingInputCall();
        foreach (int size in RequestSizes)
            await call.RequestStream.WriteAsync(new StreamingInputCallRequest { Payload = Zeros(size) });
        await call.RequestStream.CompleteAsync();
        Equal(74922, (await call).AggregatedPayloadSize);
    }

    private async Task ServerStreamingAsync()
    {
        var request = new StreamingOutputCallRequest();
        request.ResponseParameters.AddRange(ResponseSizes.Select(size => new ResponseParameters { Size = size }));
        using AsyncServerStreamingCall<StreamingOutputCallResponse> call = client.StreamingOutputCall(request);
        foreach (int size in ResponseSizes)
        {
            Equal(true, await call.ResponseStream.MoveNext());
            Equal(Zeros(size), call.ResponseStream.Current.Payload);
        }

        Equal(false, await call.ResponseStream.MoveNext());
    }

    private async Task PingPongAsync()
    {
        using AsyncDuplexStreamingCall<StreamingOutputCallRequest, StreamingOutputCallResponse> call = client.FullDuplexCall();
        for (int i = 0; i < RequestSizes.Length; i++)
        {
            await call.RequestStream.WriteAsync(Ping(RequestSizes[i], ResponseSizes[i]));
            Equal(true, await call.ResponseStream.MoveNext());
            Equal(Zeros(ResponseSizes[i]), call.ResponseStream.Current.Payload);
        }

        await call.RequestStream.CompleteAsync();
        Equal(false, await call.ResponseStream.MoveNext());
    }

    private async Task EmptyStreamAsync()
    {
        using AsyncDuplexStreamingCall<StreamingOutputCallRequest, StreamingOutputCallResponse> call = client.FullDuplexCall();
        await call.RequestStream.CompleteAsync();
        Equal(false, await call.ResponseStream.MoveNext());
    }

    private async Task CancelAfterBeginAsync()
    {
        using var cancel = new CancellationTokenSource();
        using AsyncClientStreamingCall<StreamingInputCallRequest, StreamingInputCallResponse> call =
            client.StreamingInputCall(cancellationToken: cancel.Token);
        await cancel.CancelAsync();
        await FailsAsync(call.ResponseAsync, StatusCode.Cancelled);
    }

    private async Task CancelAfterFirstResponseAsync()
    {
        using var cancel = new CancellationTokenSource();
        using AsyncDuplexStreamingCall<StreamingOutputCallRequest, StreamingOutputCallResponse> call =
            client.FullDuplexCall(cancellationToken: cancel.Token);
        await call.RequestStream.WriteAsync(Ping(RequestSizes[0], ResponseSizes[0]));
        Equal(true, await call.ResponseStream.MoveNext());
        await cancel.CancelAsync();
        await FailsAsync(call.ResponseStream.MoveNext(), StatusCode.Cancelled);
    }

    private async Task TimeoutOnSleepingServerAsync()
    {
        DateTime deadline = TimeProvider.System.GetUtcNow().AddMilliseconds(1).UtcDateTime;
        using AsyncDuplexStreamingCall<StreamingOutputCallRequest, StreamingOutputCallResponse> call = client.FullDuplexCall(deadline: deadline);
        await FailsAsync(call.ResponseStream.MoveNext(), StatusCode.DeadlineExceeded);
    }

    private async Task CustomMetadataAsync()
    {
        byte[] bytes = [0xab, 0xab, 0xab];
        var headers = new Metadata { { "x-grpc-test-echo-initial", "test_initial_metadata_value" }, { "x-grpc-test-echo-trailing-bin", bytes } };
        using AsyncUnaryCall<SimpleResponse> unary = client.UnaryCallAsync(new SimpleRequest { ResponseSize = 1 }, headers);
        await unary;
        Equal("test_initial_metadata_value", (await unary.ResponseHeadersAsync).GetValue("x-grpc-test-echo-initial"));
        Equal("ABABAB", Convert.ToHexString(unary.GetTrailers().GetValueBytes("x-grpc-test-echo-trailing-bin") ?? []));

        using AsyncDuplexStreamingCall<StreamingOutputCallRequest, StreamingOutputCallResponse> duplex = client.FullDuplexCall(headers);
        await duplex.RequestStream.WriteAsync(Ping(1, 1));
        await duplex.RequestStream.CompleteAsync();
        while (await duplex.ResponseStream.MoveNext())
            Equal(Zeros(1), duplex.ResponseStream.Current.Payload);
        Equal("test_initial_metadata_value", (await duplex.ResponseHeadersAsync).GetValue("x-grpc-test-echo-initial"));
        Equal("ABABAB", Convert.ToHexString(duplex.GetTrailers().GetValueBytes("x-grpc-test-echo-trailing-bin") ?? []));
    }

    private async Task StatusCodeAndMessageAsync()
    {
        var status = new EchoStatus { Code = 2, Message = "test status message" };
        Equal(status.Message, await FailsAsync(
            client.UnaryCallAsync(new SimpleRequest { ResponseStatus = status }).ResponseAsync, StatusCode.Unknown));
        using AsyncDuplexStreamingCall<StreamingOutputCallRequest, StreamingOutputCallResponse> call = client.FullDuplexCall();
        await call.RequestStream.WriteAsync(new StreamingOutputCallRequest { ResponseStatus = status });
        await call.RequestStream.CompleteAsync();
        Equal(status.Message, await FailsAsync(call.ResponseStream.MoveNext(), StatusCode.Unknown));
    }

    private async Task SpecialStatusMessageAsync()
    {
        var status = new EchoStatus { Code = 2, Message = "\t\ntest with whitespace\r\nand Unicode BMP ☺ and non-BMP 😈\t\n" };
        Equal(status.Message, await FailsAsync(
            client.UnaryCallAsync(new SimpleRequest { ResponseStatus = status }).ResponseAsync, StatusCode.Unknown));
    }

    private static StreamingOutputCallRequest Ping(int requestSize, int responseSize) => new()
    {
        Payload = Zeros(requestSize),
        ResponseParameters = { new ResponseParameters { Size = responseSize } },
    };

    private static Payload Zeros(int size) => new() { Body = ByteString.CopyFrom(new byte[size]) };

    private static void Equal<T>(T expected, T actual)
    {
        if (!EqualityComparer<T>.Default.Equals(expected, actual))
            throw new InvalidOperationException($"expected {Shortened(expected)}, got {Shortened(actual)}");
    }

    private static string Shortened<T>(T value) => $"{value}" is { Length: > 100 } text ? $"{text[..100]}..." : $"{value}";

    /// <summary>The message of the status that the call fails with.</summary>
    private static async Task<string> FailsAsync(Task call, StatusCode expected)
    {
        try
        {
            await call;
        }
        catch (RpcException e)
        {
            Equal(expected, e.StatusCode);
            return e.Status.Detail;
        }

        throw new InvalidOperationException($"expected {expected}, but the call succeeded");
    }
}
