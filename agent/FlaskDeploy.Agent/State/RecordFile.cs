using System.Buffers.Binary;
using Microsoft.Win32.SafeHandles;

namespace FlaskDeploy.Agent.State;

/// <summary>
/// An append-only file of records, each with its length and a checksum. A record that was cut by a crash ends the file:
/// it is dropped when the file is opened, and everything before it stands. Not safe for several threads.
/// </summary>
internal sealed class RecordFile : IDisposable
{
    public const int LargestRecord = 32 * 1024 * 1024;

    private const int HeaderLength = 8;

    private readonly SafeFileHandle _file;
    private readonly Writer _write;
    private bool _isTorn;

    private RecordFile(SafeFileHandle file, Writer write, long end) => (_file, _write, Length) = (file, write, end);

    /// <summary>Puts bytes at a place of the file.</summary>
    internal delegate void Writer(SafeFileHandle file, ReadOnlySpan<byte> bytes, long at);

    public long Length { get; private set; }

    /// <summary>Opens or makes it, and hands over each whole record in its order.</summary>
    /// <param name="write">How bytes reach the disk; tests fill it.</param>
    public static RecordFile Open(string path, Action<ReadOnlyMemory<byte>> replay, Writer? write = null)
    {
        var isNew = !File.Exists(path);
        var options = new FileStreamOptions
        {
            Mode = FileMode.OpenOrCreate,
            Access = FileAccess.ReadWrite,
            Share = FileShare.Read,
            UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite,
        };
        // The stream is for its mode at creation only; what is written goes past its buffer, which a full disk would leave half flushed.
        long end;
        long length;
        using (var stream = new FileStream(path, options))
        {
            (end, length) = (Replay(stream, replay), stream.Length);
        }
        var file = File.OpenHandle(path, FileMode.Open, FileAccess.ReadWrite, FileShare.Read);
        try
        {
            if (end < length)
            {
                RandomAccess.SetLength(file, end);
                RandomAccess.FlushToDisk(file);
            }
            if (isNew)
            {
                DurableFile.SyncDirectory(Path.GetDirectoryName(path)!);
            }
        }
        catch (IOException)
        {
            file.Dispose();
            throw;
        }
        return new RecordFile(file, write ?? RandomAccess.Write, end);
    }

    /// <summary>Durable when it returns, unless <paramref name="sync"/> is false: then with the next one that is.</summary>
    /// <exception cref="IOException">It is not there, now and after a restart; what stood before it stands.</exception>
    public void Append(ReadOnlySpan<byte> record, bool sync = true)
    {
        if (record.Length is 0 or > LargestRecord)
        {
            throw new ArgumentException($"A record has 1 to {LargestRecord} bytes, not {record.Length}.", nameof(record));
        }
        if (_isTorn)
        {
            RandomAccess.SetLength(_file, Length);
            _isTorn = false;
        }
        var bytes = new byte[HeaderLength + record.Length];
        BinaryPrimitives.WriteInt32LittleEndian(bytes, record.Length);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(4), Crc32.Of(record));
        record.CopyTo(bytes.AsSpan(HeaderLength));
        // Until it is whole it counts as torn: what was half written must not stand before the next record.
        _isTorn = true;
        _write(_file, bytes, Length);
        if (sync)
        {
            RandomAccess.FlushToDisk(_file);
        }
        _isTorn = false;
        Length += bytes.Length;
    }

    public void Sync() => RandomAccess.FlushToDisk(_file);

    public void Clear()
    {
        RandomAccess.SetLength(_file, 0);
        RandomAccess.FlushToDisk(_file);
        (Length, _isTorn) = (0, false);
    }

    public void Dispose() => _file.Dispose();

    private static long Replay(FileStream file, Action<ReadOnlyMemory<byte>> replay)
    {
        var header = new byte[HeaderLength];
        var end = 0L;
        while (file.ReadAtLeast(header, HeaderLength, throwOnEndOfStream: false) == HeaderLength)
        {
            // A length of zero: a tail of zeros, as a power cut leaves it; their checksum would be right.
            var length = BinaryPrimitives.ReadInt32LittleEndian(header);
            if (length is <= 0 or > LargestRecord || length > file.Length - file.Position)
            {
                break;
            }
            var record = new byte[length];
            file.ReadExactly(record);
            if (Crc32.Of(record) != BinaryPrimitives.ReadUInt32LittleEndian(header.AsSpan(4)))
            {
                break;
            }
            replay(record);
            end = file.Position;
        }
        return end;
    }
}
