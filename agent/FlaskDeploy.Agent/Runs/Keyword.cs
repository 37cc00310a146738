using FlaskDeploy.Language.Expressions;
using FlaskDeploy.Language.Values;

namespace FlaskDeploy.Agent.Runs;

/// <summary>What a keyword is by what is written nearest to a task; where that comes to <c>omit</c>, by what is written around it.</summary>
/// <param name="Around">Null: nobody else says it.</param>
internal sealed record Keyword(Value Written, Keyword? Around)
{
    /// <param name="written">Null: it is not written here.</param>
    public static Keyword? Over(Keyword? around, Value? written) => written is null ? around : new(written, around);

    /// <summary>All that may count, the nearest first.</summary>
    public IEnumerable<Value> All => [Written, .. Around?.All ?? []];

    /// <summary>Null: nobody says it.</summary>
    public Evaluation? In(EvaluationContext context)
    {
        var said = Resolver.Resolve(Written, context);
        return said.Value?.Equals(Resolver.Omit) == true ? Around?.In(context) : said;
    }
}
