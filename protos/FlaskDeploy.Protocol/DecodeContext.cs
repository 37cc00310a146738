using System.Collections.Immutable;
using FlaskDeploy.Language.Bundles;
using FlaskDeploy.Language.Diagnostics;
using Google.Protobuf;

namespace FlaskDeploy.Protocol;

/// <summary>
/// Carries the first problem of a decoding through its functions, so that none of them throws: after a failure they go on
/// with harmless values, and the result is thrown away.
/// </summary>
internal sealed class DecodeContext(IReadOnlyList<string> files, SecretTable? secrets = null)
{
    /// <summary>Null: whoever reads cannot open them, and does not use them.</summary>
    public SecretTable? Secrets => secrets;

    public string? Problem { get; private set; }

    public void Fail(string problem) => Problem ??= problem;

    public Decoded<T> Finish<T>(T value)
        where T : class => Problem is null ? Decoded<T>.Good(value) : Decoded<T>.Bad(Problem);

    public SourceSpan Span(V1.Span? span)
    {
        if (span is null || span.File == 0)
        {
            return SourceSpan.None;
        }
        if (span.File > files.Count || span.Line > int.MaxValue || span.Column > int.MaxValue)
        {
            Fail($"a position names file {span.File} of {files.Count}");
            return SourceSpan.None;
        }
        return new(files[(int)span.File - 1], (int)span.Line, (int)span.Column);
    }

    public Digest Digest(ByteString bytes)
    {
        if (bytes.Length == Language.Bundles.Digest.Length)
        {
            return Language.Bundles.Digest.FromBytes(bytes.Span);
        }
        Fail($"a digest has {bytes.Length} bytes instead of {Language.Bundles.Digest.Length}");
        return default;
    }

    public long Signed(ulong number, string what)
    {
        if (number <= long.MaxValue)
        {
            return (long)number;
        }
        Fail($"{what} {number} is out of range");
        return 0;
    }

    public int Small(uint number, string what)
    {
        if (number <= int.MaxValue)
        {
            return (int)number;
        }
        Fail($"{what} {number} is out of range");
        return 0;
    }

    /// <summary>Parses one message within <see cref="DecodeLimits"/>.</summary>
    public static Decoded<T> Parse<T>(MessageParser<T> parser, ReadOnlyMemory<byte> bytes)
        where T : class, IMessage<T>
    {
        if (bytes.Length > DecodeLimits.MaxBytes)
        {
            return Decoded<T>.Bad($"it has {bytes.Length} bytes, more than the {DecodeLimits.MaxBytes} that are read");
        }
        try
        {
            using var input = CodedInputStream.CreateWithLimits(new MemoryStream(bytes.ToArray(), writable: false), DecodeLimits.MaxBytes, DecodeLimits.MaxMessageDepth);
            return Decoded<T>.Good(parser.ParseFrom(input));
        }
        catch (InvalidProtocolBufferException e)
        {
            return Decoded<T>.Bad($"the bytes are damaged or are something else ({e.Message.TrimEnd('.')})");
        }
    }
}

/// <summary>The other direction: positions become indexes into a table of file names, in the order of first use.</summary>
internal sealed class FileTable
{
    private readonly Dictionary<string, uint> _numbers = [];

    public List<string> Files { get; } = [];

    public V1.Span? Encode(SourceSpan span)
    {
        if (span.IsNone)
        {
            return null;
        }
        if (!_numbers.TryGetValue(span.File, out var number))
        {
            Files.Add(span.File);
            number = (uint)Files.Count;
            _numbers.Add(span.File, number);
        }
        return new V1.Span { File = number, Line = (uint)Math.Max(0, span.Line), Column = (uint)Math.Max(0, span.Column) };
    }
}

internal static class Repeated
{
    public static ImmutableArray<TTo> Select<TFrom, TTo>(IEnumerable<TFrom> items, Func<TFrom, TTo> map) => [.. items.Select(map)];
}
