using System.Collections.Immutable;
using FlaskDeploy.Language.Diagnostics;
using FlaskDeploy.Language.Values;

namespace FlaskDeploy.Language.Expressions;

/// <summary>
/// Text with <c>{{ }}</c>, <c>{% %}</c> and <c>{# #}</c> in it, parsed once and rendered as often as wanted. Immutable,
/// safe for several threads. The language is Jinja2's, see https://jinja.palletsprojects.com/en/stable/templates/.
/// </summary>
public sealed class Template
{
    private readonly string _source;
    private readonly SourceSpan _start;

    // Those it was asked to be read with; its own first line may say otherwise.
    private readonly TemplateOptions _asked;

    private Template(string source, SourceSpan start, TemplateOptions asked, TemplateText text, TemplateOptions options, ImmutableArray<StatementNode> body, ImmutableArray<BlockNode> blocks)
    {
        (_source, _start, _asked, Text, Options, Body, Blocks) = (source, start, asked, text, options, body, blocks);
        (Uses, Copies) = UsesFinder.Of(body);
    }

    internal TemplateText Text { get; }

    internal TemplateOptions Options { get; }

    internal ImmutableArray<StatementNode> Body { get; }

    /// <summary>All of them, those inside of others too.</summary>
    internal ImmutableArray<BlockNode> Blocks { get; }

    /// <summary>Whether it calls a method that changes a value in place.</summary>
    internal bool Copies { get; }

    /// <summary>What it prints ends with as many newlines as its source, if it does not end with more.</summary>
    internal int NewlinesToRestore => Options.RestoresNewlines ? Text.Text.Length - Text.Text.TrimEnd('\n').Length : 0;

    /// <summary>Names, filters, tests and lookups that it asks for.</summary>
    public TemplateUses Uses { get; }

    /// <summary>
    /// Reads a template as task arguments have them: newlines at the end stay, backslashes in the strings of
    /// <c>{{ }}</c> are themselves. Null when errors were added: the first of syntax, all unknown filters and tests.
    /// </summary>
    /// <param name="start">Where the first character of <paramref name="source"/> stands.</param>
    public static Template? Parse(string source, SourceSpan start, DiagnosticBag diagnostics) =>
        Parse(source, start, diagnostics, TemplateOptions.ForArguments);

    /// <summary>The same for template files, with the options that their rendering will have.</summary>
    public static Template? Parse(string source, SourceSpan start, DiagnosticBag diagnostics, TemplateOptions options)
    {
        var (whole, first, asked) = (source, start, options);
        if (TemplateHeader.Take(ref source, ref start, ref options) is { } problem)
        {
            diagnostics.Error(DiagnosticCodes.ExpressionSyntax, first, problem);
            return null;
        }
        var text = new TemplateText(source, start);
        var found = new DiagnosticBag();
        try
        {
            var parser = new Parser(new Lexer(text.Text, options).ReadTemplate(), text, found);
            var body = parser.ParseTemplate();
            diagnostics.AddRange(found.ToSorted());
            return found.HasErrors ? null : new Template(whole, first, asked, text, options, body, parser.Blocks);
        }
        catch (SyntaxStop stop)
        {
            diagnostics.AddRange(found.ToSorted());
            diagnostics.Error(DiagnosticCodes.ExpressionSyntax, text.At(stop.At), stop.Message);
            return null;
        }
    }

    /// <summary>Whether there is anything to render.</summary>
    public static bool HasMarkup(string text) =>
        text.Contains("{{", StringComparison.Ordinal) || text.Contains("{%", StringComparison.Ordinal) || text.Contains("{#", StringComparison.Ordinal);

    /// <summary>
    /// What Ansible makes of it: a text, and data where that looks like a list, a dict or a truth and reads as one. A variable
    /// that stands there by itself keeps its number. With native types, whatever the text reads as in Python.
    /// </summary>
    public Evaluation Render(EvaluationContext context) => Evaluator.Guard(context, session => session.Defined(RenderIn(session)));

    /// <summary>Always text, as a template file's. Options other than those it was parsed with mean reading it again.</summary>
    public Evaluation RenderText(EvaluationContext context, TemplateOptions options)
    {
        if (options == _asked)
        {
            return Evaluator.Guard(context, session => session.Defined(Evaluate(session).RunText(this)));
        }
        var diagnostics = new DiagnosticBag();
        return Parse(_source, _start, diagnostics, options) is { } other
            ? other.RenderText(context, options)
            : Evaluation.Failed(diagnostics.ToSorted()[0]);
    }

    /// <summary>The value within a larger evaluation; it may be undefined.</summary>
    /// <param name="isLazy">Where it only shows another variable, that may keep its templates.</param>
    internal Value RenderIn(Session session, bool isLazy = false) => Evaluate(session).RunTemplate(this, isLazy);

    private Evaluator Evaluate(Session session)
    {
        var unit = new TemplateUnit(Copies, Options, Text.Start.File);
        unit.Add(this);
        return new Evaluator(session, Text, unit);
    }
}
