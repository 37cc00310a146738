using System.Collections.Immutable;
using FlaskDeploy.Agent.Machine;
using FlaskDeploy.Agent.Machine.Planned;
using FlaskDeploy.Agent.Modules.Commands;
using FlaskDeploy.Agent.Modules.Files;
using FlaskDeploy.Agent.Modules.Python;
using FlaskDeploy.Language.Modules.Arguments;
using FlaskDeploy.Language.Values;

namespace FlaskDeploy.Agent.Modules;

/// <summary>
/// <c>pip</c>: distributions, held against the metadata that an environment has on disk; pip itself only runs where they
/// differ. <c>latest</c> and <c>forcereinstall</c> run it at each push, and a reconvergence takes them as present.
/// </summary>
internal sealed class PipModule : Module<PipArguments>
{
    private static readonly TimeSpan Timeout = TimeSpan.FromMinutes(30);

    protected override async ValueTask<Plan> Plan(PipArguments arguments, ModuleContext context, CancellationToken cancellation)
    {
        if (arguments.Version is not null && (arguments.Names.Length != 1 || arguments.State is PipState.Latest))
        {
            return new Impossible("version belongs to one name, and not to state=latest") { Remedy = "write the versions into name: [flask==2.0, redis>=4]" };
        }
        var root = await Root(arguments, context, cancellation);
        var hasRoot = root is null || await VirtualenvPlanner.Exists(root, context, cancellation);
        var (wanted, problem) = await Wanted(arguments, mayBeLater: !hasRoot, context, cancellation);
        if (problem is not null)
        {
            return problem;
        }
        var (pip, missing) = await Pip(arguments, root, context, cancellation);
        if (pip is null)
        {
            return missing!;
        }
        var packages = hasRoot
            ? await context.View.Ask(new PythonPackagesLook(root ?? pip), cancellation)
            : new PythonPackagesAnswer(false, ImmutableSortedDictionary<string, string>.Empty);
        var result = await Shown(arguments, root, context, cancellation);
        var (because, isRight) = wanted.Any(requirement => requirement.Name is null && !requirement.IsUnclear) && arguments.State != PipState.Absent && context.Purpose == Purpose.Push
            ? ($"what {wanted.First(requirement => requirement.Name is null).Text} installs is pip's to say, at each push", false)
            : Judge(arguments, wanted, packages, context.Purpose);
        if (isRight && (hasRoot || arguments.State == PipState.Absent))
        {
            return new InSync(because) { Result = result };
        }
        var steps = ImmutableArray.CreateBuilder<Step>(2);
        if (!hasRoot)
        {
            var (make, impossible) = await VirtualenvPlanner.Make(root!, arguments.VirtualenvCommand, arguments.VirtualenvPython, arguments.VirtualenvSitePackages, context, cancellation);
            if (make is null)
            {
                return impossible!;
            }
            steps.Add(make with { Arguments = UnderUmask(arguments, make.Arguments) });
        }
        if (await RunPip(arguments, pip, root, context, cancellation) is not { } run)
        {
            return new Impossible($"extra_args has a quote that is not closed: {arguments.ExtraArguments}");
        }
        steps.Add(run);
        return new Change(hasRoot ? because : $"{root}/bin/activate is not there", steps.ToImmutable()) { Result = result };
    }

    public override MapValue Result(Plan plan, IReadOnlyList<StepOutcome> outcomes)
    {
        var run = outcomes.Select(outcome => outcome.Command).LastOrDefault(command => command is not null);
        var command = plan is Change change ? change.Steps.OfType<RunTool>().LastOrDefault()?.Arguments : null;
        return run is null ? plan.Result : plan.Result.Merge(MapValue.From(
            ("cmd", Value.Of(command ?? [])),
            ("stdout", Value.Of(run.Output.TrimEnd())),
            ("stderr", Value.Of(run.Error.TrimEnd())),
            ("stdout_lines", Value.Of(run.Output.TrimEnd().Split('\n'))),
            ("stderr_lines", Value.Of(run.Error.TrimEnd().Split('\n')))));
    }

