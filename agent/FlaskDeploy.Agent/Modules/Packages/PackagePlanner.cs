using System.Collections.Immutable;
using FlaskDeploy.Agent.Machine;
using FlaskDeploy.Agent.Machine.Packages;
using FlaskDeploy.Agent.Modules.Files;
using FlaskDeploy.Language.Bundles;
using FlaskDeploy.Language.Modules.Arguments;
using FlaskDeploy.Language.Values;

namespace FlaskDeploy.Agent.Modules.Packages;

/// <summary>
/// What <c>yum</c>, <c>dnf</c> and <c>package</c> share. Decided by the rpm database; the repositories are only asked by a
/// push that wants the newest version.
/// </summary>
internal static class PackagePlanner
{
    internal static async ValueTask<Plan> Plan(PackageRequest request, ModuleContext context, CancellationToken cancellation)
    {
        request = await PackageRoot.Resolve(request, context, cancellation);
        if (await PackageRoot.Refusal(request, context, cancellation) is { } wrong)
        {
            return wrong;
        }
        if (request.List is { } what)
        {
            return await PackageListing.Plan(what, request, context, cancellation);
        }
        if (request.Names.IsEmpty)
        {
            return request.Autoremove
                ? await PackageAsking.Plan("what nothing needs any more", Transaction(request, PackageAction.Autoremove, []), context, cancellation)
                : WithoutNames(request, context.Purpose);
        }
        var specs = ImmutableArray.CreateBuilder<PackageSpec>(request.Names.Length);
        foreach (var name in request.Names.Distinct(StringComparer.Ordinal))
        {
            var spec = new PackageSpec(name.StartsWith('~') ? await HostPath.ExpandText(name, context.View, cancellation) : name);
            if (Refusal(spec, request.State) is { } refusal)
            {
                return refusal;
            }
            var (read, problem) = await OfFile(spec, context, cancellation);
            if (problem is not null)
            {
                return problem;
            }
            specs.Add(read);
        }
        if (request.DownloadOnly)
        {
            return await PackageAsking.Plan("a download", Transaction(request, request.State == PackageState.Latest ? PackageAction.Update : PackageAction.Install, [.. specs.Select(spec => spec.ForTransaction)]), context, cancellation);
        }
        // Of a pattern some may be there and others not: what there is only the repositories know, which a push asks.
        bool IsAsked(PackageSpec spec) => spec.IsGroup || spec.IsGlob && request.State == PackageState.Present && context.Purpose == Purpose.Push;
        if (specs.Any(IsAsked))
        {
            var asked = await PackageAsking.Plan("what a group has", Transaction(request, ActionOf(request.State), [.. specs.Where(IsAsked).Select(spec => spec.Text)]), context, cancellation);
            return specs.All(IsAsked) ? asked
                : PackageAsking.Both(await Plan(request with { Names = [.. specs.Where(spec => !IsAsked(spec)).Select(spec => spec.Text)] }, context, cancellation), asked);
        }
        var installed = await context.View.Ask(new PackagesLook([.. specs.SelectMany(spec => spec.Questions).Distinct()]) { Root = request.InstallRoot }, cancellation);
        if (request.State != PackageState.Absent && Older(installed) is { IsEmpty: false } older)
        {
            installed = installed with { Packages = [.. installed.Packages.Except(older)] };
            return Mended(await Decide(), older, request.InstallRoot);
        }
        return await Decide();

        async ValueTask<Plan> Decide() => request.State switch
        {
            PackageState.Absent => Remove(request, specs.ToImmutable(), installed),
            PackageState.Latest => await Update(request, specs.ToImmutable(), installed, context, cancellation),
            _ => Install(request, specs.ToImmutable(), installed),
        };
    }

