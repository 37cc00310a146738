using FlaskDeploy.Language.Bundles;
using FlaskDeploy.Language.Values;

namespace FlaskDeploy.Compiler.Binding;

/// <summary>Finds the templates inside of values and tasks.</summary>
internal static class TemplatesIn
{
    public static IEnumerable<TemplateValue> Of(Value? value) => value switch
    {
        TemplateValue template => [template],
        ListValue list => list.Items.SelectMany(Of),
        MapValue map => map.Entries.SelectMany(entry => Of(entry.Key).Concat(Of(entry.Value))),
        SecretValue secret => Of(secret.Reveal()),
        _ => [],
    };

    /// <summary>What is rendered when the task runs; its conditions and its loop are asked elsewhere, and a name may stay as it is.</summary>
    public static IEnumerable<TemplateValue> RenderedBy(TaskNode task, IEnumerable<Value> inheritedEnvironment) =>
        new[] { task.IgnoreErrors, task.Become.Enabled, task.Become.User, task.Retries, task.Delay, task.CheckMode, task.NoLog, task.AsyncSeconds, task.PollSeconds, task.Timeout, task.Loop?.Pause }
            .Concat(inheritedEnvironment).Concat(task.Environment).SelectMany(Of);
}
