using System.Buffers.Binary;
using System.Net.Sockets;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;

namespace FlaskDeploy.Controller.Security;

/// <summary>The process at the other end of the unix socket, as the kernel says: it cannot be made up.</summary>
internal sealed record SocketPeer(uint User)
{
    private const int SolSocket = 1;
    private const int SoPeerCred = 17;

    /// <summary>Notes the peer on each connection of the unix socket (unix(7), SO_PEERCRED).</summary>
    public static ConnectionDelegate Note(ConnectionDelegate next) => connection =>
    {
        if (connection.Features.Get<IConnectionSocketFeature>()?.Socket is not { AddressFamily: AddressFamily.Unix } socket)
        {
            connection.Abort(new ConnectionAbortedException("not a unix socket"));
            return Task.CompletedTask;
        }
        // struct ucred: pid, uid, gid, four bytes each, in the order of the machine.
        Span<byte> credentials = stackalloc byte[12];
        socket.GetRawSocketOption(SolSocket, SoPeerCred, credentials);
        var user = BitConverter.IsLittleEndian
            ? BinaryPrimitives.ReadUInt32LittleEndian(credentials[4..])
            : BinaryPrimitives.ReadUInt32BigEndian(credentials[4..]);
        connection.Features.Set(new SocketPeer(user));
        return next(connection);
    };
}
