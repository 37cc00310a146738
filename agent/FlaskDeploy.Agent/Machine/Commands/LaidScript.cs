using System.Security.Cryptography;
using FlaskDeploy.Agent.Machine.Files;
using FlaskDeploy.Agent.Machine.Native;
using FlaskDeploy.Agent.State;

namespace FlaskDeploy.Agent.Machine.Commands;

/// <summary>
/// A script while it runs: in a directory of a name that nobody guesses, which its user may go through and nobody else
/// lists, beside the agent's own. Gone afterwards; what a crash leaves goes with the boot.
/// </summary>
internal sealed class LaidScript : IAsyncDisposable
{
    private const UnixFileMode PassThrough = (UnixFileMode)0x1C9;
    private const uint OwnersProgram = 0x140;

    private readonly string _directory;

    private LaidScript(string directory, string name) => (_directory, Path) = (directory, System.IO.Path.Combine(directory, name));

    public string Path { get; }

    /// <exception cref="IOException">The content is not here, or there is no room for it.</exception>
    public static async ValueTask<LaidScript> Lay(CommandScript script, Account user, AgentPaths paths, IBlobSource? blobs, CancellationToken cancellation)
    {
        await using var content = (blobs is null ? null : await blobs.Open(script.Content, cancellation)) ?? throw new IOException($"the script {script.Name} is not on this host");
        var name = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(12));
        var laid = new LaidScript(Place(paths) is { } place ? System.IO.Path.Combine(place, name) : System.IO.Path.Combine(System.IO.Path.GetTempPath(), $"flaskdeploy-{name}"), script.Name);
        Directory.CreateDirectory(laid._directory, PassThrough);
        try
        {
            using var handle = Libc.Open(Libc.AtCurrentDirectory, laid.Path, Libc.OpenWriteOnly | Libc.OpenCreate | Libc.OpenExclusive, OwnersProgram);
            var file = new FileStream(handle, FileAccess.Write, bufferSize: 0);
            await content.CopyToAsync(file, cancellation);
            if (user.Uid != Libc.EffectiveUser() && Libc.ChangeOwner(handle, user.Uid, user.Gid) < 0)
            {
                throw SystemCallException.Last(laid.Path);
            }
            return laid;
        }
        catch
        {
            await laid.DisposeAsync();
            throw;
        }
    }

    // Null: everything of the agent's lies where only root goes, as what `apply` keeps for the time of a run. Then the name
    // that nobody guesses stands in the directory that is everybody's, with nothing of a known name above it.
    private static string? Place(AgentPaths paths)
    {
        var place = $"{paths.RunDirectory}-scripts";
        for (var above = System.IO.Path.GetDirectoryName(place); above is not null; above = System.IO.Path.GetDirectoryName(above))
        {
            if (!File.GetUnixFileMode(above).HasFlag(UnixFileMode.OtherExecute))
            {
                return null;
            }
        }
        Directory.CreateDirectory(place, PassThrough);
        return place;
    }

    public ValueTask DisposeAsync()
    {
        Directory.Delete(_directory, recursive: true);
        return ValueTask.CompletedTask;
    }
}
