using FlaskDeploy.Language.Expressions;
using FlaskDeploy.Language.Values;

namespace FlaskDeploy.Agent.Runs;

/// <summary>
/// What a template file may ask about itself. The times that Ansible gives too are not there: a file with one in it would
/// never be as it should be.
/// </summary>
internal static class TemplateNames
{
    public static IEnumerable<KeyValuePair<string, Value>> Of(TemplateFile file, ReadyTask task) =>
    [
        KeyValuePair.Create<string, Value>("ansible_managed", task.Instance.Variables.Find("ansible_managed") ?? Value.Of("Ansible managed")),
        KeyValuePair.Create<string, Value>("template_host", task.Instance.Variables.Find("ansible_nodename") ?? Value.Of(Environment.MachineName)),
        KeyValuePair.Create<string, Value>("template_uid", Value.Of("root")),
        KeyValuePair.Create<string, Value>("template_path", Value.Of(file.Path)),
        KeyValuePair.Create<string, Value>("template_fullpath", Value.Of(file.Path)),
        KeyValuePair.Create<string, Value>("template_destpath", Value.Of(task.Arguments.Text("dest") ?? "")),
    ];
}
