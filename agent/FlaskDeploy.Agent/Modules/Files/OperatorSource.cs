using FlaskDeploy.Language.Bundles;

namespace FlaskDeploy.Agent.Modules.Files;

/// <summary>Finds what a task's <c>src</c> means in the bundle's tree.</summary>
internal static class OperatorSource
{
    /// <param name="kind">The folder of roles and playbooks that is searched first: <c>files</c> or <c>templates</c>.</param>
    internal static TreeEntry? Find(ModuleContext context, string source, string kind)
    {
        var name = source.TrimEnd('/');
        foreach (var candidate in Candidates(context.Directory, name, kind))
        {
            if (context.Files.Tree.Entries.FirstOrDefault(entry => entry.Path == candidate) is { } found)
            {
                return found;
            }
        }
        return null;
    }

    /// <summary>What is below a directory, sorted by path.</summary>
    internal static IEnumerable<TreeEntry> Below(ModuleContext context, string directory) =>
        context.Files.Tree.Entries.Where(entry => entry.Path.StartsWith(directory + "/", StringComparison.Ordinal));

    internal static Impossible Missing(ModuleContext context, string source) =>
        new($"there is no {source} on the operator's side") { Remedy = $"put it beside the playbook or into files/; it was looked for from {(context.Directory.Length == 0 ? "the playbook's directory" : context.Directory)}" };

    private static IEnumerable<string> Candidates(string directory, string name, string kind) =>
        name.StartsWith('/') ? [name] : [$"{directory}/{kind}/{name}", $"{directory}/{name}", $"{kind}/{name}", name];
}
