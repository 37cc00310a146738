using FlaskDeploy.Language.Bundles;
using FlaskDeploy.Language.Diagnostics;
using FlaskDeploy.Language.Expressions;

namespace FlaskDeploy.Compiler.Files;

/// <summary>
/// Brings along what template files include, import and extend, through any number of them: what a name that is written
/// out means, and of any other name all that its constant ends can match.
/// </summary>
internal sealed class TemplateIncludes(OperatorFiles files, Action<TemplateUses, SourceSpan> onUse)
{
    // Parsed once for all hosts; what is wrong in one is said where it is rendered.
    private readonly Dictionary<(string Path, TemplateOptions Options), TemplateUses> _uses = [];

    public void Follow(TreeEntry file, TemplateOptions options, OperatorTemplates others) => Follow(UsesOf(file, options), options, others, [file.Path]);

    /// <summary>The same of a template that is no file.</summary>
    public void Follow(TemplateUses uses, TemplateOptions options, OperatorTemplates others) => Follow(uses, options, others, []);

    private void Follow(TemplateUses uses, TemplateOptions options, OperatorTemplates others, HashSet<string> seen)
    {
        foreach (var reference in uses.Templates)
        {
            foreach (var entry in Meant(reference, others))
            {
                if (seen.Add(entry.Path))
                {
                    Follow(UsesOf(entry, options), options, others, seen);
                }
            }
        }
    }

    private static IEnumerable<TreeEntry> Meant(TemplateReference reference, OperatorTemplates others) =>
        !TemplateReference.IsPossible(reference.Start + "x") ? []
        : !reference.IsCertain ? others.Widen(reference.Start, reference.End)
        : others.FindEntry(reference.Start) is { } entry ? [entry] : [];

    private TemplateUses UsesOf(TreeEntry file, TemplateOptions options)
    {
        if (!_uses.TryGetValue((file.Path, options), out var uses))
        {
            var span = new SourceSpan(file.Path, 1, 1);
            uses = files.ReadText(file, span) is { } text && Template.Parse(text, span, new DiagnosticBag(), options) is { } template ? template.Uses : new TemplateUses();
            _uses.Add((file.Path, options), uses);
            onUse(uses, span);
        }
        return uses;
    }
}
