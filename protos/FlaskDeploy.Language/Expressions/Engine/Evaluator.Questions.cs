using FlaskDeploy.Language.Values;

namespace FlaskDeploy.Language.Expressions;

// What an expression asks of the operator's side although its value is not known yet: whoever evaluates ahead of time wants
// to know it all, so that it is there when the rest is known.
internal sealed partial class Evaluator
{
    private bool IsAhead => Context.Lookups is { IsAhead: true };

    /// <summary>The value; where that is unknown, all questions in the expression are asked all the same.</summary>
    private Value Asking(ExpressionNode node, Func<ExpressionNode, Value> evaluate)
    {
        if (!IsAhead)
        {
            return evaluate(node);
        }
        try
        {
            var value = evaluate(node);
            if (value.IsUnknown)
            {
                AskAll(node);
            }
            return value;
        }
        catch (UnknownStop)
        {
            AskAll(node);
            throw;
        }
    }

    private void AskAll(ExpressionNode node)
    {
        switch (node)
        {
            // What is certainly not evaluated asks nothing.
            case ConditionalNode conditional:
                AskAll(conditional.Condition);
                var holds = Known(conditional.Condition);
                foreach (var branch in new[] { holds == false ? null : conditional.Then, holds == true ? null : conditional.Else }.OfType<ExpressionNode>())
                {
                    AskAll(branch);
                }
                return;
            case AndNode and:
                AskBoth(and.Left, and.Right, decides: false);
                return;
            case OrNode or:
                AskBoth(or.Left, or.Right, decides: true);
                return;
            case var question when IsQuestion(question):
                if (Known(question) is not null)
                {
                    return;
                }
                Tell(question);
                break;
        }
        foreach (var part in node.Parts)
        {
            AskAll(part);
        }
    }

    private void Tell(ExpressionNode question)
    {
        if (question is CallNode { Arguments: { Positional: [ConstantNode { Value: TextValue name }, ..] } arguments } && arguments.Parts.Any(part => IsOpen(part)))
        {
            Context.Lookups!.CannotAskYet(Lookups.Plain(name.Text), Context);
        }
    }

    private bool IsOpen(ExpressionNode node)
    {
        try
        {
            return Eval(node).IsUnknown;
        }
        catch (UnknownStop)
        {
            return true;
        }
        catch (EvaluationStop stop) when (!stop.IsBudget)
        {
            return false;
        }
    }

    private void AskBoth(ExpressionNode left, ExpressionNode right, bool decides)
    {
        AskAll(left);
        if (Known(left) != decides)
        {
            AskAll(right);
        }
    }

    private static bool IsQuestion(ExpressionNode node) =>
        node is CallNode { Target: NameNode { Name: "lookup" or "query" or "q" } } or FilterNode { Name: "fileglob" } || node is TestNode test && FileTests.Contains(test.Name);

    // Whether it is true; null: it is unknown, or an error, which may be so because of what is unknown.
    private bool? Known(ExpressionNode node)
    {
        try
        {
            var value = Eval(node);
            return value.IsUnknown ? null : Truth(value);
        }
        catch (Exception stop) when (stop is UnknownStop or EvaluationStop { IsBudget: false })
        {
            return null;
        }
    }
}
