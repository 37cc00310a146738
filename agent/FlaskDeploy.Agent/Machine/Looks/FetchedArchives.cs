using FlaskDeploy.Agent.Machine.Web;

namespace FlaskDeploy.Agent.Machine.Looks;

/// <summary>An archive that a server has: fetched, looked into and removed again, as the user of this process.</summary>
internal static class FetchedArchives
{
    private const long MostBytes = 16L * 1024 * 1024 * 1024;
    private const int MagicLength = 4;

    /// <exception cref="IOException">A tool is not there, or there is no room.</exception>
    public static async Task<FetchedArchiveAnswer> Look(FetchedArchiveLook look, TaskEnvironment environment, CancellationToken cancellation)
    {
        // Removed however the look ends; nobody else reads or foresees it.
        await using var file = new FileStream(
            look.Path, new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.ReadWrite, Share = FileShare.ReadWrite | FileShare.Delete, Options = FileOptions.DeleteOnClose, UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite });
        if (await Fetch(look.Request, file, cancellation) is { } problem)
        {
            return new FetchedArchiveAnswer(0, problem);
        }
        await file.FlushAsync(cancellation);
        var start = new byte[MagicLength];
        file.Position = 0;
        var read = await file.ReadAtLeastAsync(start, start.Length, throwOnEndOfStream: false, cancellation);
        if (IsZip(start.AsSpan(0, read)))
        {
            return file.Length > look.MostZip ? new FetchedArchiveAnswer(file.Length, $"the zip has {file.Length} bytes, more than the {look.MostZip} that are read") : new FetchedArchiveAnswer(file.Length) { Zip = await Whole(file, cancellation) };
        }
        var told = new List<ToolAnswer>();
        foreach (var tool in file.Length == 0 ? [] : look.Tools)
        {
            told.Add(await ToolLooks.Look(tool, environment, null, cancellation));
            if (told[^1].ExitCode != 0)
            {
                break;
            }
        }
        return new FetchedArchiveAnswer(file.Length) { Told = [.. told] };
    }

    private static bool IsZip(ReadOnlySpan<byte> start) => start.StartsWith("PK\u0003\u0004"u8) || start.StartsWith("PK\u0005\u0006"u8);

    private static async Task<string?> Fetch(WebRequest request, FileStream file, CancellationToken cancellation)
    {
        try
        {
            using var client = new WebClient(request);
            using var response = await client.Send(cancellation);
            if (!response.IsSuccessStatusCode)
            {
                return $"the server answered {(int)response.StatusCode} {response.ReasonPhrase}";
            }
            await client.Read(response, MostBytes, bytes => file.WriteAsync(bytes, cancellation), cancellation);
            return null;
        }
        catch (IOException e)
        {
            return e.Message;
        }
    }

    private static async Task<byte[]> Whole(FileStream file, CancellationToken cancellation)
    {
        var bytes = new byte[file.Length];
        file.Position = 0;
        await file.ReadExactlyAsync(bytes, cancellation);
        return bytes;
    }
}
