using System.Security.Cryptography;

namespace FlaskDeploy.Protocol;

/// <summary>An operator's private key: ECDSA P-256. Who holds it decides what agents execute.</summary>
public sealed class SigningKey : IDisposable
{
    private const UnixFileMode Ours = UnixFileMode.UserRead | UnixFileMode.UserWrite;
    private const UnixFileMode Foreign =
        UnixFileMode.GroupRead | UnixFileMode.GroupWrite | UnixFileMode.GroupExecute | UnixFileMode.OtherRead | UnixFileMode.OtherWrite | UnixFileMode.OtherExecute;

    private readonly ECDsa _key;

    private SigningKey(ECDsa key)
    {
        _key = key;
        Public = OperatorKey.Of(key);
    }

    public OperatorKey Public { get; }

    public static SigningKey Create() => new(ECDsa.Create(ECCurve.NamedCurves.nistP256));

    /// <summary>Reads an unencrypted PEM file that nobody but its owner may touch; any other file is a problem that says what to do.</summary>
    /// <exception cref="IOException">The file is missing or cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be read.</exception>
    public static Decoded<SigningKey> Load(string path)
    {
        using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read);
        // The mode of what was opened, not of what has the name a moment later.
        var mode = File.GetUnixFileMode(file.SafeFileHandle);
        if ((mode & Foreign) != UnixFileMode.None)
        {
            return Decoded<SigningKey>.Bad($"{path} can be read or written by others (mode {Convert.ToString((int)mode, 8)}); chmod 600 it, and make a new key if others may have seen it");
        }
        if (file.Length > 64 * 1024)
        {
            return Decoded<SigningKey>.Bad($"{path} is too large to be a key");
        }
        using var reader = new StreamReader(file);
        var pem = reader.ReadToEnd();
        var key = ECDsa.Create();
        try
        {
            key.ImportFromPem(pem);
        }
        // ImportFromPem tells a text without a key by ArgumentException and a damaged key by CryptographicException.
        catch (Exception e) when (e is ArgumentException or CryptographicException)
        {
            key.Dispose();
            return Decoded<SigningKey>.Bad($"{path} holds no private key in PEM form ({e.Message.TrimEnd('.')})");
        }
        if (!OperatorKey.IsP256(key))
        {
            key.Dispose();
            return Decoded<SigningKey>.Bad($"{path} holds a key of another kind than ECDSA P-256");
        }
        try
        {
            _ = key.SignData([], HashAlgorithmName.SHA256);
        }
        catch (CryptographicException)
        {
            key.Dispose();
            return Decoded<SigningKey>.Bad($"{path} holds a public key only");
        }
        return Decoded<SigningKey>.Good(new(key));
    }

    /// <summary>Writes a file with mode 0600: whole, or not at all. Never over an existing one.</summary>
    /// <exception cref="IOException">The file exists, or cannot be written.</exception>
    public void Save(string path)
    {
        var directory = Path.GetDirectoryName(Path.GetFullPath(path))!;
        var temporary = Path.Combine(directory, $".{Path.GetFileName(path)}.{Guid.NewGuid():n}");
        try
        {
            using (var file = new FileStream(temporary, new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, UnixCreateMode = Ours }))
            {
                using (var writer = new StreamWriter(file, leaveOpen: true))
                {
                    writer.Write(_key.ExportPkcs8PrivateKeyPem());
                    writer.Write('\n');
                }
                file.Flush(flushToDisk: true);
            }
            File.Move(temporary, path, overwrite: false);
        }
        finally
        {
            File.Delete(temporary);
        }
    }

    /// <summary>A key of its own for each purpose, from which this one cannot be found.</summary>
    internal byte[] Derive(string purpose) => Keys.Derive(_key.ExportParameters(includePrivateParameters: true).D!, purpose);

    internal byte[] Sign(byte[] text) => _key.SignData(text, HashAlgorithmName.SHA256, DSASignatureFormat.IeeeP1363FixedFieldConcatenation);

    public void Dispose() => _key.Dispose();
}
