using System.Collections.Immutable;
using FlaskDeploy.Language.Values;

namespace FlaskDeploy.Language.Modules.Arguments;

/// <summary>https://docs.ansible.com/ansible/latest/collections/community/general/seport_module.html</summary>
/// <param name="Ports">Ports and ranges of them: 8080, 8080-8090.</param>
/// <param name="Protocol">tcp or udp.</param>
/// <param name="Type">The type that they have: http_port_t.</param>
public sealed record SeportArguments(ImmutableArray<string> Ports, string Protocol, string Type) : IModuleArguments<SeportArguments>
{
    public bool IsAbsent { get; init; }

    /// <summary>Only what was changed on this host counts, not what the policy brings.</summary>
    public bool OnlyLocal { get; init; }

    public bool Reload { get; init; } = true;

    public bool IgnoreState { get; init; }

    public static ModuleSpec Spec { get; } = new("seport", ModuleNature.Converging, "which type SELinux's policy gives to ports")
    {
        Arguments =
        [
            new("ports", ArgumentType.List, "ports, and ranges of them: 8080-8090") { Required = true },
            new("proto", ArgumentType.Text, "of what they are ports") { Required = true, Choices = ["tcp", "udp"] },
            new("setype", ArgumentType.Text, "the type that they are to have, or not to have: http_port_t") { Required = true },
            new("state", ArgumentType.Text, "whether they have it; what the policy itself brings cannot be taken away") { Choices = ["absent", "present"], Default = Value.Of("present") },
            CommonArguments.Flag("local", "only what was changed on this host counts, not what the policy brings"),
            CommonArguments.Flag("reload", "have the kernel take the changed policy at once", true),
            CommonArguments.Flag("ignore_selinux_state", "do it where SELinux is off, too, as when an image is made"),
        ],
    };

    public static SeportArguments From(BoundArguments arguments) =>
        new([.. arguments.Texts("ports").Select(port => port.Trim()).Distinct()], arguments.RequiredText("proto"), arguments.RequiredText("setype"))
        {
            IsAbsent = arguments.Text("state") == "absent",
            OnlyLocal = arguments.IsSet("local"),
            Reload = arguments.IsSet("reload"),
            IgnoreState = arguments.IsSet("ignore_selinux_state"),
        };
}
