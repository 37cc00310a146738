using Microsoft.Extensions.DependencyInjection;

namespace Grpc.AspNetCore.Server;

/// <summary>What <see cref="GrpcServicesExtensions.AddGrpc(IServiceCollection)"/> returns, for further set-up.</summary>
public interface IGrpcServerBuilder
{
    IServiceCollection Services { get; }
}
