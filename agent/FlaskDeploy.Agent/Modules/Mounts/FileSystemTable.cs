namespace FlaskDeploy.Agent.Modules.Mounts;

/// <summary>One line of fstab(5), its fields as they are, not as they are written.</summary>
internal sealed record TableEntry(string Source, string Path, string FileSystem, string Options, string Dump, string Pass)
{
    public override string ToString() => string.Join(' ', ((string[])[Source, Path, FileSystem, Options, Dump, Pass]).Select(FileSystemTable.Escaped));
}

/// <summary>fstab(5), edited as Ansible's mount edits it: a line that is right keeps its form, one that is not is written anew in its place.</summary>
internal static class FileSystemTable
{
    private const int FewestFields = 4;
    private const int MostFields = 6;

    /// <summary>With the entry, in place of one of the same mount point or at the end.</summary>
    internal static string With(string text, TableEntry entry)
    {
        var isThere = false;
        var lines = Lines(text).Select(line =>
        {
            if (!IsMeant(line, entry.Path, entry.Source))
            {
                return line;
            }
            isThere = true;
            return Says(Fields(line), entry) ? line : entry.ToString();
        }).ToList();
        return isThere ? string.Concat(lines.Select(line => line + "\n")) : string.Concat(lines.Append(entry.ToString()).Select(line => line + "\n"));
    }

    /// <summary>Without any entry of the mount point.</summary>
    internal static string Without(string text, string path, string? source)
    {
        var lines = Lines(text).ToList();
        return lines.RemoveAll(line => IsMeant(line, path, source)) == 0 ? text : string.Concat(lines.Select(line => line + "\n"));
    }

    internal static bool Has(string text, string path, string? source) => Lines(text).Any(line => IsMeant(line, path, source));

    internal static string Escaped(string field) =>
        field.Replace("\\", "\\134", StringComparison.Ordinal).Replace(" ", "\\040", StringComparison.Ordinal).Replace("&", "\\046", StringComparison.Ordinal);

    // Several swaps have no mount point; they are told apart by what they are.
    private static bool IsMeant(string line, string path, string? source) =>
        Fields(line) is { } fields && fields[1] == Escaped(path)
        && !(source is not null && fields[1] == "none" && fields[2] == "swap" && fields[0] != source);

    private static bool Says(string[]? fields, TableEntry entry) =>
        fields is not null && fields.Concat(Enumerable.Repeat("0", MostFields - fields.Length)).SequenceEqual(entry.ToString().Split(' '));

    // Null: no entry.
    private static string[]? Fields(string line) =>
        line.TrimStart() is { Length: > 0 } content && content[0] != '#' && content.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries) is { Length: >= FewestFields and <= MostFields } fields ? fields : null;

    private static IEnumerable<string> Lines(string text) => text.Length == 0 ? [] : (text.EndsWith('\n') ? text[..^1] : text).Split('\n');
}
