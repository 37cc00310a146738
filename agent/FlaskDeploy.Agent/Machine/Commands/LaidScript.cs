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
        var place = $"{paths.RunDirectory}-scripts";
        Directory.CreateDirectory(place, PassThrough);
        var laid = new LaidScript(System.IO.Path.Combine(place, Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(12))), script.Name);
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

    public ValueTask DisposeAsync()
    {
        Directory.Delete(_directory, recursive: true);
        return ValueTask.CompletedTask;
    }
}
