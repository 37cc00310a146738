using System.Collections.Immutable;
using FlaskDeploy.Language.Values;

namespace FlaskDeploy.Language.Modules.Arguments;

/// <summary>https://docs.ansible.com/ansible/latest/collections/ansible/builtin/get_url_module.html</summary>
public sealed record GetUrlArguments(string Url, string Destination) : IModuleArguments<GetUrlArguments>
{
    /// <summary>ALGORITHM:HEX, or ALGORITHM:URL of a list as sha256sum(1) writes it.</summary>
    public string? Checksum { get; init; }

    public bool Force { get; init; }

    public bool Backup { get; init; }

    public FileMode? Mode { get; init; }

    public string? Owner { get; init; }

    public string? Group { get; init; }

    public ExtendedAttributes Extended { get; init; } = ExtendedAttributes.None;

    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(10);

    public ImmutableArray<KeyValuePair<string, string>> Headers { get; init; } = [];

    public bool ValidateCertificates { get; init; } = true;

    public bool UseProxy { get; init; } = true;

    public string? User { get; init; }

    public string? Password { get; init; }

    public bool ForceBasicAuth { get; init; }

    public string UserAgent { get; init; } = "ansible-httpget";

    public string? ClientCertificate { get; init; }

    public string? ClientKey { get; init; }

    public ImmutableArray<string> FirstOnly { get; init; } = [];

    /// <summary>What <c>uri</c> takes, too.</summary>
    internal static ImmutableArray<ArgumentSpec> Certificates { get; } =
    [
        new("client_cert", ArgumentType.Path, "a file of PEM with the certificate that is shown to the server, and its key unless client_key has it"),
        new("client_key", ArgumentType.Path, "the file of PEM with the key of client_cert"),
        new("unredirected_headers", ArgumentType.List, "names of headers that are not sent to where the server redirects"),
        new("ciphers", ArgumentType.List, "refused: which ciphers are spoken is the machine's policy to say (update-crypto-policies), for all of its programs"),
        CommonArguments.Flag("use_gssapi", "refused: the agent is one file that cannot load the machine's Kerberos"),
    ];

    /// <summary>What is asked for of <see cref="Certificates"/> and refused.</summary>
    internal static string? RefusedOf(BoundArguments arguments) => arguments.Has("ciphers") ? "ciphers" : arguments.IsSet("use_gssapi") ? "use_gssapi" : null;

    /// <summary>An argument that is asked for and refused.</summary>
    public string? Refused { get; init; }

    public static ModuleSpec Spec { get; } = new("get_url", ModuleNature.Converging, "a file from an HTTP server")
    {
        Arguments =
        [
            new("url", ArgumentType.Text, "http:// or https://") { Required = true },
            new("dest", ArgumentType.Path, "where it is to be; an existing directory, or a path that ends in /, takes the name at the end of the address") { Required = true },
            new("checksum", ArgumentType.Text, "sha256:HEX, also md5, sha1, sha384 and sha512, or sha256:ADDRESS of a list of them; a file that has it is not fetched again"),
            new("sha256sum", ArgumentType.Text, "the SHA-256 of the file, as playbooks before 2.0 have it; checksum is the newer word"),
            CommonArguments.Flag("force", "each push fetches it, and replaces a file that differs; without it only a missing file, or one with another checksum, is fetched") with { Aliases = ["thirsty"] },
            CommonArguments.Flag("backup", "keep what was there beside it, with the time in its name"),
            CommonArguments.Mode,
            CommonArguments.Owner,
            CommonArguments.Group,
            .. ExtendedAttributes.Specs,
            new("timeout", ArgumentType.Real, "seconds without an answer, or without further bytes of one") { Default = Value.Of(10) },
            new("headers", ArgumentType.Any, "a mapping of further headers, or text: name:value, commas between them"),
            CommonArguments.Flag("validate_certs", "the server's certificate must be one that the machine trusts", true),
            CommonArguments.Flag("use_proxy", "go through the proxy of the task's environment", true),
            new("url_username", ArgumentType.Text, "the user for the server") { Aliases = ["username"] },
            new("url_password", ArgumentType.Text, "the password for the server") { Aliases = ["password"], Secret = true },
            CommonArguments.Flag("force_basic_auth", "send user and password before they are asked for"),
            new("http_agent", ArgumentType.Text, "what the client calls itself") { Default = Value.Of("ansible-httpget") },
            .. Certificates,
            CommonArguments.Ignored("tmp_dest", ArgumentType.Path, "where it is kept on the way", "what is fetched is kept in a file without a name, in /var/tmp"),
            CommonArguments.Ignored("decompress", ArgumentType.Boolean, "unpack what was compressed on the way", "the answer is asked for as it is"),
            CommonArguments.Ignored("use_netrc", ArgumentType.Boolean, "take passwords from ~/.netrc", "no password is taken from a file of the host"),
            CommonArguments.UnsafeWrites,
        ],
        MutuallyExclusive = [["checksum", "sha256sum"]],
    };

    public static GetUrlArguments From(BoundArguments arguments) => new(arguments.RequiredText("url").Trim(), arguments.RequiredText("dest"))
    {
        Checksum = arguments.Text("checksum")?.Trim() ?? (arguments.Text("sha256sum")?.Trim() is { Length: > 0 } sum ? $"sha256:{sum}" : null),
        Force = arguments.IsSet("force"),
        Backup = arguments.IsSet("backup"),
        Mode = CommonArguments.ModeOf(arguments),
        Owner = arguments.Text("owner"),
        Group = arguments.Text("group"),
        Extended = ExtendedAttributes.From(arguments),
        Timeout = arguments.SecondsOf("timeout"),
        Headers = HeadersOf(arguments),
        ValidateCertificates = arguments.IsSet("validate_certs"),
        UseProxy = arguments.IsSet("use_proxy"),
        User = arguments.Text("url_username"),
        Password = arguments.Text("url_password"),
        ForceBasicAuth = arguments.IsSet("force_basic_auth"),
        UserAgent = arguments.RequiredText("http_agent"),
        ClientCertificate = arguments.Text("client_cert"),
        ClientKey = arguments.Text("client_key"),
        FirstOnly = arguments.Texts("unredirected_headers"),
        Refused = RefusedOf(arguments),
    };

    /// <summary>A mapping, or the older text form.</summary>
    internal static ImmutableArray<KeyValuePair<string, string>> HeadersOf(BoundArguments arguments) => arguments.Get("headers")?.Reveal() switch
    {
        null => [],
        MapValue map => [.. map.Entries.Select(entry => KeyValuePair.Create(entry.Key.ToString(), entry.Value.Reveal().ToString()))],
        var text => [.. text.ToString().Split(',').Select(pair => pair.Split(':', 2)).Where(pair => pair.Length > 1).Select(pair => KeyValuePair.Create(pair[0].Trim(), pair[1].Trim()))],
    };
}
