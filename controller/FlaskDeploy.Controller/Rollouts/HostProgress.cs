using System.Diagnostics;

namespace FlaskDeploy.Controller.Rollouts;

/// <summary>Where one host is with one order. The numbers are those of operator.proto.</summary>
internal enum ProgressState
{
    Waiting = 0,
    Offered = 1,
    Accepted = 2,
    Finished = 3,
    Refused = 4,
    Superseded = 5,
}

/// <summary>What can happen to an order on its way through a host: a closed set.</summary>
internal abstract record ProgressInput
{
    private ProgressInput()
    {
    }

    /// <summary>The assignment was handed to the session.</summary>
    internal sealed record Offered : ProgressInput;

    /// <summary>The agent said yes, or showed it by starting.</summary>
    internal sealed record Accepted : ProgressInput;

    internal sealed record Refused(string Reason) : ProgressInput;

    internal sealed record Finished(string Detail) : ProgressInput;

    internal sealed record Superseded(long ByOrder) : ProgressInput;

    internal sealed record Disconnected : ProgressInput;
}

internal sealed record HostProgress(ProgressState State, string Detail)
{
    /// <summary>Nothing more can happen.</summary>
    public bool IsEnd => State is ProgressState.Finished or ProgressState.Refused or ProgressState.Superseded;

    /// <summary>
    /// <code>
    ///   Waiting --Offered--> Offered --Accepted--> Accepted --Finished--> Finished
    ///      ^                    |                     |
    ///      '----Disconnected----+---------------------'
    ///   any of them --Refused--> Refused, --Superseded--> Superseded, --Finished--> Finished; an end stays what it is
    /// </code>
    /// </summary>
    public HostProgress Next(ProgressInput input) => (State, input) switch
    {
        _ when IsEnd => this,
        (_, ProgressInput.Finished finished) => new(ProgressState.Finished, finished.Detail),
        (_, ProgressInput.Refused refused) => new(ProgressState.Refused, refused.Reason),
        (_, ProgressInput.Superseded superseded) => new(ProgressState.Superseded, $"order {superseded.ByOrder} took its place"),
        (_, ProgressInput.Accepted) => new(ProgressState.Accepted, ""),
        (ProgressState.Waiting, ProgressInput.Offered) => new(ProgressState.Offered, ""),
        (_, ProgressInput.Offered) => this,
        (ProgressState.Waiting, ProgressInput.Disconnected) => this,
        (ProgressState.Offered, ProgressInput.Disconnected) => new(ProgressState.Waiting, "the connection was lost before the host answered"),
        (ProgressState.Accepted, ProgressInput.Disconnected) => new(ProgressState.Waiting, "the connection was lost; the host goes on by itself and tells when it is back"),
        _ => throw new UnreachableException(),
    };
}
