using FlaskDeploy.Compiler.Files;
using FlaskDeploy.Compiler.Syntax;
using FlaskDeploy.Language.Bundles;
using FlaskDeploy.Language.Diagnostics;
using FlaskDeploy.Language.Expressions;
using FlaskDeploy.Language.Values;

namespace FlaskDeploy.Compiler.Binding;

/// <summary>Checks the files that <c>template</c> renders: their syntax once, their names for each host.</summary>
internal sealed class TemplateFiles(SyntaxContext context, OperatorFiles files)
{
    public TemplateIncludes Includes { get; } = new(files, context.Templates.Note);

    // A file is rendered here only to see whether it can be; the host takes the time it needs.
    private static readonly EvaluationBudget Budget = new() { Time = TimeSpan.FromSeconds(1), Steps = 500_000, Characters = 4 * 1024 * 1024 };

    private readonly Dictionary<string, (Template? Template, string Text)> _parsed = new(StringComparer.Ordinal);

    /// <summary>How the file is read, as far as the task says it in plain words.</summary>
    public static TemplateOptions OptionsOf(MapValue arguments)
    {
        var bound = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var (key, value) in arguments.Entries)
        {
            bound[key.ToString()] = value is TextValue text ? text.Text : "";
        }
        string Said(string name, string otherwise) => bound.GetValueOrDefault(name) is { Length: > 0 } said ? said : otherwise;
        var usual = TemplateOptions.Default;
        return usual with
        {
            BlockStart = Said("block_start_string", usual.BlockStart),
            BlockEnd = Said("block_end_string", usual.BlockEnd),
            VariableStart = Said("variable_start_string", usual.VariableStart),
            VariableEnd = Said("variable_end_string", usual.VariableEnd),
            CommentStart = Said("comment_start_string", usual.CommentStart),
            CommentEnd = Said("comment_end_string", usual.CommentEnd),
        };
    }

    public void Check(TreeEntry file, HostVariables variables, EvaluationContext evaluation, Action<SourceSpan, string, HostVariables> undefined, SourceSpan span, MapValue arguments, bool isCertain)
    {
        // Other delimiters make another language of it; the agent parses that.
        if (arguments.Entries.Any(entry => entry.Key.ToString().EndsWith("_string", StringComparison.Ordinal)) || Parse(file, span) is not { Template: { } template, Text: var text })
        {
            return;
        }
        var names = new FileNames(variables);
        var result = template.RenderText(evaluation with { Variables = names, Budget = Budget, Span = new SourceSpan(file.Path, 1, 1) }, TemplateOptions.Default);
        if (result.Error is { Code: DiagnosticCodes.TemplateNotFound } missing)
        {
            context.Diagnostics.Add(missing with { Severity = isCertain ? Severity.Error : Severity.Warning });
        }
        if (result.Error?.Code != DiagnosticCodes.UndefinedVariable)
        {
            return;
        }
        foreach (var name in template.Uses.Variables.Where(name => names.Find(name) is null && !ExpressionCatalog.Globals.Contains(name)))
        {
            if (Locate(text, name) is { } at && !UndefinedNames.IsGuarded(text))
            {
                undefined(new SourceSpan(file.Path, at.Line, at.Column), name, variables);
            }
        }
    }

    private (Template? Template, string Text) Parse(TreeEntry file, SourceSpan span)
    {
        if (!_parsed.TryGetValue(file.Path, out var known))
        {
            var text = files.ReadText(file, span);
            known = (text is null ? null : context.Templates.File(file.Path, text), text ?? "");
            _parsed.Add(file.Path, known);
        }
        return known;
    }

    // The first place inside of markup.
    private static (int Line, int Column)? Locate(string text, string name)
    {
        foreach (var (index, line) in text.Split('\n').Index())
        {
            for (var at = line.IndexOf(name, StringComparison.Ordinal); at >= 0; at = line.IndexOf(name, at + 1, StringComparison.Ordinal))
            {
                var before = at == 0 ? ' ' : line[at - 1];
                var after = at + name.Length == line.Length ? ' ' : line[at + name.Length];
                if (line[..at].Contains('{') && !char.IsLetterOrDigit(before) && before is not ('_' or '.' or '\'' or '"') && !char.IsLetterOrDigit(after) && after != '_')
                {
                    return (index + 1, at + 1);
                }
            }
        }
        return null;
    }

    // With the names that the module adds.
    private sealed class FileNames(HostVariables inner) : IVariables
    {
        private static readonly UnknownValue Own = new("the template module gives it");

        public IEnumerable<string> Names => inner.Names;

        public IEnumerable<string> Suggestible => inner.Suggestible;

        public Value? Find(string name) => inner.Find(name) ?? (name.StartsWith("template_", StringComparison.Ordinal) ? Own : null);
    }
}
