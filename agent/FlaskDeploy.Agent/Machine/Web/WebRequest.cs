using System.Collections.Immutable;

namespace FlaskDeploy.Agent.Machine.Web;

/// <summary>One HTTP request, as data. http and https; whom https trusts is the machine's to say.</summary>
internal sealed record WebRequest(string Url)
{
    public string Method { get; init; } = "GET";

    public ImmutableArray<KeyValuePair<string, string>> Headers { get; init; } = [];

    public byte[]? Body { get; init; }

    /// <summary>Without an answer, or without further bytes of one.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(10);

    public bool ValidateCertificates { get; init; } = true;

    public string? Proxy { get; init; }

    public string? User { get; init; }

    public string? Password { get; init; }

    public bool ForceBasicAuth { get; init; }

    public bool FollowsRedirects { get; init; } = true;

    /// <summary>Names of headers that only the first request has, not those that follow a redirection.</summary>
    public ImmutableArray<string> FirstOnly
    {
        // What an older agent kept says nothing of it, and is read as no array at all.
        get => field.IsDefault ? [] : field;
        init;
    }

    /// <summary>A file of PEM with the certificate that is shown to the server, and perhaps its key.</summary>
    public string? ClientCertificate { get; init; }

    /// <summary>The key's own file.</summary>
    public string? ClientKey { get; init; }

    /// <summary>A file of PEM with the only authorities that count; null: the machine's own.</summary>
    public string? Authorities { get; init; }

    /// <summary>The socket that the server listens on instead of a port.</summary>
    public string? UnixSocket { get; init; }

    /// <summary>Without what may be secret in it: the body, the headers and the password.</summary>
    public WebRequest WithoutSecrets() => this with { Headers = [], Body = null, Password = null };

    // By content: an array compares by reference, and the same request twice is one question.
    public bool Equals(WebRequest? other) =>
        other is not null && Url == other.Url && Method == other.Method && Headers.SequenceEqual(other.Headers) && (Body ?? []).AsSpan().SequenceEqual(other.Body) && Timeout == other.Timeout
        && ValidateCertificates == other.ValidateCertificates && Proxy == other.Proxy && User == other.User && Password == other.Password && ForceBasicAuth == other.ForceBasicAuth && FollowsRedirects == other.FollowsRedirects
        && FirstOnly.SequenceEqual(other.FirstOnly) && ClientCertificate == other.ClientCertificate && ClientKey == other.ClientKey && Authorities == other.Authorities && UnixSocket == other.UnixSocket;

    public override int GetHashCode() => HashCode.Combine(Url, Method, Headers.Length);
}