    /// <summary>As Ansible's package modules register: results, msg and rc.</summary>
    internal static MapValue Result(Plan plan, IReadOnlyList<StepOutcome> outcomes)
    {
        if (outcomes.LastOrDefault() is not { Command: { } command })
        {
            return plan.Result;
        }
        string[] Told(string detail) => [.. outcomes.SelectMany(outcome => outcome.Details.GetValueOrDefault(detail, "").Split('\n', StringSplitOptions.RemoveEmptyEntries))];
        if (plan is Change { Steps: [PackageTransaction { Action: PackageAction.Install, Packages.IsEmpty: true }] } && command.Succeeded)
        {
            return plan.Result;
        }
        var (installed, removed) = (Told(TransactionDifference.Installed), Told(TransactionDifference.Removed));
        // What was planned was not done where the transaction failed; what was fetched is in no database.
        var isTold = outcomes.Any(outcome => outcome.Details.ContainsKey(TransactionDifference.Installed)) && !outcomes.All(outcome => !outcome.LeftAsItWas && installed.Length + removed.Length == 0);
        var result = !command.Succeeded ? plan.Result.With("results", new ListValue([])).With("failures", Value.Of(TransactionFailure.Failures(command.Output)))
            : isTold ? plan.Result
                .With("results", Value.Of([.. installed.Select(package => $"Installed: {package}"), .. removed.Select(package => $"Removed: {package}")]))
                .With("changes", MapValue.From(("installed", Value.Of(installed)), ("removed", Value.Of(removed))))
            : plan.Result;
        result = result.With("rc", Value.Of(command.ExitCode));
        // Of a failure the step itself says what there is to say.
        return !command.Succeeded ? result.With("msg", plan.Result["msg"] ?? Value.Of("")) : result.With("msg", Value.Of(isTold && installed.Length + removed.Length == 0 ? "Nothing to do" : ""));
    }

    /// <summary>Of a plan that finds nothing to do.</summary>
    internal static MapValue Nothing { get; } = MapValue.From(("results", new ListValue([])), ("msg", Value.Of("Nothing to do")), ("rc", Value.Of(0)));

    private static PackageAction ActionOf(PackageState state) => state switch
    {
        PackageState.Absent => PackageAction.Remove,
        PackageState.Latest => PackageAction.Update,
        _ => PackageAction.Install,
    };

    // What a file's name says need not be what is in it; an address is not fetched to know.
    private static async ValueTask<(PackageSpec Spec, Impossible? Problem)> OfFile(PackageSpec spec, ModuleContext context, CancellationToken cancellation)
    {
        if (!spec.IsFile || spec.IsAddress || !spec.Text.StartsWith('/'))
        {
            return (spec, null);
        }
        var answer = await context.View.Ask(new PackageFileLook(spec.Text), cancellation);
        return answer.Packages is [var package, ..] ? (spec with { File = package }, null)
            : (spec, new Impossible($"No RPM file matching '{spec.Text}' found on system") { Remedy = "copy it there in an earlier task", MayBeMade = true });
    }

    // The same package in two versions is what a transaction leaves that was cut off before it erased the older one. Of a
    // kernel, and of what is built for one, several are there by intention.
    private static ImmutableArray<Package> Older(PackagesAnswer installed) =>
    [
        .. installed.Packages
            .Where(package => !((string[])["kernel", "kmod-", "gpg-pubkey"]).Any(prefix => package.Name.StartsWith(prefix, StringComparison.Ordinal)))
            .GroupBy(package => (package.AskedAs, package.Name, package.Architecture))
            .SelectMany(versions => versions.Order(Comparer<Package>.Create(RpmVersion.Compare)).SkipLast(1)),
    ];

    private static Plan Mended(Plan plan, ImmutableArray<Package> older, string? root)
    {
        if (plan is not (InSync or Change))
        {
            return plan;
        }
        string[] names = [.. older.Select(package => $"{package.Name}-{package.Version}-{package.Release}.{package.Architecture}").Distinct(StringComparer.Ordinal)];
        var because = $"{string.Join(", ", names)} {(names.Length == 1 ? "stands" : "stand")} beside a newer version: a transaction was cut off";
        var erase = new PackageTransaction(PackageAction.EraseOlder, [.. names]) { Root = root };
        return plan is Change change
            ? change with { Because = $"{because}; {change.Because}", Steps = change.Steps.Insert(0, erase) }
            : new Change(because, [erase]) { Result = plan.Result };
    }

