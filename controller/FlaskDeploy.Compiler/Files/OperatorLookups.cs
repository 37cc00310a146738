using System.Collections.Immutable;
using FlaskDeploy.Language.Bundles;
using FlaskDeploy.Language.Diagnostics;
using FlaskDeploy.Language.Expressions;
using FlaskDeploy.Language.Values;

namespace FlaskDeploy.Compiler.Files;

/// <summary>Told of what lookups come to, for the host whose task they stand in.</summary>
internal interface ILookupListener
{
    void WasRead(TreeEntry file);

    void WasAnswered(LookupAnswer answer);

    /// <summary>What the operator's machine is to be asked is known on the host only.</summary>
    void CannotAsk(string name, SourceSpan span);
}

/// <summary>
/// Lookups while compiling: those that read files enter them into the tree, and what the others are answered goes into the
/// host's part, so that the agent, which evaluates the same expression, finds both there.
/// </summary>
/// <param name="directory">Of the task's file: where relative names start.</param>
internal sealed class OperatorLookups(OperatorFiles files, TemplateIncludes includes, OperatorInterview interview, string directory, ILookupListener listener) : FileLookups
{
    private static readonly ImmutableArray<string> Own = [.. OfFiles, "fileglob", "first_found", "sequence", "subelements", .. AskedLookups.Names];

    public override IEnumerable<string> Names => Own;

    public override bool IsAhead => true;

    public override bool? Holds(string test, IReadOnlyList<string> paths) => files.Ask(test, paths);

    public override Evaluation? Lookup(string name, IReadOnlyList<Value> terms, IReadOnlyDictionary<string, Value> options, EvaluationContext context)
    {
        if (!Own.Contains(name))
        {
            return null;
        }
        var isAsked = AskedLookups.Names.Contains(name);
        if (isAsked && !interview.IsOpen)
        {
            return Evaluation.Of(new UnknownValue($"{name} is asked when the task runs"));
        }
        if (terms.Concat(options.Values).FirstOrDefault(term => term.IsUnknown) is { } unknown)
        {
            return Evaluation.Of(unknown is UnknownValue ? unknown : new UnknownValue("a part of what is looked up is unknown"));
        }
        return name switch
        {
            _ when OfFiles.Contains(name) => LookupFile(name, terms, options, context),
            _ when isAsked => Asked(interview.Ask(name, terms, options, context), context),
            "fileglob" => Evaluation.Of(Value.Of(terms.SelectMany(term => files.Glob(term.Reveal().ToString(), directory, context.Span)))),
            "first_found" => FirstFound(terms, options, context),
            _ => LoopItems.Expand(name, Value.Of(terms), _ => [], context.Span),
        };
    }

    public override void CannotAskYet(string name, EvaluationContext context)
    {
        if (AskedLookups.Names.Contains(name) && interview.IsOpen)
        {
            listener.CannotAsk(name, context.Span);
        }
    }

    private Evaluation Asked(LookupAnswer answer, EvaluationContext context)
    {
        listener.WasAnswered(answer);
        return answer.Problem is { } problem ? Failed(context, problem) : Evaluation.Of(answer.Result);
    }

    protected override Evaluation Read(string name, OperatorFileKind kind, EvaluationContext context)
    {
        if (Find(name, kind, context) is not { } entry)
        {
            return Missing(name, kind, context);
        }
        if (files.ReadText(entry, context.Span) is not { } text)
        {
            return Evaluation.Failed(new Diagnostic(CompilerCodes.UnreadableOperatorFile, Severity.Error, context.Span, $"lookup: '{name}' cannot be read as text"));
        }
        return Evaluation.Of(entry.IsSecret ? new SecretValue(Value.Of(text)) : Value.Of(text));
    }

    protected override Evaluation Render(string name, EvaluationContext context)
    {
        var source = Read(name, OperatorFileKind.Template, context);
        if (source.Value is null)
        {
            return source;
        }
        var diagnostics = new DiagnosticBag();
        var file = Find(name, OperatorFileKind.Template, context)!;
        var others = new OperatorTemplates(files, directory, file.Path, context.Span, listener.WasRead);
        includes.Follow(file, TemplateOptions.Default, others);
        return Template.Parse(source.Value.Reveal().ToString(), new SourceSpan(name, 1, 1), diagnostics, TemplateOptions.Default) is { } template
            ? template.RenderText(context with { Templates = others }, TemplateOptions.Default)
            : Evaluation.Failed(diagnostics.ToSorted()[0]);
    }

    // All that are there: the agent takes the first.
    private Evaluation FirstFound(IReadOnlyList<Value> terms, IReadOnlyDictionary<string, Value> options, EvaluationContext context)
    {
        var (tried, mayBeMissing) = Language.Bundles.FirstFound.Names(terms, options);
        var names = tried.Select(name => name.Reveal().ToString()).ToList();
        var found = names.Where(name => Find(name, OperatorFileKind.File, context) is not null).ToList();
        return found.Count > 0
            ? Evaluation.Of(Value.Of([found[0]]))
            : mayBeMissing ? Evaluation.Of(ListValue.Empty)
            : Evaluation.Failed(new Diagnostic(CompilerCodes.MissingFile, Severity.Error, context.Span, $"lookup: none of the files is there: {string.Join(", ", names)}"));
    }

    private TreeEntry? Find(string name, OperatorFileKind kind, EvaluationContext context)
    {
        if (files.Find(name, directory, kind, context.Span) is not [{ Digest: not null } entry])
        {
            return null;
        }
        listener.WasRead(entry);
        return entry;
    }

    private Evaluation Missing(string name, OperatorFileKind kind, EvaluationContext context) =>
        Evaluation.Failed(new Diagnostic(CompilerCodes.MissingFile, Severity.Error, context.Span, $"lookup: there is no file '{name}'")
        {
            Remedy = Suggestion.For(name, files.Beside(name, directory, kind)),
            Detail = $"looked for {string.Join(", ", files.Places(name, directory, kind))}",
        });
}
