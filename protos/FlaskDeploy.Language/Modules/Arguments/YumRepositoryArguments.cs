using System.Collections.Immutable;
using FlaskDeploy.Language.Values;

namespace FlaskDeploy.Language.Modules.Arguments;

/// <summary>https://docs.ansible.com/ansible/latest/collections/ansible/builtin/yum_repository_module.html</summary>
/// <param name="Id">The name of the section.</param>
public sealed record YumRepositoryArguments(string Id) : IModuleArguments<YumRepositoryArguments>
{
    /// <summary>What the section says, by name in the order of names, as the file has it: lists joined, flags as 0 and 1.</summary>
    public ImmutableSortedDictionary<string, string> Options { get; init; } = ImmutableSortedDictionary<string, string>.Empty;

    public bool IsAbsent { get; init; }

    public required string File { get; init; }

    public required string Directory { get; init; }

    public FileMode? Mode { get; init; }

    public string? Owner { get; init; }

    public string? Group { get; init; }

    public ExtendedAttributes Extended { get; init; } = ExtendedAttributes.None;

    /// <summary>A password stands in it.</summary>
    public bool IsSecret { get; init; }

    public static ModuleSpec Spec { get; } = new("yum_repository", ModuleNature.Converging, "a repository of yum or dnf: a section of a file in /etc/yum.repos.d")
    {
        Arguments =
        [
            new("name", ArgumentType.Text, "the repository's id, the name of its section") { Required = true },
            new("description", ArgumentType.Text, "what people call it; the option name of the file"),
            new("file", ArgumentType.Text, "the file, without .repo; the repository's id otherwise"),
            new("state", ArgumentType.Text, "whether the section is to be there; a file without sections is removed") { Choices = ["absent", "present"], Default = Value.Of("present") },
            new("reposdir", ArgumentType.Path, "the directory of the file") { Default = Value.Of("/etc/yum.repos.d") },
            Lines("baseurl", "addresses of the directory that has repodata"),
            Option("metalink", "address of a metalink file"),
            Option("mirrorlist", "address of a list of mirrors"),
            Flag("enabled", "whether it is used"),
            Flag("gpgcheck", "check the signatures of packages"),
            Lines("gpgkey", "addresses of the keys"),
            Option("gpgcakey", "address of the key of the authority"),
            Flag("repo_gpgcheck", "check the signature of the metadata"),
            Lines("exclude", "packages that are not taken from it"),
            Lines("includepkgs", "the only packages that are taken from it"),
            Option("include", "another file of configuration"),
            Option("priority", "which of several repositories is taken first"),
            Option("cost", "which of several repositories with the same package is taken first"),
            Flag("skip_if_unavailable", "go on without it when it cannot be reached"),
            Flag("module_hotfixes", "its packages are not filtered by modules"),
            Flag("enablegroups", "its groups count"),
            Flag("protect", "its packages are not replaced by those of others"),
            Option("username", "the user for the server"),
            Option("password", "the password for the server") with { Secret = true },
            Option("proxy", "address of the proxy; _none_ for none"),
            Option("proxy_username", "the user for the proxy"),
            Option("proxy_password", "the password for the proxy") with { Secret = true },
            Flag("sslverify", "check the server's certificate") with { Aliases = ["validate_certs"] },
            Option("sslcacert", "the certificates of the authorities") with { Aliases = ["ca_cert"] },
            Option("sslclientcert", "the client's certificate") with { Aliases = ["client_cert"] },
            Option("sslclientkey", "the client's key") with { Aliases = ["client_key"] },
            Flag("ssl_check_cert_permissions", "check who may read the certificates"),
            Option("metadata_expire", "how long its metadata is good"),
            Option("metadata_expire_filter", "for which commands its metadata may be older") with { Choices = ["never", "read-only:past", "read-only:present", "read-only:future"] },
            Option("mirrorlist_expire", "how long its list of mirrors is good"),
            Option("deltarpm_metadata_percentage", "how large metadata of deltas may be"),
            Option("deltarpm_percentage", "how large deltas may be"),
            Option("failovermethod", "in which order its addresses are tried") with { Choices = ["roundrobin", "priority"] },
            Option("http_caching", "what caches on the way may keep") with { Choices = ["all", "packages", "none"] },
            Option("ip_resolve", "which kind of addresses of servers is used") with { Choices = ["4", "6", "IPv4", "IPv6", "whatever"] },
            Flag("keepalive", "several requests over one connection"),
            Option("keepcache", "keep packages that were fetched") with { Choices = ["0", "1"] },
            Option("bandwidth", "bytes a second that there are"),
            Option("throttle", "how much of the bandwidth it may take"),
            Option("timeout", "seconds to wait for a connection"),
            Option("retries", "how often a file is tried"),
            Flag("s3_enabled", "it is one of Amazon's"),
            Option("ui_repoid_vars", "variables that are shown with its id"),
            Flag("async", "fetch from it beside others"),
            CommonArguments.Mode,
            CommonArguments.Owner,
            CommonArguments.Group,
            .. ExtendedAttributes.Specs,
            CommonArguments.UnsafeWrites,
        ],
    };

    private static readonly ImmutableArray<string> NoOptions =
        ["name", "description", "file", "state", "reposdir", "mode", "owner", "group", "unsafe_writes", .. ExtendedAttributes.Specs.Select(spec => spec.Name)];

    public static YumRepositoryArguments From(BoundArguments arguments) => new(arguments.RequiredText("name"))
    {
        Options = Spec.Arguments.Where(argument => !NoOptions.Contains(argument.Name) && arguments.Has(argument.Name))
            .Select(argument => KeyValuePair.Create(argument.Name, Written(argument, arguments)))
            .Concat(arguments.Text("description") is { } description ? [KeyValuePair.Create("name", description)] : [])
            .ToImmutableSortedDictionary(StringComparer.Ordinal),
        IsAbsent = arguments.Text("state") == "absent",
        File = arguments.Text("file") ?? arguments.RequiredText("name"),
        Directory = arguments.RequiredText("reposdir"),
        Mode = CommonArguments.ModeOf(arguments),
        Owner = arguments.Text("owner"),
        Group = arguments.Text("group"),
        Extended = ExtendedAttributes.From(arguments),
        IsSecret = arguments.Has("password") || arguments.Has("proxy_password"),
    };

    private static string Written(ArgumentSpec argument, BoundArguments arguments) => argument.Type switch
    {
        ArgumentType.Boolean => arguments.IsSet(argument.Name) ? "1" : "0",
        ArgumentType.List => string.Join(argument.Name is "baseurl" or "gpgkey" ? '\n' : ' ', arguments.Texts(argument.Name)),
        _ => arguments.RequiredText(argument.Name),
    };

    private static ArgumentSpec Option(string name, string summary) => new(name, ArgumentType.Text, summary);

    private static ArgumentSpec Flag(string name, string summary) => CommonArguments.Flag(name, summary, null);

    private static ArgumentSpec Lines(string name, string summary) => new(name, ArgumentType.List, summary);

}
