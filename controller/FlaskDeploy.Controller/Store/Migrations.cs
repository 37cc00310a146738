using System.Collections.Immutable;
using Microsoft.Data.Sqlite;

namespace FlaskDeploy.Controller.Store;

/// <summary>The database is of a newer program, or of another one.</summary>
internal sealed class StoreRefusedException(string message) : Exception(message);

/// <summary>
/// The numbered steps from an empty file to the present schema. A step that was released is never edited: a change
/// is a new step at the end.
/// </summary>
internal static class Migrations
{
    // "FLSK": says whose file it is.
    private const long ApplicationId = 0x464C534B;

    public static int Newest => Steps.Length;

    /// <summary>Brings a file up to date, each step in a transaction of its own with its number. Calling it again does nothing.</summary>
    /// <exception cref="StoreRefusedException">The file is newer than this program, or not a controller's.</exception>
    public static void Apply(SqliteConnection connection, string path) => Apply(connection, path, Steps);

    internal static void Apply(SqliteConnection connection, string path, ImmutableArray<string> steps)
    {
        var application = connection.Number("PRAGMA application_id");
        var version = connection.Number("PRAGMA user_version");
        if (application != ApplicationId && (application != 0 || connection.Exists("SELECT 1 FROM sqlite_master")))
        {
            throw new StoreRefusedException($"{path} is not a database of a FlaskDeploy controller; name another folder with 'state'");
        }
        if (version > steps.Length)
        {
            throw new StoreRefusedException(
                $"{path} has version {version} and this controller knows versions up to {steps.Length}: a newer controller has used it; install that one again, or restore a backup");
        }
        for (var step = (int)version; step < steps.Length; step++)
        {
            using var transaction = connection.BeginTransaction();
            connection.Execute(steps[step]);
            // A pragma takes no arguments; both are our own numbers, and both are part of the transaction.
            connection.Execute($"PRAGMA application_id = {ApplicationId}");
            connection.Execute($"PRAGMA user_version = {step + 1}");
            transaction.Commit();
        }
    }

