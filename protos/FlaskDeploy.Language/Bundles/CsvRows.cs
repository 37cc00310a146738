using System.Collections.Immutable;
using System.Text;

namespace FlaskDeploy.Language.Bundles;

/// <summary>Rows of separated values, as Python's csv reads its excel dialect: fields between quotes may hold the separator, lines and, doubled, quotes.</summary>
internal static class CsvRows
{
    public static IEnumerable<ImmutableArray<string>> Read(string text, char delimiter)
    {
        var row = ImmutableArray.CreateBuilder<string>();
        var field = new StringBuilder();
        // A quote counts where a field starts; behind the quote that ends it anything is taken as it is.
        var (isQuoted, isStart) = (false, true);
        for (var i = 0; i < text.Length; i++)
        {
            var c = text[i];
            if (isQuoted)
            {
                if (c != '"')
                {
                    field.Append(c);
                }
                else if (i + 1 < text.Length && text[i + 1] == '"')
                {
                    field.Append(c);
                    i++;
                }
                else
                {
                    isQuoted = false;
                }
            }
            else if (c == '"' && isStart)
            {
                (isQuoted, isStart) = (true, false);
            }
            else if (c == delimiter)
            {
                End();
            }
            else if (c is '\n' or '\r')
            {
                if (row.Count > 0 || !isStart)
                {
                    End();
                    yield return row.DrainToImmutable();
                }
                i += c == '\r' && i + 1 < text.Length && text[i + 1] == '\n' ? 1 : 0;
            }
            else
            {
                field.Append(c);
                isStart = false;
            }
        }
        if (row.Count > 0 || !isStart)
        {
            End();
            yield return row.DrainToImmutable();
        }

        void End()
        {
            row.Add(field.ToString());
            field.Clear();
            isStart = true;
        }
    }
}
