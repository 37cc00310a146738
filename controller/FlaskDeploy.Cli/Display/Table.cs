namespace FlaskDeploy.Cli.Display;

internal readonly record struct Cell(string Text, Tone Tone = Tone.Plain)
{
    public static implicit operator Cell(string text) => new(text);
}

/// <summary>Columns as wide as their widest cell. Everything in it is escaped.</summary>
internal sealed class Table(params string[] headings)
{
    private readonly List<Cell[]> _rows = [];

    public void Add(params Cell[] cells) => _rows.Add([.. cells.Select(cell => cell with { Text = Safe.Line(cell.Text) })]);

    public IEnumerable<string> Print(Style style)
    {
        var widths = headings.Select((heading, column) => _rows.Select(row => row[column].Text.Length).Append(heading.Length).Max()).ToArray();
        yield return Row([.. headings.Select(heading => new Cell(heading, Tone.Faint))], widths, style);
        foreach (var row in _rows)
        {
            yield return Row(row, widths, style);
        }
    }

    // The last column is not padded: no line ends in spaces.
    private static string Row(Cell[] cells, int[] widths, Style style)
    {
        var last = Array.FindLastIndex(cells, cell => cell.Text.Length > 0);
        return string.Join("  ", cells.Take(last + 1).Select((cell, column) => style.Paint(cell.Tone, cell.Text) + (column < last ? new string(' ', widths[column] - cell.Text.Length) : "")));
    }
}
