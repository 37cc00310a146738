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
internal sealed class OperatorLookups(OperatorFiles files, string directory, Action<TreeEntry> onRead) : ILookups
{
    private static readonly ImmutableArray<string> All = ["file", "fileglob", "items", "list", "flattened", "dict", "nested", "cartesian", "together", "indexed_items", "sequence", "subelements"];

    /// <summary>What the language has, on both sides.</summary>
    public static ImmutableArray<string> Known => All;

    public IEnumerable<string> Names => All;

    public Evaluation? Lookup(string name, IReadOnlyList<Value> terms, IReadOnlyDictionary<string, Value> options, EvaluationContext context)
    {
        if (!All.Contains(name))
        {
            return null;
        }
        if (terms.FirstOrDefault(term => term.IsUnknown) is { } unknown)
        {
            return Evaluation.Of(unknown is UnknownValue ? unknown : new UnknownValue("a part of what is looked up is unknown"));
        }
        return name switch
        {
            "file" => ReadFiles(terms, options, context.Span),
            "fileglob" => Evaluation.Of(Value.Of(terms.SelectMany(term => files.Glob(term.Reveal().ToString(), directory, context.Span)))),
            "dict" when terms.Count == 1 => LoopItems.Expand(name, terms[0], _ => [], context.Span),
            _ => LoopItems.Expand(name, Value.Of(terms), _ => [], context.Span),
        };
    }

    private Evaluation ReadFiles(IReadOnlyList<Value> terms, IReadOnlyDictionary<string, Value> options, SourceSpan span)
    {
        var result = new List<Value>();
        foreach (var name in terms.Select(term => term.Reveal().ToString()))
        {
            var found = files.Find(name, directory, OperatorFileKind.File, span);
            if (found is not [{ Digest: not null } entry])
            {
                var places = files.Places(name, directory, OperatorFileKind.File);
                return Evaluation.Failed(new Diagnostic(CompilerCodes.MissingFile, Severity.Error, span, $"lookup: there is no file '{name}'") { Detail = $"looked for {string.Join(", ", places)}" });
            }
            if (files.ReadText(entry, span) is not { } text)
            {
                return Evaluation.Failed(new Diagnostic(CompilerCodes.UnreadableOperatorFile, Severity.Error, span, $"lookup: '{name}' cannot be read as text"));
            }
            onRead(entry);
            text = options.TryGetValue("rstrip", out var right) && !right.IsTruthy ? text : text.TrimEnd();
            result.Add(Value.Of(options.TryGetValue("lstrip", out var left) && left.IsTruthy ? text.TrimStart() : text));
        }
        return Evaluation.Of(Value.Of(result));
    }
}
