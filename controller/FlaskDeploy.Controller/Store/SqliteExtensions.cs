using System.Collections.Immutable;
using Microsoft.Data.Sqlite;

namespace FlaskDeploy.Controller.Store;

/// <summary>SQL with its arguments as <c>$1</c>, <c>$2</c>…: never as text inside of it.</summary>
internal static class SqliteExtensions
{
    extension(SqliteConnection connection)
    {
        /// <returns>How many rows were touched.</returns>
        public int Execute(string sql, params ReadOnlySpan<object?> arguments)
        {
            using var command = connection.Command(sql, arguments);
            return command.ExecuteNonQuery();
        }

        public ImmutableArray<T> Query<T>(string sql, Func<SqliteDataReader, T> read, params ReadOnlySpan<object?> arguments)
        {
            using var command = connection.Command(sql, arguments);
            using var reader = command.ExecuteReader();
            var rows = ImmutableArray.CreateBuilder<T>();
            while (reader.Read())
            {
                rows.Add(read(reader));
            }
            return rows.ToImmutable();
        }

        /// <summary>The first row, or the default of the type.</summary>
        public T? First<T>(string sql, Func<SqliteDataReader, T> read, params ReadOnlySpan<object?> arguments)
        {
            using var command = connection.Command(sql, arguments);
            using var reader = command.ExecuteReader();
            return reader.Read() ? read(reader) : default;
        }

        /// <summary>The first column of the first row; 0 where there is none or it is null.</summary>
        public long Number(string sql, params ReadOnlySpan<object?> arguments)
        {
            using var command = connection.Command(sql, arguments);
            return command.ExecuteScalar() is long number ? number : 0;
        }

        public bool Exists(string sql, params ReadOnlySpan<object?> arguments)
        {
            using var command = connection.Command(sql, arguments);
            return command.ExecuteScalar() is not null;
        }

        private SqliteCommand Command(string sql, ReadOnlySpan<object?> arguments)
        {
            var command = connection.CreateCommand();
            command.CommandText = sql;
            for (var i = 0; i < arguments.Length; i++)
            {
                command.Parameters.AddWithValue($"${i + 1}", arguments[i] ?? DBNull.Value);
            }
            return command;
        }
    }

    extension(SqliteDataReader row)
    {
        public byte[] Bytes(int column) => row.GetFieldValue<byte[]>(column);

        public byte[]? BytesOrNull(int column) => row.IsDBNull(column) ? null : row.GetFieldValue<byte[]>(column);

        /// <summary>Names, one to a line: how lists of words are kept.</summary>
        public ImmutableArray<string> Words(int column) => [.. row.GetString(column).Split('\n', StringSplitOptions.RemoveEmptyEntries)];
    }

    public static string Words(IEnumerable<string> words) =>
        string.Join('\n', words.Where(word => word.Length > 0 && !word.Contains('\n', StringComparison.Ordinal)));
}