    internal static ImmutableArray<string> Steps { get; } =
    [
        // 1: hosts, trust, deployments, what agents told.
        """
        CREATE TABLE hosts(
          name TEXT PRIMARY KEY,
          public_key BLOB NOT NULL,
          sealing_key BLOB NOT NULL,
          enrolled INTEGER NOT NULL,
          certificate_expires INTEGER NOT NULL,
          agent_version TEXT NOT NULL DEFAULT '',
          os TEXT NOT NULL DEFAULT '',
          boot TEXT NOT NULL DEFAULT '',
          last_seen INTEGER NOT NULL DEFAULT 0,
          bundle_format INTEGER NOT NULL DEFAULT 0,
          language INTEGER NOT NULL DEFAULT 0,
          modules TEXT NOT NULL DEFAULT '',
          filters TEXT NOT NULL DEFAULT '',
          tests TEXT NOT NULL DEFAULT '',
          lookups TEXT NOT NULL DEFAULT '') STRICT;
        CREATE TABLE host_addresses(
          host TEXT NOT NULL REFERENCES hosts ON DELETE CASCADE, address TEXT NOT NULL,
          PRIMARY KEY(host, address)) STRICT, WITHOUT ROWID;
        CREATE TABLE certificates(
          serial TEXT PRIMARY KEY, host TEXT REFERENCES hosts ON DELETE CASCADE, operator TEXT, issued INTEGER NOT NULL,
          CHECK((host IS NULL) <> (operator IS NULL))) STRICT;
        CREATE INDEX certificates_host ON certificates(host);

        CREATE TABLE tokens(
          hash BLOB PRIMARY KEY, note TEXT NOT NULL, created INTEGER NOT NULL, expires INTEGER NOT NULL,
          uses INTEGER NOT NULL, used INTEGER NOT NULL DEFAULT 0) STRICT;
        CREATE TABLE token_keys(
          token BLOB NOT NULL REFERENCES tokens ON DELETE CASCADE, place INTEGER NOT NULL, key BLOB NOT NULL,
          PRIMARY KEY(token, place)) STRICT;
        CREATE TABLE enrolments(
          token BLOB NOT NULL REFERENCES tokens ON DELETE CASCADE, public_key BLOB NOT NULL,
          host TEXT NOT NULL REFERENCES hosts ON DELETE CASCADE, certificate BLOB NOT NULL,
          PRIMARY KEY(token, public_key)) STRICT;
        CREATE INDEX enrolments_host ON enrolments(host);
        CREATE TABLE operator_keys(
          fingerprint BLOB PRIMARY KEY, key BLOB NOT NULL, name TEXT NOT NULL, added INTEGER NOT NULL) STRICT;

        CREATE TABLE blobs(digest TEXT PRIMARY KEY, size INTEGER NOT NULL, stored INTEGER NOT NULL) STRICT, WITHOUT ROWID;
        CREATE TABLE deployments(
          name TEXT PRIMARY KEY, head INTEGER NOT NULL, last_order INTEGER NOT NULL, retired INTEGER NOT NULL,
          origin TEXT NOT NULL, pushed INTEGER NOT NULL) STRICT;
        CREATE TABLE revisions(
          deployment TEXT NOT NULL REFERENCES deployments ON DELETE CASCADE, sequence INTEGER NOT NULL, envelope BLOB NOT NULL,
          payload_digest BLOB NOT NULL, bundle TEXT, pushed INTEGER NOT NULL,
          PRIMARY KEY(deployment, sequence)) STRICT;
        CREATE TABLE host_parts(
          host TEXT NOT NULL REFERENCES hosts ON DELETE CASCADE, deployment TEXT NOT NULL, sequence INTEGER NOT NULL,
          inventory_name TEXT NOT NULL, envelope BLOB NOT NULL, payload_digest BLOB NOT NULL,
          PRIMARY KEY(host, deployment, sequence),
          FOREIGN KEY(deployment, sequence) REFERENCES revisions ON DELETE CASCADE) STRICT;
        CREATE INDEX host_parts_deployment ON host_parts(deployment, sequence);
        CREATE TABLE part_digests(
          host TEXT NOT NULL, digest TEXT NOT NULL, deployment TEXT NOT NULL, sequence INTEGER NOT NULL,
          PRIMARY KEY(host, digest, deployment, sequence),
          FOREIGN KEY(host, deployment, sequence) REFERENCES host_parts ON DELETE CASCADE) STRICT, WITHOUT ROWID;
        CREATE INDEX part_digests_part ON part_digests(host, deployment, sequence);
        CREATE TABLE orders(
          deployment TEXT NOT NULL REFERENCES deployments ON DELETE CASCADE, number INTEGER NOT NULL, sequence INTEGER NOT NULL,
          envelope BLOB NOT NULL, partial INTEGER NOT NULL,
          PRIMARY KEY(deployment, number)) STRICT;
        CREATE TABLE rollouts(
          id TEXT PRIMARY KEY, deployment TEXT NOT NULL, number INTEGER NOT NULL, created INTEGER NOT NULL, finished INTEGER,
          UNIQUE(deployment, number)) STRICT;
        CREATE TABLE rollout_hosts(
          rollout TEXT NOT NULL REFERENCES rollouts ON DELETE CASCADE, host TEXT NOT NULL, inventory_name TEXT NOT NULL,
          state INTEGER NOT NULL, detail TEXT NOT NULL,
          PRIMARY KEY(rollout, host)) STRICT;
        CREATE INDEX rollout_hosts_host ON rollout_hosts(host, state);

        CREATE TABLE logs(host TEXT NOT NULL, log TEXT NOT NULL, last_number INTEGER NOT NULL, PRIMARY KEY(host, log)) STRICT;
        CREATE TABLE events(
          position INTEGER PRIMARY KEY AUTOINCREMENT, host TEXT NOT NULL, log TEXT NOT NULL, number INTEGER NOT NULL,
          deployment TEXT NOT NULL, run TEXT NOT NULL, bytes BLOB NOT NULL,
          UNIQUE(host, log, number)) STRICT;
        CREATE INDEX events_run ON events(run, position);
        CREATE INDEX events_host ON events(host, position);
        CREATE INDEX events_deployment ON events(deployment, position);
        -- What followers of a rollout read, in the order in which it came to pass: an event or a change of state.
        CREATE TABLE rollout_updates(
          position INTEGER PRIMARY KEY AUTOINCREMENT, rollout TEXT NOT NULL REFERENCES rollouts ON DELETE CASCADE,
          host TEXT NOT NULL, event INTEGER REFERENCES events, state INTEGER, detail TEXT NOT NULL DEFAULT '') STRICT;
        CREATE INDEX rollout_updates_rollout ON rollout_updates(rollout, position);
        CREATE TABLE runs(
          host TEXT NOT NULL, run TEXT NOT NULL, position INTEGER NOT NULL, deployment TEXT NOT NULL, sequence INTEGER NOT NULL,
          number INTEGER NOT NULL, kind INTEGER NOT NULL, cause TEXT NOT NULL, finished INTEGER NOT NULL, refused INTEGER NOT NULL,
          result INTEGER NOT NULL, counts BLOB NOT NULL, started INTEGER NOT NULL, micros INTEGER NOT NULL, because TEXT NOT NULL,
          corrected TEXT NOT NULL, log TEXT NOT NULL, first_number INTEGER NOT NULL, last_number INTEGER NOT NULL,
          changed INTEGER NOT NULL,
          PRIMARY KEY(host, run)) STRICT;
        CREATE INDEX runs_position ON runs(position);
        CREATE INDEX runs_deployment ON runs(host, deployment, position);
        CREATE TABLE host_deployments(
          host TEXT NOT NULL REFERENCES hosts ON DELETE CASCADE, deployment TEXT NOT NULL, accepted INTEGER NOT NULL,
          complete INTEGER NOT NULL, last_order INTEGER NOT NULL,
          PRIMARY KEY(host, deployment)) STRICT;
        CREATE TABLE left_overs(
          host TEXT NOT NULL, deployment TEXT NOT NULL, run TEXT NOT NULL, number INTEGER NOT NULL, what TEXT NOT NULL,
          pid INTEGER NOT NULL, port INTEGER NOT NULL, since_sequence INTEGER NOT NULL,
          PRIMARY KEY(host, deployment, run, number)) STRICT;
        """,
        // 2: how far a host's clock is off, as its fresh events show.
        "ALTER TABLE hosts ADD COLUMN clock_skew INTEGER NOT NULL DEFAULT 0;",
        // 3: what keeps agents from correcting drift.
        "CREATE TABLE standings(host TEXT NOT NULL, deployment TEXT NOT NULL, bytes BLOB NOT NULL, PRIMARY KEY(host, deployment)) STRICT;",
        // 4: what hosts say for their sealing keys.
        "ALTER TABLE hosts ADD COLUMN voucher BLOB NOT NULL DEFAULT x'';",
    ];
}
