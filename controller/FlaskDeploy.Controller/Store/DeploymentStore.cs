using System.Collections.Immutable;
using FlaskDeploy.Controller.Rollouts;
using FlaskDeploy.Language.Bundles;
using Microsoft.Data.Sqlite;

namespace FlaskDeploy.Controller.Store;

internal sealed record Deployment(string Name, long Head, long LastOrder, bool Retired, string Origin, long Pushed, long Hosts);

/// <summary>Deployments with their revisions, host parts and orders; the blobs' table beside them.</summary>
internal sealed class DeploymentStore(Database database, TimeProvider time)
{
    public ImmutableArray<Deployment> All() => database.Read(connection => connection.Query(
        """
        SELECT name, head, last_order, retired, origin, pushed,
               (SELECT count(DISTINCT host) FROM host_parts WHERE deployment = name AND sequence > 0) FROM deployments WHERE head > 0 ORDER BY name
        """,
        Read));

    /// <summary>Head 0: only checks were ordered of it, which counts orders and makes no revision.</summary>
    public static Deployment? Find(SqliteConnection connection, string name) => connection.First(
        """
        SELECT name, head, last_order, retired, origin, pushed,
               (SELECT count(DISTINCT host) FROM host_parts WHERE deployment = name AND sequence > 0) FROM deployments WHERE name = $1
        """,
        Read, name);

    public static byte[]? ReleaseOf(SqliteConnection connection, string deployment, long sequence) => connection.First(
        "SELECT envelope FROM revisions WHERE deployment = $1 AND sequence = $2", row => row.Bytes(0), deployment, sequence);

    /// <summary>The newest part of a host, or null.</summary>
    public static (long Sequence, byte[] Envelope)? PartOf(SqliteConnection connection, string deployment, string host) => connection.First(
        "SELECT sequence, envelope FROM host_parts WHERE deployment = $1 AND host = $2 AND sequence > 0 ORDER BY sequence DESC LIMIT 1",
        row => ((long, byte[])?)(row.GetInt64(0), row.Bytes(1)), deployment, host);

    /// <summary>What a host is to have: its newest part of each deployment, and what it is only to check.</summary>
    public ImmutableArray<HostDesire> DesiresOf(string host) => database.Read(connection =>
    {
        // At most one per deployment: a push ends the earlier ones.
        var orders = RolloutStore.UnfinishedOf(connection, host).GroupBy(order => order.Deployment, StringComparer.Ordinal)
            .ToDictionary(group => group.Key, group => Pending(connection, group.Key, group.Max(order => order.Number)), StringComparer.Ordinal);
        return connection.Query(
            """
            SELECT p.deployment, p.sequence, r.envelope, p.envelope FROM host_parts p JOIN revisions r ON r.deployment = p.deployment AND r.sequence = p.sequence
            WHERE p.host = $1 AND (p.sequence < 0 OR p.sequence = (SELECT max(sequence) FROM host_parts n WHERE n.host = p.host AND n.deployment = p.deployment))
            ORDER BY p.deployment, p.sequence DESC
            """,
            row => Desire(row.GetString(0), row.GetInt64(1), row.Bytes(2), row.Bytes(3), orders.GetValueOrDefault(row.GetString(0))),
            host).OfType<HostDesire>().ToImmutableArray();
    });

    // What is kept under an order's number is for that order alone.
    private static HostDesire? Desire(string deployment, long keptAs, byte[] release, byte[] part, PendingOrder? order) => keptAs switch
    {
        > 0 => new HostDesire(deployment, keptAs, release, part, order),
        _ when order?.Number == -keptAs => new HostDesire(deployment, 0, release, part, order),
        _ => null,
    };

    /// <summary>
    /// Whether a host may read a blob: its newest parts name it, or one between the revision that the host holds and
    /// the newest (a run of the older one may still be fetching), or one that it is to check.
    /// </summary>
    public bool MayRead(string host, Digest digest) => database.Read(connection => connection.Exists(
        $"""
        SELECT 1 FROM part_digests p WHERE p.host = $1 AND p.digest = $2 AND (
          p.sequence > 0 AND p.sequence >= min(
            (SELECT max(sequence) FROM host_parts n WHERE n.host = p.host AND n.deployment = p.deployment),
            coalesce(nullif((SELECT accepted FROM host_deployments d WHERE d.host = p.host AND d.deployment = p.deployment), 0), 9223372036854775807))
          OR p.sequence < 0 AND EXISTS(
            SELECT 1 FROM rollouts r JOIN rollout_hosts h ON h.rollout = r.id
            WHERE r.deployment = p.deployment AND r.number = -p.sequence AND h.host = p.host AND h.state NOT IN {RolloutStore.Ends}))
        """,
        host, digest.ToString()));

