using FlaskDeploy.Compiler.Syntax;
using FlaskDeploy.Language.Bundles;
using FlaskDeploy.Language.Diagnostics;
using FlaskDeploy.Language.Values;

namespace FlaskDeploy.Compiler.Binding;

/// <summary>Holds what tasks notify against the handlers that there are.</summary>
internal sealed class HandlerNames(SyntaxContext context)
{
    public void Check(Play play)
    {
        var handlers = All(play.Handlers).ToList();
        if (handlers.Any(handler => handler.Name is TemplateValue))
        {
            return;
        }
        var known = handlers.SelectMany(handler => handler.Listen.Append(handler.Name.ToString())).ToHashSet(StringComparer.Ordinal);
        foreach (var task in All(play.Tasks).Concat(handlers))
        {
            foreach (var name in task.Notify.Where(name => !known.Contains(name)))
            {
                context.Diagnostics.Error(CompilerCodes.UnknownHandler, task.Span, $"there is no handler '{name}'", Suggestion.For(name, known) ?? "add it to the play's handlers");
            }
        }
    }

    private static IEnumerable<TaskNode> All(IEnumerable<TaskNode> nodes) => nodes.SelectMany(node => node.Action is Block block
        ? All(block.Tasks).Concat(All(block.Rescue)).Concat(All(block.Always)).Prepend(node)
        : [node]);
}
