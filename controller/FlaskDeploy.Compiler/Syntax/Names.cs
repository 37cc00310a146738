using System.Text.RegularExpressions;

namespace FlaskDeploy.Compiler.Syntax;

/// <summary>What may be a name.</summary>
internal static partial class Names
{
    public static bool IsIdentifier(string text) => Identifier().IsMatch(text);

    /// <summary>A name with attributes and indexes, as 1.9 took it without braces: <c>with_items: packages.web</c>.</summary>
    public static bool IsBareVariable(string text) => BareVariable().IsMatch(text);

    [GeneratedRegex(@"^[A-Za-z_][A-Za-z0-9_]*\z", RegexOptions.CultureInvariant)]
    private static partial Regex Identifier();

    [GeneratedRegex(@"^[A-Za-z_][A-Za-z0-9_]*(?:\.[A-Za-z_][A-Za-z0-9_]*|\[(?:[0-9]+|'[^']*'|""[^""]*"")\])*\z", RegexOptions.CultureInvariant)]
    private static partial Regex BareVariable();
}
