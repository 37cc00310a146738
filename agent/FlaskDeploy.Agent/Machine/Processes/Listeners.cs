using System.Buffers.Binary;
using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using FlaskDeploy.Agent.Machine.Native;

namespace FlaskDeploy.Agent.Machine.Processes;

/// <summary>
/// Listening TCP sockets: from the kernel by sock_diag(7), microseconds at any number of sockets; from /proc/net/tcp
/// where that is not to be had. A socket is mapped to its process by the one that had it last time, then by a search.
/// </summary>
internal sealed class Listeners
{
    private readonly ConcurrentDictionary<int, int> _lastPid = new();

    public ListenersAnswer On(int port)
    {
        var sockets = (SocketDiagnosis.Listening() ?? ProcNet.Listening()).Where(socket => socket.Port == port).ToList();
        if (sockets.Count == 0)
        {
            _lastPid.TryRemove(port, out _);
            return new ListenersAnswer([]);
        }
        var owners = Owners(port, sockets.ConvertAll(socket => socket.Inode));
        return new ListenersAnswer([.. sockets
            .Select(socket => owners.GetValueOrDefault(socket.Inode) is var pid && pid > 0
                ? new Listener(socket.Address, port, pid, ProcessTable.StartTime(pid) ?? 0, socket.Uid)
                : new Listener(socket.Address, port, 0, 0, socket.Uid))
            .OrderBy(listener => listener.Address, StringComparer.Ordinal).ThenBy(listener => listener.Pid)]);
    }

    /// <summary>The ports that each of these processes listens on; those that listen on none are not in it.</summary>
    public static ILookup<int, int> PortsOf(IReadOnlyCollection<int> pids)
    {
        var sockets = (SocketDiagnosis.Listening() ?? ProcNet.Listening()).ToLookup(socket => socket.Inode, socket => socket.Port);
        return pids
            .SelectMany(pid => SocketsOf(pid).SelectMany(inode => sockets[inode]).Distinct().Order().Select(port => (pid, port)))
            .ToLookup(pair => pair.pid, pair => pair.port);
    }

    private Dictionary<uint, int> Owners(int port, List<uint> inodes)
    {
        var wanted = inodes.Where(inode => inode != 0).ToHashSet();
        if (_lastPid.TryGetValue(port, out var last) && wanted.IsSubsetOf(SocketsOf(last)))
        {
            return wanted.ToDictionary(inode => inode, _ => last);
        }
        // Of processes that share a socket (workers that were forked) the oldest is the one that opened it. By start time:
        // pids begin anew, and a worker may come and go while the server stays.
        var owners = new Dictionary<uint, (ulong StartTime, int Pid)>();
        foreach (var pid in ProcessTable.All())
        {
            foreach (var inode in SocketsOf(pid).Where(wanted.Contains).ToList())
            {
                if (ProcessTable.StartTime(pid) is { } start && (!owners.TryGetValue(inode, out var other) || (start, pid).CompareTo(other) < 0))
                {
                    owners[inode] = (start, pid);
                }
            }
        }
        if (owners.Count > 0)
        {
            _lastPid[port] = owners.Values.Min().Pid;
        }
        return owners.ToDictionary(pair => pair.Key, pair => pair.Value.Pid);
    }

    private static IEnumerable<uint> SocketsOf(int pid)
    {
        string[] descriptors;
        try
        {
            descriptors = Directory.GetFileSystemEntries($"/proc/{pid}/fd");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Gone, or another user's.
            yield break;
        }
        foreach (var descriptor in descriptors)
        {
            if (Libc.ReadLink(Libc.AtCurrentDirectory, descriptor) is { } target
                && target.StartsWith("socket:[", StringComparison.Ordinal)
                && uint.TryParse(target.AsSpan(8, target.Length - 9), NumberStyles.None, CultureInfo.InvariantCulture, out var inode))
            {
                yield return inode;
            }
        }
    }
}

