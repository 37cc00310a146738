using FlaskDeploy.Protocol;

namespace FlaskDeploy.Cli.Pushing;

/// <summary>Where an operator's signing key lies. Root's is made when it is first needed; any other must exist.</summary>
internal static class OperatorKeyFile
{
    public const string OfRoot = "/etc/flaskdeploy/operator.key";

    public static string PathOf(string? named, string? identity) => named ?? (identity is null ? OfRoot : Path.Combine(identity, "operator.key"));

    /// <param name="named"><c>--key</c>.</param>
    /// <param name="identity"><c>--identity</c>: its operator.key, where no other is named.</param>
    /// <param name="made">True when the key is new, so that nobody trusts it yet.</param>
    public static Decoded<SigningKey> Open(string? named, string? identity, out bool made)
    {
        made = false;
        var path = PathOf(named, identity);
        try
        {
            if (named is null && identity is null && !File.Exists(path))
            {
                made = Make(path);
            }
            return SigningKey.Load(path);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return Decoded<SigningKey>.Bad($"there is no signing key at {path}; name it with --key FILE");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return Decoded<SigningKey>.Bad($"cannot use the signing key {path}: {e.Message} (it belongs to root; --key FILE names another)");
        }
    }

    // Two first pushes at one time: one of them makes the key, both use it.
    private static bool Make(string path)
    {
        var directory = Path.GetDirectoryName(path)!;
        if (!Directory.Exists(directory))
        {
            Directory.CreateDirectory(directory, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute
                | UnixFileMode.GroupRead | UnixFileMode.GroupExecute | UnixFileMode.OtherRead | UnixFileMode.OtherExecute);
        }
        using var key = SigningKey.Create();
        try
        {
            key.Save(path);
            return true;
        }
        catch (IOException) when (File.Exists(path))
        {
            return false;
        }
    }
}
