using Grpc.Core;
using Grpc.Core.Wire;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.Routing.Patterns;
using Microsoft.Extensions.Primitives;

namespace Grpc.AspNetCore.Server.Internal;

/// <summary>Answers gRPC calls to services and methods that do not exist; requests that are no gRPC calls pass it by.</summary>
internal sealed class UnimplementedEndpoints : EndpointDataSource
{
    private UnimplementedEndpoints()
    {
        RoutePattern anyCall = RoutePatternFactory.Parse(
            "{grpcService}/{grpcMethod}",
            defaults: null,
            parameterPolicies: new RouteValueDictionary { ["grpcService"] = new GrpcRequestConstraint() });
        Endpoints = [new RouteEndpointBuilder(AnswerAsync, anyCall, order: 0) { DisplayName = "gRPC - Unimplemented" }.Build()];
    }

    public override IReadOnlyList<Endpoint> Endpoints { get; }

    public static void MapOnce(IEndpointRouteBuilder builder)
    {
        if (!builder.DataSources.OfType<UnimplementedEndpoints>().Any())
            builder.DataSources.Add(new UnimplementedEndpoints());
    }

    public override IChangeToken GetChangeToken() => new CancellationChangeToken(CancellationToken.None);

    private static Task AnswerAsync(HttpContext http)
    {
        ServerResponse.EndWithoutBody(http, new Status(StatusCode.Unimplemented, $"{http.Request.Path} is not implemented here."));
        return Task.CompletedTask;
    }

    private sealed class GrpcRequestConstraint : IRouteConstraint
    {
        public bool Match(
            HttpContext? httpContext, IRouter? route, string routeKey, RouteValueDictionary values, RouteDirection routeDirection) =>
            httpContext is not null
            && HttpMethods.IsPost(httpContext.Request.Method)
            && HeaderNames.IsGrpcContentType(httpContext.Request.ContentType);
    }
}
