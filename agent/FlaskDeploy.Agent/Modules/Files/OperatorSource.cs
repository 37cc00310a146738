using FlaskDeploy.Language.Bundles;

namespace FlaskDeploy.Agent.Modules.Files;

/// <summary>Finds what a task's <c>src</c> means in the bundle's tree.</summary>
internal static class OperatorSource
{
    internal static TreeEntry? Find(ModuleContext context, string source, OperatorFileKind kind) =>
        context.Files.Tree.Find(source, context.Directory, kind);

    internal static Impossible Missing(ModuleContext context, string source, OperatorFileKind kind) =>
        new($"there is no {source} on the operator's side")
        {
            Remedy = $"it was looked for as {string.Join(", ", OperatorTree.Candidates(source, context.Directory, kind))} beside the playbook",
        };
}
