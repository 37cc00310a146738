using System.Collections.Immutable;
using System.Globalization;
using FlaskDeploy.Language.Values;

namespace FlaskDeploy.Language.Modules.Arguments;

/// <summary>https://docs.ansible.com/ansible/latest/collections/ansible/builtin/uri_module.html</summary>
public sealed record UriArguments(string Url) : IModuleArguments<UriArguments>
{
    public string Method { get; init; } = "GET";

    public Value? Body { get; init; }

    /// <summary>raw, json or form-urlencoded.</summary>
    public string BodyFormat { get; init; } = "raw";

    public ImmutableArray<KeyValuePair<string, string>> Headers { get; init; } = [];

    public ImmutableArray<int> Statuses { get; init; } = [200];

    public bool ReturnContent { get; init; }

    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(30);

    public bool FollowsRedirects { get; init; } = true;

    public string? Creates { get; init; }

    public string? Removes { get; init; }

    public string? User { get; init; }

    public string? Password { get; init; }

    public bool ForceBasicAuth { get; init; }

    public bool ValidateCertificates { get; init; } = true;

    public bool UseProxy { get; init; } = true;

    public string UserAgent { get; init; } = "ansible-httpget";

    /// <summary>A file that is sent, on the operator's side or, with <see cref="IsOnHost"/>, on the host.</summary>
    public string? Source { get; init; }

    public bool IsOnHost { get; init; }

    /// <summary>Where the body of the answer is written to.</summary>
    public string? Destination { get; init; }

    public FileMode? Mode { get; init; }

    public string? Owner { get; init; }

    public string? Group { get; init; }

    public ExtendedAttributes Extended { get; init; } = ExtendedAttributes.None;

    public string? ClientCertificate { get; init; }

    public string? ClientKey { get; init; }

    public string? Authorities { get; init; }

    public string? UnixSocket { get; init; }

    public ImmutableArray<string> FirstOnly { get; init; } = [];

    /// <inheritdoc cref="GetUrlArguments.Refused"/>
    public string? Refused { get; init; }

    /// <summary>Whether it only asks: then it may be sent as often as one likes, and says how the machine is.</summary>
    public bool IsQuestion => Method is "GET" or "HEAD";

    public static ModuleSpec Spec { get; } = new("uri", ModuleNature.Verification, "asks an HTTP server; GET and HEAD verify the commands before them, other methods are sent by a push only")
    {
        Arguments =
        [
            new("url", ArgumentType.Text, "http:// or https://") { Required = true },
            new("method", ArgumentType.Text, "of the request") { Default = Value.Of("GET") },
            new("body", ArgumentType.Any, "what is sent; a mapping or a list with body_format"),
            new("body_format", ArgumentType.Text, "json, form-urlencoded and form-multipart make the text of a mapping, and its Content-Type; a field of form-multipart is text, or a mapping of content, filename and mime_type") { Choices = ["form-multipart", "form-urlencoded", "json", "raw"], Default = Value.Of("raw") },
            new("headers", ArgumentType.Map, "further headers"),
            new("status_code", ArgumentType.List, "the statuses that are right") { ElementType = ArgumentType.Integer, Default = Value.Of([Value.Of(200)]) },
            CommonArguments.Flag("return_content", "register the body of the answer as content, whatever it is"),
            new("timeout", ArgumentType.Real, "seconds without an answer, or without further bytes of one") { Default = Value.Of(30) },
            new("follow_redirects", ArgumentType.Text, "all, none, or safe: of GET and HEAD") { Choices = ["all", "no", "none", "safe", "urllib2", "yes"], Default = Value.Of("safe") },
            new("creates", ArgumentType.Path, "a path; where it is there already, nothing is sent"),
            new("removes", ArgumentType.Path, "a path; where it is not there, nothing is sent"),
            new("url_username", ArgumentType.Text, "the user for the server") { Aliases = ["user"] },
            new("url_password", ArgumentType.Text, "the password for the server") { Aliases = ["password"], Secret = true },
            CommonArguments.Flag("force_basic_auth", "send user and password before they are asked for"),
            CommonArguments.Flag("validate_certs", "the server's certificate must be one that the machine trusts", true),
            CommonArguments.Flag("use_proxy", "go through the proxy of the task's environment", true),
            new("http_agent", ArgumentType.Text, "what the client calls itself") { Default = Value.Of("ansible-httpget") },
            new("dest", ArgumentType.Path, "of GET: the file that the answer is written to; an existing directory takes the name at the end of the address. Up to 4 MiB; get_url takes what is larger"),
            new("src", ArgumentType.OperatorPath, "a file that is sent, on the operator's side; with remote_src on the host"),
            CommonArguments.Flag("remote_src", "src is on the host"),
            CommonArguments.Mode,
            CommonArguments.Owner,
            CommonArguments.Group,
            .. ExtendedAttributes.Specs,
            .. GetUrlArguments.Certificates,
            new("ca_path", ArgumentType.Path, "a file of PEM with the only authorities that are trusted for this"),
            new("unix_socket", ArgumentType.Path, "the socket that the server listens on instead of a port"),
            CommonArguments.Ignored("force", ArgumentType.Boolean, "take no answer from a cache", "there is none"),
            CommonArguments.Ignored("decompress", ArgumentType.Boolean, "unpack what was compressed on the way", "the answer is asked for as it is"),
            CommonArguments.Ignored("use_netrc", ArgumentType.Boolean, "take passwords from ~/.netrc", "no password is taken from a file of the host"),
            CommonArguments.UnsafeWrites,
        ],
        MutuallyExclusive = [["body", "src"]],
    };

    public static UriArguments From(BoundArguments arguments)
    {
        var method = arguments.RequiredText("method").ToUpperInvariant();
        return new UriArguments(arguments.RequiredText("url").Trim())
        {
            Method = method,
            Body = arguments.Get("body")?.Reveal(),
            BodyFormat = arguments.RequiredText("body_format"),
            Headers = GetUrlArguments.HeadersOf(arguments),
            Statuses = [.. arguments.Texts("status_code").Select(status => int.TryParse(status, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : 0)],
            ReturnContent = arguments.IsSet("return_content"),
            Timeout = arguments.SecondsOf("timeout"),
            FollowsRedirects = arguments.RequiredText("follow_redirects") switch
            {
                "all" or "yes" => true,
                "no" or "none" => false,
                _ => method is "GET" or "HEAD",
            },
            Creates = arguments.Text("creates"),
            Removes = arguments.Text("removes"),
            User = arguments.Text("url_username"),
            Password = arguments.Text("url_password"),
            ForceBasicAuth = arguments.IsSet("force_basic_auth"),
            ValidateCertificates = arguments.IsSet("validate_certs"),
            UseProxy = arguments.IsSet("use_proxy"),
            UserAgent = arguments.RequiredText("http_agent"),
            Source = arguments.Text("src"),
            IsOnHost = arguments.IsSet("remote_src"),
            Destination = arguments.Text("dest"),
            Mode = CommonArguments.ModeOf(arguments),
            Owner = arguments.Text("owner"),
            Group = arguments.Text("group"),
            Extended = ExtendedAttributes.From(arguments),
            ClientCertificate = arguments.Text("client_cert"),
            ClientKey = arguments.Text("client_key"),
            Authorities = arguments.Text("ca_path"),
            UnixSocket = arguments.Text("unix_socket"),
            FirstOnly = arguments.Texts("unredirected_headers"),
            Refused = GetUrlArguments.RefusedOf(arguments),
        };
    }
}
