using FlaskDeploy.Language.Bundles;
using FlaskDeploy.Language.Diagnostics;
using FlaskDeploy.Language.Expressions;

namespace FlaskDeploy.Compiler.Files;

/// <summary>What templates bring in while compiling: it enters the tree, where the agent finds it by the same rule.</summary>
/// <param name="directory">Of the task's file.</param>
/// <param name="beside">The template that the task renders; null: the task's own arguments.</param>
/// <param name="onFind">Told of every file that was found.</param>
internal sealed class OperatorTemplates(OperatorFiles files, string directory, string? beside, SourceSpan span, Action<TreeEntry> onFind) : ITemplates
{
    public TemplateFile? Find(string name) =>
        FindEntry(name) is { } entry && files.ReadText(entry, span) is { } text ? new TemplateFile(entry.Path, text) { IsSecret = entry.IsSecret } : null;

    public TreeEntry? FindEntry(string name)
    {
        foreach (var start in TreeTemplates.Starts(directory, beside))
        {
            if (files.Find(TreeTemplates.PathOf(name), start, OperatorFileKind.Template, span) is [{ Digest: not null } entry])
            {
                onFind(entry);
                return entry;
            }
        }
        return null;
    }

    /// <summary>Every file that a name of which only the ends are certain can come to mean.</summary>
    public IEnumerable<TreeEntry> Widen(string prefix, string suffix)
    {
        var found = TreeTemplates.Starts(directory, beside)
            .SelectMany(start => files.Widen(prefix.TrimStart('/'), suffix, start, OperatorFileKind.Template, span)).Where(entry => entry.Digest is not null).Distinct().ToList();
        found.ForEach(onFind);
        return found;
    }
}
