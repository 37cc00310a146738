using System.Collections.Immutable;
using System.Text;
using FlaskDeploy.Language.Diagnostics;
using FlaskDeploy.Language.Expressions;
using FlaskDeploy.Language.Values;

namespace FlaskDeploy.Language.Bundles;

/// <summary>
/// The lookups that need nothing but the operator's files and the variables. They give the same on both sides; those that
/// must run beside the operator (<c>pipe</c>, <c>env</c>…) are the compiler's.
/// </summary>
/// <param name="read">The content of a file of the tree; null: the host may not read it.</param>
/// <param name="directory">Of the file that wrote the task: where relative names start.</param>
/// <param name="isElsewhere">Whether a path is one of a file that the bundle carries compiled; <c>first_found</c> finds those too.</param>
public sealed class TreeLookups(OperatorTree tree, Func<Digest, byte[]?> read, string directory = "", Func<string, bool>? isElsewhere = null) : ILookups
{
    /// <summary>What the operator's machine was asked while the playbook was compiled.</summary>
    public ImmutableArray<OperatorAnswer> Answers { get; init; } = [];

    public bool? Holds(string test, IReadOnlyList<string> paths) => Answers.FirstOrDefault(answer => answer.IsAbout(test, paths))?.Holds;

    // Those that are loops as well give what the loop goes over.
    private static readonly ImmutableArray<string> Loops = ["items", "list", "dict", "nested", "cartesian", "together", "sequence", "indexed_items", "flattened", "subelements"];
    private static readonly ImmutableArray<string> Own = ["file", "unvault", "template", "fileglob", "first_found", "vars"];

    // As it is, with the newline at its end.
    private static readonly Dictionary<string, Value> Whole = new(StringComparer.Ordinal) { ["rstrip"] = Value.False };

    public IEnumerable<string> Names => Own.Concat(Loops);

    public Evaluation? Lookup(string name, IReadOnlyList<Value> terms, IReadOnlyDictionary<string, Value> options, EvaluationContext context) => name switch
    {
        "file" => Each(terms, term => File(term, options, context)),
        "unvault" => Each(terms, term => File(term, Whole, context)),
        "template" => Each(terms, term => RenderedFile(term, context) is { Value: { } text } ? Evaluation.Of(PrintedData.Of(text, options)) : RenderedFile(term, context)),
        "fileglob" => Evaluation.Of(Value.Of(terms.SelectMany(term => Glob(term.ToString())))),
        "first_found" => FirstFound(terms, context),
        "vars" => Each(terms, term => Variable(term, options, context)),
        "dict" when terms.Count == 1 => LoopItems.Expand(name, terms[0], Glob, context.Span),
        _ when Loops.Contains(name) => LoopItems.Expand(name, new ListValue([.. terms]), Glob, context.Span),
        _ => null,
    };

    private IEnumerable<string> Glob(string pattern) => tree.Glob(pattern, directory).Select(entry => entry.Path);

    private static Evaluation Each(IReadOnlyList<Value> terms, Func<string, Evaluation> one)
    {
        var results = ImmutableArray.CreateBuilder<Value>(terms.Count);
        foreach (var term in terms)
        {
            var result = one(term.ToString());
            if (result.Value is null)
            {
                return result;
            }
            results.Add(result.Value);
        }
        return Evaluation.Of(new ListValue(results.ToImmutable()));
    }

    private Evaluation File(string path, IReadOnlyDictionary<string, Value> options, EvaluationContext context)
    {
        if (Text(path, OperatorFileKind.File) is not var (text, entry))
        {
            return Missing(path, context);
        }
        text = options.TryGetValue("rstrip", out var right) && !right.IsTruthy ? text : text.TrimEnd();
        return Evaluation.Of(Guarded(Value.Of(options.TryGetValue("lstrip", out var left) && left.IsTruthy ? text.TrimStart() : text), entry));
    }

    private Evaluation RenderedFile(string path, EvaluationContext context)
    {
        if (Text(path, OperatorFileKind.Template) is not var (text, entry))
        {
            return Missing(path, context);
        }
        var beside = entry.Path;
        var diagnostics = new DiagnosticBag();
        var template = Template.Parse(text, new SourceSpan(beside, 1, 1), diagnostics, TemplateOptions.Default);
        if (template is null)
        {
            return Evaluation.Failed(diagnostics.ToSorted()[0]);
        }
        var rendered = template.RenderText(context with { Templates = new TreeTemplates(tree, read, directory, beside) }, TemplateOptions.Default);
        return rendered.Value is { IsUnknown: false } value ? Evaluation.Of(Guarded(value, entry)) : rendered;
    }

    private static Value Guarded(Value value, TreeEntry entry) => entry.IsSecret && value is not SecretValue ? new SecretValue(value) : value;

    private Evaluation FirstFound(IReadOnlyList<Value> terms, EvaluationContext context)
    {
        var (names, mayBeMissing) = Bundles.FirstFound.Names(terms);
        if (names.FirstOrDefault(name => name.IsUnknown) is { } unknown)
        {
            return Evaluation.Of(unknown is UnknownValue ? unknown : new UnknownValue("a part of a file's name is unknown"));
        }
        foreach (var name in names.Select(name => name.Reveal().ToString()))
        {
            var path = tree.Find(name, directory, OperatorFileKind.File)?.Path ?? OperatorTree.Candidates(name, directory, OperatorFileKind.File).FirstOrDefault(candidate => isElsewhere?.Invoke(candidate) == true);
            if (path is not null)
            {
                return Evaluation.Of(Value.Of([path]));
            }
        }
        return mayBeMissing ? Evaluation.Of(ListValue.Empty) : Failed(context, $"none of the files was found: {string.Join(", ", names)}");
    }

    private static Evaluation Variable(string name, IReadOnlyDictionary<string, Value> options, EvaluationContext context) =>
        context.Variables.Find(name) is { } value ? Resolver.Resolve(value, context)
        : options.TryGetValue("default", out var otherwise) ? Evaluation.Of(otherwise)
        : Failed(context, $"there is no variable '{name}'", Suggestion.For(name, context.Variables.Names));

    private (string Text, TreeEntry Entry)? Text(string path, OperatorFileKind kind) =>
        tree.Find(path, directory, kind) is { Digest: { } digest } entry && read(digest) is { } bytes ? (Encoding.UTF8.GetString(bytes), entry) : null;

    private static Evaluation Missing(string path, EvaluationContext context) =>
        Failed(context, $"the lookup did not find the file '{path}' on the operator's side", "names that are made of variables find only files that the compiler could see");

    private static Evaluation Failed(EvaluationContext context, string summary, string? remedy = null) =>
        Evaluation.Failed(new Diagnostic(DiagnosticCodes.UnknownLookup, Severity.Error, context.Span, summary) { Remedy = remedy });
}
