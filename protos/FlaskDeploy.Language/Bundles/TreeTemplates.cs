using System.Text;
using FlaskDeploy.Language.Expressions;

namespace FlaskDeploy.Language.Bundles;

/// <summary>The templates of a bundle's tree that another one may bring in.</summary>
/// <param name="read">The content of a file of the tree; null: the host may not read it.</param>
/// <param name="directory">Of the file that wrote the task.</param>
/// <param name="beside">The template that the task renders; null: the task's own arguments.</param>
public sealed class TreeTemplates(OperatorTree tree, Func<Digest, byte[]?> read, string directory, string? beside) : ITemplates
{
    public TemplateFile? Find(string name)
    {
        foreach (var start in Starts(directory, beside))
        {
            if (tree.Find(PathOf(name), start, OperatorFileKind.Template) is { Digest: { } digest } entry && read(digest) is { } bytes)
            {
                return new TemplateFile(entry.Path, Encoding.UTF8.GetString(bytes)) { IsSecret = entry.IsSecret };
            }
        }
        return null;
    }

    /// <summary>The directories that such a name is looked for from, in order: as for the task's own files, then beside the template.</summary>
    public static IEnumerable<string> Starts(string directory, string? beside) =>
        beside is null ? [directory] : [directory, beside[..Math.Max(0, beside.LastIndexOf('/'))]];

    /// <summary>The name as a path that never leaves those directories by itself: neither from the root nor from a home.</summary>
    public static string PathOf(string name) => "./" + name.TrimStart('/');
}