internal readonly record struct ListeningSocket(string Address, int Port, uint Uid, uint Inode);

/// <summary>The kernel's answer to "which sockets listen", see sock_diag(7).</summary>
internal static unsafe class SocketDiagnosis
{
    private const int Netlink = 16;
    private const int Datagram = 2;
    private const int CloseOnExec = 0x80000;
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

    /// <summary>Null: the kernel does not say; there are sandboxes that forbid it.</summary>
    public static List<ListeningSocket>? Listening()
    {
        var descriptor = Libc.OpenSocket(Netlink, Datagram | CloseOnExec, SockDiag);
        if (descriptor < 0)
        {
            return null;
        }
        using var socket = new Microsoft.Win32.SafeHandles.SafeFileHandle(descriptor, ownsHandle: true);
        var found = new List<ListeningSocket>();
        // A kernel without IPv6 has no answer for that family, and no listeners in it.
        if (!Dump(socket, Inet, found))
        {
            return null;
        }
        _ = Dump(socket, Inet6, found);
        return found;
    }

    private static bool Dump(Microsoft.Win32.SafeHandles.SafeFileHandle socket, byte family, List<ListeningSocket> found)
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
        if (Libc.Send(socket, request, RequestSize, 0) != RequestSize)
        {
            return false;
        }
        var buffer = new byte[32 * 1024];
        while (true)
        {
            nint length;
            fixed (byte* at = buffer)
            {
                length = Libc.Receive(socket, at, buffer.Length, 0);
            }
            if (length <= 0)
            {
                return false;
            }
            var rest = buffer.AsSpan(0, (int)length);
            while (rest.Length >= HeaderSize)
            {
                var size = (int)BinaryPrimitives.ReadUInt32LittleEndian(rest);
                var type = BinaryPrimitives.ReadUInt16LittleEndian(rest[4..]);
                if (type is DoneMessage or ErrorMessage || size < HeaderSize || size > rest.Length)
                {
                    return type == DoneMessage;
                }
                if (type == ByFamily && size >= HeaderSize + MessageSize)
                {
                    found.Add(Parse(rest.Slice(HeaderSize, MessageSize)));
                }
                rest = rest[Math.Min(rest.Length, (size + 3) & ~3)..];
            }
        }
    }

    private static ListeningSocket Parse(ReadOnlySpan<byte> message) => new(
        new IPAddress(message.Slice(8, message[0] == Inet6 ? 16 : 4)).ToString(),
        BinaryPrimitives.ReadUInt16BigEndian(message[4..]),
        BinaryPrimitives.ReadUInt32LittleEndian(message[64..]),
        BinaryPrimitives.ReadUInt32LittleEndian(message[68..]));
}

/// <summary>/proc/net/tcp and tcp6, see proc(5).</summary>
internal static class ProcNet
{
    private const string Listen = "0A";

    public static List<ListeningSocket> Listening() =>
        [.. ((string[])["/proc/net/tcp", "/proc/net/tcp6"]).Where(File.Exists).SelectMany(path => Parse(File.ReadAllLines(path)))];

    public static IEnumerable<ListeningSocket> Parse(IEnumerable<string> lines)
    {
        foreach (var line in lines.Skip(1))
        {
            var fields = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
            if (fields.Length > 9 && fields[3] == Listen && fields[1].Split(':') is [var address, var port])
            {
                yield return new ListeningSocket(
                    Address(address),
                    int.Parse(port, NumberStyles.HexNumber, CultureInfo.InvariantCulture),
                    uint.Parse(fields[7], CultureInfo.InvariantCulture),
                    uint.Parse(fields[9], CultureInfo.InvariantCulture));
            }
        }
    }

    // Words of four bytes, each in the machine's order.
    private static string Address(string hex)
    {
        var bytes = Convert.FromHexString(hex);
        for (var i = 0; i < bytes.Length; i += 4)
        {
            bytes.AsSpan(i, 4).Reverse();
        }
        return new IPAddress(bytes).ToString();
    }
}
