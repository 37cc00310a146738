using System.Diagnostics;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Security;
using System.Text;
using FlaskDeploy.Language.Bundles;

namespace FlaskDeploy.Compiler.Files;

/// <summary>What lookups ask of the machine that this program runs on.</summary>
/// <param name="directory">The playbook's.</param>
internal sealed class OperatorQuestions(string directory) : IOperatorQuestions
{
    private const int MostBytes = 4 * 1024 * 1024;
    private const UnixFileMode OwnerAlone = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    private static readonly TimeSpan Longest = TimeSpan.FromMinutes(5);

    public string? Environment(string name) => System.Environment.GetEnvironmentVariable(name);

    public OperatorReply Shell(string line) => Caught(() =>
    {
        // What it complains of is the operator's to see, as it comes.
        using var process = Process.Start(new ProcessStartInfo("/bin/sh", ["-c", line]) { RedirectStandardOutput = true, RedirectStandardInput = true, UseShellExecute = false, WorkingDirectory = directory })!;
        process.StandardInput.Close();
        using var limit = new CancellationTokenSource(Longest);
        try
        {
            var output = Bounded(process.StandardOutput.BaseStream, limit.Token).GetAwaiter().GetResult();
            if (output is null)
            {
                return OperatorReply.Failed($"printed more than {MostBytes >> 20} MiB");
            }
            if (!process.WaitForExit(Longest))
            {
                return OperatorReply.Failed($"did not end within {Longest.TotalSeconds:0} s");
            }
            return process.ExitCode == 0 ? OperatorReply.Of(Encoding.UTF8.GetString(output))
                : OperatorReply.Failed($"returned {process.ExitCode}");
        }
        catch (OperationCanceledException)
        {
            return OperatorReply.Failed($"did not end within {Longest.TotalSeconds:0} s");
        }
        finally
        {
            if (!process.HasExited)
            {
                process.Kill(entireProcessTree: true);
            }
        }
    });

    public OperatorReply Read(string path) => Caught(() => File.Exists(Full(path)) ? OperatorReply.Of(File.ReadAllText(Full(path))) : OperatorReply.Of(null));

    public OperatorReply Keep(string path, string text, bool replaces) => Caught(() =>
    {
        var place = Full(path);
        const UnixFileMode ownerAlone = OwnerAlone | UnixFileMode.UserExecute;
        Directory.CreateDirectory(Path.GetDirectoryName(place)!, ownerAlone);
        var own = $"{place}.{System.Environment.ProcessId}.new";
        try
        {
            using (var file = new FileStream(own, new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write, UnixCreateMode = OwnerAlone }))
            {
                file.Write(Encoding.UTF8.GetBytes(text));
                file.Flush(flushToDisk: true);
            }
            if (replaces || !File.Exists(place))
            {
                File.Move(own, place, overwrite: replaces);
            }
        }
        catch (IOException) when (!replaces && File.Exists(place))
        {
            // Somebody else was quicker, and that is what it holds.
        }
        finally
        {
            File.Delete(own);
        }
        return OperatorReply.Of(File.ReadAllText(place));
    });

    public OperatorReply Get(OperatorRequest request)
    {
        using var handler = new SocketsHttpHandler
        {
            UseProxy = request.UsesProxy,
            UseCookies = false,
            AllowAutoRedirect = request.FollowsRedirects,
            ConnectTimeout = request.Timeout,
            AutomaticDecompression = DecompressionMethods.All,
            Credentials = request.User is { } user ? new NetworkCredential(user, request.Password) : null,
        };
        if (!request.ValidatesCertificates)
        {
            // The playbook says so: validate_certs=False.
            handler.SslOptions = new SslClientAuthenticationOptions { RemoteCertificateValidationCallback = (_, _, _, _) => true };
        }
        using var client = new HttpClient(handler) { Timeout = Timeout.InfiniteTimeSpan };
        using var message = new HttpRequestMessage(HttpMethod.Get, request.Url);
        foreach (var (name, value) in request.Headers)
        {
            message.Headers.TryAddWithoutValidation(name, value);
        }
        if (request is { SendsPasswordAtOnce: true, User: { } sender })
        {
            message.Headers.Authorization = new AuthenticationHeaderValue("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes($"{sender}:{request.Password}")));
        }
        return Caught(() => Answer(client, message, request.Timeout).GetAwaiter().GetResult());
    }

    private static async Task<OperatorReply> Answer(HttpClient client, HttpRequestMessage message, TimeSpan patience)
    {
        using var limit = new CancellationTokenSource(patience);
        try
        {
            using var response = await client.SendAsync(message, HttpCompletionOption.ResponseHeadersRead, limit.Token);
            if (!response.IsSuccessStatusCode)
            {
                return OperatorReply.Failed($"HTTP Error {(int)response.StatusCode}: {response.ReasonPhrase}");
            }
            limit.CancelAfter(Longest);
            await using var body = await response.Content.ReadAsStreamAsync(limit.Token);
            return await Bounded(body, limit.Token) is { } bytes ? OperatorReply.Of(Encoding.UTF8.GetString(bytes)) : OperatorReply.Failed($"the answer has more than {MostBytes >> 20} MiB");
        }
        catch (OperationCanceledException)
        {
            return OperatorReply.Failed($"no answer within {patience.TotalSeconds:0.###} s");
        }
    }

    // Null: there is more.
    private static async Task<byte[]?> Bounded(Stream stream, CancellationToken cancellation)
    {
        using var read = new MemoryStream();
        var buffer = new byte[16 * 1024];
        for (int length; (length = await stream.ReadAsync(buffer, cancellation)) > 0;)
        {
            read.Write(buffer, 0, length);
            if (read.Length > MostBytes)
            {
                return null;
            }
        }
        return read.ToArray();
    }

    private string Full(string path) => Path.GetFullPath(path == "~" || path.StartsWith("~/", StringComparison.Ordinal) ? System.Environment.GetFolderPath(System.Environment.SpecialFolder.UserProfile) + path[1..] : path, directory);

    private static OperatorReply Caught(Func<OperatorReply> ask)
    {
        try
        {
            return ask();
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException or HttpRequestException or System.ComponentModel.Win32Exception)
        {
            return OperatorReply.Failed((problem.InnerException ?? problem).Message);
        }
    }
}
