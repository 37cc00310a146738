using System.Collections.Immutable;

namespace FlaskDeploy.Agent.Machine;

/// <summary>A look, whom it was asked as, and what it saw. Asked again and compared, it says whether anything moved.</summary>
/// <param name="Movement">What the cheap question said before it: while that has not moved, the look is not asked. Null: nothing cheap stands for it, or it was not settled.</param>
internal sealed record Evidence(Look Look, string As, string Fingerprint, string? Movement);

/// <summary>Hands every question on and keeps what came back, each look once.</summary>
internal sealed class RecordingView(IMachineView inner) : IMachineView
{
    private readonly Dictionary<Look, Evidence> _seen = [];

    public Account As => inner.As;

    public TaskEnvironment Environment => inner.Environment;

    /// <summary>In the order of asking; volatile looks are not among them.</summary>
    public ImmutableArray<Evidence> Evidence => [.. _seen.Values];

    public ValueTask<IReadOnlyList<string?>> Movements(IReadOnlyList<Look> looks, CancellationToken cancellation) => inner.Movements(looks, cancellation);

    public async ValueTask<TAnswer> Ask<TAnswer>(Look<TAnswer> look, CancellationToken cancellation)
        where TAnswer : Answer
    {
        if (look.IsVolatile)
        {
            return await inner.Ask(look, cancellation);
        }
        // The stats come first: what changes between the two is found moved by the next comparison.
        var movement = (await inner.Movements([look], cancellation))[0];
        var answer = await inner.Ask(look, cancellation);
        _seen.TryAdd(look, new Evidence(look, As.Name, answer.Fingerprint(), movement));
        return answer;
    }
}
