using System.Globalization;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using FlaskDeploy.Agent.Machine.Native;

namespace FlaskDeploy.Agent.Memory;

/// <summary>Pages of a program's own file as it lies in memory; proc_pid_maps(5).</summary>
internal readonly record struct PageRange(ulong Start, ulong End);

/// <summary>The pages of this process that are its program's code and constants.</summary>
internal static partial class ProgramPages
{
    // They lie where they lie as long as the process lives.
    private static readonly Lazy<IReadOnlyList<PageRange>> Own = new(() =>
        Libc.ReadLink(Libc.AtCurrentDirectory, "/proc/self/exe") is { } program ? Unchanging(File.ReadLines("/proc/self/maps"), program) : []);

    /// <summary>
    /// The same for the tables of types and the texts, which lie among what is written: those of their pages that never were.
    /// It takes a short collection, during which nothing else runs. Not in a program that is compiled while it runs.
    /// </summary>
    public static void LetGoOfTables()
    {
        if (!RuntimeFeature.IsDynamicCodeSupported && LetGoAtNextCollection() != 0)
        {
            GC.Collect(0, GCCollectionMode.Forced, blocking: true);
        }
    }

    /// <summary>Unmaps them from this process (madvise(2), MADV_DONTNEED). They are the file's own and unchanged: whoever needs one gets it again.</summary>
    public static void LetGo()
    {
        foreach (var range in Own.Value)
        {
            // Where they are locked, they stay.
            _ = Libc.Advise((nint)range.Start, (nint)(range.End - range.Start), Libc.NotNeeded);
        }
    }

    /// <summary>
    /// What can never have been written: what may be executed, and what may only be read before that. Read-only pages behind
    /// the code may be such that were written at the start (RELRO), and letting go of those would undo it.
    /// </summary>
    public static IReadOnlyList<PageRange> Unchanging(IEnumerable<string> maps, string program)
    {
        var ranges = new List<PageRange>();
        foreach (var line in maps)
        {
            // 00941000-015c7000 r-xp 00740000 fe:00 1234    /usr/bin/flaskdeploy-agent
            var words = line.Split(' ', 6, StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
            if (words.Length < 6 || words[5] != program)
            {
                continue;
            }
            if (words[1] is not ("r--p" or "r-xp"))
            {
                break;
            }
            var dash = words[0].IndexOf('-', StringComparison.Ordinal);
            ranges.Add(new PageRange(Hexadecimal(words[0].AsSpan(0, dash)), Hexadecimal(words[0].AsSpan(dash + 1))));
            if (words[1] == "r-xp")
            {
                return ranges;
            }
        }
        // No code was found where it belongs: this is a program of another make.
        return [];
    }

    private static ulong Hexadecimal(ReadOnlySpan<char> text) => ulong.Parse(text, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);

    // packaging/native/pages.c
    [LibraryImport("flaskdeploy_pages", EntryPoint = "flaskdeploy_let_go_of_tables")]
    private static partial int LetGoAtNextCollection();
}
