using System.Collections.Immutable;
using System.Text;
using FlaskDeploy.Agent.Machine;
using FlaskDeploy.Agent.Modules.Files;
using FlaskDeploy.Language.Modules.Arguments;
using FlaskDeploy.Language.Values;

namespace FlaskDeploy.Agent.Modules;

/// <summary><c>sysctl</c>: a parameter of the kernel, in its file and, where it is set or the file is reloaded, in the kernel.</summary>
internal sealed class SysctlModule : Module<SysctlArguments>
{
    private const int MostBytes = 1024 * 1024;
    private static readonly TimeSpan Deadline = TimeSpan.FromMinutes(1);

    protected override async ValueTask<Plan> Plan(SysctlArguments arguments, ModuleContext context, CancellationToken cancellation)
    {
        if (Wrong(arguments) is { } wrong)
        {
            return wrong;
        }
        var file = await HostPath.Expand(arguments.File, context, cancellation);
        var edit = await new FileEdit(new EditedFile(arguments.File) { Create = !arguments.IsAbsent }, context) { Missing = "File", MayBeMissing = arguments.IsAbsent }
            .Plan(text => Edit(text.Text, arguments), cancellation);
        if (edit is not (InSync or Change))
        {
            return edit;
        }
        var steps = ImmutableArray.CreateBuilder<Step>();
        var reasons = new List<string>();
        var isOther = false;
        if (!arguments.IsAbsent && (arguments.Set || arguments.Reload))
        {
            var bytes = (await context.View.Ask(new ReadLook(ProcPath(arguments.Name), MostBytes), cancellation)).Bytes;
            if (bytes is null && !arguments.IgnoreErrors)
            {
                return new Impossible($"the kernel has no parameter {arguments.Name}") { Remedy = "load its module in an earlier task, correct the name, or ignoreerrors=yes", MayBeMade = true };
            }
            isOther = bytes is not null && !Words(Encoding.UTF8.GetString(bytes)).SequenceEqual(Words(arguments.Value!));
            if (isOther)
            {
                reasons.Add($"{arguments.Name} is {string.Join(' ', Words(Encoding.UTF8.GetString(bytes!)))}");
            }
        }
        if (edit is Change write)
        {
            reasons.Add(write.Because);
            steps.AddRange(write.Steps);
        }
        ImmutableArray<string> forgiving = arguments.IgnoreErrors ? ["-e"] : [];
        if (arguments.Set && isOther)
        {
            steps.Insert(0, new RunTool(["sysctl", .. forgiving, "-w", $"{arguments.Name}={arguments.Value}"], Deadline));
        }
        if (arguments.Reload && (isOther || edit is Change))
        {
            steps.Add(new RunTool(["sysctl", .. forgiving, "-p", file], Deadline));
        }
        var plan = steps.Count == 0
            ? (Plan)new InSync($"{file}: {arguments.Name} {(arguments.IsAbsent ? "is not there" : $"is {arguments.Value}")}")
            : new Change(string.Join(", ", reasons), steps.ToImmutable()) { Diff = (edit as Change)?.Diff ?? $"+{arguments.Name}={arguments.Value}\n" };
        return RootOnly.Guard(plan, "parameters of the kernel", context);
    }

    protected override async ValueTask<ImmutableArray<Claim>> Claims(SysctlArguments arguments, ModuleContext context, CancellationToken cancellation) => Wrong(arguments) is not null ? [] :
    [
        Claim.Of(
            ClaimKind.Path,
            await HostPath.Expand(arguments.File, context, cancellation),
            ("exists", arguments.IsAbsent ? null : Claim.Yes),
            ($"line {arguments.Name}", arguments.IsAbsent ? "absent" : arguments.Value)),
    ];

    private static Impossible? Wrong(SysctlArguments arguments) => arguments switch
    {
        { Name: "" } => new Impossible("name cannot be blank"),
        { Name: var name } when name.Any(c => c is '=' or '\0' || char.IsControl(c) || char.IsWhiteSpace(c)) || name.StartsWith('-') || name.Contains("..", StringComparison.Ordinal) => new Impossible($"'{name}' cannot be a parameter of the kernel"),
        { IsAbsent: false, Value: null or "" } => new Impossible($"value cannot be {(arguments.Value is null ? "None" : "blank")}") { Remedy = "value: what it is to be" },
        { Value: var value } when value?.AsSpan().IndexOfAny('\n', '\0') >= 0 => new Impossible("a value is one line"),
        _ => null,
    };

    // sysctl(8): the first separator says which of the two it is; the other is then part of a name.
    private static string ProcPath(string name) => $"/proc/sys/{(name.AsSpan().IndexOfAny('.', '/') is >= 0 and var at && name[at] == '.' ? Swapped(name) : name)}";

    private static string Swapped(string name) => string.Create(name.Length, name, (characters, text) =>
    {
        for (var i = 0; i < text.Length; i++)
        {
            characters[i] = text[i] switch { '.' => '/', '/' => '.', var c => c };
        }
    });

    // As Ansible writes it: settings without blanks, each once, where it first stood; comments stay.
    private static Edited Edit(string text, SysctlArguments arguments)
    {
        var lines = (text.Length == 0 ? [] : (text.EndsWith('\n') ? text[..^1] : text).Split('\n').Select(line => line.Trim())).ToList();
        var present = lines.Select(Setting).Where(setting => setting?.Name == arguments.Name).Select(setting => setting!.Value.Value).LastOrDefault();
        if (arguments.IsAbsent ? string.IsNullOrEmpty(present) : present == arguments.Value)
        {
            return new Edited(text, "", $"{arguments.Name} is as it should be");
        }
        var seen = new HashSet<string>(StringComparer.Ordinal);
        var written = new List<string>();
        foreach (var line in lines)
        {
            if (Setting(line) is not { } setting)
            {
                written.Add(line);
            }
            else if (seen.Add(setting.Name) && !(setting.Name == arguments.Name && arguments.IsAbsent))
            {
                written.Add($"{setting.Name}={(setting.Name == arguments.Name ? arguments.Value : setting.Value)}");
            }
        }
        if (!arguments.IsAbsent && !seen.Contains(arguments.Name))
        {
            written.Add($"{arguments.Name}={arguments.Value}");
        }
        return new Edited(string.Concat(written.Select(line => line + "\n")), "set", present is null ? $"{arguments.Name} is missing" : $"{arguments.Name} is {present}");
    }

    private static (string Name, string Value)? Setting(string line) =>
        line.Length > 0 && line[0] is not ('#' or ';') && line.IndexOf('=', StringComparison.Ordinal) is >= 0 and var at ? (line[..at].Trim(), line[(at + 1)..].Trim()) : null;

    private static string[] Words(string text) => text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
}
