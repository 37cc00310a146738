using System.Collections.Immutable;
using FlaskDeploy.Language.Values;

namespace FlaskDeploy.Language.Modules.Arguments;

/// <summary>https://docs.ansible.com/ansible/latest/collections/ansible/builtin/rpm_key_module.html</summary>
/// <param name="Key">A path of the host, an address, or the number of a key.</param>
public sealed record RpmKeyArguments(string Key) : IModuleArguments<RpmKeyArguments>
{
    /// <summary>One of these must be the key's; in capitals, without blanks. Empty: any.</summary>
    public ImmutableArray<string> Fingerprints { get; init; } = [];

    public bool IsAbsent { get; init; }

    public bool ValidateCertificates { get; init; } = true;

    public static ModuleSpec Spec { get; } = new("rpm_key", ModuleNature.Converging, "a key that rpm trusts")
    {
        Arguments =
        [
            new("key", ArgumentType.Text, "a path of the host, an address (http:// or https://), or, to remove it, the key's number") { Required = true },
            new("fingerprint", ArgumentType.List, "what the key must be: its long number; of several, one of them"),
            new("state", ArgumentType.Text, "trusted or not") { Choices = ["absent", "present"], Default = Value.Of("present") },
            CommonArguments.Flag("validate_certs", "the server's certificate must be one that the machine trusts", true),
        ],
    };

    public static RpmKeyArguments From(BoundArguments arguments) => new(arguments.RequiredText("key").Trim())
    {
        Fingerprints = [.. arguments.Texts("fingerprint").Select(text => text.Replace(" ", "", StringComparison.Ordinal).ToUpperInvariant())],
        IsAbsent = arguments.Text("state") == "absent",
        ValidateCertificates = arguments.IsSet("validate_certs"),
    };
}
