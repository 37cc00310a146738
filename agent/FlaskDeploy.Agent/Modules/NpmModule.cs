using System.Collections.Immutable;
using FlaskDeploy.Agent.Machine;
using FlaskDeploy.Agent.Modules.Files;
using FlaskDeploy.Language.Modules.Arguments;
using FlaskDeploy.Language.Values;

namespace FlaskDeploy.Agent.Modules;

/// <summary><c>npm</c>: what <c>npm list</c> tells, which is asked again only when what was installed or asked for is another.</summary>
internal sealed class NpmModule : Module<NpmArguments>
{
    private static readonly TimeSpan Deadline = TimeSpan.FromMinutes(15);
    private static readonly ImmutableSortedDictionary<string, string> None = ImmutableSortedDictionary<string, string>.Empty;
    private static readonly ImmutableArray<string> Prefixes = ["/usr", "/usr/local"];

    protected override async ValueTask<Plan> Plan(NpmArguments arguments, ModuleContext context, CancellationToken cancellation)
    {
        if (Wrong(arguments) is { } wrong)
        {
            return wrong;
        }
        if ((await context.View.Ask(new ProgramLook([arguments.Command[0]]), cancellation)).Paths.IsEmpty)
        {
            return new Impossible($"Failed to find required executable \"{arguments.Command[0]}\" in paths: {context.View.Environment.Path}") { Remedy = "install nodejs or npm in an earlier task", MayBeMade = true };
        }
        var directory = await HostPath.ExpandGiven(arguments.Directory, context, cancellation);
        var isThere = directory is null || (await context.View.Ask(new StatLook(directory, FollowLinks: true), cancellation)).Kind == PathKind.Directory;
        if (arguments.Name is null && directory is not null && !(await context.View.Ask(new StatLook($"{directory}/package.json", FollowLinks: true), cancellation)).Exists)
        {
            return new Impossible($"there is no package.json in {directory}") { Remedy = "copy it there in an earlier task, or name a library", MayBeMade = true };
        }
        var (installed, missing, problem) = isThere ? await List(arguments, directory, context, cancellation) : (None, [], null);
        if (problem is not null)
        {
            return problem;
        }
        if (arguments.State == PackageState.Absent)
        {
            return installed.TryGetValue(arguments.Name!, out var there)
                ? new Change($"{Named(arguments.Name!, there)} is installed", [Run(arguments, directory, "uninstall", arguments.Name!)]) { Diff = $"-{Named(arguments.Name!, there)}\n" }
                : new InSync($"{arguments.Name} is not installed");
        }
        var reasons = missing.Select(name => $"{name} is missing or not as it is asked for").ToList();
        if (arguments.Name is { } wanted && !missing.Contains(wanted))
        {
            reasons.AddRange(!installed.TryGetValue(wanted, out var has) ? [$"{wanted} is not installed"]
                : !Meets(has, arguments.Version) ? [$"{Named(wanted, has)} is installed, not {arguments.Version}"] : []);
        }
        var steps = ImmutableArray.CreateBuilder<Step>();
        if (reasons.Count > 0)
        {
            if (!isThere)
            {
                steps.Add(new MakeDirectory(directory!, PathAttributes.Unchanged));
            }
            steps.Add(Run(arguments, directory, arguments.OfLock ? "ci" : "install", Spelled(arguments)));
        }
        if (arguments.State == PackageState.Latest && context.Purpose == Purpose.Push && isThere)
        {
            var outdated = await Outdated(arguments, directory, context, cancellation);
            reasons.AddRange(outdated);
            if (!outdated.IsEmpty)
            {
                steps.Add(Run(arguments, directory, "update", Spelled(arguments)));
            }
        }
        return steps.Count == 0
            ? new InSync(arguments.Name is { } name ? $"{Named(name, installed.GetValueOrDefault(name, ""))} is installed" : $"{directory} has what package.json asks for")
            : new Change(reasons.Count <= 3 ? string.Join(", ", reasons) : $"{string.Join(", ", reasons[..3])} and {reasons.Count - 3} more", steps.ToImmutable()) { Diff = string.Concat(reasons.Select(reason => $"+{reason}\n")) };
    }

    protected override async ValueTask<ImmutableArray<Claim>> Claims(NpmArguments arguments, ModuleContext context, CancellationToken cancellation) =>
        arguments.Name is not { } name || await HostPath.ExpandGiven(arguments.Directory, context, cancellation) is not { } directory || arguments.IsGlobal ? []
            : [Claim.Of(ClaimKind.Path, $"{directory}/node_modules/{name}", ("exists", arguments.State == PackageState.Absent ? Claim.No : Claim.Yes), ("version", arguments.Version))];

