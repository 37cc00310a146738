using System.Collections.Concurrent;
using FlaskDeploy.Agent.Machine.Files;
using FlaskDeploy.Language.Bundles;

namespace FlaskDeploy.Agent.Machine.Workers;

/// <summary>The agent's blobs, pulled part by part by a worker that may not read the store.</summary>
internal sealed class RemoteBlobs(WorkerChannel channel) : IBlobSource
{
    private readonly ConcurrentDictionary<long, TaskCompletionSource<byte[]?>> _wanted = new();
    private long _lastId;

    public async ValueTask<Stream?> Open(Digest digest, CancellationToken cancellation) =>
        await Part(digest, 0, cancellation) is { } first ? new PulledStream(this, digest, first) : null;

    public void Arrived(PartMessage part)
    {
        if (_wanted.TryRemove(part.Id, out var waiting))
        {
            waiting.SetResult(part.Bytes);
        }
    }

    private async ValueTask<byte[]?> Part(Digest digest, long offset, CancellationToken cancellation)
    {
        var id = Interlocked.Decrement(ref _lastId);
        var arriving = _wanted[id] = new TaskCompletionSource<byte[]?>(TaskCreationOptions.RunContinuationsAsynchronously);
        await channel.Write(new WantPartMessage(id, digest, offset), cancellation);
        return await arriving.Task.WaitAsync(cancellation);
    }

    private sealed class PulledStream(RemoteBlobs blobs, Digest digest, byte[] first) : Stream
    {
        private ReadOnlyMemory<byte> _part = first;
        private long _received = first.Length;

        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => false;

        public override long Length => throw new NotSupportedException();

        public override long Position
        {
            get => throw new NotSupportedException();
            set => throw new NotSupportedException();
        }

        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            if (_part.IsEmpty && _received > 0)
            {
                _part = await blobs.Part(digest, _received, cancellationToken) ?? throw new IOException($"the blob {digest} is no longer there");
                _received += _part.Length;
            }
            var length = Math.Min(buffer.Length, _part.Length);
            _part[..length].CopyTo(buffer);
            _part = _part[length..];
            return length;
        }

        public override int Read(byte[] buffer, int offset, int count) => ReadAsync(buffer.AsMemory(offset, count)).AsTask().GetAwaiter().GetResult();

        public override void Flush()
        {
        }

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    }
}
