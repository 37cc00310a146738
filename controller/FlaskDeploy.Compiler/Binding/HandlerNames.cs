using FlaskDeploy.Compiler.Syntax;
using FlaskDeploy.Language.Bundles;
using FlaskDeploy.Language.Diagnostics;
using FlaskDeploy.Language.Expressions;
using FlaskDeploy.Language.Values;

namespace FlaskDeploy.Compiler.Binding;

/// <summary>Holds what tasks notify against the handlers that there are.</summary>
internal sealed class HandlerNames(SyntaxContext context)
{
    public void Check(Play play)
    {
        var reached = new HashSet<string>(StringComparer.Ordinal);
        var tasks = Reach(play.Tasks.Concat(play.Handlers), reached).ToList();
        var handlers = All(play.Handlers, null).Concat(reached.SelectMany(key => All(context.Includes.Find(key)!.Handlers, null))).ToList();
        if (handlers.Any(handler => handler.Node.Name is TemplateValue))
        {
            return;
        }
        var known = handlers.SelectMany(handler => handler.Node.Listen.Append(handler.Node.Name.ToString()).Append($"{handler.Role} : {handler.Node.Name}")).ToHashSet(StringComparer.Ordinal);
        foreach (var task in tasks.Concat(handlers.Select(handler => handler.Node)))
        {
            foreach (var name in task.Notify.Where(name => !known.Contains(name) && !Template.HasMarkup(name)))
            {
                context.Diagnostics.Add(new Diagnostic(CompilerCodes.UnknownHandler, context.Configuration.PassesOverMissingHandlers ? Severity.Warning : Severity.Error, task.Span, $"there is no handler '{name}'")
                {
                    Remedy = Suggestion.For(name, known) ?? "add it to the play's handlers",
                });
            }
        }
    }

    // With everything that includes may bring, each file once.
    private IEnumerable<TaskNode> Reach(IEnumerable<TaskNode> nodes, HashSet<string> reached)
    {
        foreach (var (node, _) in All(nodes, null))
        {
            yield return node;
            foreach (var key in (node.Action is Include ? context.Includes.CandidatesOf(node.Action) : []).Where(reached.Add))
            {
                foreach (var task in Reach(context.Includes.Find(key)!.Tasks, reached))
                {
                    yield return task;
                }
            }
        }
    }

    private static IEnumerable<(TaskNode Node, string? Role)> All(IEnumerable<TaskNode> nodes, string? role) => nodes.SelectMany(node => node.Action is Block block
        ? All(block.Tasks.Concat(block.Rescue).Concat(block.Always), node.Role?.Name ?? role).Prepend((node, role))
        : [(node, role)]);
}
