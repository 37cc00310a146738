using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using FlaskDeploy.Agent.Machine;
using FlaskDeploy.Agent.Modules.Alternatives;
using FlaskDeploy.Language.Modules.Arguments;
using FlaskDeploy.Language.Values;

namespace FlaskDeploy.Agent.Modules;

/// <summary><c>alternatives</c>: seen in the files that the tools keep, changed by the tools.</summary>
internal sealed class AlternativesModule : Module<AlternativesArguments>
{
    private const int MostBytes = 1024 * 1024;
    private const long UsualPriority = 50;
    private static readonly ImmutableArray<string> Directories = ["/var/lib/alternatives", "/var/lib/dpkg/alternatives"];
    private static readonly TimeSpan Deadline = TimeSpan.FromMinutes(1);

    protected override async ValueTask<Plan> Plan(AlternativesArguments arguments, ModuleContext context, CancellationToken cancellation)
    {
        if (arguments.Problem is { } problem)
        {
            return new Impossible(problem);
        }
        if (arguments.Name.Length == 0 || arguments.Name[0] is '-' or '.' || arguments.Name.Contains('/', StringComparison.Ordinal))
        {
            return new Impossible($"'{arguments.Name}' cannot be the name of a group of alternatives");
        }
        var (group, unreadable) = await Read(arguments.Name, context, cancellation);
        if (unreadable is not null)
        {
            return unreadable;
        }
        var current = await context.View.Ask(new StatLook($"/etc/alternatives/{arguments.Name}", FollowLinks: false), cancellation);
        var present = group?.Find(arguments.Path);
        if (arguments.State == AlternativesState.Absent)
        {
            return present is null ? new InSync($"{arguments.Path} is no alternative for {arguments.Name}") { Result = Messages([]) }
                : await Changed(context, [("--remove", $"{arguments.Path} is an alternative for {arguments.Name}", $"Remove alternative '{arguments.Path}' from '{arguments.Name}'.", [arguments.Name, arguments.Path])], cancellation);
        }
        var commands = new List<(string Option, string Because, string Message, ImmutableArray<string> Arguments)>();
        if (Lacks(arguments, group, present) is { } lack)
        {
            if (!(await context.View.Ask(new StatLook(arguments.Path, FollowLinks: true), cancellation)).Exists)
            {
                return new Impossible($"Specified path {arguments.Path} does not exist") { Remedy = "install it in an earlier task", MayBeMade = true };
            }
            if ((arguments.Link ?? group?.Link) is not { } link)
            {
                return new Impossible("Needed to install the alternative, but unable to do so as we are missing the link") { Remedy = $"link: /usr/bin/{arguments.Name}" };
            }
            commands.Add(("--install", lack, $"Install alternative '{arguments.Path}' for '{arguments.Name}'.", Install(arguments, group, present, link)));
        }
        if (arguments.State == AlternativesState.Selected && current.Target != arguments.Path)
        {
            commands.Add(("--set", $"{arguments.Name} is {current.Target ?? "not chosen"}", $"Set alternative '{arguments.Path}' for '{arguments.Name}'.", [arguments.Name, arguments.Path]));
        }
        if (arguments.State == AlternativesState.Auto && group is { IsAuto: false })
        {
            commands.Add(("--auto", $"{arguments.Name} was chosen by hand", $"Set alternative to auto for '{arguments.Name}'.", [arguments.Name]));
        }
        return commands.Count > 0
            ? await Changed(context, commands, cancellation)
            : new InSync($"{arguments.Path} is {(arguments.State == AlternativesState.Selected ? "what" : "an alternative for what")} {arguments.Name} means") { Result = Messages([]) };
    }

    protected override ValueTask<ImmutableArray<Claim>> Claims(AlternativesArguments arguments, ModuleContext context, CancellationToken cancellation) => new(arguments.State switch
    {
        AlternativesState.Selected => [Claim.Of(ClaimKind.Path, $"/etc/alternatives/{arguments.Name}", ("exists", Claim.Yes), ("target", arguments.Path))],
        _ => [Claim.Of(ClaimKind.Path, $"/etc/alternatives/{arguments.Name}", ($"line {arguments.Path}", arguments.State == AlternativesState.Absent ? "absent" : "present"))],
    });

    private static async ValueTask<(AlternativesGroup? Group, Impossible? Problem)> Read(string name, ModuleContext context, CancellationToken cancellation)
    {
        foreach (var directory in Directories)
        {
            if ((await context.View.Ask(new ReadLook($"{directory}/{name}", MostBytes), cancellation)).Bytes is { } bytes)
            {
                return AlternativesGroup.Parse(Encoding.UTF8.GetString(bytes)) is { } group ? (group, null) : (null, new Impossible($"{directory}/{name} is not what alternatives writes") { Remedy = "remove the file, and let the group be made anew" });
            }
        }
        return (null, null);
    }

    private static string? Lacks(AlternativesArguments arguments, AlternativesGroup? group, Alternative? present)
    {
        if (present is null)
        {
            return $"{arguments.Path} is no alternative for {arguments.Name}";
        }
        if (arguments.Priority is { } priority && priority != present.Priority)
        {
            return $"{arguments.Path} has the priority {present.Priority}";
        }
        return arguments.Followers is { } followers
            && !followers.Select(follower => (follower.Name, follower.Path, follower.Link)).ToHashSet().SetEquals(present.Followers.Select(pair => (pair.Key, pair.Value, group!.LinkOf(pair.Key)!)))
            ? $"{arguments.Path} has other followers"
            : null;
    }

    // Without followers of its own the task leaves those that are there, which have to be said again.
    private static ImmutableArray<string> Install(AlternativesArguments arguments, AlternativesGroup? group, Alternative? present, string link) =>
    [
        link,
        arguments.Name,
        arguments.Path,
        (arguments.Priority ?? present?.Priority ?? UsualPriority).ToString(CultureInfo.InvariantCulture),
        .. (arguments.Followers ?? [.. present?.Followers.Select(pair => new AlternativesFollower(pair.Key, pair.Value, group!.LinkOf(pair.Key)!)) ?? []])
            .SelectMany(follower => (string[])["--slave", follower.Link, follower.Name, follower.Path]),
    ];

    private static async ValueTask<Plan> Changed(ModuleContext context, List<(string Option, string Because, string Message, ImmutableArray<string> Arguments)> commands, CancellationToken cancellation)
    {
        if ((await context.View.Ask(new ProgramLook(["update-alternatives", "alternatives"]), cancellation)).Paths is not [var program, ..])
        {
            return new Impossible("there is neither update-alternatives nor alternatives") { Remedy = "install it in an earlier task (package alternatives, or chkconfig on CentOS 7 and 8)", MayBeMade = true };
        }
        return RootOnly.Guard(
            new Change(string.Join(", ", commands.Select(command => command.Because)), [.. commands.Select(command => new RunTool([program, command.Option, .. command.Arguments], Deadline))])
            {
                Result = Messages(commands.Select(command => command.Message)),
                Diff = string.Concat(commands.Select(command => $"+{command.Option[2..]} {string.Join(' ', command.Arguments)}\n")),
            },
            "alternatives",
            context);
    }

    private static MapValue Messages(IEnumerable<string> messages) => MapValue.From(("msg", Value.Of(string.Join(' ', messages))));
}
