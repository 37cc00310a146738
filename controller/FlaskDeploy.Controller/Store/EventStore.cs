using System.Collections.Immutable;
using FlaskDeploy.Controller.Rollouts;
using FlaskDeploy.Controller.Runs;
using Microsoft.Data.Sqlite;

namespace FlaskDeploy.Controller.Store;

/// <summary>An event with the bytes that came: those are kept, what was read of them is not.</summary>
internal sealed record ToldEvent(AgentEvent Event, byte[] Bytes);

internal sealed record StoredEvent(long Position, string Host, string Log, long Number, byte[] Bytes);

internal sealed record LeftOverRow(string What, long Pid, long Port, long SinceSequence);

/// <summary>What agents told, in the order in which it became durable, and everything that is folded from it.</summary>
internal sealed class EventStore(Database database, TimeProvider time)
{
    /// <summary>
    /// Stores events of one log and folds them, in one transaction. Events that are stored already change nothing.
    /// Durable when it returns.
    /// </summary>
    /// <param name="events">Rising in number, the first one not before the end of what is stored (the gate sees to gaps).</param>
    public Task StoreAsync(string host, string log, ImmutableArray<ToldEvent> events, CancellationToken cancellationToken) => database.WriteAsync(
        connection =>
        {
            var now = time.GetUtcNow().ToUnixTimeMilliseconds();
            var through = connection.Number("SELECT last_number FROM logs WHERE host = $1 AND log = $2", host, log);
            foreach (var told in events)
            {
                if (told.Event.Number > through)
                {
                    StoreOne(connection, host, log, told, now);
                    through = told.Event.Number;
                }
            }
            connection.Execute(
                "INSERT INTO logs(host, log, last_number) VALUES($1, $2, $3) ON CONFLICT(host, log) DO UPDATE SET last_number = max(last_number, excluded.last_number)",
                host, log, through);
            connection.Execute("UPDATE hosts SET last_seen = $2 WHERE name = $1", host, now);
        },
        cancellationToken);

    public Task SetSkewAsync(string host, long millis, CancellationToken cancellationToken) => database.WriteAsync(
        connection => { connection.Execute("UPDATE hosts SET clock_skew = $2 WHERE name = $1", host, millis); }, cancellationToken);

    /// <summary>Events in their order, with a position after <paramref name="position"/>. An empty string means any.</summary>
    public ImmutableArray<StoredEvent> After(long position, EventFilter filter, long most) => database.Read(connection => connection.Query(
        $"SELECT position, host, log, number, bytes FROM events WHERE position > $1 AND {filter.Condition} ORDER BY position LIMIT $6",
        ReadEvent, position, filter.Host, filter.Run, filter.Deployment, filter.AfterNumber, most));

    /// <summary>A run of the order began in this log and has not ended in it.</summary>
    public bool IsUnderWay(string host, string log, string deployment, long order) => database.Read(connection => connection.Number(
        "SELECT count(*) FROM runs WHERE host = $1 AND log = $2 AND deployment = $3 AND number = $4 AND NOT finished", host, log, deployment, order)) > 0;

    /// <summary>The position just before the newest <paramref name="most"/> events that pass the filter.</summary>
    public long BeforeNewest(EventFilter filter, long most) => database.Read(connection => connection.Number(
        $"""
        SELECT min(position) - 1 FROM (SELECT position FROM events WHERE position > $1 AND {filter.Condition} ORDER BY position DESC LIMIT $6)
        """,
        0, filter.Host, filter.Run, filter.Deployment, filter.AfterNumber, most));

    private static StoredEvent ReadEvent(SqliteDataReader row) => new(row.GetInt64(0), row.GetString(1), row.GetString(2), row.GetInt64(3), row.Bytes(4));

