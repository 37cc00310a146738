using System.Threading.Channels;
using Grpc.Core;
using Microsoft.Data.Sqlite;

namespace FlaskDeploy.Controller.Store;

/// <summary>
/// The SQLite file. Anybody may read, each on a connection and a snapshot of its own; all writing goes through one
/// queue to one thread, which commits what is waiting together (one sync for many hosts) and undoes a piece of work
/// that throws without touching its neighbours. A task returned by <see cref="WriteAsync{T}"/> ends when its work is
/// on the disk.
/// </summary>
internal sealed class Database : IAsyncDisposable
{
    private const int MostInOneCommit = 64;

    // SQLITE_FULL, https://www.sqlite.org/rescode.html#full
    private const int DiskIsFull = 13;

    // Bounded: whoever has something to write waits when the disk cannot keep up, and with it the agent that sends.
    private readonly Channel<Work> _queue = Channel.CreateBounded<Work>(new BoundedChannelOptions(1024) { SingleReader = true });
    private readonly SqliteConnection _writer;
    private readonly string _readers;
    private readonly Task _writing;

    private Database(SqliteConnection writer, string readers)
    {
        _writer = writer;
        _readers = readers;
        _writing = Task.Factory.StartNew(Write, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
    }

    /// <summary>Opens or makes the file and brings it up to date.</summary>
    /// <exception cref="StoreRefusedException">The file is newer than this program, or somebody else's.</exception>
    /// <exception cref="SqliteException">The file cannot be opened or is damaged.</exception>
    public static Database Open(string path)
    {
        SQLitePCL.Batteries_V2.Init();
        if (!File.Exists(path))
        {
            // Made before SQLite does, so that it is never readable to others; -wal and -shm take its mode.
            using var made = new FileStream(path, new FileStreamOptions
            {
                Mode = FileMode.CreateNew,
                Access = FileAccess.Write,
                UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite,
            });
        }
        var writer = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = path, Pooling = false }.ToString());
        try
        {
            writer.Open();
            Prepare(writer);
            Migrations.Apply(writer, path);
        }
        catch
        {
            writer.Dispose();
            throw;
        }
        return new Database(writer, new SqliteConnectionStringBuilder { DataSource = path, Mode = SqliteOpenMode.ReadWrite, Pooling = true }.ToString());
    }

    /// <summary>Runs <paramref name="work"/> on the writer's thread inside of a transaction and waits for the disk.</summary>
    /// <param name="work">Must be short and must not wait. What it throws comes out here, and nothing of it stays.</param>
    /// <param name="cancellationToken">Ends the waiting for a place in the queue; work that has one is done.</param>
    public async Task<T> WriteAsync<T>(Func<SqliteConnection, T> work, CancellationToken cancellationToken)
    {
        var item = new Work<T>(work);
        await _queue.Writer.WriteAsync(item, cancellationToken);
        try
        {
            return await item.Done;
        }
        catch (SqliteException full) when (full.SqliteErrorCode == DiskIsFull)
        {
            // Whoever called can do something about it, and "an exception was thrown" would not tell what.
            throw new RpcException(new Status(StatusCode.ResourceExhausted, "the disk of the controller is full and nothing was stored; make room there, then try again"));
        }
    }

    public Task WriteAsync(Action<SqliteConnection> work, CancellationToken cancellationToken) => WriteAsync(
        connection =>
        {
            work(connection);
            return true;
        },
        cancellationToken);

    /// <summary>One consistent view of everything that was committed.</summary>
    public T Read<T>(Func<SqliteConnection, T> work)
    {
        using var connection = new SqliteConnection(_readers);
        connection.Open();
        connection.Execute("PRAGMA busy_timeout = 10000; PRAGMA query_only = 1");
        using var snapshot = connection.BeginTransaction(deferred: true);
        return work(connection);
    }

    /// <summary>Ends after what is queued has been written.</summary>
    public async ValueTask DisposeAsync()
    {
        _queue.Writer.TryComplete();
        await _writing;
        await _writer.DisposeAsync();
        using var pool = new SqliteConnection(_readers);
        SqliteConnection.ClearPool(pool);
    }

    private static void Prepare(SqliteConnection connection) =>
        connection.Execute("PRAGMA busy_timeout = 10000; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON");

    private void Write()
    {
        var batch = new List<Work>(MostInOneCommit);
        // This thread exists for waiting here.
        while (_queue.Reader.WaitToReadAsync().AsTask().GetAwaiter().GetResult())
        {
            while (batch.Count < MostInOneCommit && _queue.Reader.TryRead(out var work))
            {
                batch.Add(work);
            }
            Commit(batch);
            batch.Clear();
        }
    }

    private void Commit(List<Work> batch)
    {
        try
        {
            _writer.Execute("BEGIN IMMEDIATE");
            foreach (var work in batch)
            {
                work.Run(_writer);
            }
            _writer.Execute("COMMIT");
        }
        catch (SqliteException problem)
        {
            // A full disk, an I/O error: nobody's work is durable, and everybody is told. The next batch tries anew.
            if (SQLitePCL.raw.sqlite3_get_autocommit(_writer.Handle) == 0)
            {
                _writer.Execute("ROLLBACK");
            }
            batch.ForEach(work => work.Fail(problem));
            return;
        }
        batch.ForEach(work => work.Complete());
    }

    private abstract class Work
    {
        /// <summary>Never throws for what the work itself did; throws when the transaction as a whole is lost.</summary>
        public abstract void Run(SqliteConnection connection);

        public abstract void Complete();

        public abstract void Fail(Exception problem);
    }

    private sealed class Work<T>(Func<SqliteConnection, T> work) : Work
    {
        private readonly TaskCompletionSource<T> _done = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private T? _result;
        private Exception? _problem;

        public Task<T> Done => _done.Task;

        public override void Run(SqliteConnection connection)
        {
            connection.Execute("SAVEPOINT work");
            try
            {
                _result = work(connection);
            }
            // Whatever it is belongs to the one who asked; the others in this commit must not notice.
            catch (Exception problem)
            {
                _problem = problem;
                connection.Execute("ROLLBACK TO work");
            }
            connection.Execute("RELEASE work");
        }

        public override void Complete()
        {
            if (_problem is null)
            {
                _done.TrySetResult(_result!);
            }
            else
            {
                _done.TrySetException(_problem);
            }
        }

        public override void Fail(Exception problem) => _done.TrySetException(_problem ?? problem);
    }
}
