using System.Security.Cryptography;
using System.Text;
using FlaskDeploy.Protocol;

namespace FlaskDeploy.Agent.State;

/// <summary>Where this host keeps the key that secrets are sealed to. It outlives certificates and enrolments: what was sealed to it can be opened as long as it is there.</summary>
internal static class SealingKeyFile
{
    private const string Name = "sealing.pem";
    private const string Unreadable = "sealing.pem.unreadable";

    /// <summary>A key that is there and cannot be read is as good as none, and is told: a host without secrets works on.</summary>
    /// <returns>Neither: there is none.</returns>
    public static (SealingKey? Key, string? Problem) Load(string directory)
    {
        var path = Path.Combine(directory, Name);
        try
        {
            return (DurableFile.TryRead(path) is { } pem ? SealingKey.FromPem(Encoding.ASCII.GetString(pem)) : null, null);
        }
        catch (CryptographicException e)
        {
            return (null, $"{path}: {e.Message}; 'flaskdeploy-agent enroll --force' makes a new one, to which what is secret must be pushed again");
        }
    }

    /// <summary>What cannot be read is kept beside the new key, for whoever can mend it.</summary>
    public static SealingKey OpenOrMake(string directory)
    {
        var (known, problem) = Load(directory);
        if (known is not null)
        {
            return known;
        }
        if (problem is not null)
        {
            File.Move(Path.Combine(directory, Name), Path.Combine(directory, Unreadable), overwrite: true);
        }
        var made = SealingKey.Create();
        DurableFile.Write(Path.Combine(directory, Name), Encoding.ASCII.GetBytes(made.ToPem()));
        return made;
    }
}