    public Task AddBlobAsync(Digest digest, long size, CancellationToken cancellationToken) => database.WriteAsync(
        connection => { connection.Execute("INSERT OR IGNORE INTO blobs(digest, size, stored) VALUES($1, $2, $3)", digest.ToString(), size, Now); }, cancellationToken);

    /// <summary>Everything or nothing. The first of two operators that push at once wins; the other is told.</summary>
    /// <param name="isConnected">For the first word that followers get of a host.</param>
    public Task<PushOutcome> PushAsync(Push push, Func<string, bool> isConnected, CancellationToken cancellationToken) =>
        database.WriteAsync(connection => PushIn(connection, push, isConnected), cancellationToken);

    private PushOutcome PushIn(SqliteConnection connection, Push push, Func<string, bool> isConnected)
    {
        var before = Find(connection, push.Deployment);
        if (Conflict(push, before) is { } conflict)
        {
            return new PushOutcome.Conflict(conflict);
        }
        var problems = Problems(connection, push, before);
        if (!problems.IsEmpty)
        {
            return new PushOutcome.Invalid(problems);
        }
        Save(connection, push, before?.Head ?? 0);
        ImmutableArray<string> hosts = [.. push.Order.Hosts.Union(push.Parts.Select(part => part.Host), StringComparer.Ordinal)];
        var superseded = RolloutStore.Supersede(connection, push.Deployment, push.Order.Number, hosts, Now);
        RolloutStore.Begin(
            connection, push.Deployment, push.Order.Number,
            push.Order.Hosts.Select(host => (host, InventoryName(connection, push, host), isConnected(host) ? "" : "not connected")),
            Now);
        return new PushOutcome.Done(RolloutStore.IdOf(push.Deployment, push.Order.Number), push.Order.Sequence, push.Order.Number, superseded, hosts);
    }

    private static string? Conflict(Push push, Deployment? before)
    {
        var (head, lastOrder) = (before?.Head ?? 0, before?.LastOrder ?? 0);
        if (push.ExpectedHead != head)
        {
            return $"{push.Deployment} is at r{head}, not at r{push.ExpectedHead}: another push came first; look again and push again";
        }
        return push.ExpectedLastOrder == lastOrder
            ? null
            : $"the last order of {push.Deployment} is {lastOrder}, not {push.ExpectedLastOrder}: another push came first; look again and push again";
    }

    private static ImmutableArray<string> Problems(SqliteConnection connection, Push push, Deployment? before)
    {
        var problems = ImmutableArray.CreateBuilder<string>();
        var head = push.Release?.Sequence ?? before?.Head ?? 0;
        if (push.Release is null && head == 0)
        {
            problems.Add($"there is no deployment {push.Deployment} yet, so its first push must bring a release");
        }
        if (push.Release is { IsCheckOnly: false } && push.Release.Sequence != push.ExpectedHead + 1)
        {
            problems.Add($"the release is r{push.Release.Sequence}; the next revision is r{push.ExpectedHead + 1}");
        }
        if (push.Order.Number != push.ExpectedLastOrder + 1)
        {
            problems.Add($"the order has number {push.Order.Number}; the next one is {push.ExpectedLastOrder + 1}");
        }
        var missing = push.Blobs.Where(blob => !connection.Exists("SELECT 1 FROM blobs WHERE digest = $1", blob.ToString())).ToArray();
        if (missing.Length > 0)
        {
            problems.Add($"{missing.Length} of the named blobs are not here ({missing[0]} among them): upload what MissingBlobs answers first");
        }
        foreach (var host in push.Order.Hosts.Union(push.Parts.Select(part => part.Host), StringComparer.Ordinal).Where(host => !HostStore.Exists(connection, host)))
        {
            problems.Add($"no host {host} is enrolled here");
        }
        if (problems.Count > 0)
        {
            return problems.ToImmutable();
        }
        var release = push.Release?.PayloadDigest ?? Digest.FromBytes(connection.First(
            "SELECT payload_digest FROM revisions WHERE deployment = $1 AND sequence = $2", row => row.Bytes(0), push.Deployment, head)!);
        foreach (var part in push.Parts)
        {
            CheckPart(connection, push, part, head, release, problems);
        }
        foreach (var host in push.Order.Hosts)
        {
            var sequence = push.Parts.FirstOrDefault(part => part.Host == host)?.Sequence ?? PartOf(connection, push.Deployment, host)?.Sequence ?? 0;
            if (sequence != push.Order.Sequence)
            {
                problems.Add(sequence == 0
                    ? $"the order names {host}, which has no host part of {push.Deployment}"
                    : $"the order is for r{push.Order.Sequence}, but {host} is assigned r{sequence}");
            }
        }
        return problems.ToImmutable();
    }

