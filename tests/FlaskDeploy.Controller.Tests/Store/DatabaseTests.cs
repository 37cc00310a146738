using FlaskDeploy.Controller.Store;
using FlaskDeploy.Controller.Tests.Harness;
using Grpc.Core;
using Microsoft.Data.Sqlite;

namespace FlaskDeploy.Controller.Tests.Store;

public sealed class DatabaseTests : IDisposable
{
    private readonly TempFolder _folder = new();

    private string File => _folder["controller.db"];

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task A_full_disk_is_said_as_what_it_is()
    {
        await using var database = Database.Open(File);

        var full = await Assert.ThrowsAsync<RpcException>(() => database.WriteAsync(
            connection =>
            {
                connection.Execute("PRAGMA max_page_count = 1");
                connection.Execute("CREATE TABLE much(bytes BLOB)");
                connection.Execute("INSERT INTO much VALUES(zeroblob(1000000))");
            },
            CancellationToken.None));

        Assert.Equal(StatusCode.ResourceExhausted, full.StatusCode);
    }

    [Fact]
    public async Task Work_that_throws_leaves_nothing_and_does_not_touch_its_neighbours()
    {
        await using var database = Database.Open(File);
        var good = Enumerable.Range(0, 20).Select(i => database.WriteAsync(connection => AddBlob(connection, $"good{i}"), CancellationToken.None)).ToArray();
        var bad = database.WriteAsync(
            connection =>
            {
                AddBlob(connection, "bad");
                throw new InvalidOperationException("no");
            },
            CancellationToken.None);
        var constraint = database.WriteAsync(connection => connection.Execute("INSERT INTO blobs(digest, size, stored) VALUES('x', NULL, 0)"), CancellationToken.None);

        await Task.WhenAll(good);
        await Assert.ThrowsAsync<InvalidOperationException>(() => bad);
        await Assert.ThrowsAsync<SqliteException>(() => constraint);
        Assert.Equal(20, database.Read(connection => connection.Number("SELECT count(*) FROM blobs")));
    }

    [Fact]
    public async Task A_crash_in_the_middle_of_a_transaction_leaves_what_was_committed_and_nothing_else()
    {
        await using var database = Database.Open(File);
        await database.WriteAsync(connection => AddBlob(connection, "committed"), CancellationToken.None);
        await database.WriteAsync(
            connection =>
            {
                AddBlob(connection, "half");
                // What the disk would hold if the power went now.
                foreach (var suffix in new[] { "", "-wal" })
                {
                    System.IO.File.Copy(File + suffix, _folder["crashed.db"] + suffix);
                }
            },
            CancellationToken.None);

        await using var reopened = Database.Open(_folder["crashed.db"]);
        Assert.Equal(["committed"], reopened.Read(connection => connection.Query("SELECT digest FROM blobs", row => row.GetString(0))));
    }

    [Fact]
    public async Task Writes_are_synced_and_the_file_is_the_owners_alone()
    {
        await using var database = Database.Open(File);

        var pragmas = await database.WriteAsync(
            connection => (Sync: connection.Number("PRAGMA synchronous"), Keys: connection.Number("PRAGMA foreign_keys"), Mode: connection.First("PRAGMA journal_mode", row => row.GetString(0))),
            CancellationToken.None);

        Assert.Equal((2L, 1L, "wal"), pragmas);
        Assert.All([File, File + "-wal"], path => Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, System.IO.File.GetUnixFileMode(path)));
    }

    [Fact]
    public async Task A_file_of_version_one_is_brought_up_to_date_with_its_rows()
    {
        using (var old = Raw(File))
        {
            Migrations.Apply(old, File, Migrations.Steps[..1]);
            old.Execute("INSERT INTO hosts(name, public_key, sealing_key, enrolled, certificate_expires) VALUES('web1', x'01', x'02', 3, 4)");
            Assert.Equal(1, old.Number("PRAGMA user_version"));
        }

        await using (var database = Database.Open(File))
        {
            var host = Assert.Single(new HostStore(database, TimeProvider.System).All());
            Assert.Equal(("web1", 0L), (host.Name, host.ClockSkew));
            Assert.Equal(Migrations.Newest, database.Read(connection => connection.Number("PRAGMA user_version")));
        }
        // A second start finds nothing to do.
        await using var again = Database.Open(File);
        Assert.Single(new HostStore(again, TimeProvider.System).All());
    }

    [Fact]
    public void A_step_that_fails_leaves_the_version_before_it()
    {
        using var connection = Raw(File);

        Assert.ThrowsAny<SqliteException>(() => Migrations.Apply(connection, File, ["CREATE TABLE a(x); ", "CREATE TABLE b(x); CREATE TABLE a(x)"]));

        Assert.Equal(1, connection.Number("PRAGMA user_version"));
        Assert.Equal(["a"], connection.Query("SELECT name FROM sqlite_master", row => row.GetString(0)));
    }

    [Fact]
    public async Task A_newer_file_is_refused_with_what_to_do()
    {
        await using (Database.Open(File))
        {
            // Only makes it.
        }
        using (var newer = Raw(File))
        {
            newer.Execute("PRAGMA user_version = 99");
        }

        var refused = Assert.Throws<StoreRefusedException>(() => Database.Open(File));
        Assert.Contains("version 99", refused.Message, StringComparison.Ordinal);
        Assert.Contains("newer controller", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Somebody_elses_file_is_refused_and_not_touched()
    {
        using (var foreign = Raw(File))
        {
            foreign.Execute("CREATE TABLE letters(x)");
        }

        Assert.Throws<StoreRefusedException>(() => Database.Open(File));
        using var after = Raw(File);
        Assert.Equal(["letters"], after.Query("SELECT name FROM sqlite_master", row => row.GetString(0)));
    }

    private static void AddBlob(SqliteConnection connection, string digest) => connection.Execute("INSERT INTO blobs(digest, size, stored) VALUES($1, 1, 1)", digest);

    private static SqliteConnection Raw(string path)
    {
        SQLitePCL.Batteries_V2.Init();
        var connection = new SqliteConnection($"Data Source={path};Pooling=False");
        connection.Open();
        return connection;
    }
}
