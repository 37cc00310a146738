using System.Collections.Immutable;
using System.Text;
using FlaskDeploy.Agent.Machine;
using FlaskDeploy.Agent.Modules.Files;
using FlaskDeploy.Language.Modules.Arguments;
using FlaskDeploy.Language.Values;

namespace FlaskDeploy.Agent.Modules;

/// <summary><c>selinux</c>: its file of configuration, and what the kernel enforces now. Between on and off lies a boot, which is said and not done.</summary>
internal sealed class SelinuxModule : Module<SelinuxArguments>
{
    private const string Enforce = "/sys/fs/selinux/enforce";
    private const string Disabled = "disabled";
    private const int MostBytes = 64 * 1024;
    private const string Off = "selinux=0";
    private const string Entries = "/boot/loader/entries";
    private static readonly ImmutableArray<string> BootLoader = ["/boot/grub2/grub.cfg", "/boot/grub2/grubenv", "/boot/efi/EFI/centos/grub.cfg", Entries];
    private static readonly TimeSpan Deadline = TimeSpan.FromMinutes(1);

    protected override async ValueTask<Plan> Plan(SelinuxArguments arguments, ModuleContext context, CancellationToken cancellation)
    {
        if (Wrong(arguments) is { } wrong)
        {
            return wrong;
        }
        var file = await HostPath.Expand(arguments.File, context, cancellation);
        if (await Read(file, context, cancellation) is not { } text)
        {
            return new Impossible($"Unable to find file {file}") { Remedy = "install selinux-policy in an earlier task", MayBeMade = true };
        }
        var (state, present) = (Setting(text, "SELINUX"), Setting(text, "SELINUXTYPE"));
        var policy = arguments.Policy ?? present;
        if (policy != present && !(await context.View.Ask(new StatLook($"/etc/selinux/{policy}/policy", FollowLinks: true), cancellation)).Exists)
        {
            return new Impossible($"Policy {policy} does not exist in /etc/selinux/") { Remedy = $"install selinux-policy-{policy} in an earlier task", MayBeMade = true };
        }
        var enforce = await Read(Enforce, context, cancellation);
        var now = enforce is null ? Disabled : enforce.StartsWith('1') ? "enforcing" : "permissive";
        // Off comes with a boot; until then nothing is to be in the way.
        var wantedNow = enforce is null ? Disabled : arguments.State == Disabled ? "permissive" : arguments.State;
        var edit = await new FileEdit(new EditedFile(arguments.File), context) { Missing = "File" }
            .Plan(old => Edit(old.Text, arguments.State, policy), cancellation);
        if (edit is not (InSync or Change))
        {
            return edit;
        }
        var (kernel, unknown) = arguments.UpdateKernel ? await Kernels(arguments, context, cancellation) : (null, null);
        if (unknown is not null)
        {
            return unknown;
        }
        var messages = new List<string>();
        if (policy != present)
        {
            messages.Add($"SELinux policy configuration in '{file}' changed from '{present}' to '{policy}'");
        }
        if (now != wantedNow && arguments.State != Disabled)
        {
            messages.Add($"SELinux state changed from '{now}' to '{wantedNow}'");
        }
        if (state != arguments.State)
        {
            messages.Add($"Config SELinux state changed from '{state}' to '{arguments.State}'");
        }
        if (kernel is not null)
        {
            messages.Add("Kernel SELinux state changed");
        }
        var needsBoot = (enforce is null) != (arguments.State == Disabled);
        var result = MapValue.From(
            ("msg", Value.Of(string.Join(", ", messages))),
            ("configfile", Value.Of(file)),
            ("policy", policy is null ? Value.Null : Value.Of(policy)),
            ("state", Value.Of(arguments.State)),
            ("reboot_required", Value.Of(needsBoot)),
            ("warnings", new ListValue(needsBoot ? [Value.Of(enforce is null ? $"Reboot is required to set SELinux state to '{arguments.State}'" : "SELinux state change will take effect next reboot")] : [])));
        var steps = ImmutableArray.CreateBuilder<Step>();
        var reasons = new List<string>();
        if (now != wantedNow)
        {
            reasons.Add($"SELinux is {now}");
            steps.Add(new RunTool(["setenforce", wantedNow == "enforcing" ? "1" : "0"], Deadline));
        }
        if (edit is Change change)
        {
            reasons.Add(change.Because);
            steps.AddRange(change.Steps);
        }
        if (kernel is not null)
        {
            reasons.Add(arguments.State == Disabled ? "a kernel starts with SELinux" : "a kernel starts with selinux=0");
            steps.Add(kernel);
        }
        return steps.Count == 0
            ? new InSync($"SELinux is {now}{(needsBoot ? $", and {arguments.State} after a boot" : "")}") { Result = result }
            : RootOnly.Guard(new Change(string.Join(", ", reasons), steps.ToImmutable()) { Result = result, Diff = (edit as Change)?.Diff ?? $"-{now}\n+{wantedNow}\n" }, "SELinux", context);
    }