    private static Plan WithoutNames(PackageRequest request, Purpose purpose) => (request, purpose) switch
    {
        ({ RefreshMetadata: false, IsEmptyList: true }, _) => new InSync("the list of packages is empty") { Result = Nothing },
        ({ RefreshMetadata: false }, _) => new Impossible("there is no package to manage") { Remedy = "add name" },
        (_, Purpose.Push) => new Change("the repositories' metadata is to be fetched again", [Transaction(request, PackageAction.Install, [])]) { OnlyWaits = true, Result = Nothing.With("msg", Value.Of("Cache updated")) },
        _ => new InSync("metadata is fetched again by a push") { Result = Nothing.With("msg", Value.Of("Cache updated")) },
    };

    private static Impossible? Refusal(PackageSpec spec, PackageState state) => spec switch
    {
        { IsRange: true, Range: null } => new Impossible($"'{spec.Text}' is no range of versions") { Remedy = "name >= 1.2, also <=, < and >" },
        { IsFile: true } when state == PackageState.Absent => new Impossible($"a package is removed by its name, not by a file: {spec.Text}"),
        { IsGlob: true } when state == PackageState.Present && spec.Text == "*" => new Impossible("'*' installs every package that there is") { Remedy = "state=latest updates what is installed" },
        _ => null,
    };

    private static Plan Install(PackageRequest request, ImmutableArray<PackageSpec> specs, PackagesAnswer installed)
    {
        var there = new List<string>();
        var missing = new List<PackageSpec>();
        var older = new List<PackageSpec>();
        var reasons = new List<string>();
        foreach (var spec in specs)
        {
            var standing = spec.Judge(installed);
            if (standing.IsInstalled)
            {
                there.Add($"{Shown(standing.Package!)} already installed");
            }
            else if (standing is { Package: { } other, Pinned.Version: not null } && standing.Pinned.Compare(other) > 0)
            {
                if (request.AllowDowngrade)
                {
                    older.Add(spec);
                    reasons.Add($"{Shown(other)} is installed, not {spec.Text}");
                }
                else
                {
                    there.Add($"{Shown(other)} already installed, newer than {spec.Text}");
                }
            }
            else
            {
                missing.Add(spec);
                reasons.Add(standing.Package is { } present ? $"{Shown(present)} is installed, not {spec.Text}" : $"{spec.Text} is not installed");
            }
        }
        (PackageAction Action, List<PackageSpec> Specs)[] steps = [(PackageAction.Install, missing), (PackageAction.Downgrade, older)];
        return missing.Count + older.Count == 0
            ? new InSync(Join(there)) { Result = Nothing }
            : new Change(Join(reasons), [.. steps.Where(step => step.Specs.Count > 0).Select(step => Transaction(request, step.Action, [.. step.Specs.Select(spec => spec.ForTransaction)]))])
            {
                Result = Results([.. missing.Concat(older).Select(spec => $"Installed: {spec.Text}")]),
                Diff = string.Concat(missing.Concat(older).Select(spec => $"+{spec.Text}\n")),
            };
    }

    private static Plan Remove(PackageRequest request, ImmutableArray<PackageSpec> specs, PackagesAnswer installed)
    {
        var present = specs.Select(spec => (Spec: spec, Standing: spec.Judge(installed))).Where(pair => pair.Standing.IsInstalled).ToList();
        // Without it dnf takes along what nothing needs any more; Ansible's default is not to.
        var options = request.Autoremove ? request.Options : request.Options.Add("--setopt=clean_requirements_on_remove=False");
        return present.Count == 0
            ? new InSync($"{string.Join(", ", specs.Select(spec => spec.Text))} not installed") { Result = Nothing }
            : new Change(
                $"{Join(present.Select(pair => Shown(pair.Standing.Package!)))} installed",
                [Transaction(request, PackageAction.Remove, [.. present.Select(pair => pair.Spec.ForTransaction)]) with { Options = options }])
            {
                Result = Results(present.Select(pair => $"Removed: {pair.Standing.Package}")),
                Diff = string.Concat(present.Select(pair => $"-{pair.Standing.Package}\n")),
            };
    }

