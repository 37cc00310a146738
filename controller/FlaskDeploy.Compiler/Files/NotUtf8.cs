using System.Buffers;
using System.Text;
using FlaskDeploy.Language.Diagnostics;

namespace FlaskDeploy.Compiler.Files;

/// <summary>Says where a text stops being UTF-8.</summary>
internal static class NotUtf8
{
    public static Diagnostic In(string file, ReadOnlySpan<byte> bytes)
    {
        var at = Math.Max(IndexOfInvalid(bytes), 0);
        var before = bytes[..at];
        // A column counts characters, as everywhere: of UTF-8, bytes that continue none.
        var column = 1;
        foreach (var part in before[(before.LastIndexOf((byte)'\n') + 1)..])
        {
            column += (part & 0xC0) == 0x80 ? 0 : 1;
        }
        return new Diagnostic(CompilerCodes.UnreadableFile, Severity.Error, new SourceSpan(file, before.Count((byte)'\n') + 1, column), "it is not UTF-8") { Remedy = "save it as UTF-8" };
    }

    private static int IndexOfInvalid(ReadOnlySpan<byte> bytes)
    {
        for (var at = 0; at < bytes.Length;)
        {
            if (Rune.DecodeFromUtf8(bytes[at..], out _, out var used) != OperationStatus.Done)
            {
                return at;
            }
            at += used;
        }
        return -1;
    }
}
