using System.Collections.Immutable;

namespace FlaskDeploy.Controller.Rollouts;

/// <summary>What a host is to have of one deployment: its newest part with the release it belongs to, and the order that waits for it.</summary>
/// <param name="Order">Null: none waits.</param>
internal sealed record HostDesire(string Deployment, long Sequence, byte[] Release, byte[] HostPart, PendingOrder? Order);

internal sealed record PendingOrder(long Number, long Sequence, byte[] Envelope);

/// <summary>One thing to hand to an agent. Equal keys are the same thing.</summary>
internal sealed record DueAssignment(string Deployment, long Sequence, long Order, byte[] Release, byte[] HostPart, byte[]? OrderEnvelope)
{
    public AssignmentKey Key => new(Deployment, Sequence, Order);
}

/// <param name="Order">0: a revision without an order.</param>
internal readonly record struct AssignmentKey(string Deployment, long Sequence, long Order);

internal static class Assignments
{
    /// <summary>
    /// What to hand over now: the order that waits, with its revision; else the revision, where the host's is older.
    /// What the host says it has carried out is not handed over again, its events are on their way.
    /// </summary>
    /// <param name="sequences">The revision that the host has, and the highest order it carried out, per deployment.</param>
    /// <param name="handed">What this session handed over already.</param>
    public static ImmutableArray<DueAssignment> Due(
        IEnumerable<HostDesire> desires,
        IReadOnlyDictionary<string, (long Accepted, long Order)> sequences,
        IReadOnlySet<AssignmentKey> handed) =>
        [.. desires.Select(desire => DueOf(desire, sequences.GetValueOrDefault(desire.Deployment))).OfType<DueAssignment>().Where(due => !Was(due, handed))];

    // A revision that went with an order needs not go once more without one.
    private static bool Was(DueAssignment due, IReadOnlySet<AssignmentKey> handed) =>
        handed.Contains(due.Key) || due.Order == 0 && handed.Any(key => key.Deployment == due.Deployment && key.Sequence == due.Sequence);

    private static DueAssignment? DueOf(HostDesire desire, (long Accepted, long Order) host) => desire switch
    {
        // An order is for the revision that it names; one for another revision than the newest has lost its sense.
        { Order: { } order } when order.Sequence == desire.Sequence && order.Number > host.Order =>
            new DueAssignment(desire.Deployment, desire.Sequence, order.Number, desire.Release, desire.HostPart, order.Envelope),
        _ when desire.Sequence > host.Accepted => new DueAssignment(desire.Deployment, desire.Sequence, 0, desire.Release, desire.HostPart, null),
        _ => null,
    };
}
