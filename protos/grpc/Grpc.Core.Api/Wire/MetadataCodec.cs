namespace Grpc.Core.Wire;

/// <summary>Metadata as header values: text as it is, bytes in base64.</summary>
internal static class MetadataCodec
{
    /// <summary>Binary values go without padding, as the protocol recommends.</summary>
    public static string Encode(Metadata.Entry entry) =>
        entry.IsBinary ? Convert.ToBase64String(entry.ValueBytes).TrimEnd('=') : entry.Value;

    /// <summary>
    /// Adds one received header. A binary header may hold several values between commas, padded or not. What is no
    /// metadata (a reserved name, a name that no entry can have, broken base64) is left out: a peer must not be able to
    /// fail a call with a header that nobody asks for.
    /// </summary>
    public static void AddReceived(Metadata metadata, string name, string value)
    {
        string key = name.ToLowerInvariant();
        if (HeaderNames.IsReserved(key) || !Metadata.Entry.IsValidKey(key))
            return;
        if (!Metadata.Entry.HasBinaryKey(key))
        {
            metadata.Add(key, value);
            return;
        }

        foreach (string part in value.Split(',', StringSplitOptions.TrimEntries))
        {
            if (TryDecode(part) is { } bytes)
                metadata.Add(key, bytes);
        }
    }

    private static byte[]? TryDecode(string base64)
    {
        string padded = base64.PadRight((base64.Length + 3) / 4 * 4, '=');
        byte[] buffer = new byte[padded.Length / 4 * 3];
        return Convert.TryFromBase64String(padded, buffer, out int written) ? buffer[..written] : null;
    }
}
