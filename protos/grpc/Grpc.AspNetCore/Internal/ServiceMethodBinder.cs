using System.Reflection;
using Grpc.Core;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Grpc.AspNetCore.Server.Internal;

/// <summary>
/// Turns the methods that generated code lists into endpoints. Generated code binds handlers to one instance; here every call
/// has its own, so the handlers are looked up on the type as delegates that take the instance first.
/// </summary>
internal sealed class ServiceMethodBinder<TService>(IEndpointRouteBuilder routes, ServerCallRunner runner) : ServiceBinderBase
    where TService : class
{
    private delegate Task<TResponse> Unary<TRequest, TResponse>(TService service, TRequest request, ServerCallContext context);

    private delegate Task<TResponse> ClientStreaming<TRequest, TResponse>(
        TService service, IAsyncStreamReader<TRequest> requests, ServerCallContext context);

    private delegate Task ServerStreaming<TRequest, TResponse>(
        TService service, TRequest request, IServerStreamWriter<TResponse> responses, ServerCallContext context);

    private delegate Task Duplex<TRequest, TResponse>(
        TService service, IAsyncStreamReader<TRequest> requests, IServerStreamWriter<TResponse> responses, ServerCallContext context);

    private readonly List<IEndpointConventionBuilder> _endpoints = [];

    public IReadOnlyList<IEndpointConventionBuilder> Endpoints => _endpoints;

    public void BindAll()
    {
        BindServiceMethodAttribute attribute = typeof(TService).GetCustomAttribute<BindServiceMethodAttribute>(inherit: true)
            ?? throw new InvalidOperationException($"{typeof(TService)} derives from no generated gRPC service.");
        MethodInfo bind = attribute.BindType
            .GetMethods(BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Static)
            .FirstOrDefault(method => method.Name == attribute.BindMethodName
                && method.GetParameters() is [var binder, _] && binder.ParameterType == typeof(ServiceBinderBase))
            ?? throw new InvalidOperationException($"{attribute.BindType} has no method {attribute.BindMethodName}(ServiceBinderBase, service).");
        bind.Invoke(obj: null, BindingFlags.DoNotWrapExceptions, binder: null, [this, null], culture: null);
    }

    public override void AddMethod<TRequest, TResponse>(
        Method<TRequest, TResponse> method, UnaryServerMethod<TRequest, TResponse>? handler)
    {
        MethodInfo target = Find(method.Name, typeof(TRequest), typeof(ServerCallContext));
        var invoke = target.CreateDelegate<Unary<TRequest, TResponse>>();
        Map(method, target, async (call, service) =>
            await call.WriteSingleAsync(await invoke(service, await call.ReadSingleAsync(), call.Context)));
    }

    public override void AddMethod<TRequest, TResponse>(
        Method<TRequest, TResponse> method, ClientStreamingServerMethod<TRequest, TResponse>? handler)
    {
        MethodInfo target = Find(method.Name, typeof(IAsyncStreamReader<TRequest>), typeof(ServerCallContext));
        var invoke = target.CreateDelegate<ClientStreaming<TRequest, TResponse>>();
        Map(method, target, async (call, service) =>
            await call.WriteSingleAsync(await invoke(service, call.Requests, call.Context)));
    }

    public override void AddMethod<TRequest, TResponse>(
        Method<TRequest, TResponse> method, ServerStreamingServerMethod<TRequest, TResponse>? handler)
    {
        MethodInfo target = Find(method.Name, typeof(TRequest), typeof(IServerStreamWriter<TResponse>), typeof(ServerCallContext));
        var invoke = target.CreateDelegate<ServerStreaming<TRequest, TResponse>>();
        Map(method, target, async (call, service) =>
            await invoke(service, await call.ReadSingleAsync(), call.Responses, call.Context));
    }

    public override void AddMethod<TRequest, TResponse>(
        Method<TRequest, TResponse> method, DuplexStreamingServerMethod<TRequest, TResponse>? handler)
    {
        MethodInfo target = Find(
            method.Name, typeof(IAsyncStreamReader<TRequest>), typeof(IServerStreamWriter<TResponse>), typeof(ServerCallContext));
        var invoke = target.CreateDelegate<Duplex<TRequest, TResponse>>();
        Map(method, target, (call, service) => invoke(service, call.Requests, call.Responses, call.Context));
    }

    private static MethodInfo Find(string name, params Type[] parameters) =>
        typeof(TService).GetMethod(name, BindingFlags.Public | BindingFlags.Instance, parameters)
        ?? throw new InvalidOperationException($"{typeof(TService)} has no public method {name} with the generated signature.");

    private void Map<TRequest, TResponse>(
        Method<TRequest, TResponse> method, MethodInfo target, Func<ServerCall<TRequest, TResponse>, TService, Task> invoke)
        where TRequest : class
        where TResponse : class
    {
        IEndpointConventionBuilder endpoint = routes
            .MapMethods(method.FullName, [HttpMethods.Post], http => runner.RunAsync(http, method, invoke))
            .WithDisplayName($"gRPC - {method.FullName}");
        // Attributes such as [Authorize] work on the class and on the method, as they do on controllers.
        endpoint.Add(builder =>
        {
            builder.Metadata.Add(new GrpcMethodMetadata(typeof(TService), method));
            foreach (object attribute in typeof(TService).GetCustomAttributes(inherit: true).Concat(target.GetCustomAttributes(inherit: true)))
                builder.Metadata.Add(attribute);
        });
        _endpoints.Add(endpoint);
    }
}
