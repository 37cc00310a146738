using System.Security.Cryptography;
using System.Text;
using FlaskDeploy.Protocol;

namespace FlaskDeploy.Agent.State;

/// <summary>Where this host keeps the key that secrets are sealed to. It outlives certificates and enrolments: what was sealed to it can be opened as long as it is there.</summary>
internal static class SealingKeyFile
{
    private const string Name = "sealing.pem";

    /// <summary>Null: there is none.</summary>
    /// <exception cref="CryptographicException">It is there and is no such key.</exception>
    public static SealingKey? Load(string directory) =>
        DurableFile.TryRead(Path.Combine(directory, Name)) is { } pem ? SealingKey.FromPem(Encoding.ASCII.GetString(pem)) : null;

    /// <exception cref="CryptographicException">It is there and is no such key.</exception>
    public static SealingKey OpenOrMake(string directory)
    {
        if (Load(directory) is { } known)
        {
            return known;
        }
        var made = SealingKey.Create();
        DurableFile.Write(Path.Combine(directory, Name), Encoding.ASCII.GetBytes(made.ToPem()));
        return made;
    }
}