    // A file of requirements is the host's own and read when the task is carried out: it claims the environment only.
    protected override async ValueTask<ImmutableArray<Claim>> Claims(PipArguments arguments, ModuleContext context, CancellationToken cancellation)
    {
        var root = await Root(arguments, context, cancellation);
        var place = root ?? arguments.Executable ?? "the system's Python";
        var exists = arguments.State == PipState.Absent ? Claim.No : Claim.Yes;
        ImmutableArray<Claim> environment = root is null ? [] : [Claim.Path(root, "directory")];
        return environment.AddRange(Requirements(arguments).Select(PythonRequirement.Parse).Where(requirement => requirement.Name is not null && (exists == Claim.Yes || requirement.Exact is null))
            .Select(requirement => Claim.Of(ClaimKind.PythonPackage, $"{requirement.Name} in {place}", ("exists", exists), ("version", requirement.Exact))));
    }

    private static async ValueTask<(ImmutableArray<PythonRequirement> Wanted, Impossible? Problem)> Wanted(PipArguments arguments, bool mayBeLater, ModuleContext context, CancellationToken cancellation)
    {
        if (arguments.Requirements is { } file)
        {
            var directory = arguments.Directory is { } written ? await HostPath.Expand(written, context, cancellation) : null;
            try
            {
                return await RequirementsFile.Read(await HostPath.Expand(file, context, cancellation, directory), context, cancellation);
            }
            catch (NotKnownYetException) when (mayBeLater)
            {
                // Whatever the file will ask for, an environment that is not there has none of it.
                return ([], null);
            }
        }
        ImmutableArray<PythonRequirement> wanted = [.. Requirements(arguments).Select(PythonRequirement.Parse)];
        // An address is fetched to know what it is; what is no requirement at all pip would not understand either.
        var nameless = wanted.FirstOrDefault(requirement => requirement.Name is null && (requirement.IsUnclear || arguments.State == PipState.Absent));
        return nameless is null
            ? (wanted, null)
            : ([], new Impossible($"it cannot be told what '{nameless.Text}' installs, so that it could not be looked for")
            {
                Remedy = "write it as NAME @ ADDRESS, or add #egg=NAME",
            });
    }

    // Beside chdir, where that is given.
    private static async ValueTask<string?> Root(PipArguments arguments, ModuleContext context, CancellationToken cancellation) => arguments.Virtualenv is not { } written ? null
        : await HostPath.Expand(written, context, cancellation, await HostPath.ExpandGiven(arguments.Directory, context, cancellation));

    private static IEnumerable<string> Requirements(PipArguments arguments) =>
        arguments.Version is { Length: > 0 } version ? [$"{arguments.Names[0]}{(char.IsAsciiDigit(version[0]) ? "==" : "")}{version}"] : arguments.Names;

    private static (string Because, bool IsRight) Judge(PipArguments arguments, ImmutableArray<PythonRequirement> wanted, PythonPackagesAnswer packages, Purpose purpose)
    {
        string? Installed(PythonRequirement requirement) => requirement.Name is { } name ? packages.Packages.GetValueOrDefault(name) : null;

        if (arguments.State == PipState.Absent)
        {
            var left = wanted.Where(requirement => Installed(requirement) is { } version && requirement.Accepts(version)).ToList();
            return left.Count == 0 ? ($"{Join(wanted.Select(w => w.Name ?? w.Text))} not installed", true) : ($"{Join(left.Select(r => $"{r.Name} {Installed(r)}"))} installed", false);
        }
        if (purpose == Purpose.Push && arguments.State is (PipState.Latest or PipState.ForceReinstall))
        {
            return (arguments.State == PipState.Latest ? "a push asks the index for newer versions" : "a push installs it anew", false);
        }
        // What holds only in some environments is pip's to judge, once, when something else is to be installed or by a push.
        var lacking = wanted.Where(requirement => Installed(requirement) is { } version
            ? !requirement.Accepts(version) && !requirement.IsUnclear
            : !requirement.IsConditional && requirement.Name is not null).ToList();
        if (lacking.Count == 0)
        {
            return wanted.All(r => r.Name is null) && !wanted.IsEmpty ? ($"what {wanted[0].Text} installs is asked by a push", true)
                : ($"{Join(wanted.Where(r => Installed(r) is not null).Select(r => $"{r.Name} {Installed(r)}"))} already installed", true);
        }
        return (Join(lacking.Select(r => Installed(r) is { } version ? $"{r.Name} {version} is installed, not {r.Text}" : $"{r.Text} is not installed")), false);
    }

