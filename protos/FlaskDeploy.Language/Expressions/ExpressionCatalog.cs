namespace FlaskDeploy.Language.Expressions;

/// <summary>The names that the language knows, for its reference pages and for what a bundle says that it needs.</summary>
public static class ExpressionCatalog
{
    public static IReadOnlyCollection<string> Filters { get; } = Expressions.Filters.All.Keys;

    public static IReadOnlyCollection<string> Tests { get; } = Expressions.Tests.All.Keys;

    public static IReadOnlyCollection<string> Statements => Parser.Statements;

    public static IReadOnlyCollection<string> Globals { get; } = Expressions.Globals.All.Keys;
}
