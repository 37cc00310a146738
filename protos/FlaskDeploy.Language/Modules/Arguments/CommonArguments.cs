using FlaskDeploy.Language.Values;

namespace FlaskDeploy.Language.Modules.Arguments;

/// <summary>Arguments that several modules share, with one wording.</summary>
internal static class CommonArguments
{
    internal static ArgumentSpec Mode { get; } = new("mode", ArgumentType.Mode, "permissions: octal ('0644') or symbolic (u=rw,g=r); without it those of an existing file are kept and a new one follows the umask");

    internal static ArgumentSpec Owner { get; } = new("owner", ArgumentType.Text, "user that is to own it, by name or number");

    internal static ArgumentSpec Group { get; } = new("group", ArgumentType.Text, "group that is to own it, by name or number");

    internal static ArgumentSpec UnsafeWrites { get; } = new("unsafe_writes", ArgumentType.Boolean, "write without renaming")
    {
        IgnoredBecause = "files are always written beside their place and renamed over it",
    };

    internal static ArgumentSpec Flag(string name, string summary, bool? otherwise = false) =>
        new(name, ArgumentType.Boolean, summary) { Default = otherwise is { } value ? Value.Of(value) : null };

    internal static ArgumentSpec Decrypt { get; } = new("decrypt", ArgumentType.Boolean, "a file that lies in a vault is opened by the operator and sealed to the host; no: it is taken as the vault is") { Default = Value.True };

    internal static ArgumentSpec Ignored(string name, ArgumentType type, string summary, string because) =>
        new(name, type, summary) { IgnoredBecause = because };

    internal static FileMode? ModeOf(BoundArguments arguments, string name = "mode") =>
        arguments.Get(name) is { } value && FileMode.TryParse(value, out var mode, out _) ? mode : null;

    internal static bool IsSet(this BoundArguments arguments, string name) => arguments.Flag(name) ?? false;

    /// <summary>Seconds, whole or not, never negative.</summary>
    internal static TimeSpan SecondsOf(this BoundArguments arguments, string name) =>
        TimeSpan.FromSeconds(Math.Clamp(arguments.Real(name) ?? 0, 0, int.MaxValue));
}
