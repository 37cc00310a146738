using System.Collections.Immutable;
using FlaskDeploy.Agent.Machine.Native;
using Microsoft.Win32.SafeHandles;

namespace FlaskDeploy.Agent.Machine.Files;

/// <summary>
/// What lsattr(1) shows of a file and chattr(1) changes, by the kernel's own calls (ioctl_iflags(2)). A wish is written as
/// for chattr: letters that are to be all (<c>iA</c>, <c>=iA</c>), to be added (<c>+i</c>) or taken away (<c>-i</c>).
/// </summary>
internal static class FileFlags
{
    private const ulong GetFlags = 0x80086601;
    private const ulong SetFlags = 0x40086602;
    private const ulong GetVersion = 0x80087601;

    // In the order of lsattr. Those that only the file system itself sets (extents, index…) are no part of any wish.
    private static readonly ImmutableArray<(char Letter, string Name, uint Bit, bool IsSettable)> All =
    [
        ('s', "zero", 0x1, true), ('u', "undelete", 0x2, true), ('S', "synchronous", 0x8, true), ('D', "dirsync", 0x10000, true),
        ('i', "immutable", 0x10, true), ('a', "append", 0x20, true), ('d', "nodump", 0x40, true), ('A', "noatime", 0x80, true),
        ('c', "compressed", 0x4, true), ('E', "encrypted", 0x800, false), ('j', "journalled", 0x4000, true), ('I', "indexed", 0x1000, false),
        ('t', "notail", 0x8000, true), ('T', "blockroot", 0x20000, true), ('e', "extents", 0x80000, false), ('C', "nocow", 0x800000, true),
        ('x', "dax", 0x2000000, true), ('F', "casefold", 0x40000000, true), ('N', "inline", 0x10000000, false), ('P', "projinherit", 0x20000000, true),
        ('V', "verity", 0x100000, false),
    ];

    private static readonly uint Settable = All.Where(flag => flag.IsSettable).Aggregate(0u, (bits, flag) => bits | flag.Bit);

    /// <summary>Null: it is a wish. Else the letter that is none.</summary>
    public static char? WrongIn(string wish) => Letters(wish).Where(letter => All.All(flag => flag.Letter != letter)).Select(letter => (char?)letter).FirstOrDefault();

    /// <summary>What the flags are to be, of those that can be set.</summary>
    public static uint Wanted(string wish, uint present)
    {
        var bits = All.Where(flag => flag.IsSettable && Letters(wish).Contains(flag.Letter)).Aggregate(0u, (sum, flag) => sum | flag.Bit);
        return wish.FirstOrDefault() switch
        {
            '+' => present | bits,
            '-' => present & ~bits,
            _ => (present & ~Settable) | bits,
        };
    }

    public static string LettersOf(uint flags) => string.Concat(All.Where(flag => (flags & flag.Bit) != 0).Select(flag => flag.Letter));

    public static IEnumerable<string> NamesOf(uint flags) => All.Where(flag => (flags & flag.Bit) != 0).Select(flag => flag.Name);

    /// <summary>Of a regular file or a directory. Null: its file system has none, or it may not be opened.</summary>
    public static unsafe (uint Flags, uint Version)? Read(string path)
    {
        using var file = Libc.TryOpen(Libc.AtCurrentDirectory, path, Libc.OpenReadOnly | Libc.OpenNonBlocking);
        // The kernel writes an int, whatever its header says.
        ulong flags = 0, version = 0;
        return file is null || Libc.Control(file, GetFlags, &flags) < 0 ? null
            : ((uint)flags, Libc.Control(file, GetVersion, &version) < 0 ? 0 : (uint)version);
    }

    /// <exception cref="SystemCallException">The file system has no flags, or not these, or they may not be set.</exception>
    public static unsafe void Apply(SafeFileHandle handle, string wish, string path)
    {
        using var file = Libc.Open(Libc.AtCurrentDirectory, handle.ProcPath(), Libc.OpenReadOnly | Libc.OpenNonBlocking, subject: path);
        ulong flags = 0;
        if (Libc.Control(file, GetFlags, &flags) < 0)
        {
            throw SystemCallException.Last($"{path}: reading its attributes");
        }
        ulong wanted = Wanted(wish, (uint)flags);
        if (wanted != flags && Libc.Control(file, SetFlags, &wanted) < 0)
        {
            throw SystemCallException.Last($"{path}: setting the attributes {wish}");
        }
    }

    private static string Letters(string wish) => wish.TrimStart('+', '-', '=');
}
