using System.Collections.Immutable;
using FlaskDeploy.Language.Bundles;
using FlaskDeploy.Language.Diagnostics;
using FlaskDeploy.Language.Expressions;
using FlaskDeploy.Language.Values;

namespace FlaskDeploy.Compiler.Files;

/// <summary>
/// Lookups while compiling: those that read files enter them into the tree, so that the agent, which evaluates the same
/// expression, finds them there.
/// </summary>
/// <param name="directory">Of the task's file: where relative names start.</param>
/// <param name="onRead">Told of every file that was read.</param>
internal sealed class OperatorLookups(OperatorFiles files, TemplateIncludes includes, string directory, Action<TreeEntry> onRead) : ILookups
{
    private static readonly ImmutableArray<string> Own = ["file", "unvault", "template", "fileglob", "first_found", "sequence", "subelements"];

    // As it is, with the newline at its end.
    private static readonly Dictionary<string, Value> Whole = new(StringComparer.Ordinal) { ["rstrip"] = Value.False };

    // The expression engine has these by itself.
    private static readonly ImmutableArray<string> OfValues = ["vars", "varnames", "list", "items", "flattened", "dict", "indexed_items", "together", "nested", "cartesian", "random_choice"];

    /// <summary>What an agent can ask where the operator's machine is its own.</summary>
    public static ImmutableArray<string> Here { get; } = ["pipe", "lines", "env", "password"];

    /// <summary>What the language has, on both sides.</summary>
    public static ImmutableArray<string> Known { get; } = [.. Own, .. OfValues];

    public IEnumerable<string> Names => Own;

    public bool? Holds(string test, IReadOnlyList<string> paths) => files.Ask(test, paths);

    public Evaluation? Lookup(string name, IReadOnlyList<Value> terms, IReadOnlyDictionary<string, Value> options, EvaluationContext context)
    {
        if (Here.Contains(name))
        {
            return Evaluation.Of(new UnknownValue($"{name} is asked when the task runs"));
        }
        if (!Own.Contains(name))
        {
            return null;
        }
        if (terms.FirstOrDefault(term => term.IsUnknown) is { } unknown)
        {
            return Evaluation.Of(unknown is UnknownValue ? unknown : new UnknownValue("a part of what is looked up is unknown"));
        }
        return name switch
        {
            "file" => Each(terms, term => ReadFile(term, OperatorFileKind.File, options, context)),
            "unvault" => Each(terms, term => ReadFile(term, OperatorFileKind.File, Whole, context)),
            "template" => Each(terms, term => Render(term, context) is { Value: { } text } ? Evaluation.Of(PrintedData.Of(text, options)) : Render(term, context)),
            "fileglob" => Evaluation.Of(Value.Of(terms.SelectMany(term => files.Glob(term.Reveal().ToString(), directory, context.Span)))),
            "first_found" => FirstFound(terms, context),
            _ => LoopItems.Expand(name, Value.Of(terms), _ => [], context.Span),
        };
    }

    private static Evaluation Each(IReadOnlyList<Value> terms, Func<string, Evaluation> one)
    {
        var results = new List<Value>();
        foreach (var term in terms)
        {
            var result = one(term.Reveal().ToString());
            if (result.Value is null)
            {
                return result;
            }
            results.Add(result.Value);
        }
        return Evaluation.Of(Value.Of(results));
    }

    private Evaluation ReadFile(string name, OperatorFileKind kind, IReadOnlyDictionary<string, Value> options, EvaluationContext context)
    {
        if (Find(name, kind, context) is not { } entry)
        {
            return Missing(name, kind, context);
        }
        if (files.ReadText(entry, context.Span) is not { } text)
        {
            return Evaluation.Failed(new Diagnostic(CompilerCodes.UnreadableOperatorFile, Severity.Error, context.Span, $"lookup: '{name}' cannot be read as text"));
        }
        text = options.TryGetValue("rstrip", out var right) && !right.IsTruthy ? text : text.TrimEnd();
        Value read = Value.Of(options.TryGetValue("lstrip", out var left) && left.IsTruthy ? text.TrimStart() : text);
        return Evaluation.Of(entry.IsSecret ? new SecretValue(read) : read);
    }

    private Evaluation Render(string name, EvaluationContext context)
    {
        var source = ReadFile(name, OperatorFileKind.Template, Whole, context);
        if (source.Value is null)
        {
            return source;
        }
        var diagnostics = new DiagnosticBag();
        var file = Find(name, OperatorFileKind.Template, context)!;
        var others = new OperatorTemplates(files, directory, file.Path, context.Span, onRead);
        includes.Follow(file, TemplateOptions.Default, others);
        return Template.Parse(source.Value.Reveal().ToString(), new SourceSpan(name, 1, 1), diagnostics, TemplateOptions.Default) is { } template
            ? template.RenderText(context with { Templates = others }, TemplateOptions.Default)
            : Evaluation.Failed(diagnostics.ToSorted()[0]);
    }

    // All that are there: the agent takes the first.
    private Evaluation FirstFound(IReadOnlyList<Value> terms, EvaluationContext context)
    {
        var names = terms.SelectMany(term => term.Reveal() is ListValue list ? list.Items : [term]).Select(term => term.Reveal().ToString()).ToList();
        var found = names.Where(name => Find(name, OperatorFileKind.File, context) is not null).ToList();
        return found.Count > 0
            ? Evaluation.Of(Value.Of([found[0]]))
            : Evaluation.Failed(new Diagnostic(CompilerCodes.MissingFile, Severity.Error, context.Span, $"lookup: none of the files is there: {string.Join(", ", names)}"));
    }

    private TreeEntry? Find(string name, OperatorFileKind kind, EvaluationContext context)
    {
        if (files.Find(name, directory, kind, context.Span) is not [{ Digest: not null } entry])
        {
            return null;
        }
        onRead(entry);
        return entry;
    }

    private Evaluation Missing(string name, OperatorFileKind kind, EvaluationContext context) =>
        Evaluation.Failed(new Diagnostic(CompilerCodes.MissingFile, Severity.Error, context.Span, $"lookup: there is no file '{name}'")
        {
            Remedy = Suggestion.For(name, files.Beside(name, directory, kind)),
            Detail = $"looked for {string.Join(", ", files.Places(name, directory, kind))}",
        });
}
