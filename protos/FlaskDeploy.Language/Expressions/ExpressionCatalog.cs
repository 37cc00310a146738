using FlaskDeploy.Language.Bundles;

namespace FlaskDeploy.Language.Expressions;

/// <summary>The names that the language knows, for its reference pages and for what a bundle says that it needs.</summary>
public static class ExpressionCatalog
{
    public static IReadOnlyCollection<string> Filters { get; } = Expressions.Filters.All.Keys;

    public static IReadOnlyCollection<string> Tests { get; } = Expressions.Tests.All.Keys;

    public static IReadOnlyCollection<string> Lookups { get; } = [.. FileLookups.OfFiles, "fileglob", "first_found", "sequence", "subelements", .. AskedLookups.Names, .. Expressions.Lookups.Own];

    public static IReadOnlyCollection<string> Statements => Parser.Statements;

    public static IReadOnlyCollection<string> Globals { get; } = Expressions.Globals.All.Keys;

    /// <summary>The names of its parameters with blanks between: <c>name!</c> must be given, <c>*</c> and <c>**</c> take more.</summary>
    public static string FilterParameters(string name) => Expressions.Filters.All[name].Parameters;

    /// <inheritdoc cref="FilterParameters"/>
    public static string TestParameters(string name) => Expressions.Tests.All[name].Parameters;
}
