using System.Text;

namespace CliWrap;

/// <summary>Where a command's output goes.</summary>
public abstract class PipeTarget
{
    /// <summary>Read and forgotten, so that the command never waits for a reader.</summary>
    public static PipeTarget Null { get; } = ToStream(Stream.Null);

    public abstract Task CopyFromAsync(Stream origin, CancellationToken cancellationToken = default);

    public static PipeTarget Create(Func<Stream, CancellationToken, Task> func) => new Delegated(func);

    public static PipeTarget ToStream(Stream stream) => Create((origin, cancellation) => origin.CopyToAsync(stream, cancellation));

    public static PipeTarget ToFile(string filePath) => Create(async (origin, cancellation) =>
    {
        await using var file = File.Create(filePath);
        await origin.CopyToAsync(file, cancellation);
    });

    public static PipeTarget ToStringBuilder(StringBuilder stringBuilder, Encoding encoding) => Create(async (origin, cancellation) =>
    {
        using var reader = new StreamReader(origin, encoding, detectEncodingFromByteOrderMarks: false, leaveOpen: true);
        var buffer = new char[4096];
        while (await reader.ReadAsync(buffer, cancellation) is var read and > 0)
        {
            stringBuilder.Append(buffer, 0, read);
        }
    });

    public static PipeTarget ToStringBuilder(StringBuilder stringBuilder) => ToStringBuilder(stringBuilder, Encoding.UTF8);

    /// <summary>Called with each line.</summary>
    public static PipeTarget ToDelegate(Func<string, Task> handleLineAsync) => Create(async (origin, cancellation) =>
    {
        using var reader = new StreamReader(origin, Encoding.UTF8, detectEncodingFromByteOrderMarks: false, leaveOpen: true);
        while (await reader.ReadLineAsync(cancellation) is { } line)
        {
            await handleLineAsync(line);
        }
    });

    public static PipeTarget ToDelegate(Action<string> handleLine) => ToDelegate(line =>
    {
        handleLine(line);
        return Task.CompletedTask;
    });

    private sealed class Delegated(Func<Stream, CancellationToken, Task> func) : PipeTarget
    {
        public override Task CopyFromAsync(Stream origin, CancellationToken cancellationToken = default) => func(origin, cancellationToken);
    }
}
