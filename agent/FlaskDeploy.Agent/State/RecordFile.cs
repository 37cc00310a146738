using System.Buffers.Binary;

namespace FlaskDeploy.Agent.State;

/// <summary>
/// An append-only file of records, each with its length and a checksum. A record that was cut by a crash ends the file:
/// it is dropped when the file is opened, and everything before it stands. Not safe for several threads.
/// </summary>
internal sealed class RecordFile : IDisposable
{
    private const int HeaderLength = 8;
    private const int LargestRecord = 32 * 1024 * 1024;

    private readonly FileStream _file;

    private RecordFile(FileStream file) => _file = file;

    public long Length => _file.Length;

    /// <summary>Opens or makes it, and hands over each whole record in its order.</summary>
    public static RecordFile Open(string path, Action<ReadOnlyMemory<byte>> replay)
    {
        var isNew = !File.Exists(path);
        var file = new FileStream(path, new FileStreamOptions
        {
            Mode = FileMode.OpenOrCreate,
            Access = FileAccess.ReadWrite,
            Share = FileShare.Read,
            UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite,
        });
        var end = Replay(file, replay);
        if (end < file.Length)
        {
            file.SetLength(end);
            file.Flush(flushToDisk: true);
        }
        file.Position = end;
        if (isNew)
        {
            DurableFile.SyncDirectory(Path.GetDirectoryName(path)!);
        }
        return new RecordFile(file);
    }

    /// <summary>Durable when it returns, unless <paramref name="sync"/> is false: then with the next one that is.</summary>
    public void Append(ReadOnlySpan<byte> record, bool sync = true)
    {
        var start = _file.Position;
        Span<byte> header = stackalloc byte[HeaderLength];
        BinaryPrimitives.WriteInt32LittleEndian(header, record.Length);
        BinaryPrimitives.WriteUInt32LittleEndian(header[4..], Crc32.Of(record));
        try
        {
            _file.Write(header);
            _file.Write(record);
            _file.Flush(flushToDisk: sync);
        }
        catch (IOException)
        {
            // A full disk: what was half written must not stand before the next record.
            _file.SetLength(start);
            _file.Position = start;
            throw;
        }
    }

    public void Sync() => _file.Flush(flushToDisk: true);

    public void Clear()
    {
        _file.SetLength(0);
        _file.Position = 0;
        _file.Flush(flushToDisk: true);
    }

    public void Dispose() => _file.Dispose();

    private static long Replay(FileStream file, Action<ReadOnlyMemory<byte>> replay)
    {
        var header = new byte[HeaderLength];
        var end = 0L;
        file.Position = 0;
        while (file.ReadAtLeast(header, HeaderLength, throwOnEndOfStream: false) == HeaderLength)
        {
            var length = BinaryPrimitives.ReadInt32LittleEndian(header);
            if (length is < 0 or > LargestRecord || length > file.Length - file.Position)
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
