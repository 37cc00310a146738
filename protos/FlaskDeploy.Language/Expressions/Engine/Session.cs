using System.Runtime.CompilerServices;
using FlaskDeploy.Language.Diagnostics;
using FlaskDeploy.Language.Values;

namespace FlaskDeploy.Language.Expressions;

/// <summary>What all templates of one evaluation share: the budget, what is being rendered, what has been.</summary>
internal sealed class Session(EvaluationContext context)
{
    private const int StepsBetweenClocks = 512;

    private readonly long _started = context.Time.GetTimestamp();
    private readonly Dictionary<Value, Value> _settled = new(ReferenceEqualityComparer.Instance);
    private readonly Dictionary<TemplateValue, Value> _opened = new(ReferenceEqualityComparer.Instance);
    private readonly List<(TemplateValue Template, string? Name)> _rendering = [];
    private long _steps;
    private TimeSpan _outside;
    private long _nextClock;

    private readonly Dictionary<(string Name, TemplateOptions Options), (Template? Template, Diagnostic? Error, bool IsSecret)> _loaded = [];

    internal EvaluationContext Context => context;

    /// <summary>Another template, read once; neither: there is none of that name.</summary>
    internal (Template? Template, Diagnostic? Error, bool IsSecret) Load(string name, TemplateOptions options)
    {
        options = options.ForOthers;
        if (_loaded.TryGetValue((name, options), out var known))
        {
            return known;
        }
        if (TemplateReference.IsPossible(name) && context.Templates?.Find(name) is { } file)
        {
            var diagnostics = new DiagnosticBag();
            known = (Template.Parse(file.Text, new SourceSpan(file.Path, 1, 1), diagnostics, options), diagnostics.ToSorted().FirstOrDefault(), file.IsSecret);
        }
        return _loaded[(name, options)] = known;
    }

    internal EvaluationBudget Budget => context.Budget;

    /// <summary>Null while within the budget; else which part of it is spent.</summary>
    internal string? Charge(long steps)
    {
        _steps += steps;
        if (_steps > Budget.Steps || _steps < 0)
        {
            return $"it takes more than {Budget.Steps} steps";
        }
        if (_steps < _nextClock)
        {
            return null;
        }
        _nextClock = _steps + StepsBetweenClocks;
        return Remaining <= TimeSpan.Zero ? $"it takes longer than {Budget.Time.TotalSeconds:0.###} s" : null;
    }

    internal TimeSpan Remaining => Budget.Time - (context.Time.GetElapsedTime(_started) - _outside);

    /// <summary>What others take, who have bounds of their own, is not the expression's time.</summary>
    internal T Outside<T>(Func<T> act)
    {
        var since = context.Time.GetTimestamp();
        try
        {
            return act();
        }
        finally
        {
            _outside += context.Time.GetElapsedTime(since);
        }
    }

    /// <summary>The value without templates in it, each rendered once per session.</summary>
    internal Value Settle(Value value, string? name = null)
    {
        if (!value.HasTemplates)
        {
            return value;
        }
        if (_settled.TryGetValue(value, out var settled))
        {
            return settled;
        }
        RuntimeHelpers.EnsureSufficientExecutionStack();
        settled = value switch
        {
            TemplateValue template => Rendering(template, name, () => Open(template, name, isRendering: true) is var opened && opened.HasTemplates ? Twin(Settle(opened, name)) : opened),
            ListValue list => new ListValue([.. list.Items.Select(item => Settle(item, name))]),
            MapValue map => map.RenderedLater(value => Settle(value, name)) ?? new MapValue(map.Entries.Select(entry => KeyValuePair.Create(Settle(entry.Key, name), Settle(entry.Value, name)))),
            SecretValue secret => new SecretValue(Settle(secret.Reveal(), name)),
            _ => value,
        };
        _settled[value] = settled;
        return settled;
    }

    // Two templates that show one variable show two things, as in Ansible.
    private static Value Twin(Value value) => value switch
    {
        ListValue list => new ListValue([.. list.Items.Select(Twin)]),
        MapValue map => new MapValue(map.Entries.Select(entry => KeyValuePair.Create(entry.Key, Twin(entry.Value)))),
        _ => value,
    };

    /// <summary>
    /// What a template is, and no more: what it shows of other variables may hold templates still, so that one look into
    /// all of a host's variables does not need the others.
    /// </summary>
    internal Value Open(TemplateValue template, string? name, bool isRendering = false)
    {
        if (!_opened.TryGetValue(template, out var opened))
        {
            RuntimeHelpers.EnsureSufficientExecutionStack();
            opened = isRendering ? Render(template) : Rendering(template, name, () => Render(template));
            _opened[template] = opened;
        }
        return opened;
    }

    /// <summary>The value, where an undefined one is the error that it stands for.</summary>
    internal Value Defined(Value value)
    {
        if (FirstUndefined(value) is { } undefined)
        {
            throw new EvaluationStop(undefined.Origin ?? new Diagnostic(DiagnosticCodes.UndefinedVariable, Severity.Error, context.Span, undefined.What));
        }
        return value;
    }

    private static UndefinedValue? FirstUndefined(Value value) => value.Reveal() switch
    {
        UndefinedValue undefined => undefined,
        ListValue list => list.Items.Select(FirstUndefined).FirstOrDefault(found => found is not null),
        MapValue map => map.Entries.Select(entry => FirstUndefined(entry.Value)).FirstOrDefault(found => found is not null),
        _ => null,
    };

    private Value Render(TemplateValue value)
    {
        var (template, error) = TemplateCache.Shared.Get(value.Source, value.Span.IsNone ? context.Span : value.Span);
        return template is null ? throw new EvaluationStop(error!) : template.RenderIn(this, isLazy: true);
    }

    // Finds templates that need each other.
    private Value Rendering(TemplateValue value, string? name, Func<Value> run)
    {
        if (_rendering.FindIndex(other => other.Template.Source == value.Source && other.Template.Span == value.Span) is var first and >= 0)
        {
            var chain = _rendering[first..].Append((value, name)).Select(item => item.Item2 ?? item.Item1.Source).Distinct().ToList();
            throw new EvaluationStop(new Diagnostic(
                DiagnosticCodes.EvaluationFailed,
                Severity.Error,
                value.Span.IsNone ? context.Span : value.Span,
                chain.Count == 1 ? $"'{chain[0]}' needs itself" : $"these variables need each other: {string.Join(" -> ", chain.Append(chain[0]))}"));
        }
        _rendering.Add((value, name));
        try
        {
            return run() switch
            {
                UndefinedValue { Origin: { } missing } undefined => new UndefinedValue(undefined.What) { IsLenient = undefined.IsLenient, Origin = For(name, value, missing) },
                var rendered => rendered,
            };
        }
        catch (EvaluationStop stop) when (stop.Diagnostic.Code == DiagnosticCodes.UndefinedVariable)
        {
            // A variable whose template needs something undefined is itself undefined: default() may look at it.
            return new UndefinedValue(stop.Diagnostic.Summary) { Origin = For(name, value, stop.Diagnostic) };
        }
        finally
        {
            _rendering.RemoveAt(_rendering.Count - 1);
        }
    }

    // Which variable asked for it: the one that is next to what is missing.
    private static Diagnostic For(string? name, TemplateValue value, Diagnostic missing) =>
        name is null || missing.Detail is not null ? missing : missing with { Detail = $"for {name}: {value.Source}" };
}
