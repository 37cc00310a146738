using System.Text;

namespace FlaskDeploy.Agent.Modules.Files;

/// <summary>Text as bytes, by the names that Python has for encodings.</summary>
internal static class TextEncodings
{
    /// <summary>False, and why: no such encoding, or a character that it does not have.</summary>
    internal static bool TryEncode(string text, string encoding, out byte[] bytes, out string? problem)
    {
        (bytes, problem) = ([], null);
        try
        {
            bytes = Find(encoding.Replace('_', '-').ToLowerInvariant()).GetBytes(text);
            return true;
        }
        catch (Exception e) when (e is ArgumentException or EncoderFallbackException or NotSupportedException)
        {
            problem = e is EncoderFallbackException { CharUnknown: var unknown } ? $"it has no '{unknown}'" : "there is no such encoding";
            return false;
        }
    }

    private static Encoding Find(string name) => name switch
    {
        "utf-8" or "utf8" or "u8" => new UTF8Encoding(encoderShouldEmitUTF8Identifier: false),
        "latin-1" or "latin1" or "l1" or "iso8859-1" or "iso-8859-1" => Strict(Encoding.Latin1),
        "ascii" or "us-ascii" => Strict(Encoding.ASCII),
        "cp1252" or "windows-1252" => CodePage("windows-1252"),
        _ => CodePage(name.StartsWith("cp125", StringComparison.Ordinal) ? $"windows-{name[2..]}" : name.StartsWith("iso8859-", StringComparison.Ordinal) ? $"iso-{name[3..]}" : name),
    };

    private static Encoding CodePage(string name) => Strict(CodePagesEncodingProvider.Instance.GetEncoding(name) ?? Encoding.GetEncoding(name));

    private static Encoding Strict(Encoding encoding)
    {
        var strict = (Encoding)encoding.Clone();
        strict.EncoderFallback = EncoderFallback.ExceptionFallback;
        return strict;
    }
}
