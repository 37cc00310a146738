using System.Collections.Concurrent;
using FlaskDeploy.V1;

namespace FlaskDeploy.Controller.Sessions;

/// <summary>The sessions of this moment, one per host.</summary>
internal sealed class SessionRegistry(int most)
{
    private readonly ConcurrentDictionary<string, AgentSession> _sessions = new(StringComparer.Ordinal);

    /// <summary>Ends the session that the host had.</summary>
    /// <returns>False: there are too many; nothing was changed.</returns>
    public bool TryEnter(AgentSession session)
    {
        if (_sessions.Count >= most && !_sessions.ContainsKey(session.Host))
        {
            return false;
        }
        AgentSession? old = null;
        _sessions.AddOrUpdate(session.Host, session, (_, present) =>
        {
            old = present;
            return session;
        });
        old?.End(SessionEnd.Replaced);
        return true;
    }

    /// <returns>False: another session of the host has taken its place already.</returns>
    public bool Leave(AgentSession session) => _sessions.TryRemove(KeyValuePair.Create(session.Host, session));

    public bool IsConnected(string host) => _sessions.ContainsKey(host);

    /// <summary>Makes the sessions of these hosts look for what is due.</summary>
    public void Wake(IEnumerable<string> hosts)
    {
        foreach (var host in hosts)
        {
            if (_sessions.TryGetValue(host, out var session))
            {
                session.Wake();
            }
        }
    }

    /// <summary>Null: the host is not connected, or went before it answered.</summary>
    public async Task<Reply?> AskAsync(string host, Question question, CancellationToken cancellationToken) =>
        _sessions.TryGetValue(host, out var session) ? await session.AskAsync(question, cancellationToken) : null;

    public void End(string host, SessionEnd end)
    {
        if (_sessions.TryGetValue(host, out var session))
        {
            session.End(end);
        }
    }
}
