using FlaskDeploy.Controller.Store;
using FlaskDeploy.Controller.Wire;
using FlaskDeploy.V1;
using Google.Protobuf;
using Microsoft.Data.Sqlite;

namespace FlaskDeploy.Controller.Services;

/// <summary>A host's deployments as operators see them, within one snapshot of the store.</summary>
internal static class HostDeployments
{
    public static IEnumerable<HostDeployment> Of(SqliteConnection connection, string host) => connection.Query(
        """
        SELECT d.deployment, max(d.assigned), max(d.complete) FROM (
          SELECT deployment, sequence AS assigned, 0 AS complete FROM host_parts WHERE host = $1 AND sequence > 0
          UNION ALL SELECT deployment, 0, complete FROM host_deployments WHERE host = $1) d
        GROUP BY d.deployment ORDER BY d.deployment
        """,
        row => (Name: row.GetString(0), Assigned: row.GetInt64(1), Complete: row.GetInt64(2)),
        host).Select(row => new HostDeployment
        {
            Deployment = row.Name,
            Assigned = (ulong)row.Assigned,
            Complete = (ulong)row.Complete,
            LastRun = RunRows.List(connection, host, row.Name, "", RunFilter.Work, 1) is [var last] ? Replies.Of(last) : null,
            LastChange = RunRows.List(connection, host, row.Name, "", RunFilter.News, 1) is [var change] ? Replies.Of(change) : null,
            Standing = connection.First("SELECT bytes FROM standings WHERE host = $1 AND deployment = $2", standing => standing.Bytes(0), host, row.Name) is { } bytes
                ? Standing.Parser.ParseFrom(bytes)
                : null,
            LeftOver =
            {
                connection.Query(
                    "SELECT what, pid, port, since_sequence FROM left_overs WHERE host = $1 AND deployment = $2 ORDER BY number",
                    left => Replies.Of(new LeftOverRow(left.GetString(0), left.GetInt64(1), left.GetInt64(2), left.GetInt64(3))),
                    host, row.Name),
            },
        });

    public static HostState StateOf(SqliteConnection connection, EnrolledHost host, string named, string deployment, bool connected)
    {
        var part = DeploymentStore.PartOf(connection, deployment, host.Name);
        var complete = connection.Number("SELECT complete FROM host_deployments WHERE host = $1 AND deployment = $2", host.Name, deployment);
        return new HostState
        {
            Named = named,
            Host = host.Name,
            Connected = connected,
            HostPart = part is { } known ? Envelope.Parser.ParseFrom(known.Envelope) : null,
            Assigned = (ulong)(part?.Sequence ?? 0),
            Complete = (ulong)complete,
            AgentVersion = host.AgentVersion,
            BundleFormat = (uint)host.Abilities.BundleFormat,
            Language = (uint)host.Abilities.Language,
            Modules = { host.Abilities.Modules },
            Filters = { host.Abilities.Filters },
            Tests = { host.Abilities.Tests },
            Lookups = { host.Abilities.Lookups },
            SealingKey = ByteString.CopyFrom(host.SealingKey),
            Voucher = ByteString.CopyFrom(host.Voucher),
        };
    }
}
