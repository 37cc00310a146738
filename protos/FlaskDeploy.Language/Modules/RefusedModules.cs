using System.Collections.Frozen;

namespace FlaskDeploy.Language.Modules;

/// <summary>Modules of Ansible's that an agent on the host cannot be true to, each with why and with what does the same. <c>flaskdeploy apply</c> has some of them.</summary>
public static class RefusedModules
{
    private static readonly FrozenDictionary<string, (string Because, string Remedy)> All = new Dictionary<string, (string, string)>(StringComparer.Ordinal)
    {
        ["expect"] = ("tasks have no terminal whose prompts could be answered", "give the command its answers: shell with stdin:, or the option that makes it ask nothing (--yes, --batch)"),
        ["reboot"] = ("a run cannot wait for the boot of the host that it runs on", "end the play with 'shell: systemctl reboot' in a deployment of its own; the agent converges again after the boot"),
        ["fetch"] = ("an agent sends reports, not files: nothing of a host's content leaves it", "slurp the file and use its content in a later task, or send it from the host: command with scp, or uri with PUT"),
        ["iptables"] = ("rules are not looked at one by one", "use firewalld, or copy the file of rules and notify a handler that loads it"),
        ["add_host"] = ("which hosts a play is for is decided where it is compiled, before any task runs", "name the hosts in the inventory (a script may make it), or use 'flaskdeploy apply', where later tasks know such a host"),
    }.ToFrozenDictionary(StringComparer.Ordinal);

    public static (string Because, string Remedy)? Find(string name) =>
        name.Count(c => c == '.') is 0 or 2 && All.TryGetValue(ForeignModules.ShortName(name), out var found) ? found : null;
}
