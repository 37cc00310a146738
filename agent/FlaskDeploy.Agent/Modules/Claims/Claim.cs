using System.Collections.Immutable;
using System.Globalization;
using FlaskDeploy.Agent.Machine;
using FileMode = FlaskDeploy.Language.Modules.FileMode;

namespace FlaskDeploy.Agent.Modules;

internal enum ClaimKind
{
    Path,
    Port,
    Unit,
    Package,
    PythonPackage,
    Launch,
    User,
    Group,
    Cron,
}

/// <summary>
/// A thing of the host that a task decides about, and what it demands of it, aspect by aspect. Two that demand the same do
/// not clash, nor do two that demand different aspects (one the mode, one the content); one aspect that is to have two
/// values does. What a task leaves open it does not demand.
/// </summary>
internal sealed record Claim(ClaimKind Kind, string Name, ImmutableSortedDictionary<string, string> Demands)
{
    public const string Yes = "yes";
    public const string No = "no";

    /// <summary>Of a path: what it demands holds for all that is below it too (<c>state: absent</c>, <c>recurse</c>).</summary>
    public bool IsDeep { get; init; }

    /// <summary>It demands that the thing is not there.</summary>
    public bool IsAbsence => Demands.GetValueOrDefault("exists") == No;

    /// <summary>"path /etc/motd", for people.</summary>
    public string Thing => $"{Kind switch { ClaimKind.PythonPackage => "Python package", var kind => kind.ToString().ToLowerInvariant() }} {Name}";

    /// <param name="demands">Those that are null are left open.</param>
    public static Claim Of(ClaimKind kind, string name, params ReadOnlySpan<(string Aspect, string? Value)> demands)
    {
        var builder = ImmutableSortedDictionary.CreateBuilder<string, string>(StringComparer.Ordinal);
        foreach (var (aspect, value) in demands)
        {
            if (value is not null)
            {
                builder[aspect] = value;
            }
        }
        return new Claim(kind, name, builder.ToImmutable());
    }

    public static Claim Path(string path, string? kind, string? content = null, FileMode? mode = null, uint? owner = null, uint? group = null) => Of(
        ClaimKind.Path,
        path,
        ("exists", Yes),
        ("kind", kind),
        ("content", content),
        // Symbolic modes say what is to be added or taken away; two of them need not differ in what they come to.
        ("mode", mode?.Octal is { } bits ? Convert.ToString(bits, 8).PadLeft(4, '0') : null),
        ("owner", owner?.ToString(CultureInfo.InvariantCulture)),
        ("group", group?.ToString(CultureInfo.InvariantCulture)));

    public static Claim NoPath(string path) => Of(ClaimKind.Path, path, ("exists", No)) with { IsDeep = true };

    public static Claim Port(int port, string? holder) => Of(ClaimKind.Port, port.ToString(CultureInfo.InvariantCulture), ("held by", holder ?? "nobody"));

    /// <summary>The number of a user or group, where this host knows it; else the demand is left open until the task is prepared.</summary>
    internal static async ValueTask<(uint? Owner, uint? Group)> Owners(string? owner, string? group, IMachineView view, CancellationToken cancellation)
    {
        uint? uid = owner is null ? null : (await view.Ask(new AccountLook(owner), cancellation)).Account?.Uid ?? Number(owner);
        uint? gid = null;
        if (group is not null)
        {
            var answer = await view.Ask(new GroupLook(group), cancellation);
            gid = answer.Name is null ? Number(group) : answer.Gid;
        }
        return (uid, gid);
    }

    /// <summary>What it demands of an aspect, as part of a sentence: "it wants mode 0644".</summary>
    public string Wish(string aspect, bool isCensored) => (aspect, Demands.GetValueOrDefault(aspect)) switch
    {
        ("exists", Yes) => Kind is ClaimKind.Package or ClaimKind.PythonPackage ? "it installed" : "it there",
        ("exists", _) => Kind is ClaimKind.Package or ClaimKind.PythonPackage ? "it not installed" : "it gone",
        ("content" or "command", _) => $"a {aspect} of its own",
        (_, _) when isCensored => $"a {PartOf(aspect) ?? aspect} of its own",
        ("kind", { } kind) => $"a {kind}",
        ("target", { } target) => $"a link to {target}",
        ("held by", { } holder) => $"it held by {holder}",
        ("enabled" or "masked", { } value) => value == Yes ? $"it {aspect}" : $"it not {aspect}",
        ("state", { } state) => $"it {state}",
        (_, { } text) when PartOf(aspect) is not null => $"its {aspect} to be: {text}",
        (_, var value) => $"{aspect} {value}",
    };

    /// <summary>"path /etc/motd: content 1f40…, exists yes, mode 0644"; with <c>/**</c> where it is deep.</summary>
    public override string ToString() => $"{Thing}{(IsDeep ? "/**" : "")}: {string.Join(", ", Demands.Select(demand => $"{demand.Key} {(demand.Key is "content" or "command" ? demand.Value[..12] : demand.Value)}"))}";

    // Of an aspect that is a part of a file ("line ^PORT="), its kind.
    private static string? PartOf(string aspect) =>
        ((string[])["line", "block", "match"]).FirstOrDefault(kind => aspect.StartsWith(kind + " ", StringComparison.Ordinal));

    private static uint? Number(string text) => uint.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;
}
