using System.Collections.Frozen;
using FlaskDeploy.Language.Expressions;
using FlaskDeploy.Language.Values;

namespace FlaskDeploy.Language.Bundles;

/// <summary><c>with_file</c> and its kin: loops over what a lookup answers, which is what <c>loop</c> with <c>query</c> says too.</summary>
public static class LookupLoop
{
    private const string Terms = "terms_of_this_loop";

    public static FrozenSet<string> Kinds { get; } = FileLookups.OfFiles.Concat(AskedLookups.Names).Concat(["vars", "varnames", "random_choice", "inventory_hostnames", "config"]).ToFrozenSet(StringComparer.Ordinal);

    public static bool IsOne(string kind) => Kinds.Contains(kind);

    /// <summary>What the loop goes over; null: it is none of these.</summary>
    public static Evaluation? Expand(string kind, IReadOnlyList<Value> terms, EvaluationContext context) => !IsOne(kind) ? null
        : Resolver.Resolve(new TemplateValue($"{{{{ query('{kind}', *{Terms}) }}}}", context.Span), context with { Variables = new WithTerms(context.Variables, new ListValue([.. terms])) });

    private sealed class WithTerms(IVariables others, ListValue terms) : IVariables
    {
        public IEnumerable<string> Names => others.Names;

        public IEnumerable<string> Suggestible => others.Suggestible;

        public Value? Find(string name) => name == Terms ? terms : others.Find(name);
    }
}
