using System.Collections.Immutable;
using FlaskDeploy.Controller.Rollouts;
using Microsoft.Data.Sqlite;

namespace FlaskDeploy.Controller.Store;

internal sealed record Rollout(string Id, string Deployment, long Number, bool Finished);

/// <summary>What a follower reads: an event, or where a host is.</summary>
/// <param name="Position">Rises; what a cursor holds.</param>
internal sealed record RolloutUpdateRow(long Position, string Host, string InventoryName, string Log, byte[]? Event, HostProgress? Progress);

/// <summary>Rollouts, where each of their hosts is, and the updates that followers read.</summary>
internal sealed class RolloutStore(Database database)
{
    // Finished, Refused, Superseded.
    internal const string Ends = "(3, 4, 5)";

    /// <summary>Readable and unique: an order's number is never used twice.</summary>
    public static string IdOf(string deployment, long number) => $"{deployment}.{number}";

    public Rollout? Find(string id) => database.Read(connection => FindIn(connection, id));

    /// <summary>One page of what came after <paramref name="position"/>, and whether the rollout had ended by then.</summary>
    public (ImmutableArray<RolloutUpdateRow> Updates, bool Finished) UpdatesAfter(string id, long position, int most) => database.Read(connection => (
        connection.Query(
            """
            SELECT u.position, u.host, h.inventory_name, e.log, e.bytes, u.state, u.detail
            FROM rollout_updates u JOIN rollout_hosts h ON h.rollout = u.rollout AND h.host = u.host LEFT JOIN events e ON e.position = u.event
            WHERE u.rollout = $1 AND u.position > $2 ORDER BY u.position LIMIT $3
            """,
            row => new RolloutUpdateRow(
                row.GetInt64(0), row.GetString(1), row.GetString(2), row.IsDBNull(3) ? "" : row.GetString(3), row.BytesOrNull(4),
                row.IsDBNull(5) ? null : new HostProgress((ProgressState)row.GetInt32(5), row.GetString(6))),
            id, position, most),
        FindIn(connection, id)?.Finished ?? true));

    /// <summary>Tells a host's part of an order what happened. An order without a rollout, or of other hosts, is passed over.</summary>
    public static void Tell(SqliteConnection connection, string deployment, long number, string host, ProgressInput input, long now)
    {
        var id = IdOf(deployment, number);
        var before = connection.First(
            "SELECT state, detail FROM rollout_hosts WHERE rollout = $1 AND host = $2",
            row => new HostProgress((ProgressState)row.GetInt32(0), row.GetString(1)), id, host);
        if (before is null || before.Next(input) is var after && after == before)
        {
            return;
        }
        connection.Execute("UPDATE rollout_hosts SET state = $3, detail = $4 WHERE rollout = $1 AND host = $2", id, host, (int)after.State, after.Detail);
        AddProgress(connection, id, host, after);
        if (after.IsEnd)
        {
            FinishWhenDone(connection, id, now);
        }
    }

    public Task TellAsync(string deployment, long number, string host, ProgressInput input, TimeProvider time, CancellationToken cancellationToken) =>
        database.WriteAsync(connection => Tell(connection, deployment, number, host, input, time.GetUtcNow().ToUnixTimeMilliseconds()), cancellationToken);

    /// <summary>Tells every unfinished order of a host.</summary>
    public static void TellAll(SqliteConnection connection, string host, ProgressInput input, long now)
    {
        foreach (var (deployment, number) in UnfinishedOf(connection, host))
        {
            Tell(connection, deployment, number, host, input, now);
        }
    }

    public Task TellAllAsync(string host, ProgressInput input, TimeProvider time, CancellationToken cancellationToken) =>
        database.WriteAsync(connection => TellAll(connection, host, input, time.GetUtcNow().ToUnixTimeMilliseconds()), cancellationToken);

    public static void AbandonHost(SqliteConnection connection, string host, long now) =>
        TellAll(connection, host, new ProgressInput.Refused("the host was removed from the controller"), now);

    /// <summary>Unfinished orders of a host, lowest first.</summary>
    public static ImmutableArray<(string Deployment, long Number)> UnfinishedOf(SqliteConnection connection, string host) => connection.Query(
        $"""
        SELECT r.deployment, r.number FROM rollout_hosts h JOIN rollouts r ON r.id = h.rollout
        WHERE h.host = $1 AND h.state NOT IN {Ends} ORDER BY r.deployment, r.number
        """,
        row => (row.GetString(0), row.GetInt64(1)), host);

    /// <param name="hosts">Identity, inventory name, and why it waits where it does.</param>
    public static void Begin(SqliteConnection connection, string deployment, long number, IEnumerable<(string Host, string InventoryName, string Waiting)> hosts, long now)
    {
        var id = IdOf(deployment, number);
        connection.Execute("INSERT INTO rollouts(id, deployment, number, created) VALUES($1, $2, $3, $4)", id, deployment, number, now);
        foreach (var (host, inventoryName, waiting) in hosts)
        {
            var progress = new HostProgress(ProgressState.Waiting, waiting);
            connection.Execute(
                "INSERT INTO rollout_hosts(rollout, host, inventory_name, state, detail) VALUES($1, $2, $3, $4, $5)",
                id, host, inventoryName, (int)progress.State, progress.Detail);
            AddProgress(connection, id, host, progress);
        }
        FinishWhenDone(connection, id, now);
    }

    /// <summary>Ends what earlier orders of this deployment have not done on these hosts.</summary>
    /// <returns>What was ended: <c>web1 (order 12)</c>.</returns>
    public static ImmutableArray<string> Supersede(SqliteConnection connection, string deployment, long byNumber, IEnumerable<string> hosts, long now)
    {
        var ended = ImmutableArray.CreateBuilder<string>();
        foreach (var host in hosts)
        {
            foreach (var (_, number) in UnfinishedOf(connection, host).Where(order => order.Deployment == deployment && order.Number < byNumber))
            {
                Tell(connection, deployment, number, host, new ProgressInput.Superseded(byNumber), now);
                // As its operator's inventory calls the host.
                var name = connection.First("SELECT inventory_name FROM rollout_hosts WHERE rollout = $1 AND host = $2", row => row.GetString(0), IdOf(deployment, number), host);
                ended.Add($"{name ?? host} (order {number})");
            }
        }
        return ended.ToImmutable();
    }

    /// <summary>Lets followers of the order's rollout see an event.</summary>
    public static void AddEvent(SqliteConnection connection, string deployment, long number, string host, long eventPosition) => connection.Execute(
        "INSERT INTO rollout_updates(rollout, host, event) SELECT rollout, host, $3 FROM rollout_hosts WHERE rollout = $1 AND host = $2",
        IdOf(deployment, number), host, eventPosition);

    private static Rollout? FindIn(SqliteConnection connection, string id) => connection.First(
        "SELECT deployment, number, finished IS NOT NULL FROM rollouts WHERE id = $1",
        row => new Rollout(id, row.GetString(0), row.GetInt64(1), row.GetBoolean(2)), id);

    private static void AddProgress(SqliteConnection connection, string id, string host, HostProgress progress) => connection.Execute(
        "INSERT INTO rollout_updates(rollout, host, state, detail) VALUES($1, $2, $3, $4)", id, host, (int)progress.State, progress.Detail);

    private static void FinishWhenDone(SqliteConnection connection, string id, long now) => connection.Execute(
        $"UPDATE rollouts SET finished = $2 WHERE id = $1 AND finished IS NULL AND NOT EXISTS(SELECT 1 FROM rollout_hosts WHERE rollout = $1 AND state NOT IN {Ends})",
        id, now);
}
