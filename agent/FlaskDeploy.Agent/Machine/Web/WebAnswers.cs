using System.Diagnostics;
using System.Text;

namespace FlaskDeploy.Agent.Machine.Web;

/// <summary>One request and its whole answer, bounded. That there was none is an answer too.</summary>
internal static class WebAnswers
{
    private const int MostBytes = 4 * 1024 * 1024;

    public static async ValueTask<WebAnswer> Ask(WebRequest request, TimeProvider time, CancellationToken cancellation)
    {
        var started = time.GetTimestamp();
        try
        {
            using var client = new WebClient(request);
            using var response = await client.Send(cancellation);
            using var body = new MemoryStream();
            await client.Read(response, MostBytes, bytes => body.WriteAsync(bytes, cancellation), cancellation);
            return new WebAnswer((int)response.StatusCode)
            {
                Reason = response.ReasonPhrase ?? "",
                Url = response.RequestMessage?.RequestUri?.AbsoluteUri ?? request.Url,
                WasRedirected = response.RequestMessage?.RequestUri is { } last && last != new Uri(request.Url),
                Headers = [.. response.Headers.Concat(response.Content.Headers).Select(header => KeyValuePair.Create(header.Key, string.Join(", ", header.Value)))],
                Body = body.ToArray(),
                Elapsed = time.GetElapsedTime(started),
            };
        }
        catch (Exception e) when (e is IOException or UriFormatException or FormatException)
        {
            return new WebAnswer(WebAnswer.None) { Reason = e.Message, Url = request.Url, Elapsed = time.GetElapsedTime(started) };
        }
    }

    /// <summary>The request as a step: done where the status is one of these.</summary>
    public static async ValueTask<StepOutcome> Send(SendRequest send, TimeProvider time, CancellationToken cancellation)
    {
        var answer = await Ask(send.Request, time, cancellation);
        return Judge(send, answer);
    }

    public static StepOutcome Judge(SendRequest send, WebAnswer answer) =>
        (send.Statuses.Contains(answer.Status) ? StepOutcome.Done : StepOutcome.Failed(answer.Complaint(send.Statuses))) with { Web = answer };

    /// <summary>As the answer says that it is written; UTF-8 where it says nothing.</summary>
    public static string Text(WebAnswer answer)
    {
        var type = answer.Header("Content-Type") ?? "";
        var at = type.IndexOf("charset=", StringComparison.OrdinalIgnoreCase);
        var name = at < 0 ? "" : type[(at + "charset=".Length)..].Split(';')[0].Trim().Trim('"');
        Debug.Assert(answer.Body.Length <= MostBytes, "An answer is bounded.");
        return (name.ToLowerInvariant() is "iso-8859-1" or "latin1" or "us-ascii" ? Encoding.Latin1 : Encoding.UTF8).GetString(answer.Body);
    }
}
