using FlaskDeploy.Agent.Runs;
using FlaskDeploy.Language.Diagnostics;
using FlaskDeploy.Language.Expressions;
using FlaskDeploy.Language.Values;

namespace FlaskDeploy.Agent.Drift;

/// <summary>Which names a task reads, also through the variables of its play and its blocks. Pure.</summary>
internal static class TaskReads
{
    public static HashSet<string> Names(PlacedTask task)
    {
        var names = new HashSet<string>(StringComparer.Ordinal);
        var keywords = task.Keywords;
        Value?[] written = [task.Call.FreeForm, task.Call.Choice?.Name, .. task.Call.Given, task.Node.Loop?.Items];
        IEnumerable<Value> users = [.. keywords.BecomeUser?.All ?? [], .. keywords.Become?.All ?? []];
        foreach (var value in written.OfType<Value>().Concat(users).Concat(task.Call.Arguments.Entries.Select(entry => entry.Value)).Concat(keywords.Environment))
        {
            Collect(value, names);
        }
        foreach (var condition in keywords.When.Concat(task.Node.ChangedWhen).Concat(task.Node.FailedWhen).Concat(task.Node.Until).Concat(task.Node.Loop?.BreakWhen ?? []))
        {
            if (condition is TemplateValue template && Expression.Parse(template.Source, template.Span, new DiagnosticBag()) is { } expression)
            {
                names.UnionWith(expression.Uses.Variables);
            }
            else
            {
                Collect(condition, names);
            }
        }
        var vars = keywords.Play.RoleDefaults.Concat(keywords.Play.Vars).Concat(keywords.Play.RoleVars).Concat(keywords.RoleDefaults).Concat(keywords.RoleVars).Concat(keywords.Vars).Concat(keywords.Params).ToLookup(pair => pair.Key, pair => pair.Value, StringComparer.Ordinal);
        var open = new Queue<string>(names);
        while (open.TryDequeue(out var name))
        {
            var behind = new HashSet<string>(StringComparer.Ordinal);
            foreach (var value in vars[name])
            {
                Collect(value, behind);
            }
            behind.Where(names.Add).ToList().ForEach(open.Enqueue);
        }
        return names;
    }

    private static void Collect(Value value, HashSet<string> names)
    {
        switch (value.Reveal())
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
