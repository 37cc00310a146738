using System.Security.Cryptography;
using FlaskDeploy.Agent.Machine.Files;
using FlaskDeploy.Agent.Machine.Looks;
using FlaskDeploy.Language.Bundles;

namespace FlaskDeploy.Agent.Machine.Web;

/// <summary>
/// Carries a <see cref="Download"/> out as the user of this process: into a file without a name first, and only whole and
/// with the checksum that it should have is it written where it is to be. A file that has the content already stays.
/// </summary>
internal sealed class Downloads(TimeProvider time, bool guarded)
{
    private const int MostList = 1024 * 1024;

    public async ValueTask<StepOutcome> Fetch(Download download, CancellationToken cancellation)
    {
        try
        {
            var checksum = download.Checksum;
            if (download.ChecksumList is { } list)
            {
                checksum = checksum! with { Hex = await Listed(list, download, cancellation) };
                if ((await Checksums.Of(download.Path, checksum.Algorithm, cancellation)).Hex == checksum.Hex && !download.Force)
                {
                    return StepOutcome.Done with { LeftAsItWas = true };
                }
            }
            return await Fetch(download, checksum, cancellation);
        }
        catch (IOException e)
        {
            return StepOutcome.Failed($"{download.Request.Url}: {e.Message}");
        }
    }

    private async ValueTask<StepOutcome> Fetch(Download download, Checksum? checksum, CancellationToken cancellation)
    {
        using var client = new WebClient(download.Request);
        using var response = await client.Send(cancellation);
        if (!response.IsSuccessStatusCode)
        {
            return StepOutcome.Failed($"{download.Request.Url}: the server answered {(int)response.StatusCode} {response.ReasonPhrase}");
        }
        await using var kept = Nameless();
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        using var asked = checksum is null ? null : IncrementalHash.CreateHash(Checksums.Name(checksum.Algorithm));
        await client.Read(response, download.MostBytes, async bytes =>
        {
            hash.AppendData(bytes.Span);
            asked?.AppendData(bytes.Span);
            await kept.WriteAsync(bytes, cancellation);
        }, cancellation);
        if (asked is not null && Convert.ToHexStringLower(asked.GetHashAndReset()) is var had && had != checksum!.Hex)
        {
            return StepOutcome.Failed($"{download.Request.Url}: what came has the {checksum.Algorithm} {had}, and {checksum.Hex} is asked for");
        }
        var content = new FileContent(Digest.FromBytes(hash.GetHashAndReset()), kept.Length);
        var details = StepOutcome.Done.Details.Add("status_code", $"{(int)response.StatusCode}").Add("size", $"{kept.Length}").Add("checksum_src", await Sha1(kept, cancellation));
        if ((await PathLooks.Content(download.Path, cancellation)).Content == content.Digest)
        {
            return StepOutcome.Done with { LeftAsItWas = true, Details = details };
        }
        kept.Position = 0;
        var write = new WriteFile(download.Path, content, download.Attributes) { Backup = download.Backup };
        var outcome = await new FileWriter(new One(kept), (_, _) => throw new InvalidOperationException("A download has no command that validates it."), time, guarded).Write(write, cancellation);
        return outcome with { Details = outcome.Details.AddRange(details) };
    }

    // As sha256sum(1) writes it: the sum, then a space or more, a star where it was binary, and the name.
    private static async ValueTask<string> Listed(WebRequest list, Download download, CancellationToken cancellation)
    {
        using var client = new WebClient(list);
        using var response = await client.Send(cancellation);
        if (!response.IsSuccessStatusCode)
        {
            throw new IOException($"the list of checksums {list.Url} was answered with {(int)response.StatusCode}");
        }
        using var text = new MemoryStream();
        await client.Read(response, MostList, bytes => text.WriteAsync(bytes, cancellation), cancellation);
        return Checksums.In(System.Text.Encoding.UTF8.GetString(text.ToArray()), download.Request.Url, download.Checksum!.Algorithm)
            ?? throw new IOException($"the list of checksums {list.Url} has none for {Checksums.NameIn(download.Request.Url)}");
    }

    private static FileStream Nameless() => new(
        Path.Combine("/var/tmp", $".flaskdeploy-{Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(8))}"),
        new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.ReadWrite, Options = FileOptions.DeleteOnClose, UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite });

    // Not for trust: playbooks compare it, because Ansible's results have it.
    private static async ValueTask<string> Sha1(Stream kept, CancellationToken cancellation)
    {
        kept.Position = 0;
        return Convert.ToHexStringLower(await SHA1.HashDataAsync(kept, cancellation));
    }

    private sealed class One(Stream stream) : IBlobSource
    {
        public ValueTask<Stream?> Open(Digest digest, CancellationToken cancellation) => ValueTask.FromResult<Stream?>(stream);
    }
}
