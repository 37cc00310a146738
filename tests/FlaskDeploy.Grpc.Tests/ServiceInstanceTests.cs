using FlaskDeploy.Grpc.Tests.Proto;
using Grpc.AspNetCore.Server;
using Grpc.Core;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace FlaskDeploy.Grpc.Tests;

/// <summary>Where services come from and what their endpoints carry.</summary>
public sealed class ServiceInstanceTests
{
    [Fact]
    public async Task Makes_and_disposes_an_instance_per_call()
    {
        await using TestServer server = await TestServer.StartAsync(
            services => services.AddSingleton<Ledger>(), map: app => app.MapGrpcService<CountingService>());
        // Disposal comes before the trailers, so the next call sees it.
        for (int i = 1; i <= 3; i++)
            Assert.Equal($"made {i}, disposed {i - 1}", (await server.Client.SayAsync(new EchoRequest())).Text);
    }

    [Fact]
    public async Task Uses_a_registered_singleton_and_leaves_it_alive()
    {
        await using TestServer server = await TestServer.StartAsync(
            services => services.AddSingleton<Ledger>().AddSingleton<CountingService>(), map: app => app.MapGrpcService<CountingService>());
        await server.Client.SayAsync(new EchoRequest());
        Assert.Equal("made 1, disposed 0", (await server.Client.SayAsync(new EchoRequest())).Text);
    }

    [Fact]
    public async Task Marks_endpoints_with_the_services_attributes_and_method()
    {
        Endpoint? endpoint = null;
        await using TestServer server = await TestServer.StartAsync(
            services => services.AddSingleton<Ledger>(),
            map: app =>
            {
                app.Use((http, next) =>
                {
                    endpoint = http.GetEndpoint();
                    return next(http);
                });
                app.MapGrpcService<CountingService>().WithMetadata("convention");
            });
        await server.Client.SayAsync(new EchoRequest());
        Assert.Equal("on the class", endpoint!.Metadata.GetOrderedMetadata<MarkAttribute>()[0].Text);
        Assert.Equal("on the method", endpoint.Metadata.GetOrderedMetadata<MarkAttribute>()[1].Text);
        Assert.Equal("Say", endpoint.Metadata.GetMetadata<GrpcMethodMetadata>()!.Method.Name);
        Assert.Equal("convention", endpoint.Metadata.GetMetadata<string>());
    }

    [Fact]
    public async Task Refuses_a_type_that_is_no_service()
    {
        InvalidOperationException e = await Assert.ThrowsAsync<InvalidOperationException>(
            () => TestServer.StartAsync(map: app => app.MapGrpcService<Ledger>()));
        Assert.Contains(nameof(Ledger), e.Message);
    }

    [Fact]
    public void Asks_for_AddGrpc()
    {
        WebApplication app = WebApplication.CreateSlimBuilder().Build();
        InvalidOperationException e = Assert.Throws<InvalidOperationException>(() => app.MapGrpcService<EchoService>());
        Assert.Contains("AddGrpc", e.Message);
    }

    [AttributeUsage(AttributeTargets.All)]
    private sealed class MarkAttribute(string text) : Attribute
    {
        public string Text => text;
    }

    private sealed class Ledger
    {
        public int Made;
        public int Disposed;
    }

    [Mark("on the class")]
    private sealed class CountingService : Echo.EchoBase, IDisposable
    {
        private readonly Ledger _ledger;

        public CountingService(Ledger ledger)
        {
            _ledger = ledger;
            ledger.Made++;
        }

        [Mark("on the method")]
        public override Task<EchoReply> Say(EchoRequest request, ServerCallContext context) =>
            Task.FromResult(new EchoReply { Text = $"made {_ledger.Made}, disposed {_ledger.Disposed}" });

        public void Dispose() => _ledger.Disposed++;
    }
}