    private static async ValueTask<(string? Pip, Impossible? Problem)> Pip(PipArguments arguments, string? root, ModuleContext context, CancellationToken cancellation)
    {
        if (root is not null)
        {
            return ($"{root}/bin/pip", null);
        }
        ImmutableArray<string> names = arguments.Executable is { } written ? [await HostPath.ExpandText(written, context.View, cancellation)] : ["pip3", "pip"];
        return (await context.View.Ask(new ProgramLook(names), cancellation)).Paths is [var found, ..]
            ? (found, null)
            : (null, new Impossible($"unable to find {string.Join(" or ", names)}: pip needs to be installed") { Remedy = "install the package python3-pip in an earlier task, or give executable or virtualenv", MayBeMade = true });
    }

    private static async ValueTask<RunTool?> RunPip(PipArguments arguments, string pip, string? root, ModuleContext context, CancellationToken cancellation)
    {
        if (!ShellWords.TrySplit(arguments.ExtraArguments ?? "", out var extra, out _))
        {
            return null;
        }
        var words = ImmutableArray.CreateBuilder<string>();
        words.Add(pip);
        words.AddRange(arguments.State switch
        {
            PipState.Absent => ["uninstall", "-y"],
            PipState.Latest => ["install", "-U"],
            PipState.ForceReinstall => ["install", "-U", "--force-reinstall"],
            _ => (string[])["install"],
        });
        if (arguments.BreakSystemPackages)
        {
            words.Add("--break-system-packages");
        }
        words.AddRange(extra);
        if (arguments.Requirements is { } file)
        {
            words.Add("-r");
            words.Add(await HostPath.ExpandText(file, context.View, cancellation));
        }
        foreach (var requirement in Requirements(arguments))
        {
            if (arguments.Editable && arguments.State != PipState.Absent)
            {
                words.Add("-e");
            }
            words.Add(await HostPath.ExpandText(requirement, context.View, cancellation));
        }
        return new RunTool(UnderUmask(arguments, words.ToImmutable()), Timeout)
        {
            Directory = arguments.Directory is { } written ? await HostPath.Expand(written, context, cancellation) : null,
            Environment = ImmutableSortedDictionary<string, string>.Empty.Add("PIP_DISABLE_PIP_VERSION_CHECK", "1").Add("PIP_NO_INPUT", "1"),
            Changes = root is null ? [] : [root],
            ChangedWords = arguments.State == PipState.Absent ? "Successfully uninstalled" : "Successfully installed",
        };
    }

    // Neither pip nor virtualenv has an option for the umask; the shell sets it and becomes the tool.
    private static ImmutableArray<string> UnderUmask(PipArguments arguments, ImmutableArray<string> words) =>
        arguments.Umask is { } umask ? ["/bin/sh", "-c", "umask \"$0\" && exec \"$@\"", umask, .. words] : words;

    private static async ValueTask<MapValue> Shown(PipArguments arguments, string? root, ModuleContext context, CancellationToken cancellation) => MapValue.From(
        ("name", arguments.Names.IsEmpty ? Value.Null : Value.Of(arguments.Names)),
        ("version", arguments.Version is { } version ? Value.Of(version) : Value.Null),
        ("state", Value.Of(arguments.State.ToString().ToLowerInvariant())),
        ("requirements", arguments.Requirements is { } file ? Value.Of(await HostPath.ExpandText(file, context.View, cancellation)) : Value.Null),
        ("virtualenv", root is null ? Value.Null : Value.Of(root)));

    private static string Join(IEnumerable<string> parts)
    {
        var all = parts.ToList();
        return all.Count <= 3 ? string.Join(", ", all) : $"{string.Join(", ", all[..3])} and {all.Count - 3} more";
    }
}
