using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Json.Serialization;
using FlaskDeploy.Controller.Runs;
using Microsoft.Data.Sqlite;

namespace FlaskDeploy.Controller.Store;

internal enum RunFilter
{
    All = 0,

    /// <summary>Without those that found nothing to do.</summary>
    News = 1,

    /// <summary>Those that corrected drift.</summary>
    Corrections = 2,

    /// <summary>Those that looked at the host: an order to pause or to resume is answered like a run, and is none.</summary>
    Work = 3,
}

/// <summary>Runs as rows.</summary>
internal static class RunRows
{
    private const string Columns =
        "host, run, log, deployment, sequence, number, kind, cause, finished, refused, result, counts, started, micros, because, corrected, first_number, last_number";

    public static Run? Find(SqliteConnection connection, string host, string run) =>
        connection.First($"SELECT {Columns} FROM runs WHERE host = $1 AND run = $2", Read, host, run);

    /// <param name="position">Of the event that made the run; kept when the run is known already.</param>
    public static void Save(SqliteConnection connection, Run run, long position) => connection.Execute(
        $"""
        INSERT INTO runs({Columns}, position, changed) VALUES($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20)
        ON CONFLICT(host, run) DO UPDATE SET log = excluded.log, kind = excluded.kind, cause = excluded.cause, finished = excluded.finished,
          refused = excluded.refused, result = excluded.result, counts = excluded.counts, micros = excluded.micros, because = excluded.because,
          corrected = excluded.corrected, last_number = excluded.last_number, changed = excluded.changed
        """,
        run.Host, run.Id, run.Log, run.Deployment, run.Sequence, run.Order, (int)run.Kind, run.Cause, run.Finished, run.Refused, (int)run.Result,
        JsonSerializer.SerializeToUtf8Bytes(run.Counts, RunJson.Default.RunCounts), run.StartedMillis, run.Micros, run.Because,
        JsonSerializer.Serialize(run.Corrected, RunJson.Default.ImmutableArrayCorrectedTask), run.FirstNumber, run.LastNumber, position, run.IsNews);

    /// <summary>Newest first. An empty string means any.</summary>
    public static ImmutableArray<Run> List(SqliteConnection connection, string host, string deployment, string run, RunFilter filter, long limit) => connection.Query(
        $"""
        SELECT {Columns} FROM runs
        WHERE ($1 = '' OR host = $1) AND ($2 = '' OR deployment = $2) AND ($3 = '' OR run = $3) AND ($4 = 0 OR $4 = 1 AND changed OR $4 = 2 AND corrected <> '[]' OR $4 = 3 AND cause NOT IN ('pause', 'resume'))
        ORDER BY position DESC LIMIT $5
        """,
        Read, host, deployment, run, (int)filter, limit);

    private static Run Read(SqliteDataReader row) => new()
    {
        Host = row.GetString(0),
        Id = row.GetString(1),
        Log = row.GetString(2),
        Deployment = row.GetString(3),
        Sequence = row.GetInt64(4),
        Order = row.GetInt64(5),
        Kind = (RunKind)row.GetInt32(6),
        Cause = row.GetString(7),
        Finished = row.GetBoolean(8),
        Refused = row.GetBoolean(9),
        Result = (RunResult)row.GetInt32(10),
        Counts = JsonSerializer.Deserialize(row.Bytes(11), RunJson.Default.RunCounts) ?? RunCounts.None,
        StartedMillis = row.GetInt64(12),
        Micros = row.GetInt64(13),
        Because = row.GetString(14),
        Corrected = JsonSerializer.Deserialize(row.GetString(15), RunJson.Default.ImmutableArrayCorrectedTask),
        FirstNumber = row.GetInt64(16),
        LastNumber = row.GetInt64(17),
    };
}

[JsonSerializable(typeof(RunCounts))]
[JsonSerializable(typeof(ImmutableArray<CorrectedTask>))]
internal sealed partial class RunJson : JsonSerializerContext;
