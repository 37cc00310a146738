namespace FlaskDeploy.Language.Expressions;

/// <summary>The names that the language knows.</summary>
public static class ExpressionCatalog
{
    public static IReadOnlyCollection<string> Filters { get; } = [];

    public static IReadOnlyCollection<string> Tests { get; } = [];

    public static IReadOnlyCollection<string> Globals { get; } = [];
}
