namespace FlaskDeploy.Language.Diagnostics;

/// <summary>Where something was written. Lines and columns count from 1; zero means unknown.</summary>
/// <param name="File">Path as the operator would name it, or a description in angle brackets ("&lt;extra vars&gt;").</param>
public readonly record struct SourceSpan(string File, int Line, int Column)
{
    /// <summary>Not written anywhere: made by the program.</summary>
    public static SourceSpan None { get; } = new("", 0, 0);

    public bool IsNone => string.IsNullOrEmpty(File);

    /// <summary>The span of a character inside a text that starts here and has no line breaks of its own.</summary>
    public SourceSpan Shift(int columns) => this with { Column = Column == 0 ? 0 : Column + columns };

    /// <summary><c>site.yml:14:7</c>, as compilers print it and editors read it.</summary>
    public override string ToString() => (IsNone, Line) switch
    {
        (true, _) => "",
        (_, 0) => File,
        _ when Column == 0 => $"{File}:{Line}",
        _ => $"{File}:{Line}:{Column}",
    };
}