    private static Impossible? Wrong(NpmArguments arguments) => arguments switch
    {
        { Directory: null, IsGlobal: false } => new Impossible("path must be specified when not using global"),
        { State: PackageState.Absent, Name: null } => new Impossible("uninstalling a package is only available for named packages"),
        { Command: [] } => new Impossible("executable names no program"),
        { Name: { } name } when name.Length == 0 || name[0] == '-' => new Impossible($"'{name}' cannot be a library of npm"),
        _ => null,
    };

    private static async ValueTask<(ImmutableSortedDictionary<string, string> Installed, ImmutableArray<string> Missing, Impossible? Problem)> List(
        NpmArguments arguments, string? directory, ModuleContext context, CancellationToken cancellation)
    {
        var answer = await context.View.Ask(
            new ToolLook([.. arguments.Command, "list", "--json", "--depth=0", .. Where(arguments)]) { Directory = directory, Paths = Moved(arguments, directory, context) }, cancellation);
        // Where something is missing it ends with 1, and tells all the same.
        if (ValueJson.Parse(answer.Output) is not MapValue told)
        {
            return (None, [], new Impossible($"Failed to parse NPM output: {(answer.Error + answer.Output).Trim()}") { MayBeMade = true });
        }
        var installed = ImmutableSortedDictionary.CreateBuilder<string, string>(StringComparer.Ordinal);
        var missing = ImmutableArray.CreateBuilder<string>();
        foreach (var (key, says) in (told["dependencies"] as MapValue ?? MapValue.Empty).Entries)
        {
            var dependency = says as MapValue ?? MapValue.Empty;
            if (dependency["missing"]?.IsTruthy == true || dependency["invalid"]?.IsTruthy == true)
            {
                missing.Add(key.ToString());
            }
            else
            {
                installed[key.ToString()] = dependency["version"]?.ToString() ?? "";
            }
        }
        return (installed.ToImmutable(), missing.ToImmutable(), null);
    }

    // Another version than would be installed now; that there is a newer one that is not asked for is no reason.
    private static async ValueTask<ImmutableArray<string>> Outdated(NpmArguments arguments, string? directory, ModuleContext context, CancellationToken cancellation)
    {
        var answer = await context.View.Ask(
            new ToolLook([.. arguments.Command, "outdated", "--json", .. Where(arguments), .. Registry(arguments)]) { Directory = directory, AsksElsewhere = true, Deadline = TimeSpan.FromMinutes(2) }, cancellation);
        return ValueJson.Parse(answer.Output) is not MapValue told ? []
            :
            [
                .. from entry in told.Entries
                   let says = entry.Value as MapValue
                   let current = says?["current"]?.ToString()
                   let newer = says?["wanted"]?.ToString()
                   where current is not null && newer is not null && current != newer && (arguments.Name is null || arguments.Name == entry.Key.ToString())
                   select $"{Named(entry.Key.ToString(), current)} is installed, {newer} is to be had",
            ];
    }

    private static IEnumerable<string> Where(NpmArguments arguments) => [.. arguments.IsGlobal ? (string[])["--global"] : [], .. arguments.Production ? (string[])["--production"] : []];

    private static IEnumerable<string> Registry(NpmArguments arguments) => arguments.Options.SkipWhile(option => option != "--registry");

    private static RunTool Run(NpmArguments arguments, string? directory, string verb, string? what) => new(
        [.. arguments.Command, verb, .. Where(arguments), .. arguments.Options, .. what is null || verb == "ci" ? [] : (string[])[what]], Deadline) { Directory = directory };

    private static string? Spelled(NpmArguments arguments) => arguments is { Name: { } name, Version: { } version } ? $"{name}@{version}" : arguments.Name;

    private static bool Meets(string installed, string? version) =>
        version is null || version.Length == 0 || !version.All(c => char.IsAsciiDigit(c) || c == '.') && !char.IsAsciiDigit(version[0]) || installed == version
        || version.Count(c => c == '.') < 2 && installed.StartsWith($"{version}.", StringComparison.Ordinal) || version.AsSpan().IndexOfAny(" xX*|") >= 0;

    private static string Named(string name, string version) => version.Length == 0 ? name : $"{name}@{version}";

    // What npm writes with all that it does, and the directories that name what is installed.
    private static ImmutableArray<string> Moved(NpmArguments arguments, string? directory, ModuleContext context)
    {
        var roots = arguments.IsGlobal
            ? Prefixes.Concat(((string[])["NPM_CONFIG_PREFIX", "npm_config_prefix"]).Select(name => context.View.Environment.Variables.GetValueOrDefault(name)).OfType<string>()).Select(prefix => $"{prefix}/lib/node_modules")
            : [$"{directory}/node_modules"];
        return
        [
            .. roots.SelectMany(root => (string[])[root, $"{root}/.package-lock.json", .. arguments.Name is { } name ? (string[])[$"{root}/{name}/package.json"] : []]),
            .. directory is null ? [] : (string[])[$"{directory}/package.json", $"{directory}/package-lock.json"],
        ];
    }
}
