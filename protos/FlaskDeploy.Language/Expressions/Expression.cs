using FlaskDeploy.Language.Diagnostics;
using FlaskDeploy.Language.Values;

namespace FlaskDeploy.Language.Expressions;

/// <summary>A bare expression, as <c>when</c>, <c>changed_when</c> and <c>until</c> have them. Immutable, safe for several threads.</summary>
public sealed class Expression
{
    private readonly TemplateText _text;
    private readonly ExpressionNode _root;
    private readonly bool _copies;

    private Expression(TemplateText text, ExpressionNode root)
    {
        (_text, _root) = (text, root);
        (Uses, _copies) = UsesFinder.Of(root);
    }

    /// <summary>Names, filters, tests and lookups that it asks for.</summary>
    public TemplateUses Uses { get; }

    /// <summary>Null when errors were added: the first of syntax, all unknown filters and tests.</summary>
    /// <param name="start">Where the first character of <paramref name="source"/> stands.</param>
    public static Expression? Parse(string source, SourceSpan start, DiagnosticBag diagnostics)
    {
        var text = new TemplateText(BracedCondition.WithoutBraces(source) ?? source, start);
        var found = new DiagnosticBag();
        try
        {
            var root = new Parser(new Lexer(text.Text, TemplateOptions.Default).ReadExpression(), text, found).ParseWholeExpression();
            diagnostics.AddRange(found.ToSorted());
            return found.HasErrors ? null : new Expression(text, root);
        }
        catch (SyntaxStop stop)
        {
            diagnostics.AddRange(found.ToSorted());
            var remedy = Template.HasMarkup(source) ? "an expression stands here without {{ }}" : null;
            diagnostics.Error(DiagnosticCodes.ExpressionSyntax, text.At(stop.At), stop.Message, remedy);
            return null;
        }
    }

    public Evaluation Evaluate(EvaluationContext context) => Evaluator.Guard(context, session => session.Defined(EvaluateIn(session)));

    internal Value EvaluateIn(Session session) => new Evaluator(session, _text, new TemplateUnit(_copies, TemplateOptions.Default, _text.Start.File)).RunExpression(_root);
}
