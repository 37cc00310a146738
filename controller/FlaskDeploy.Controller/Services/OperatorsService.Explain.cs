using System.Collections.Immutable;
using FlaskDeploy.Controller.Rollouts;
using FlaskDeploy.Controller.Store;
using FlaskDeploy.V1;
using Grpc.Core;

namespace FlaskDeploy.Controller.Services;

internal sealed partial class OperatorsService
{
    // An agent gives up after 20 s and says so.
    private static readonly TimeSpan AnswerTimeout = TimeSpan.FromSeconds(30);

    public override async Task<ExplainResponse> Explain(ExplainRequest request, ServerCallContext context)
    {
        var known = tools.Database.Read(connection => HostStore.AllOf(connection).Select(host => new KnownHost(host.Name, host.Addresses)).ToImmutableArray());
        if (HostNames.Resolve(request.Host, known) is not { } host)
        {
            throw Calls.NotFound($"no host {request.Host} is enrolled here");
        }
        using var timeout = new CancellationTokenSource(AnswerTimeout, tools.Time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(context.CancellationToken, timeout.Token, stopping);
        Reply? reply;
        try
        {
            reply = await tools.Sessions.AskAsync(host, new Question { Deployment = request.Deployment, Task = request.Task }, either.Token);
        }
        catch (OperationCanceledException) when (timeout.IsCancellationRequested)
        {
            throw new RpcException(new Status(StatusCode.DeadlineExceeded, $"the agent of {host} did not answer within {AnswerTimeout.TotalSeconds:0} s; agents older than the controller may not know how"));
        }
        return reply switch
        {
            null => throw new RpcException(new Status(StatusCode.Unavailable, $"{host} is not connected; only its agent can look")),
            { Explanation: { } explanation } => new ExplainResponse { Host = host, Explanation = explanation },
            _ => throw new RpcException(new Status(StatusCode.FailedPrecondition, $"{host}: {reply.Problem}")),
        };
    }
}
