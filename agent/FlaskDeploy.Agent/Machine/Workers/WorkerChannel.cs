using System.Buffers.Binary;
using System.Text.Json;

namespace FlaskDeploy.Agent.Machine.Workers;

/// <summary>Messages on a pair of pipes: four bytes of length, then JSON. One reader; any number of writers.</summary>
internal sealed class WorkerChannel(Stream input, Stream output) : IAsyncDisposable
{
    private const int Longest = 64 * 1024 * 1024;
    private readonly SemaphoreSlim _writing = new(1);

    /// <summary>Null: the other side has closed.</summary>
    /// <exception cref="InvalidDataException">What came is no message.</exception>
    public async ValueTask<WorkerMessage?> Read(CancellationToken cancellation)
    {
        var head = new byte[4];
        if (await input.ReadAtLeastAsync(head, head.Length, throwOnEndOfStream: false, cancellation) < head.Length)
        {
            return null;
        }
        var length = BinaryPrimitives.ReadInt32LittleEndian(head);
        if (length is <= 0 or > Longest)
        {
            throw new InvalidDataException($"a message of {length} bytes");
        }
        var body = new byte[length];
        if (await input.ReadAtLeastAsync(body, length, throwOnEndOfStream: false, cancellation) < length)
        {
            return null;
        }
        try
        {
            return JsonSerializer.Deserialize(body, MachineJson.Default.WorkerMessage);
        }
        catch (JsonException e)
        {
            throw new InvalidDataException("a message that cannot be read", e);
        }
    }

    /// <exception cref="IOException">The other side is gone.</exception>
    public async ValueTask Write(WorkerMessage message, CancellationToken cancellation)
    {
        var body = JsonSerializer.SerializeToUtf8Bytes(message, MachineJson.Default.WorkerMessage);
        var frame = new byte[4 + body.Length];
        BinaryPrimitives.WriteInt32LittleEndian(frame, body.Length);
        body.CopyTo(frame, 4);
        await _writing.WaitAsync(cancellation);
        try
        {
            // Never cut in the middle: a frame is written whole, whatever is cancelled meanwhile.
            await output.WriteAsync(frame, CancellationToken.None);
            await output.FlushAsync(CancellationToken.None);
        }
        finally
        {
            _writing.Release();
        }
    }

    public async ValueTask DisposeAsync()
    {
        await output.DisposeAsync();
        await input.DisposeAsync();
    }
}
