using System.Security.Cryptography;
using FlaskDeploy.Agent.Machine.Looks;

namespace FlaskDeploy.Agent.Machine.Web;

/// <param name="Hex">In small letters; empty: it stands in a list that has to be fetched.</param>
internal sealed record Checksum(string Algorithm, string Hex)
{
    public override string ToString() => $"{Algorithm}:{Hex}";
}

/// <summary>Checksums as playbooks and lists of them write them.</summary>
internal static class Checksums
{
    /// <summary>Whether it is one that can be computed, with as many digits as it has.</summary>
    public static bool IsHex(string algorithm, string text) => text.Length == 2 * Length(algorithm) && text.All(char.IsAsciiHexDigit);

    public static bool IsKnown(string algorithm) => Length(algorithm) > 0;

    public static HashAlgorithmName Name(string algorithm) => new(algorithm.ToUpperInvariant());

    public static async ValueTask<HashAnswer> Of(string path, string algorithm, CancellationToken cancellation)
    {
        using var hash = IncrementalHash.CreateHash(Name(algorithm));
        return await PathLooks.Each(path, bytes => hash.AppendData(bytes.Span), cancellation) ? new HashAnswer(Convert.ToHexStringLower(hash.GetHashAndReset())) : new HashAnswer(null);
    }

    /// <summary>What the file at the end of an address is called.</summary>
    public static string NameIn(string url) => Uri.TryCreate(url, UriKind.Absolute, out var address) ? Uri.UnescapeDataString(address.AbsolutePath[(address.AbsolutePath.LastIndexOf('/') + 1)..]) : "";

    /// <summary>Null: the list has none for that file. A list of one sum alone is that file's.</summary>
    public static string? In(string list, string url, string algorithm)
    {
        var name = NameIn(url);
        var lines = list.Split('\n').Select(line => line.Trim().Split((char[]?)null, 2, StringSplitOptions.RemoveEmptyEntries)).Where(words => words.Length > 0 && IsHex(algorithm, words[0])).ToList();
        if (lines is [[var only]])
        {
            return only.ToLowerInvariant();
        }
        var found = lines.Find(words => words.Length > 1 && words[1].Trim() is var file && (file.StartsWith('*') ? file[1..] : file) is var shown && (shown.StartsWith("./", StringComparison.Ordinal) ? shown[2..] : shown) == name);
        return found?[0].ToLowerInvariant();
    }

    private static int Length(string algorithm) => algorithm switch
    {
        "md5" => MD5.HashSizeInBytes,
        "sha1" => SHA1.HashSizeInBytes,
        "sha256" => SHA256.HashSizeInBytes,
        "sha384" => SHA384.HashSizeInBytes,
        "sha512" => SHA512.HashSizeInBytes,
        _ => 0,
    };
}
