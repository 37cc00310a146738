using System.Diagnostics.CodeAnalysis;

namespace FlaskDeploy.Protocol;

/// <summary>What came out of bytes that somebody else wrote: a value, or what is wrong with them. Never both, never neither.</summary>
public readonly struct Decoded<T>
    where T : class
{
    private Decoded(T? value, string? problem)
    {
        Value = value;
        Problem = problem;
    }

    public T? Value { get; }

    /// <summary>In lower case, without a full stop: fits behind "cannot read the bundle: ".</summary>
    public string? Problem { get; }

    [MemberNotNullWhen(true, nameof(Value))]
    [MemberNotNullWhen(false, nameof(Problem))]
    public bool IsGood => Problem is null;

    public static Decoded<T> Good(T value) => new(value, null);

    public static Decoded<T> Bad(string problem) => new(null, problem);
}

/// <summary>Limits on foreign bytes, checked before and while they are read.</summary>
public static class DecodeLimits
{
    /// <summary>Of one message that a codec reads.</summary>
    public const int MaxBytes = 64 * 1024 * 1024;

    /// <summary>Lists and maps inside each other. What is deeper can be neither encoded nor decoded.</summary>
    public const int MaxValueDepth = 64;

    /// <summary>Blocks inside each other.</summary>
    public const int MaxBlockDepth = 64;

    /// <summary>
    /// A value in an event travels inside messages that gRPC parses with protobuf's own limit of 100 messages inside each
    /// other, of which a map takes three.
    /// </summary>
    public const int MaxEventValueDepth = 24;

    // A map in a map takes three messages, a block in a block two; and a little around them.
    internal const int MaxMessageDepth = (3 * MaxValueDepth) + (2 * MaxBlockDepth) + 16;
}
