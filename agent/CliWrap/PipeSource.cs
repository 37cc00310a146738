using System.Text;

namespace CliWrap;

/// <summary>What a command reads.</summary>
public abstract class PipeSource
{
    /// <summary>Nothing: end of file at once.</summary>
    public static PipeSource Null { get; } = Create((_, _) => Task.CompletedTask);

    public abstract Task CopyToAsync(Stream destination, CancellationToken cancellationToken = default);

    public static PipeSource Create(Func<Stream, CancellationToken, Task> func) => new Delegated(func);

    public static PipeSource FromStream(Stream stream) => Create((destination, cancellation) => stream.CopyToAsync(destination, cancellation));

    public static PipeSource FromBytes(byte[] data) => Create((destination, cancellation) => destination.WriteAsync(data, cancellation).AsTask());

    public static PipeSource FromString(string str, Encoding encoding) => FromBytes(encoding.GetBytes(str));

    public static PipeSource FromString(string str) => FromString(str, new UTF8Encoding(encoderShouldEmitUTF8Identifier: false));

    public static PipeSource FromFile(string filePath) => Create(async (destination, cancellation) =>
    {
        await using var file = File.OpenRead(filePath);
        await file.CopyToAsync(destination, cancellation);
    });

    private sealed class Delegated(Func<Stream, CancellationToken, Task> func) : PipeSource
    {
        public override Task CopyToAsync(Stream destination, CancellationToken cancellationToken = default) => func(destination, cancellationToken);
    }
}
