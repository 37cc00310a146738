using System.Collections.Immutable;
using FlaskDeploy.Language.Bundles;

namespace FlaskDeploy.Controller.Rollouts;

/// <summary>What an operator pushes, with what the controller reads of it. The envelopes are bytes, and stay what they are.</summary>
internal sealed record Push
{
    public required string Deployment { get; init; }

    public required long ExpectedHead { get; init; }

    public required long ExpectedLastOrder { get; init; }

    /// <summary>Null: no new revision.</summary>
    public required PushedRelease? Release { get; init; }

    public required ImmutableArray<PushedPart> Parts { get; init; }

    public required PushedOrder Order { get; init; }

    /// <summary>Everything that the request, its release and its parts name.</summary>
    public required ImmutableArray<Digest> Blobs { get; init; }

    public bool IsCheckOnly => Release is { IsCheckOnly: true };

    /// <summary>
    /// Under which number release and parts are kept. Real revisions count from one; what is only to be checked is kept
    /// under its order's number with a minus, where no question for the newest revision finds it.
    /// </summary>
    public long KeptAs(long head) => IsCheckOnly ? -Order.Number : head;
}

/// <param name="Sequence">0: only to be checked (<see cref="IsCheckOnly"/>).</param>
/// <param name="Bundle">Null: retired.</param>
internal sealed record PushedRelease(long Sequence, byte[] Envelope, Digest PayloadDigest, Digest? Bundle, bool Retired, string Origin)
{
    /// <summary>It comes with an order to check and becomes no revision: the head stays what it is, and no host is assigned it.</summary>
    public bool IsCheckOnly => Sequence == 0;
}

/// <param name="Release">Digest of the release's payload.</param>
internal sealed record PushedPart(string Host, long Sequence, Digest Release, string InventoryName, byte[] Envelope, Digest PayloadDigest, ImmutableArray<Digest> Digests);

/// <param name="IsCheck">Nothing is to be changed.</param>
/// <param name="Partial">It names tags or a first task, so the revision is not complete after it.</param>
internal sealed record PushedOrder(long Number, long Sequence, ImmutableArray<string> Hosts, bool IsCheck, bool Partial, byte[] Envelope);

/// <summary>How a push ends: a closed set.</summary>
internal abstract record PushOutcome
{
    private PushOutcome()
    {
    }

    internal sealed record Done(string Rollout, long Sequence, long Order, ImmutableArray<string> Superseded, ImmutableArray<string> Hosts) : PushOutcome;

    /// <summary>Somebody else came first.</summary>
    internal sealed record Conflict(string Reason) : PushOutcome;

    internal sealed record Invalid(ImmutableArray<string> Problems) : PushOutcome;
}
