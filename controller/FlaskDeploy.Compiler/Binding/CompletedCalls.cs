using System.Collections.Immutable;
using FlaskDeploy.Compiler.Files;
using FlaskDeploy.Compiler.Syntax;
using FlaskDeploy.Language.Bundles;
using FlaskDeploy.Language.Diagnostics;
using FlaskDeploy.Language.Expressions;
using FlaskDeploy.Language.Modules;
using FlaskDeploy.Language.Values;

namespace FlaskDeploy.Compiler.Binding;

/// <summary>
/// Calls that only the run completes: whose module is named by a variable, or whose arguments come out of one. What is known
/// for a host ahead is held against the spec as if it had been written; of the rest the bundle needs every module that it may be.
/// </summary>
internal sealed class CompletedCalls(SyntaxContext context, FilesOfTasks files)
{
    private const int MostNamed = 4;

    /// <summary>The call as it will be on that host, with its site; as it was written where it is that already, or where only the host can tell.</summary>
    /// <param name="gravity">Of what is wrong with it.</param>
    /// <param name="isCertain">The task is run.</param>
    public TaskOnHost Complete(TaskOnHost instance, Severity gravity, bool isCertain)
    {
        var call = instance.Call;
        if (call is { Choice: null, Given.IsEmpty: true })
        {
            return instance;
        }
        var given = GivenTo(instance);
        var written = given is null ? call.Arguments : new MapValue(given.Entries.Where(entry => !call.Arguments.TryGet(entry.Key, out _)).Concat(call.Arguments.Entries));
        if (call.Choice is not { } choice)
        {
            return context.SiteOf(instance.Call) is { } site ? Held(instance, written, site, gravity, isWhole: given is not null) : instance;
        }
        switch (Resolver.Resolve(choice.Name, files.Evaluate(instance)).Value)
        {
            case null:
                return instance;
            case { IsUnknown: true }:
                Open(instance, choice, written, gravity, isCertain, isWhole: given is not null);
                return instance;
            case var name:
                var (spec, problem) = ChosenModules.Find(name.Reveal().ToString().Trim(), context.Modules.Find, context.Modules.Names, context.Request.ForLocalApply, choice.Name.Span);
                if (spec is null)
                {
                    Report(problem! with { Severity = isCertain ? gravity : Severity.Warning });
                    return instance;
                }
                context.Needs(spec);
                return Held(instance, written, SiteOf(instance, choice, spec), gravity, isWhole: given is not null);
        }
    }

    private static CallSite SiteOf(TaskOnHost instance, ModuleChoice choice, ModuleSpec spec) => new(spec, argument => choice.PlaceOf(instance.Call, argument));

    // Null: only the host knows them all.
    private MapValue? GivenTo(TaskOnHost instance)
    {
        var given = MapValue.Empty;
        foreach (var more in instance.Call.Given)
        {
            if (Resolver.Resolve(more, files.Evaluate(instance)).Value is not { IsUnknown: false } known || known.Reveal() is not MapValue map || map.Entries.Any(entry => entry.Value.IsUnknown))
            {
                return null;
            }
            given = given.Merge(map);
        }
        return given;
    }

    private TaskOnHost Held(TaskOnHost instance, MapValue arguments, CallSite site, Severity gravity, bool isWhole)
    {
        foreach (var problem in isWhole ? Problems(instance, arguments, site) : [])
        {
            Report(problem with { Severity = gravity });
        }
        return As(instance, arguments, site);
    }

    private static TaskOnHost As(TaskOnHost instance, MapValue arguments, CallSite site)
    {
        var line = site.Spec.TakesFreeForm ? arguments["_raw_params"] : null;
        return instance with { Call = instance.Call with { Module = site.Spec.Name, Arguments = arguments, FreeForm = instance.Call.FreeForm ?? line }, Site = site };
    }

    private static ImmutableArray<Diagnostic> Problems(TaskOnHost instance, MapValue arguments, CallSite site)
    {
        var found = new DiagnosticBag();
        var line = instance.Call.FreeForm ?? (site.Spec.TakesFreeForm ? arguments["_raw_params"] : null);
        var named = site.Spec.TakesFreeForm ? new MapValue(arguments.Entries.Where(entry => entry.Key.ToString() != "_raw_params")) : arguments;
        ArgumentBinder.Bind(site.Spec, named, line?.ToString(), site.SpanOf, found);
        return found.ToSorted();
    }

    // Wrong is only what is wrong for every module that it may be.
    private void Open(TaskOnHost instance, ModuleChoice choice, MapValue arguments, Severity gravity, bool isCertain, bool isWhole)
    {
        var name = NamePrefix.Of(choice.Name, files.Evaluate(instance));
        var possible = ChosenModules.MayBe(choice.Name.Source, name.Start, name.End, context.Modules.Find, context.Modules.Names, context.Request.ForLocalApply);
        ImmutableArray<Diagnostic>? wrong = null;
        foreach (var spec in possible)
        {
            context.Needs(spec);
            var site = SiteOf(instance, choice, spec);
            var problems = isWhole ? Problems(instance, arguments, site) : [];
            if (problems.IsEmpty)
            {
                var before = context.Diagnostics.Count;
                files.Collect(As(instance, arguments, site), isCertain, isTolerated: false);
                problems = [.. context.Diagnostics.TakeSince(before).Where(problem => problem.Severity == Severity.Error)];
            }
            wrong = wrong is { IsEmpty: true } || problems.IsEmpty ? [] : wrong ?? problems;
        }
        if (possible.IsEmpty)
        {
            Report(new Diagnostic(DiagnosticCodes.UnknownModule, isCertain ? gravity : Severity.Warning, choice.Name.Span, $"no module's name can come of '{choice.Name.Source}'"));
        }
        else if (possible.Length > MostNamed && wrong is { IsEmpty: false })
        {
            Report(new Diagnostic(DiagnosticCodes.UnknownArgument, gravity, choice.Name.Span, $"whichever module '{choice.Name.Source}' comes to mean: none takes {string.Join(", ", arguments.Entries.Select(entry => entry.Key))} together")
            {
                Detail = wrong.Value[0].Summary,
            });
        }
        else
        {
            foreach (var problem in wrong ?? [])
            {
                Report(problem with { Severity = gravity });
            }
        }
    }

    private void Report(Diagnostic problem) => context.Diagnostics.Add(problem);
}
