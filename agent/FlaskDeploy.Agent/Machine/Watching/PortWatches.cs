using System.Buffers.Binary;
using FlaskDeploy.Agent.Machine.Native;
using Microsoft.Win32.SafeHandles;

namespace FlaskDeploy.Agent.Machine.Watching;

/// <summary>
/// Who listens on some ports, asked of the kernel by sock_diag(7): one dump of the listening sockets for all the ports,
/// which covers every address, IPv4 and IPv6, and allocates nothing. Of one thread only.
/// </summary>
internal sealed unsafe class PortWatches : IDisposable
{
    private const int Netlink = 16;
    private const int Datagram = 2;
    private const int CloseOnExec = 0x80000;
    private const int NonBlocking = 0x800;
    private const int SockDiag = 4;
    private const int ByFamily = 20;
    private const int RequestDump = 0x301;
    private const int ListenState = 1 << 10;
    private const int Tcp = 6;
    private const byte Inet = 2;
    private const byte Inet6 = 10;
    private const int HeaderSize = 16;
    private const int RequestSize = HeaderSize + 56;
    private const int MessageSize = 72;
    private const int DoneMessage = 3;
    private const int ErrorMessage = 2;

    private readonly byte[] _buffer = new byte[32 * 1024];
    private readonly List<Watched> _ports = [];
    private readonly List<WatchSignal> _moved = [];
    private SafeFileHandle? _socket;

    public bool IsEmpty => _ports.Count == 0;

    /// <summary>Null: ports are watched.</summary>
    public string? Problem { get; private set; }

    /// <summary>What it is compared with is who listens at this moment.</summary>
    public void Arm(PortTarget target)
    {
        Disarm(target);
        var port = new Watched(target);
        _ports.Add(port);
        if (Look())
        {
            port.Known = port.Now;
        }
    }

    public void Disarm(PortTarget target) => _ports.RemoveAll(port => port.Target == target);

    /// <returns>The ports whose listeners are others than at the last call. Allocates nothing while there are none.</returns>
    public List<WatchSignal> Poll()
    {
        _moved.Clear();
        if (_ports.Count == 0 || !Look())
        {
            return _moved;
        }
        foreach (var port in _ports)
        {
            if (port.Known != port.Now)
            {
                port.Known = port.Now;
                _moved.Add(new WatchSignal(port.Target, NoticedBy.SockDiag, $"port {port.Target.Port}", port.Now == 0 ? null : port.Uid));
            }
        }
        return _moved;
    }

    public void Dispose() => _socket?.Dispose();

    // Where it fails halfway, what is queued belongs to no later question: the next one has a socket of its own.
    private bool Look()
    {
        foreach (var port in _ports)
        {
            (port.Now, port.Uid) = (0, 0);
        }
        if (_socket is null && Open() is null)
        {
            return false;
        }
        // A kernel without IPv6 has no answer for that family, and no listeners in it.
        if (Dump(Inet) is var ipv4 and not Answer.Broken && Dump(Inet6) is not Answer.Broken && ipv4 == Answer.Whole)
        {
            Problem = null;
            return true;
        }
        Problem = "the kernel does not say who listens on a port (sock_diag)";
        _socket?.Dispose();
        _socket = null;
        return false;
    }

    private SafeFileHandle? Open()
    {
        var descriptor = Libc.OpenSocket(Netlink, Datagram | CloseOnExec | NonBlocking, SockDiag);
        Problem = descriptor < 0 ? SystemCallException.Last("the kernel cannot be asked who listens on a port (sock_diag)").Message : null;
        return _socket = descriptor < 0 ? null : new SafeFileHandle(descriptor, ownsHandle: true);
    }

    private enum Answer
    {
        Broken,
        Refused,
        Whole,
    }

    private Answer Dump(byte family)
    {
        var request = stackalloc byte[RequestSize];
        var bytes = new Span<byte>(request, RequestSize);
        bytes.Clear();
        BinaryPrimitives.WriteUInt32LittleEndian(bytes, RequestSize);
        BinaryPrimitives.WriteUInt16LittleEndian(bytes[4..], ByFamily);
        BinaryPrimitives.WriteUInt16LittleEndian(bytes[6..], RequestDump);
        bytes[HeaderSize] = family;
        bytes[HeaderSize + 1] = Tcp;
        BinaryPrimitives.WriteUInt32LittleEndian(bytes[(HeaderSize + 4)..], ListenState);
        if (Libc.Send(_socket!, request, RequestSize, 0) != RequestSize)
        {
            return Answer.Broken;
        }
        while (true)
        {
            nint length;
            fixed (byte* at = _buffer)
            {
                length = Libc.Receive(_socket!, at, _buffer.Length, 0);
            }
            if (length <= 0)
            {
                return Answer.Broken;
            }
            for (var rest = _buffer.AsSpan(0, (int)length); rest.Length >= HeaderSize;)
            {
                var size = (int)BinaryPrimitives.ReadUInt32LittleEndian(rest);
                var type = BinaryPrimitives.ReadUInt16LittleEndian(rest[4..]);
                if (type is DoneMessage or ErrorMessage || size < HeaderSize || size > rest.Length)
                {
                    return type switch { DoneMessage => Answer.Whole, ErrorMessage => Answer.Refused, _ => Answer.Broken };
                }
                if (type == ByFamily && size >= HeaderSize + MessageSize)
                {
                    Listens(rest.Slice(HeaderSize, MessageSize));
                }
                rest = rest[Math.Min(rest.Length, (size + 3) & ~3)..];
            }
        }
    }

    // The kernel's order is no news, so that the sum does not depend on it. An inode is a socket for as long as it lives.
    private void Listens(ReadOnlySpan<byte> message)
    {
        var number = BinaryPrimitives.ReadUInt16BigEndian(message[4..]);
        foreach (var port in _ports)
        {
            if (port.Target.Port == number)
            {
                port.Uid = BinaryPrimitives.ReadUInt32LittleEndian(message[64..]);
                port.Now += (BinaryPrimitives.ReadUInt32LittleEndian(message[68..]) + 1UL) * 0x9E3779B97F4A7C15;
            }
        }
    }

    private sealed class Watched(PortTarget target)
    {
        public PortTarget Target => target;

        /// <summary>Zero: nobody listens.</summary>
        public ulong Now { get; set; }

        public ulong Known { get; set; }

        public uint Uid { get; set; }
    }
}
