using System.Collections.Immutable;
using FlaskDeploy.Controller.Rollouts;
using FlaskDeploy.Controller.Security;
using Microsoft.Data.Sqlite;

namespace FlaskDeploy.Controller.Store;

/// <summary>An enrolled host and what it last said of itself. Times are milliseconds since 1970.</summary>
internal sealed record EnrolledHost
{
    public required string Name { get; init; }

    public required byte[] SealingKey { get; init; }

    /// <summary>For operators, as the host gave it.</summary>
    public required byte[] Voucher { get; init; }

    public required long Enrolled { get; init; }

    public required long CertificateExpires { get; init; }

    public required string AgentVersion { get; init; }

    public required string Os { get; init; }

    public required string Boot { get; init; }

    public required long LastSeen { get; init; }

    public required long ClockSkew { get; init; }

    public required AgentAbilities Abilities { get; init; }

    public required ImmutableArray<string> Addresses { get; init; }
}

/// <summary>What an agent knows how to run.</summary>
internal sealed record AgentAbilities(
    long BundleFormat,
    long Language,
    ImmutableArray<string> Modules,
    ImmutableArray<string> Filters,
    ImmutableArray<string> Tests,
    ImmutableArray<string> Lookups);

/// <summary>What an agent says when it connects.</summary>
internal sealed record Greeting(
    string Version,
    AgentAbilities Abilities,
    string Log,
    long LastNumber,
    string Boot,
    string Os,
    ImmutableArray<string> Addresses,
    ImmutableArray<HostDeploymentState> Deployments);

/// <param name="Accepted">The revision that the host holds.</param>
/// <param name="Complete">The revision that it last applied completely.</param>
/// <param name="Order">The highest order that it has carried out.</param>
internal sealed record HostDeploymentState(string Deployment, long Accepted, long Complete, long Order);

/// <summary>Rows of hosts, their addresses and certificates.</summary>
internal sealed class HostStore(Database database, TimeProvider time)
{
    /// <summary>Null: no certificate with this serial number was issued, or its holder was removed.</summary>
    public Identity? HolderOf(string serial) => database.Read(connection => connection.First(
        "SELECT host, operator FROM certificates WHERE serial = $1",
        row => row.IsDBNull(0) ? Identity.OfOperator(row.GetString(1)) : Identity.OfHost(row.GetString(0)),
        serial.ToUpperInvariant()));

    public ImmutableArray<EnrolledHost> All() => database.Read(AllOf);

    public static ImmutableArray<EnrolledHost> AllOf(SqliteConnection connection)
    {
        var addresses = connection.Query("SELECT host, address FROM host_addresses ORDER BY host, address", row => (Host: row.GetString(0), Address: row.GetString(1)))
            .ToLookup(pair => pair.Host, pair => pair.Address, StringComparer.Ordinal);
        return connection.Query(
            """
            SELECT name, sealing_key, enrolled, certificate_expires, agent_version, os, boot, last_seen, clock_skew,
                   bundle_format, language, modules, filters, tests, lookups, voucher
            FROM hosts ORDER BY name
            """,
            row => new EnrolledHost
            {
                Name = row.GetString(0),
                SealingKey = row.Bytes(1),
                Voucher = row.Bytes(15),
                Enrolled = row.GetInt64(2),
                CertificateExpires = row.GetInt64(3),
                AgentVersion = row.GetString(4),
                Os = row.GetString(5),
                Boot = row.GetString(6),
                LastSeen = row.GetInt64(7),
                ClockSkew = row.GetInt64(8),
                Abilities = new AgentAbilities(row.GetInt64(9), row.GetInt64(10), row.Words(11), row.Words(12), row.Words(13), row.Words(14)),
                Addresses = [.. addresses[row.GetString(0)]],
            });
    }

    public static bool Exists(SqliteConnection connection, string host) => connection.Exists("SELECT 1 FROM hosts WHERE name = $1", host);

    /// <summary>Keeps what the agent says of itself; its word on deployments is the truth, also after it lost its state.</summary>
    /// <returns>The last event of the named log that is durable here.</returns>
    public Task<long> GreetAsync(string host, Greeting greeting, CancellationToken cancellationToken) => database.WriteAsync(
        connection =>
        {
            var abilities = greeting.Abilities;
            connection.Execute(
                """
                UPDATE hosts SET agent_version = $2, os = $3, boot = $4, last_seen = $5, bundle_format = $6, language = $7,
                                 modules = $8, filters = $9, tests = $10, lookups = $11 WHERE name = $1
                """,
                host, greeting.Version, greeting.Os, greeting.Boot, time.GetUtcNow().ToUnixTimeMilliseconds(), abilities.BundleFormat, abilities.Language,
                SqliteExtensions.Words(abilities.Modules), SqliteExtensions.Words(abilities.Filters), SqliteExtensions.Words(abilities.Tests), SqliteExtensions.Words(abilities.Lookups));
            SetAddresses(connection, host, greeting.Addresses);
            connection.Execute("DELETE FROM host_deployments WHERE host = $1", host);
            if (!connection.Exists("SELECT 1 FROM logs WHERE host = $1 AND log = $2", host, greeting.Log))
            {
                // A host that lost its state has forgotten its pauses too.
                connection.Execute("DELETE FROM standings WHERE host = $1", host);
            }
            foreach (var state in greeting.Deployments)
            {
                Advance(connection, host, state);
            }
            return connection.Number("SELECT last_number FROM logs WHERE host = $1 AND log = $2", host, greeting.Log);
        },
        cancellationToken);

    public Task SeenAsync(string host, CancellationToken cancellationToken) => database.WriteAsync(
        connection => { connection.Execute("UPDATE hosts SET last_seen = $2 WHERE name = $1", host, time.GetUtcNow().ToUnixTimeMilliseconds()); },
        cancellationToken);

    public static void SetAddresses(SqliteConnection connection, string host, IEnumerable<string> addresses)
    {
        connection.Execute("DELETE FROM host_addresses WHERE host = $1", host);
        foreach (var address in addresses.Select(HostNames.Kept).OfType<string>().Take(64))
        {
            connection.Execute("INSERT OR IGNORE INTO host_addresses(host, address) VALUES($1, $2)", host, address);
        }
    }

    /// <summary>Raises what is known of a deployment on a host; a lower number changes nothing.</summary>
    public static void Advance(SqliteConnection connection, string host, HostDeploymentState state) => connection.Execute(
        """
        INSERT INTO host_deployments(host, deployment, accepted, complete, last_order)
        SELECT $1, $2, $3, $4, $5 WHERE EXISTS(SELECT 1 FROM hosts WHERE name = $1)
        ON CONFLICT(host, deployment) DO UPDATE SET accepted = max(accepted, excluded.accepted),
          complete = max(complete, excluded.complete), last_order = max(last_order, excluded.last_order)
        """,
        host, state.Deployment, state.Accepted, state.Complete, state.Order);

    /// <summary>Forgets the host's certificates, parts and addresses; its runs and events stay as history.</summary>
    /// <returns>False: there is no such host.</returns>
    public Task<bool> RemoveAsync(string host, CancellationToken cancellationToken) => database.WriteAsync(
        connection =>
        {
            RolloutStore.AbandonHost(connection, host, time.GetUtcNow().ToUnixTimeMilliseconds());
            connection.Execute("DELETE FROM left_overs WHERE host = $1", host);
            connection.Execute("DELETE FROM standings WHERE host = $1", host);
            return connection.Execute("DELETE FROM hosts WHERE name = $1", host) > 0;
        },
        cancellationToken);
}
