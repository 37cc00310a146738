using System.Buffers;
using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using FlaskDeploy.Agent.Machine.Native;

namespace FlaskDeploy.Agent.Machine.Looks;

/// <summary>
/// The stats of one question after the other, as short text: equal text, nothing moved. Made for one pass and used by one
/// thread; what leads to a path is looked at once per pass.
/// </summary>
/// <param name="now">
/// When the pass began. Of what changed shortly before it a later change may bear the same time, so that the two could not
/// be told apart ("racy git"): such a trail is not settled, and whoever asked looks at the thing itself until it has aged.
/// </param>
internal sealed class StatTrail(DateTimeOffset now)
{
    /// <summary>Kernels stamp with the time of their last tick, 10 ms at most; there are file systems that keep whole seconds.</summary>
    private const long Settling = 2_000_000_000;

    private const int TextLength = 32;

    private readonly long _now = (now - DateTimeOffset.UnixEpoch).Ticks * 100;
    private readonly ArrayBufferWriter<byte> _trail = new(512);
    private readonly Dictionary<string, byte[]> _ways = new(StringComparer.Ordinal);
    private Account _as = Account.Root;
    private bool _isSettled = true;

    /// <summary>Nobody is kept from anything: the same answer as the agent's own.</summary>
    public bool IsOfRoot => _as.IsRoot;

    /// <summary>The next question. What it depends on besides its paths is said here: who asks.</summary>
    public void Begin(Account account)
    {
        _trail.ResetWrittenCount();
        _isSettled = true;
        _as = account;
        if (!account.IsRoot)
        {
            Add(account.Uid);
            Add(account.Gid);
            foreach (var group in account.Groups)
            {
                Add(group);
            }
        }
    }

    /// <summary>Null: not settled.</summary>
    public string? End() => _isSettled ? Convert.ToHexStringLower(SHA256.HashData(_trail.WrittenSpan))[..TextLength] : null;

    /// <summary>Everything that moves when the content does, or the entries of a directory: the change time above all, which nobody can set back.</summary>
    /// <returns>What is there; null: nothing.</returns>
    public FileStatus? AddWhole(string path) => AddWhole(path, followLinks: true);

    private FileStatus? AddWhole(string path, bool followLinks)
    {
        AddWay(path);
        if (Libc.Status(path, followLinks) is not { } status)
        {
            Add(0UL);
            return null;
        }
        AddIdentity(status);
        Add((ulong)status.Size);
        Add((ulong)status.ModifiedSeconds);
        Add((ulong)status.ModifiedNanoseconds);
        Add((ulong)status.ChangedSeconds);
        Add((ulong)status.ChangedNanoseconds);
        _isSettled &= (status.ChangedSeconds * 1_000_000_000) + status.ChangedNanoseconds < _now - Settling;
        return status;
    }

    /// <summary>A directory with all that is in it; links are seen and not followed.</summary>
    /// <returns>False: there is more in it than is gone over.</returns>
    public bool AddBelow(string path)
    {
        const int most = 50_000;
        var pending = new Stack<string>([path]);
        for (var seen = 0; pending.TryPop(out var at); seen++)
        {
            if (seen > most)
            {
                return false;
            }
            if (AddWhole(at, followLinks: false) is { Kind: PathKind.Directory })
            {
                foreach (var name in PathLooks.Names(at).Order(StringComparer.Ordinal))
                {
                    Add(name);
                    pending.Push($"{at}/{name}");
                }
            }
        }
        return true;
    }

    /// <summary>What there is and who may use it, whatever it holds.</summary>
    public FileStatus? AddIdentity(string path)
    {
        AddWay(path);
        var status = Libc.Status(path, followLinks: true);
        if (status is { } there)
        {
            AddIdentity(there);
        }
        else
        {
            Add(0UL);
        }
        return status;
    }

    /// <summary>What a look at the way to this path depends on, where it is asked as somebody who may not go everywhere.</summary>
    public void AddWay(string path)
    {
        if (!_as.IsRoot && path.LastIndexOf('/') is var end && end >= 0)
        {
            _trail.Write(Way(path[..end]));
        }
    }

    public void Add(string text)
    {
        var size = Encoding.UTF8.GetByteCount(text);
        Add((uint)size);
        Encoding.UTF8.GetBytes(text, _trail);
    }

    private void AddIdentity(in FileStatus status)
    {
        Add(status.Device);
        Add(status.Inode);
        Add(status.TypeAndMode);
        Add(status.Uid);
        Add(status.Gid);
    }

    private void Add(ulong number)
    {
        BinaryPrimitives.WriteUInt64LittleEndian(_trail.GetSpan(sizeof(ulong)), number);
        _trail.Advance(sizeof(ulong));
    }

    // Of every directory on the way: whose it is and who may go through it. Not its times, which move with every entry.
    private byte[] Way(string directory)
    {
        if (_ways.TryGetValue(directory, out var known))
        {
            return known;
        }
        var above = directory.LastIndexOf('/') is var end && end >= 0 ? Way(directory[..end]) : [];
        var way = new byte[above.Length + 28];
        above.CopyTo(way, 0);
        if (Libc.Status(directory.Length == 0 ? "/" : directory, followLinks: true) is { } status)
        {
            var own = way.AsSpan(above.Length);
            BinaryPrimitives.WriteUInt64LittleEndian(own, status.Device);
            BinaryPrimitives.WriteUInt64LittleEndian(own[8..], status.Inode);
            BinaryPrimitives.WriteUInt32LittleEndian(own[16..], status.TypeAndMode);
            BinaryPrimitives.WriteUInt32LittleEndian(own[20..], status.Uid);
            BinaryPrimitives.WriteUInt32LittleEndian(own[24..], status.Gid);
        }
        return _ways[directory] = way;
    }
}
