namespace FlaskDeploy.Language.Expressions;

internal enum TokenKind
{
    Data,
    VariableStart,
    VariableEnd,
    BlockStart,
    BlockEnd,
    Name,
    Text,
    Integer,
    Real,
    Operator,
    End,
}

/// <summary>For <see cref="TokenKind.Text"/> the text is what the literal means; for all else, what was written.</summary>
internal readonly record struct Token(TokenKind Kind, int At, string Text)
{
    internal bool IsName(string name) => Kind == TokenKind.Name && Text == name;

    internal bool IsOperator(string text) => Kind == TokenKind.Operator && Text == text;

    /// <summary>As an error message names it.</summary>
    public override string ToString() => Kind switch
    {
        TokenKind.Data => "text",
        TokenKind.VariableStart or TokenKind.BlockStart or TokenKind.Name or TokenKind.Operator or TokenKind.Integer or TokenKind.Real => $"'{Text}'",
        TokenKind.VariableEnd => "the end of the print statement",
        TokenKind.BlockEnd => "the end of the statement block",
        TokenKind.Text => "a string",
        _ => "the end",
    };
}
