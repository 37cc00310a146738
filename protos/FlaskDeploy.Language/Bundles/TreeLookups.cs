using System.Collections.Immutable;
using System.Text;
using FlaskDeploy.Language.Diagnostics;
using FlaskDeploy.Language.Expressions;
using FlaskDeploy.Language.Values;

namespace FlaskDeploy.Language.Bundles;

/// <summary>
/// The lookups that need nothing but the operator's files and the variables. They give the same on both sides; those that
/// ask that machine itself (<c>pipe</c>, <c>env</c>…) give what the compiler was answered.
/// </summary>
/// <param name="read">The content of a file of the tree; null: the host may not read it.</param>
/// <param name="directory">Of the file that wrote the task: where relative names start.</param>
/// <param name="isElsewhere">Whether a path is one of a file that the bundle carries compiled; <c>first_found</c> finds those too.</param>
public sealed class TreeLookups(OperatorTree tree, Func<Digest, byte[]?> read, string directory = "", Func<string, bool>? isElsewhere = null) : FileLookups
{
    // Those that are loops as well give what the loop goes over.
    private static readonly ImmutableArray<string> Loops = ["items", "list", "dict", "nested", "cartesian", "together", "sequence", "indexed_items", "flattened", "subelements"];

    /// <summary>What tests of paths asked the operator's machine while the playbook was compiled.</summary>
    public ImmutableArray<OperatorAnswer> Answers { get; init; } = [];

    /// <summary>What lookups asked it.</summary>
    public ImmutableArray<LookupAnswer> Asked { get; init; } = [];

    public override IEnumerable<string> Names => OfFiles.Concat(["fileglob", "first_found", "vars"]).Concat(AskedLookups.Names).Concat(Loops);

    public override bool? Holds(string test, IReadOnlyList<string> paths) => Answers.FirstOrDefault(answer => answer.IsAbout(test, paths))?.Holds;

    public override Evaluation? Lookup(string name, IReadOnlyList<Value> terms, IReadOnlyDictionary<string, Value> options, EvaluationContext context) => name switch
    {
        "fileglob" => Evaluation.Of(Value.Of(terms.SelectMany(term => Glob(term.ToString())))),
        "first_found" => FirstFound(terms, options, context),
        "vars" => Each(terms, term => Variable(term, options, context)),
        "dict" when terms.Count == 1 => LoopItems.Expand(name, terms[0], Glob, context.Span),
        _ when OfFiles.Contains(name) => LookupFile(name, terms, options, context),
        _ when AskedLookups.Names.Contains(name) => Remembered(name, new ListValue([.. terms]), new MapValue(options.Select(option => KeyValuePair.Create((Value)Value.Of(option.Key), option.Value))), context),
        _ when Loops.Contains(name) => LoopItems.Expand(name, new ListValue([.. terms]), Glob, context.Span),
        _ => null,
    };

    private Evaluation Remembered(string name, ListValue terms, MapValue options, EvaluationContext context) =>
        Asked.FirstOrDefault(answer => answer.IsAbout(name, terms, options)) is not { } answer
            ? Failed(context, $"lookup '{name}': the operator's machine was not asked about {string.Join(", ", terms.Items.Select(term => term.ToRepr()))} when the playbook was pushed", "make what it asks of names that are known before the run")
            : answer.Problem is { } problem ? Failed(context, problem)
            : Evaluation.Of(answer.Result);

    private IEnumerable<string> Glob(string pattern) => tree.Glob(pattern, directory).Select(entry => entry.Path);

    protected override Evaluation Read(string name, OperatorFileKind kind, EvaluationContext context) =>
        Text(name, kind) is var (text, entry) ? Evaluation.Of(Guarded(Value.Of(text), entry)) : Missing(name, context);

    protected override Evaluation Render(string path, EvaluationContext context)
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

    private Evaluation FirstFound(IReadOnlyList<Value> terms, IReadOnlyDictionary<string, Value> options, EvaluationContext context)
    {
        var (names, mayBeMissing) = Bundles.FirstFound.Names(terms, options);
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
}