    protected override async ValueTask<ImmutableArray<Claim>> Claims(SelinuxArguments arguments, ModuleContext context, CancellationToken cancellation) => Wrong(arguments) is not null ? [] :
    [
        Claim.Of(ClaimKind.Path, await HostPath.Expand(arguments.File, context, cancellation), ("exists", Claim.Yes), ("line SELINUX", arguments.State), ("line SELINUXTYPE", arguments.Policy)),
    ];

    private static Impossible? Wrong(SelinuxArguments arguments) => arguments switch
    {
        { State: not Disabled, Policy: null or "" } => new Impossible("Policy is required if state is not 'disabled'") { Remedy = "policy: targeted" },
        { Policy: { } policy } when policy.Contains('/', StringComparison.Ordinal) || policy.StartsWith('.') || policy.Any(char.IsWhiteSpace) => new Impossible($"'{policy}' cannot be a policy"),
        _ => null,
    };

    /// <summary>The step that has every kernel start as it is asked; null: each does.</summary>
    private static async ValueTask<(RunTool? Step, Impossible? Problem)> Kernels(SelinuxArguments arguments, ModuleContext context, CancellationToken cancellation)
    {
        if ((await context.View.Ask(new ProgramLook(["grubby"]), cancellation)).Paths.IsEmpty)
        {
            return (null, new Impossible("'grubby' command not found on host") { Remedy = "install grubby in an earlier task", MayBeMade = true });
        }
        if (!context.As.IsRoot)
        {
            return (null, new Impossible($"only root reads and changes how kernels start: the task runs as {context.As.Name}") { Remedy = "become: yes" });
        }
        var told = await context.View.Ask(new ToolLook(["grubby", "--info=ALL"]) { Paths = BootLoader, Below = [Entries] }, cancellation);
        var lines = told.Output.Split('\n').Where(line => line.StartsWith("args=", StringComparison.Ordinal)).Select(line => line["args=".Length..].Trim().Trim('"').Split(' ')).ToList();
        if (told.ExitCode != 0 || lines.Count == 0)
        {
            return (null, new Impossible($"grubby tells of no kernel: {told.Error.Trim()}"));
        }
        var isOff = arguments.State == Disabled;
        return (lines.TrueForAll(words => words.Contains(Off) == isOff) ? null : new RunTool(["grubby", "--update-kernel=ALL", isOff ? "--args" : "--remove-args", Off], Deadline), null);
    }

    private static Edited Edit(string text, string state, string? policy)
    {
        var after = With(text, "SELINUX", state);
        after = policy is null ? after : With(after, "SELINUXTYPE", policy);
        return after == text ? new Edited(text, "", $"it says {state}") : new Edited(after, "set", $"it says {Setting(text, "SELINUX") ?? "nothing"}{(policy is null ? "" : $" by {Setting(text, "SELINUXTYPE") ?? "no policy"}")}");
    }

    private static string With(string text, string name, string value)
    {
        var lines = (text.EndsWith('\n') ? text[..^1] : text).Split('\n');
        var isThere = lines.Any(line => line.StartsWith($"{name}=", StringComparison.Ordinal));
        var written = lines.Select(line => line.StartsWith($"{name}=", StringComparison.Ordinal) && line[(name.Length + 1)..].Trim() != value ? $"{name}={value}" : line).ToList();
        return isThere ? string.Join('\n', written) + (text.EndsWith('\n') ? "\n" : "") : $"{string.Join('\n', lines)}\n{name}={value}\n";
    }

    private static string? Setting(string text, string name) =>
        text.Split('\n').Where(line => line.StartsWith($"{name}=", StringComparison.Ordinal)).Select(line => line[(name.Length + 1)..].Trim()).FirstOrDefault();

    private static async ValueTask<string?> Read(string path, ModuleContext context, CancellationToken cancellation) =>
        (await context.View.Ask(new ReadLook(path, MostBytes), cancellation)).Bytes is { } bytes ? Encoding.UTF8.GetString(bytes) : null;
}
