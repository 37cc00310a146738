using System.Collections.Immutable;

namespace FlaskDeploy.Language.Expressions;

// The statements that bring in other templates.
internal sealed partial class Parser
{
    private IncludeNode ParseInclude(int at)
    {
        var name = ParseExpression();
        var ignoresMissing = Current.IsName("ignore") && Look().IsName("missing");
        _at += ignoresMissing ? 2 : 0;
        return new IncludeNode(at, name, ignoresMissing, SkipContext() ?? true);
    }

    private ImportNode ParseImport(int at)
    {
        var name = ParseExpression();
        ExpectName("as");
        var target = ParseNameTarget();
        return new ImportNode(at, name, target, SkipContext() ?? false);
    }

    private FromImportNode ParseFromImport(int at)
    {
        var template = ParseExpression();
        ExpectName("import");
        var names = ImmutableArray.CreateBuilder<(string, string)>();
        var hasContext = (bool?)null;
        while (true)
        {
            if (names.Count > 0)
            {
                ExpectOperator(",");
            }
            if ((hasContext = SkipContext()) is not null)
            {
                break;
            }
            var token = Current;
            var name = ParseNameTarget();
            if (name.StartsWith('_'))
            {
                throw Fail(token, "names that start with an underscore cannot be imported");
            }
            names.Add((name, SkipName("as") ? ParseNameTarget() : name));
            if ((hasContext = SkipContext()) is not null || !Current.IsOperator(","))
            {
                break;
            }
        }
        return new FromImportNode(at, template, names.ToImmutable(), hasContext ?? false);
    }

    private ExtendsNode ParseExtends(Token token)
    {
        if (_tags.Any(tag => tag is not ("extends" or "if")))
        {
            throw Fail(token, "'extends' stands at the top of a template, not inside of another statement");
        }
        return new ExtendsNode(token.At, ParseExpression());
    }

    // Null: nothing is said about the context.
    private bool? SkipContext()
    {
        if (!(Current.IsName("with") || Current.IsName("without")) || !Look().IsName("context"))
        {
            return null;
        }
        var hasContext = Next().Text == "with";
        Next();
        return hasContext;
    }
}
