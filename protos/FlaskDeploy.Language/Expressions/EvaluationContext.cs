using FlaskDeploy.Language.Diagnostics;
using FlaskDeploy.Language.Values;

namespace FlaskDeploy.Language.Expressions;

/// <summary>
/// What names mean where an expression is evaluated. Values may be templates: the evaluator renders them when they are
/// used, and finds templates that need each other in a circle.
/// </summary>
public interface IVariables
{
    /// <summary>Null: the name is not defined.</summary>
    Value? Find(string name);

    /// <summary>All that are defined, for <c>vars</c> and <c>varnames</c>.</summary>
    IEnumerable<string> Names { get; }

    /// <summary>What may have been meant where a name is misspelt. Less than all, where somebody else says what was meant.</summary>
    IEnumerable<string> Suggestible => Names;
}

/// <summary>
/// What lookups may ask: the operator's files (the playbook's tree) and the operator's environment. In the compiler it is
/// the operator's machine, on the agent the tree of the bundle; what is not to be had there is an error with its reason.
/// </summary>
public interface ILookups
{
    /// <summary>Null when the name is no lookup. The result is a list, as Ansible's lookups give.</summary>
    Evaluation? Lookup(string name, IReadOnlyList<Value> terms, IReadOnlyDictionary<string, Value> options, EvaluationContext context);

    /// <summary>All names, for suggestions.</summary>
    IEnumerable<string> Names { get; }

    /// <summary>Whether a test of paths holds on the operator's machine; null: it cannot be asked.</summary>
    bool? Holds(string test, IReadOnlyList<string> paths) => null;

    /// <summary>What is asked is noted for a later evaluation that knows more: all that it may come to ask is to be asked.</summary>
    bool IsAhead => false;

    /// <summary>Told ahead of a lookup whose terms or options are not known yet.</summary>
    void CannotAskYet(string name, EvaluationContext context)
    {
    }
}

/// <summary>A bound on what an expression may cost. Passing it is error FD1307, never a hang.</summary>
public sealed record EvaluationBudget
{
    public static EvaluationBudget Default { get; } = new();

    public TimeSpan Time { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>Steps of the evaluator; elements made count too.</summary>
    public long Steps { get; init; } = 10_000_000;

    /// <summary>Characters of the result and of every string on the way.</summary>
    public int Characters { get; init; } = 16 * 1024 * 1024;
}

public sealed record EvaluationContext(IVariables Variables)
{
    public ILookups? Lookups { get; init; }

    /// <summary>Null: a template can bring in no others.</summary>
    public ITemplates? Templates { get; init; }

    public EvaluationBudget Budget { get; init; } = EvaluationBudget.Default;

    public TimeProvider Time { get; init; } = TimeProvider.System;

    /// <summary>
    /// What a template prints is the Python value that it reads as, and what is none stays none: Ansible's
    /// <c>jinja2_native</c>. Not of template files, which are texts.
    /// </summary>
    public bool HasNativeTypes { get; init; }

    /// <summary>Something secret was read on the way to what a lookup is asked.</summary>
    public bool IsAboutSecrets { get; init; }

    /// <summary>Where diagnostics point that have no better place.</summary>
    public SourceSpan Span { get; init; }
}

/// <summary>What an evaluation came to: a value, or what is wrong. Exactly one is there.</summary>
public readonly record struct Evaluation
{
    private Evaluation(Value? value, Diagnostic? error) => (Value, Error) = (value, error);

    public Value? Value { get; }

    public Diagnostic? Error { get; }

    public static Evaluation Of(Value value) => new(value, null);

    public static Evaluation Failed(Diagnostic error) => new(null, error);
}
