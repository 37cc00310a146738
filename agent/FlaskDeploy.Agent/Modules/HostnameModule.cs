using System.Collections.Immutable;
using System.Text;
using FlaskDeploy.Agent.Machine;
using FlaskDeploy.Language.Modules.Arguments;
using FlaskDeploy.Language.Values;

namespace FlaskDeploy.Agent.Modules;

/// <summary><c>hostname</c>: the name that the kernel has, and the one of /etc/hostname that it gets at a boot.</summary>
internal sealed class HostnameModule : Module<HostnameArguments>
{
    private const string File = "/etc/hostname";
    private const string Kernel = "/proc/sys/kernel/hostname";
    private const int MostBytes = 4096;
    // Of the kernel, __NEW_UTS_LEN.
    private const int Longest = 64;
    private const int Mode = 0x1A4;
    private static readonly TimeSpan Deadline = TimeSpan.FromMinutes(1);

    protected override async ValueTask<Plan> Plan(HostnameArguments arguments, ModuleContext context, CancellationToken cancellation)
    {
        var name = arguments.Name;
        if (name.Length is 0 or > Longest || name[0] is '-' or '.' || !name.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '.' or '_'))
        {
            return new Impossible($"'{name}' cannot be the name of a machine") { Remedy = $"letters, digits, - and ., at most {Longest} of them" };
        }
        var saved = await Read(File, context, cancellation);
        var current = await Read(Kernel, context, cancellation);
        var result = MapValue.From(
            ("name", Value.Of(name)),
            ("ansible_facts", MapValue.From(("ansible_hostname", Value.Of(name.Split('.')[0])), ("ansible_nodename", Value.Of(name)))));
        if (saved == name && current == name)
        {
            return new InSync($"the machine's name is {name}") { Result = result };
        }
        var because = current == name ? $"{File} has {(saved is null ? "no name" : $"the name {saved}")}" : $"the machine's name is {current}";
        if (!context.As.IsRoot)
        {
            return new Impossible($"{because}, and only root changes it: the task runs as {context.As.Name}") { Remedy = "become: yes" };
        }
        var control = (await context.View.Ask(new ProgramLook(["hostnamectl"]), cancellation)).Paths.FirstOrDefault();
        var steps = ImmutableArray.CreateBuilder<Step>();
        if (saved != name)
        {
            steps.Add(control is null
                ? new WriteFile(File, FileContent.Of(Encoding.UTF8.GetBytes(name + "\n")), new PathAttributes { Mode = Mode })
                : new RunTool([control, "--static", "set-hostname", name], Deadline) { Changes = [File] });
        }
        if (current != name)
        {
            steps.Add(new RunTool(control is null ? ["hostname", name] : [control, "--transient", "set-hostname", name], Deadline));
        }
        return new Change(because, steps.ToImmutable()) { Result = result, Diff = $"-hostname = {current}\n+hostname = {name}\n" };
    }

    protected override ValueTask<ImmutableArray<Claim>> Claims(HostnameArguments arguments, ModuleContext context, CancellationToken cancellation) =>
        new([Claim.Of(ClaimKind.Path, File, ("exists", Claim.Yes), ("name", arguments.Name))]);

    // Comments may stand in it, see hostname(5).
    private static async ValueTask<string?> Read(string path, ModuleContext context, CancellationToken cancellation) =>
        (await context.View.Ask(new ReadLook(path, MostBytes), cancellation)).Bytes is { } bytes
            ? Encoding.UTF8.GetString(bytes).Split('\n').Select(line => line.Trim()).FirstOrDefault(line => line.Length > 0 && line[0] != '#')
            : null;
}