    private static async ValueTask<Plan> Update(
        PackageRequest request, ImmutableArray<PackageSpec> specs, PackagesAnswer installed, ModuleContext context, CancellationToken cancellation)
    {
        var standings = specs.Select(spec => (Spec: spec, Standing: spec.Judge(installed))).ToList();
        var missing = standings.Where(pair => !pair.Standing.IsInstalled && !request.UpdateOnly).ToList();
        var present = standings.Where(pair => pair.Standing.IsInstalled).ToList();
        if (request.HasFilter)
        {
            return await PackageAsking.Plan("which updates are marked so", Transaction(request, PackageAction.Update, [.. specs.Select(spec => spec.ForTransaction)]), context, cancellation);
        }
        var newer = new List<(PackageSpec Spec, Package Old, Package New)>();
        if (context.Purpose == Purpose.Push && present.Count > 0)
        {
            var look = new AvailablePackagesLook([.. present.Where(pair => !pair.Spec.IsFile).Select(pair => pair.Spec.Text)], request.EnableRepositories, request.DisableRepositories) { Options = request.RepositoryOptions, Root = request.InstallRoot };
            var available = look.Names.IsEmpty ? new PackagesAnswer([], []) : await context.View.Ask(look, cancellation);
            newer.AddRange(from pair in present
                           from candidate in available.Packages
                           where candidate.AskedAs == pair.Spec.Text && !IsExcluded(request, candidate.Name)
                           let old = installed.Packages.Where(package => package.Name == candidate.Name).MaxBy(package => package, Comparer<Package>.Create(RpmVersion.Compare))
                           where old is not null && RpmVersion.Compare(candidate, old) > 0
                           select (pair.Spec, old, candidate));
        }
        var steps = ImmutableArray.CreateBuilder<Step>();
        if (missing.Count > 0)
        {
            steps.Add(Transaction(request, PackageAction.Install, [.. missing.Select(pair => pair.Spec.ForTransaction)]));
        }
        if (newer.Count > 0)
        {
            steps.Add(Transaction(request, PackageAction.Update, [.. newer.Select(item => item.Spec.ForTransaction).Distinct()]));
        }
        var there = present.Select(pair => context.Purpose == Purpose.Push
            ? $"{Shown(pair.Standing.Package!)} is the newest"
            : $"{Shown(pair.Standing.Package!)} already installed").ToList();
        if (steps.Count == 0)
        {
            var idle = there.Count > 0 ? Join(there) : $"{string.Join(", ", specs.Select(spec => spec.Text))} not installed, and update_only installs nothing";
            var left = standings.Where(pair => !pair.Standing.IsInstalled).Select(pair => $"Packages providing {pair.Spec.Text} not installed due to update_only specified");
            return new InSync(idle) { Result = Nothing.With("results", Value.Of(left)) };
        }
        string[] reasons = [.. missing.Select(pair => $"{pair.Spec.Text} is not installed"), .. newer.Select(item => $"{Shown(item.Old)} is installed, {Shown(item.New)} is to be had")];
        return new Change(Join(reasons), steps.ToImmutable())
        {
            Result = Results([.. missing.Select(pair => $"Installed: {pair.Spec.Text}"), .. newer.Select(item => $"Installed: {item.New}"), .. newer.Select(item => $"Removed: {item.Old}")]),
            Diff = string.Concat([.. missing.Select(pair => $"+{pair.Spec.Text}\n"), .. newer.Select(item => $"-{item.Old}\n+{item.New}\n")]),
        };
    }

    private static bool IsExcluded(PackageRequest request, string name) => request.Exclude.Any(pattern => OperatorTree.IsMatch(name, pattern));

    internal static PackageTransaction Transaction(PackageRequest request, PackageAction action, ImmutableArray<string> names) => new(action, names)
    {
        EnableRepositories = request.EnableRepositories,
        DisableRepositories = request.DisableRepositories,
        Exclude = request.Exclude,
        Options = request.Options,
        RefreshMetadata = request.RefreshMetadata,
        Root = request.InstallRoot,
        LockTimeout = request.LockTimeout,
    };

    private static string Shown(Package package) => $"{package.Name} {(package.Epoch == 0 ? "" : $"{package.Epoch}:")}{package.Version}-{package.Release}";

    // A task with forty packages gives a line, not a page.
    private static string Join(IEnumerable<string> parts)
    {
        var all = parts.ToList();
        return all.Count <= 3 ? string.Join(", ", all) : $"{string.Join(", ", all[..3])} and {all.Count - 3} more";
    }

    internal static MapValue Results(IEnumerable<string> lines) => MapValue.From(("results", Value.Of(lines)), ("msg", Value.Of("Check mode: No changes made, but would have if not in check mode")), ("rc", Value.Of(0)));
}
