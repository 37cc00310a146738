using System.Collections.Immutable;
using FlaskDeploy.Language.Values;
using FlaskDeploy.Language.Diagnostics;

namespace FlaskDeploy.Language.Expressions;

/// <summary>What a template or expression asks for by name, found without evaluating it.</summary>
public sealed record TemplateUses
{
    /// <summary>Names it reads that it does not bind itself.</summary>
    public ImmutableArray<string> Variables { get; init; } = [];

    /// <summary>It reads <c>hostvars</c> otherwise than for the host itself, <c>hostvars[inventory_hostname]</c>.</summary>
    public bool AsksOfOtherHosts { get; init; }

    public ImmutableArray<string> Filters { get; init; } = [];

    public ImmutableArray<string> Tests { get; init; } = [];

    public ImmutableArray<string> Lookups { get; init; } = [];

    /// <summary>The templates that it includes, imports or extends.</summary>
    public ImmutableArray<TemplateReference> Templates { get; init; } = [];
}

/// <summary>Another template that a template names. Where the name is not written out, what is certain of it.</summary>
/// <param name="Start">How the name starts; all of it where it is certain.</param>
/// <param name="End">How it ends.</param>
public readonly record struct TemplateReference(string Start, string End, bool IsCertain)
{
    /// <summary>It says <c>ignore missing</c>, or is one of several.</summary>
    public bool MayBeMissing { get; init; }

    /// <summary>Jinja2's rule: a name never leads out of the directories that templates are looked for in.</summary>
    public static bool IsPossible(string name) => !name.Split('/').Contains("..") && name.Trim('/').Length > 0;

    internal static TemplateReference Of(ExpressionNode name)
    {
        ImmutableArray<ExpressionNode> parts = [.. Parts(name)];
        var known = parts.TakeWhile(part => part is ConstantNode { Value: TextValue }).Count();
        var start = string.Concat(parts.Take(known).Select(Text));
        return known == parts.Length
            ? new TemplateReference(start, "", IsCertain: true)
            : new TemplateReference(start, string.Concat(parts.Reverse().TakeWhile(part => part is ConstantNode { Value: TextValue }).Reverse().Select(Text)), IsCertain: false);
    }

    private static string Text(ExpressionNode part) => ((TextValue)((ConstantNode)part).Value).Text;

    private static IEnumerable<ExpressionNode> Parts(ExpressionNode name) => name switch
    {
        ConcatNode concat => concat.Parts.SelectMany(Parts),
        BinaryNode { Operator: BinaryOperator.Add } sum => Parts(sum.Left).Concat(Parts(sum.Right)),
        _ => [name],
    };
}
