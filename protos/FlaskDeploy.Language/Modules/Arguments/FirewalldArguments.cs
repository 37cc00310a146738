using System.Collections.Immutable;
using FlaskDeploy.Language.Values;

namespace FlaskDeploy.Language.Modules.Arguments;

/// <summary>One thing of a zone, as firewall-cmd(1) names it: <c>port</c> and <c>80/tcp</c>. Without a value: <c>masquerade</c>.</summary>
public sealed record FirewallPart(string Kind, string? Value);

/// <summary>https://docs.ansible.com/ansible/latest/collections/ansible/posix/firewalld_module.html</summary>
public sealed record FirewalldArguments : IModuleArguments<FirewalldArguments>
{
    /// <summary>Null: the zone itself is meant.</summary>
    public FirewallPart? Part { get; init; }

    /// <summary>Null: the zone that firewalld takes by default.</summary>
    public string? Zone { get; init; }

    /// <summary>Enabled or present.</summary>
    public bool IsWanted { get; init; }

    /// <summary>present and absent are about zones and their targets, enabled and disabled about all else.</summary>
    public bool IsAboutZone { get; init; }

    public bool Permanent { get; init; }

    public bool Immediate { get; init; }

    public bool Offline { get; init; }

    public long Timeout { get; init; }

    /// <summary>What is wrong with the arguments.</summary>
    public string? Problem { get; init; }

    public static ModuleSpec Spec { get; } = new("firewalld", ModuleNature.Converging, "what a zone of firewalld lets through, now and after a boot")
    {
        Arguments =
        [
            new("state", ArgumentType.Text, "let through or not; of a zone or its target: there or not") { Required = true, Choices = ["absent", "disabled", "enabled", "present"] },
            new("service", ArgumentType.Text, "a service by firewalld's name: http"),
            new("port", ArgumentType.Text, "a port or a range of them with its protocol: 8080/tcp, 5000-5010/udp"),
            new("protocol", ArgumentType.Text, "a protocol: igmp"),
            new("source", ArgumentType.Text, "an address or a network that belongs to the zone"),
            new("interface", ArgumentType.Text, "an interface that belongs to the zone"),
            new("rich_rule", ArgumentType.Text, "a rule in firewalld's rich language"),
            new("port_forward", ArgumentType.List, "a port that is handed on: one mapping with port, proto, toport and, if it goes to another machine, toaddr") { ElementType = ArgumentType.Map },
            new("icmp_block", ArgumentType.Text, "a kind of ICMP that is not let through"),
            new("icmp_block_inversion", ArgumentType.Text, "the kinds of ICMP that are blocked are the ones let through"),
            new("masquerade", ArgumentType.Text, "what goes out gets the machine's own address"),
            new("target", ArgumentType.Text, "what becomes of the rest") { Choices = ["default", "ACCEPT", "DROP", "%%REJECT%%"] },
            new("zone", ArgumentType.Text, "the zone; firewalld's default zone otherwise"),
            new("permanent", ArgumentType.Boolean, "after a boot or a reload of firewalld"),
            CommonArguments.Flag("immediate", "now; also where permanent is not asked for"),
            new("timeout", ArgumentType.Integer, "seconds after which it ends by itself; each push sets it again") { Default = Value.Of(0) },
            CommonArguments.Flag("offline", "change the permanent configuration also while firewalld does not run", null),
        ],
        MutuallyExclusive = [["icmp_block", "icmp_block_inversion", "service", "protocol", "port", "port_forward", "rich_rule", "interface", "masquerade", "source", "target"]],
    };

    public static FirewalldArguments From(BoundArguments arguments)
    {
        var state = arguments.RequiredText("state");
        var part = PartOf(arguments);
        var permanent = arguments.IsSet("permanent");
        // "masquerade: no" with state=enabled means that it is off.
        var isInverted = part is { Kind: "masquerade" or "icmp-block-inversion" } && IsFalse(arguments.Text("masquerade") ?? arguments.Text("icmp_block_inversion")!);
        return new FirewalldArguments
        {
            Part = part,
            Zone = arguments.Text("zone"),
            IsWanted = state is "enabled" or "present" != isInverted,
            IsAboutZone = part is null or { Kind: "target" },
            Permanent = permanent,
            Immediate = arguments.IsSet("immediate") || !permanent,
            Offline = arguments.IsSet("offline"),
            Timeout = arguments.Integer("timeout") ?? 0,
            Problem = Wrong(arguments, part, state, permanent),
        };
    }

    private static string? Wrong(BoundArguments arguments, FirewallPart? part, string state, bool permanent) => part switch
    {
        { Kind: "port", Value: var port } when port!.Split('/') is not [{ Length: > 0 }, { Length: > 0 }] => "improper port format (missing protocol?)",
        { Kind: "forward-port", Value: null } => "one port_forward at a time, with port, proto and toport",
        { Kind: "interface" or "target" } when !arguments.Has("zone") => $"{part.Kind} needs zone",
        { Kind: "source" } when !arguments.Has("permanent") => "source needs permanent",
        not null and not { Kind: "target" } when state is "absent" or "present" => "absent and present state can only be used in zone level operations",
        null when state is "enabled" or "disabled" => "there is nothing that is to be let through or not",
        null when !arguments.Has("zone") => "a zone needs its name",
        null or { Kind: "target" } when !permanent || arguments.IsSet("immediate") => "a zone and its target are permanent only",
        _ => null,
    };

    private static FirewallPart? PartOf(BoundArguments arguments)
    {
        foreach (var (argument, kind) in (ReadOnlySpan<(string, string)>)[("service", "service"), ("port", "port"), ("protocol", "protocol"), ("source", "source"), ("interface", "interface"), ("rich_rule", "rich-rule"), ("icmp_block", "icmp-block"), ("target", "target")])
        {
            if (arguments.Text(argument) is { } value)
            {
                return new FirewallPart(kind, value.Trim());
            }
        }
        return arguments.Has("masquerade") ? new FirewallPart("masquerade", null)
            : arguments.Has("icmp_block_inversion") ? new FirewallPart("icmp-block-inversion", null)
            : arguments.Get("port_forward")?.Reveal() is ListValue forwards ? new FirewallPart("forward-port", Forward([.. forwards.Items.Select(item => item.Reveal())]))
            : null;
    }

    private static string? Forward(ImmutableArray<Value> forwards)
    {
        string? Of(string name) => (forwards[0] as MapValue)?[name]?.Reveal().ToString();
        return forwards.Length == 1 && Of("port") is { } port && Of("proto") is { } protocol && Of("toport") is { } target
            ? $"port={port}:proto={protocol}:toport={target}:toaddr={Of("toaddr")}"
            : null;
    }

    private static bool IsFalse(string word) => word.ToLowerInvariant() is "no" or "false" or "off" or "0" or "n" or "f";
}