    private static void CheckPart(SqliteConnection connection, Push push, PushedPart part, long head, Digest release, ImmutableArray<string>.Builder problems)
    {
        if (part.Sequence != head)
        {
            problems.Add($"the host part of {part.Host} is for r{part.Sequence}, the release is r{head}");
        }
        else if (part.Release != release)
        {
            problems.Add($"the host part of {part.Host} belongs to another release (digest {part.Release}, not {release})");
        }
        else
        {
            var known = connection.First(
                "SELECT payload_digest FROM host_parts WHERE host = $1 AND deployment = $2 AND sequence = $3", row => row.Bytes(0), part.Host, push.Deployment, part.Sequence);
            if (known is not null && Digest.FromBytes(known) != part.PayloadDigest)
            {
                problems.Add($"{part.Host} has another host part of r{part.Sequence} already; a changed one needs a new revision");
            }
        }
    }

    private void Save(SqliteConnection connection, Push push, long headBefore)
    {
        var headAfter = push.Release is { IsCheckOnly: false } revision ? revision.Sequence : headBefore;
        var keptAs = push.KeptAs(headAfter);
        connection.Execute(
            """
            INSERT INTO deployments(name, head, last_order, retired, origin, pushed) VALUES($1, $2, $3, 0, '', $4)
            ON CONFLICT(name) DO UPDATE SET head = excluded.head, last_order = excluded.last_order
            """,
            push.Deployment, headAfter, push.Order.Number, Now);
        if (push.Release is { } release)
        {
            connection.Execute(
                "INSERT INTO revisions(deployment, sequence, envelope, payload_digest, bundle, pushed) VALUES($1, $2, $3, $4, $5, $6)",
                push.Deployment, keptAs, release.Envelope, release.PayloadDigest.ToBytes(), release.Bundle?.ToString(), Now);
            if (!release.IsCheckOnly)
            {
                connection.Execute("UPDATE deployments SET retired = $2, origin = $3, pushed = $4 WHERE name = $1", push.Deployment, release.Retired, release.Origin, Now);
            }
        }
        var bundle = connection.First(
            "SELECT bundle FROM revisions WHERE deployment = $1 AND sequence = $2", row => row.IsDBNull(0) ? null : row.GetString(0), push.Deployment, keptAs);
        foreach (var part in push.Parts)
        {
            // The same part once more keeps the envelope that the host may have already.
            connection.Execute(
                "INSERT OR IGNORE INTO host_parts(host, deployment, sequence, inventory_name, envelope, payload_digest) VALUES($1, $2, $3, $4, $5, $6)",
                part.Host, push.Deployment, keptAs, part.InventoryName, part.Envelope, part.PayloadDigest.ToBytes());
            foreach (var digest in part.Digests.Select(digest => digest.ToString()).Append(bundle).OfType<string>())
            {
                connection.Execute(
                    "INSERT OR IGNORE INTO part_digests(host, digest, deployment, sequence) VALUES($1, $2, $3, $4)", part.Host, digest, push.Deployment, keptAs);
            }
        }
        connection.Execute(
            "INSERT INTO orders(deployment, number, sequence, envelope, partial) VALUES($1, $2, $3, $4, $5)",
            push.Deployment, push.Order.Number, push.Order.Sequence, push.Order.Envelope, push.Order.Partial);
    }

    private static string InventoryName(SqliteConnection connection, Push push, string host) =>
        push.Parts.FirstOrDefault(part => part.Host == host)?.InventoryName
        ?? connection.First(
            "SELECT inventory_name FROM host_parts WHERE host = $1 AND deployment = $2 AND sequence > 0 ORDER BY sequence DESC LIMIT 1", row => row.GetString(0), host, push.Deployment)
        ?? host;

    private static PendingOrder? Pending(SqliteConnection connection, string deployment, long number) => connection.First(
        "SELECT number, sequence, envelope FROM orders WHERE deployment = $1 AND number = $2",
        row => new PendingOrder(row.GetInt64(0), row.GetInt64(1), row.Bytes(2)), deployment, number);

    private static Deployment Read(SqliteDataReader row) =>
        new(row.GetString(0), row.GetInt64(1), row.GetInt64(2), row.GetBoolean(3), row.GetString(4), row.GetInt64(5), row.GetInt64(6));

    private long Now => time.GetUtcNow().ToUnixTimeMilliseconds();
}
