using FlaskDeploy.Compiler.Syntax;
using FlaskDeploy.Compiler.Yaml;
using FlaskDeploy.Language.Diagnostics;
using FlaskDeploy.Language.Values;

namespace FlaskDeploy.Compiler.Inventory;

/// <summary>Reads what <c>-e</c> gave: pairs are texts, mappings and files are typed. Later ones win.</summary>
internal static class ExtraVarsReader
{
    private const string Source = "<extra vars>";

    public static SortedDictionary<string, Value> Read(SyntaxContext context)
    {
        var result = new SortedDictionary<string, Value>(StringComparer.Ordinal);
        foreach (var text in context.Request.ExtraVars)
        {
            foreach (var (name, value) in ReadOne(context, text))
            {
                result[name] = value;
            }
        }
        return result;
    }

    private static IEnumerable<KeyValuePair<string, Value>> ReadOne(SyntaxContext context, string text)
    {
        var trimmed = text.TrimStart();
        if (trimmed.StartsWith('@'))
        {
            var path = trimmed[1..].Trim();
            return OfMapping(context, context.Files.ReadYaml(context.Files.Absolute(path), SourceSpan.None, path), path);
        }
        if (trimmed.Length > 0 && trimmed[0] is '{' or '[')
        {
            return OfMapping(context, YamlReader.Read(Source, text, context.Diagnostics), Source);
        }
        return OfPairs(context, text);
    }

    private static IEnumerable<KeyValuePair<string, Value>> OfMapping(SyntaxContext context, YamlNode? root, string source)
    {
        if (root is YamlMapping mapping)
        {
            return context.Values.ReadVariables(mapping);
        }
        if (root is not (null or YamlScalar { IsNull: true }))
        {
            context.Diagnostics.Error(CompilerCodes.BadExtraVars, new SourceSpan(source, 0, 0), $"extra vars are a mapping, and this is {root.Kind}", "write -e name=value or -e '{\"name\": value}'");
        }
        return [];
    }

    private static List<KeyValuePair<string, Value>> OfPairs(SyntaxContext context, string text)
    {
        var result = new List<KeyValuePair<string, Value>>();
        var start = new SourceSpan(Source, 1, 1);
        var parsed = KeyValueText.Parse(text, isCommand: false);
        if (parsed.Problem is { } problem)
        {
            context.Diagnostics.Error(CompilerCodes.BadExtraVars, start.Shift(problem.Offset), problem.Message);
        }
        foreach (var (stray, offset) in parsed.Strays)
        {
            context.Diagnostics.Error(CompilerCodes.BadExtraVars, start.Shift(offset), $"'{stray}' is no name=value", "put a value with blanks in quotes: -e \"name='a b'\"");
        }
        foreach (var pair in parsed.Pairs)
        {
            if (!Names.IsIdentifier(pair.Key))
            {
                context.Diagnostics.Error(CompilerCodes.BadName, start.Shift(pair.KeyOffset), $"'{pair.Key}' cannot be the name of a variable", "letters, digits and '_', not starting with a digit");
                continue;
            }
            result.Add(KeyValuePair.Create(pair.Key, context.Templates.TextOrTemplate(pair.Value, offset => start.Shift(pair.Offset + offset))));
        }
        return result;
    }
}