    private static void StoreOne(SqliteConnection connection, string host, string log, ToldEvent told, long now)
    {
        var (e, bytes) = told;
        connection.Execute(
            "INSERT INTO events(host, log, number, deployment, run, bytes) VALUES($1, $2, $3, $4, $5, $6)",
            host, log, e.Number, e.Deployment, RunFold.RunOf(log, e) ?? "", bytes);
        var position = connection.Number("SELECT last_insert_rowid()");
        FoldRun(connection, host, log, e, position);
        if (e.What is Happening.LeftOver leftOver)
        {
            // The first one of a newer run begins the list anew.
            connection.Execute("DELETE FROM left_overs WHERE host = $1 AND deployment = $2 AND run <> $3", host, e.Deployment, e.Run);
            connection.Execute(
                "INSERT OR IGNORE INTO left_overs(host, deployment, run, number, what, pid, port, since_sequence) VALUES($1, $2, $3, $4, $5, $6, $7, $8)",
                host, e.Deployment, e.Run, e.Number, leftOver.What, leftOver.Pid, leftOver.Port, leftOver.SinceSequence);
        }
        if (e.What is Happening.Standing standing)
        {
            connection.Execute("DELETE FROM standings WHERE host = $1 AND deployment = $2", host, e.Deployment);
            if (!standing.Bytes.IsEmpty)
            {
                connection.Execute("INSERT INTO standings(host, deployment, bytes) VALUES($1, $2, $3)", host, e.Deployment, standing.Bytes.ToArray());
            }
        }
        if (e.Order > 0)
        {
            RolloutStore.AddEvent(connection, e.Deployment, e.Order, host, position);
            if (InputOf(e.What) is { } input)
            {
                RolloutStore.Tell(connection, e.Deployment, e.Order, host, input, now);
            }
        }
    }

    private static ProgressInput? InputOf(Happening what) => what switch
    {
        Happening.RunStarted => new ProgressInput.Accepted(),
        Happening.RunFinished => new ProgressInput.Finished(""),
        Happening.RunRefused refused => new ProgressInput.Refused(refused.Remedy.Length == 0 ? refused.Reason : $"{refused.Reason}; {refused.Remedy}"),
        Happening.Superseded superseded => new ProgressInput.Superseded(superseded.ByOrder),
        _ => null,
    };

    private static void FoldRun(SqliteConnection connection, string host, string log, AgentEvent e, long position)
    {
        if (RunFold.RunOf(log, e) is not { } id)
        {
            return;
        }
        var before = RunRows.Find(connection, host, id);
        if (RunFold.Next(before, host, log, e) is not { } run || run == before)
        {
            return;
        }
        RunRows.Save(connection, run, position);
        if (e.What is not Happening.RunFinished || run.Kind == RunKind.Check || run.Result is not (RunResult.Unchanged or RunResult.Changed))
        {
            return;
        }
        // An order that names tags or a first task leaves the revision incomplete, however well it went.
        var partial = run.Order > 0 && connection.Number("SELECT partial FROM orders WHERE deployment = $1 AND number = $2", run.Deployment, run.Order) != 0;
        HostStore.Advance(connection, host, new HostDeploymentState(run.Deployment, run.Sequence, partial ? 0 : run.Sequence, run.Order));
        if (run.Kind == RunKind.Apply && !partial)
        {
            // A whole pass looked at everything: what it did not report is gone.
            connection.Execute("DELETE FROM left_overs WHERE host = $1 AND deployment = $2 AND run <> $3", host, run.Deployment, run.Id);
        }
    }
}

/// <param name="AfterNumber">Of the host's own numbering; 0: from the first.</param>
internal sealed record EventFilter(string Host, string Run, string Deployment, long AfterNumber)
{
    /// <summary>Names only what is asked for, so that an index serves; arguments that it does not name are left unbound.</summary>
    public string Condition => string.Concat(
        "number > $5",
        Host.Length == 0 ? "" : " AND host = $2",
        Run.Length == 0 ? "" : " AND run = $3",
        Deployment.Length == 0 ? "" : " AND deployment = $4");
}
