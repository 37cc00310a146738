using System.Text;

namespace FlaskDeploy.Compiler.Files;

/// <summary>
/// What of Ansible's configuration changes what a playbook means. From the environment, else from <c>ansible.cfg</c>: the one
/// that ANSIBLE_CONFIG names, the one beside the playbook, the one in the current directory. Of everything else that such a
/// file says nothing is taken: it is about how Ansible works, or it has an option of its own.
/// https://docs.ansible.com/ansible/latest/reference_appendices/config.html
/// </summary>
internal sealed record AnsibleSettings
{
    private const int MostCharacters = 1024 * 1024;

    /// <summary><c>[defaults] jinja2_native</c>, <c>ANSIBLE_JINJA2_NATIVE</c>.</summary>
    public bool HasNativeTypes { get; private init; }

    public static AnsibleSettings Read(IOperatorMachine machine, string playbookDirectory)
    {
        var written = machine.Environment("ANSIBLE_JINJA2_NATIVE") ?? Default(machine, playbookDirectory, "jinja2_native");
        return new AnsibleSettings { HasNativeTypes = written?.Trim().ToLowerInvariant() is "yes" or "true" or "on" or "1" or "y" or "t" };
    }

    private static string? Default(IOperatorMachine machine, string playbookDirectory, string key)
    {
        string?[] places = machine.Environment("ANSIBLE_CONFIG") is { Length: > 0 } named
            ? [Path.Combine(machine.CurrentDirectory, named)]
            : [Path.Combine(playbookDirectory, "ansible.cfg"), Path.Combine(machine.CurrentDirectory, "ansible.cfg")];
        var file = places.OfType<string>().FirstOrDefault(path => machine.Look(path)?.Kind == OperatorEntryKind.File);
        var section = "";
        foreach (var line in file is null ? [] : Lines(machine, file))
        {
            var text = line.Trim();
            if (text.StartsWith('[') && text.EndsWith(']'))
            {
                section = text[1..^1].Trim();
            }
            else if (section == "defaults" && text.Split('=', ':') is [var name, ..] && name.TrimEnd().Equals(key, StringComparison.OrdinalIgnoreCase) && name.Length < text.Length)
            {
                return text[(name.Length + 1)..].Split(" ;")[0].Split(" #")[0];
            }
        }
        return null;
    }

    private static string[] Lines(IOperatorMachine machine, string path)
    {
        try
        {
            using var reader = new StreamReader(machine.OpenRead(path), Encoding.UTF8);
            var text = new char[MostCharacters];
            return new string(text, 0, reader.ReadBlock(text)).Split('\n');
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // What cannot be read says nothing, as with Ansible.
            return [];
        }
    }
}
