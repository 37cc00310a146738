using System.Text;

namespace FlaskDeploy.Language.Diagnostics;

public enum Severity
{
    Error,
    Warning,
}

/// <summary>
/// What is wrong with something that a person wrote, where, and what to do about it. Diagnostics are data: they are
/// collected, all of them, and nothing throws because of them.
/// </summary>
/// <param name="Code">Stable: <c>FD1203</c>. Allotted in <see cref="DiagnosticCodes"/>.</param>
/// <param name="Summary">One line without the position, in lower case, without a full stop.</param>
public sealed record Diagnostic(string Code, Severity Severity, SourceSpan Span, string Summary)
{
    /// <summary>More lines, where one is not enough.</summary>
    public string? Detail { get; init; }

    /// <summary>What the writer can do: <c>did you mean 'dest'?</c></summary>
    public string? Remedy { get; init; }

    /// <summary>What Ansible's modules say of it at run time, which playbooks compare; null: nothing of their own.</summary>
    public string? Said { get; init; }

    /// <summary><c>web.yml:14:7: error FD1203: copy has no argument 'destination'; did you mean 'dest'?</c></summary>
    public override string ToString()
    {
        var text = new StringBuilder();
        if (!Span.IsNone)
        {
            text.Append(Span).Append(": ");
        }
        text.Append(Severity == Severity.Error ? "error " : "warning ").Append(Code).Append(": ").Append(Summary);
        if (Remedy is not null)
        {
            text.Append("; ").Append(Remedy);
        }
        if (Detail is not null)
        {
            text.Append('\n').Append("    ").Append(Detail.ReplaceLineEndings("\n    "));
        }
        return text.ToString();
    }
}
