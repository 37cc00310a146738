using FlaskDeploy.Agent.Runs;
using FlaskDeploy.Language.Diagnostics;
using FlaskDeploy.Language.Expressions;
using FlaskDeploy.Language.Values;

namespace FlaskDeploy.Agent.Drift;

/// <summary>Which names a task's templates read.</summary>
internal static class TaskReads
{
    public static HashSet<string> Names(PlacedTask task)
    {
        var names = new HashSet<string>(StringComparer.Ordinal);
        foreach (var value in task.Call.Arguments.Entries.Select(entry => entry.Value).Append(task.Call.FreeForm ?? Value.Null).Append(task.Node.Loop?.Items ?? Value.Null))
        {
            Collect(value, names);
        }
        foreach (var condition in task.Keywords.When)
        {
            if (condition is TemplateValue template && Expression.Parse(template.Source, template.Span, new DiagnosticBag()) is { } expression)
            {
                names.UnionWith(expression.Uses.Variables);
            }
        }
        return names;
    }

    private static void Collect(Value value, HashSet<string> names)
    {
        switch (value)
        {
            case TemplateValue template when Template.Parse(template.Source, template.Span, new DiagnosticBag()) is { } parsed:
                names.UnionWith(parsed.Uses.Variables);
                break;
            case ListValue list:
                foreach (var item in list.Items)
                {
                    Collect(item, names);
                }
                break;
            case MapValue map:
                foreach (var (_, item) in map.Entries)
                {
                    Collect(item, names);
                }
                break;
        }
    }
}
