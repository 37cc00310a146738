using Microsoft.Extensions.DependencyInjection;

namespace Grpc.AspNetCore.Server.Internal;

/// <summary>A service for one call: the container's, which the container also disposes, or one of our own, which we do.</summary>
internal readonly struct ServiceInstance<TService> : IAsyncDisposable
    where TService : class
{
    private static readonly Lazy<ObjectFactory<TService>> Factory = new(() => ActivatorUtilities.CreateFactory<TService>([]));

    private readonly bool _isOurs;

    private ServiceInstance(TService service, bool isOurs)
    {
        Service = service;
        _isOurs = isOurs;
    }

    public TService Service { get; }

    public static ServiceInstance<TService> Create(IServiceProvider services) =>
        services.GetService<TService>() is { } registered
            ? new ServiceInstance<TService>(registered, isOurs: false)
            : new ServiceInstance<TService>(Factory.Value(services, arguments: null), isOurs: true);

    public async ValueTask DisposeAsync()
    {
        if (!_isOurs)
            return;
        if (Service is IAsyncDisposable asynchronous)
            await asynchronous.DisposeAsync();
        else if (Service is IDisposable synchronous)
            synchronous.Dispose();
    }
}
