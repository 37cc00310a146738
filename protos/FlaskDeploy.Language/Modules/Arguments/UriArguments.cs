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

    /// <summary>The first argument that was given and means what is not done here.</summary>
    public string? Unsupported { get; init; }

    /// <summary>Whether it only asks: then it may be sent as often as one likes, and says how the machine is.</summary>
    public bool IsQuestion => Method is "GET" or "HEAD";

    private static readonly ImmutableArray<string> NotDone = ["dest", "src", "remote_src", "client_cert", "client_key", "ca_path", "unix_socket"];

    public static ModuleSpec Spec { get; } = new("uri", ModuleNature.Verification, "asks an HTTP server; GET and HEAD verify the commands before them, other methods are sent by a push only")
    {
        Arguments =
        [
            new("url", ArgumentType.Text, "http:// or https://") { Required = true },
            new("method", ArgumentType.Text, "of the request") { Default = Value.Of("GET") },
            new("body", ArgumentType.Any, "what is sent; a mapping or a list with body_format"),
            new("body_format", ArgumentType.Text, "json and form-urlencoded make the text of a mapping, and its Content-Type") { Choices = ["form-multipart", "form-urlencoded", "json", "raw"], Default = Value.Of("raw") },
            new("headers", ArgumentType.Map, "further headers"),
            new("status_code", ArgumentType.List, "the statuses that are right") { ElementType = ArgumentType.Integer, Default = Value.Of([Value.Of(200)]) },
            CommonArguments.Flag("return_content", "register the body of the answer as content, whatever it is"),
            new("timeout", ArgumentType.Real, "seconds without an answer, or without further bytes of one") { Default = Value.Of(30) },
            new("follow_redirects", ArgumentType.Text, "all, none, or safe: of GET and HEAD") { Choices = ["all", "no", "none", "safe", "urllib2", "yes"], Default = Value.Of("safe") },
            new("creates", ArgumentType.Path, "a path or glob; where it is there already, nothing is sent"),
            new("removes", ArgumentType.Path, "a path or glob; where it is not there, nothing is sent"),
            new("url_username", ArgumentType.Text, "the user for the server") { Aliases = ["user"] },
            new("url_password", ArgumentType.Text, "the password for the server") { Aliases = ["password"], Secret = true },
            CommonArguments.Flag("force_basic_auth", "send user and password before they are asked for"),
            CommonArguments.Flag("validate_certs", "the server's certificate must be one that the machine trusts", true),
            CommonArguments.Flag("use_proxy", "go through the proxy of the task's environment", true),
            new("http_agent", ArgumentType.Text, "what the client calls itself") { Default = Value.Of("ansible-httpget") },
            new("dest", ArgumentType.Path, "refused: get_url writes what it fetches"),
            new("src", ArgumentType.Path, "refused: body can be read with lookup('file')"),
            new("remote_src", ArgumentType.Boolean, "refused, as src is"),
            new("client_cert", ArgumentType.Path, "refused: no certificate of a client is shown"),
            new("client_key", ArgumentType.Path, "refused: no certificate of a client is shown"),
            new("ca_path", ArgumentType.Path, "refused: the machine's own authorities are trusted"),
            new("unix_socket", ArgumentType.Path, "refused: only TCP is spoken"),
            CommonArguments.Ignored("force", ArgumentType.Boolean, "take no answer from a cache", "there is none"),
            CommonArguments.Ignored("decompress", ArgumentType.Boolean, "unpack what was compressed on the way", "the answer is asked for as it is"),
            CommonArguments.Ignored("use_netrc", ArgumentType.Boolean, "take passwords from ~/.netrc", "no password is taken from a file of the host"),
            CommonArguments.UnsafeWrites,
        ],
        RequiredTogether = [["url_username", "url_password"]],
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
            Unsupported = NotDone.FirstOrDefault(arguments.Has) ?? (arguments.Text("body_format") == "form-multipart" ? "body_format=form-multipart" : null),
        };
    }
}
