using Grpc.AspNetCore.Server.Internal;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace Microsoft.AspNetCore.Builder;

public static class GrpcEndpointRouteBuilderExtensions
{
    /// <summary>
    /// Maps every method of a service that derives from a generated base class. Each call gets an instance from the
    /// container, or a new one with its dependencies from there when the type itself is not registered.
    /// </summary>
    public static GrpcServiceEndpointConventionBuilder MapGrpcService<TService>(this IEndpointRouteBuilder builder)
        where TService : class
    {
        ArgumentNullException.ThrowIfNull(builder);
        ServerCallRunner runner = builder.ServiceProvider.GetService<ServerCallRunner>()
            ?? throw new InvalidOperationException("Call services.AddGrpc() before mapping gRPC services.");
        var binder = new ServiceMethodBinder<TService>(builder, runner);
        binder.BindAll();
        UnimplementedEndpoints.MapOnce(builder);
        return new GrpcServiceEndpointConventionBuilder(binder.Endpoints);
    }
}
