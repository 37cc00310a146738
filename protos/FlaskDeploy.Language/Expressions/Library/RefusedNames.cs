namespace FlaskDeploy.Language.Expressions;

/// <summary>Filters and tests that Ansible has and that have no meaning here, with what to do instead.</summary>
internal static class RefusedNames
{
    private const string OperatorsDisk = "Ansible asks the operator's machine and not the host; use the stat module for the host, lookup('fileglob', ...) for the operator's files";

    internal static IReadOnlyDictionary<string, string> Filters { get; } = new Dictionary<string, string>(StringComparer.Ordinal)
    {
        ["vault"] = "vaults are made on the operator's side: flaskdeploy vault",
        ["unvault"] = "vaults are opened on the operator's side; write the value as !vault",
    };

    internal static IReadOnlyDictionary<string, string> Tests { get; } = new Dictionary<string, string>(StringComparer.Ordinal)
    {
        ["mount"] = OperatorsDisk,
        ["is_mount"] = OperatorsDisk,
        ["vaulted_file"] = OperatorsDisk,
    };
}
