using System.Collections.Immutable;
using FlaskDeploy.Language.Bundles;
using Google.Protobuf;

namespace FlaskDeploy.Protocol;

/// <summary>What an operator signs, as our own records: the payloads of the three types of envelope.</summary>
public abstract record Statement
{
    private protected Statement()
    {
    }

    public required string Deployment { get; init; }

    /// <summary>Of the revision: "r7".</summary>
    public required long Sequence { get; init; }
}

public sealed record ReleaseStatement : Statement
{
    /// <summary>What <see cref="ReleaseCodec"/> reads.</summary>
    public required ReadOnlyMemory<byte> Content { get; init; }
}

public sealed record HostPartStatement : Statement
{
    /// <summary>The identity in the host's certificate.</summary>
    public required string Host { get; init; }

    /// <summary>Of the release's payload: a host part is good with that one only.</summary>
    public required Digest Release { get; init; }

    public required ReadOnlyMemory<byte> Content { get; init; }
}

public sealed record OrderStatement : Statement
{
    public required long Number { get; init; }

    public OrderMode Mode { get; init; }

    public ImmutableArray<string> Hosts { get; init; } = [];

    public ImmutableArray<string> Tags { get; init; } = [];

    public ImmutableArray<string> SkipTags { get; init; } = [];

    public string? StartAtTask { get; init; }

    public bool Diff { get; init; }

    public int Verbosity { get; init; }

    /// <summary><c>-l</c> as it was written, for playbooks that ask; null: it was not.</summary>
    public string? Limit { get; init; }

    /// <summary>Null: none.</summary>
    public TimeSpan? Deadline { get; init; }

    /// <summary>Of a pause or its end, for people.</summary>
    public string Reason { get; init; } = "";

    /// <summary>Of a pause; null: until it is resumed.</summary>
    public TimeSpan? PauseFor { get; init; }

    /// <summary>Who asks, in their own words.</summary>
    public string By { get; init; } = "";

    /// <summary>It says how drift is to be treated, and runs nothing.</summary>
    public bool IsStanding => Mode is OrderMode.Pause or OrderMode.Resume;
}

public static class StatementCodec
{
    public static byte[] Encode(ReleaseStatement release) => new V1.Release
    {
        Deployment = release.Deployment,
        Sequence = (ulong)release.Sequence,
        Content = ByteString.CopyFrom(release.Content.Span),
    }.ToByteArray();

    public static byte[] Encode(HostPartStatement part) => new V1.HostPart
    {
        Deployment = part.Deployment,
        Sequence = (ulong)part.Sequence,
        Host = part.Host,
        Release = ByteString.CopyFrom(part.Release.ToBytes()),
        Content = ByteString.CopyFrom(part.Content.Span),
    }.ToByteArray();

    public static byte[] Encode(OrderStatement order) => new V1.Order
    {
        Deployment = order.Deployment,
        Sequence = (ulong)order.Sequence,
        Number = (ulong)order.Number,
        Mode = (V1.Order.Types.Mode)order.Mode,
        Hosts = { order.Hosts },
        Tags = { order.Tags },
        SkipTags = { order.SkipTags },
        StartAtTask = order.StartAtTask ?? "",
        Diff = order.Diff,
        Verbosity = (uint)order.Verbosity,
        Limit = order.Limit ?? "",
        DeadlineSeconds = (ulong)(order.Deadline?.TotalSeconds ?? 0),
        Reason = order.Reason,
        PauseSeconds = (ulong)(order.PauseFor?.TotalSeconds ?? 0),
        By = order.By,
    }.ToByteArray();

    public static Decoded<ReleaseStatement> DecodeRelease(ReadOnlyMemory<byte> payload)
    {
        var parsed = DecodeContext.Parse(V1.Release.Parser, payload);
        if (!parsed.IsGood)
        {
            return Decoded<ReleaseStatement>.Bad(parsed.Problem);
        }
        var context = new DecodeContext([]);
        return context.Finish(new ReleaseStatement
        {
            Deployment = Deployment(parsed.Value.Deployment, context),
            Sequence = context.Signed(parsed.Value.Sequence, "sequence"),
            Content = parsed.Value.Content.Memory,
        });
    }

    public static Decoded<HostPartStatement> DecodeHostPart(ReadOnlyMemory<byte> payload)
    {
        var parsed = DecodeContext.Parse(V1.HostPart.Parser, payload);
        if (!parsed.IsGood)
        {
            return Decoded<HostPartStatement>.Bad(parsed.Problem);
        }
        var context = new DecodeContext([]);
        return context.Finish(new HostPartStatement
        {
            Deployment = Deployment(parsed.Value.Deployment, context),
            Sequence = context.Signed(parsed.Value.Sequence, "sequence"),
            Host = parsed.Value.Host,
            Release = context.Digest(parsed.Value.Release),
            Content = parsed.Value.Content.Memory,
        });
    }

    public static Decoded<OrderStatement> DecodeOrder(ReadOnlyMemory<byte> payload)
    {
        var parsed = DecodeContext.Parse(V1.Order.Parser, payload);
        if (!parsed.IsGood)
        {
            return Decoded<OrderStatement>.Bad(parsed.Problem);
        }
        var message = parsed.Value;
        var context = new DecodeContext([]);
        if (message.Mode is < V1.Order.Types.Mode.Converge or > V1.Order.Types.Mode.Resume)
        {
            context.Fail($"it has mode {(int)message.Mode}, which this version does not know");
        }
        if (message.DeadlineSeconds > int.MaxValue)
        {
            context.Fail($"its deadline of {message.DeadlineSeconds} seconds is out of range");
        }
        if (message.PauseSeconds > 366 * 24 * 3600)
        {
            context.Fail($"its pause of {message.PauseSeconds} seconds is longer than a year");
        }
        if (message.Reason.Length > 1000 || message.By.Length > 200)
        {
            context.Fail("its reason or who asks is longer than anybody reads");
        }
        return context.Finish(new OrderStatement
        {
            Deployment = Deployment(message.Deployment, context),
            Sequence = context.Signed(message.Sequence, "sequence"),
            Number = context.Signed(message.Number, "order"),
            Mode = (OrderMode)message.Mode,
            Hosts = [.. message.Hosts],
            Tags = [.. message.Tags],
            SkipTags = [.. message.SkipTags],
            StartAtTask = message.StartAtTask.Length == 0 ? null : message.StartAtTask,
            Diff = message.Diff,
            Verbosity = (int)Math.Min(message.Verbosity, 4),
            Limit = message.Limit.Length == 0 ? null : message.Limit,
            Deadline = message.DeadlineSeconds == 0 || context.Problem is not null ? null : TimeSpan.FromSeconds(message.DeadlineSeconds),
            Reason = message.Reason,
            PauseFor = message.PauseSeconds == 0 || context.Problem is not null ? null : TimeSpan.FromSeconds(message.PauseSeconds),
            By = message.By,
        });
    }

    private static string Deployment(string name, DecodeContext context)
    {
        if (name.Length == 0)
        {
            context.Fail("it names no deployment");
        }
        return name;
    }
}
