using System.Collections.Immutable;

namespace FlaskDeploy.Compiler.Files;

/// <summary>
/// What an operator has set for Ansible and what means something here: the environment's variables, else ansible.cfg, which
/// is the one that <c>ANSIBLE_CONFIG</c> names, the one in the current directory, or the one beside the playbook.
/// </summary>
/// <remarks>https://docs.ansible.com/ansible/latest/reference_appendices/config.html</remarks>
internal sealed class AnsibleConfiguration
{
    private const int LargestFile = 1024 * 1024;

    private readonly IOperatorMachine _machine;
    private readonly Dictionary<string, string> _defaults = new(StringComparer.Ordinal);
    private readonly string _directory = "/";

    public AnsibleConfiguration(IOperatorMachine machine, string playbookDirectory)
    {
        _machine = machine;
        IEnumerable<string?> places = [machine.Environment("ANSIBLE_CONFIG"), $"{machine.CurrentDirectory.TrimEnd('/')}/ansible.cfg", $"{playbookDirectory}/ansible.cfg"];
        foreach (var path in places.OfType<string>().Where(path => path.Length > 0).Select(path => Path.GetFullPath(path, machine.CurrentDirectory)))
        {
            if (Read(path) is { } text)
            {
                _directory = Path.GetDirectoryName(path) ?? "/";
                ReadDefaults(text);
                break;
            }
        }
    }

    /// <summary>What templates print is what it reads as in Python.</summary>
    public bool HasNativeTypes => (_machine.Environment("ANSIBLE_JINJA2_NATIVE") ?? _defaults.GetValueOrDefault("jinja2_native")) is { } said
        && said.Trim().ToLowerInvariant() is "yes" or "true" or "on" or "1" or "y" or "t";

    /// <summary>A name that a task notifies and no handler has is told and passed over, instead of being an error.</summary>
    public bool PassesOverMissingHandlers => (_machine.Environment("ANSIBLE_ERROR_ON_MISSING_HANDLER") ?? _defaults.GetValueOrDefault("error_on_missing_handler")) is { } said
        && said.Trim().ToLowerInvariant() is "no" or "false" or "off" or "0" or "n" or "f";

    /// <summary>Where roles are looked for; empty: nothing is set.</summary>
    public ImmutableArray<string> RolesPath => Paths(["roles_path"], ["ANSIBLE_ROLES_PATH"]);

    /// <summary>Where collections are looked for; empty: nothing is set.</summary>
    public ImmutableArray<string> CollectionsPath => Paths(["collections_path", "collections_paths"], ["ANSIBLE_COLLECTIONS_PATH", "ANSIBLE_COLLECTIONS_PATHS"]);

    // A file's paths start beside the file, the environment's where the operator is.
    private ImmutableArray<string> Paths(ReadOnlySpan<string> names, ReadOnlySpan<string> variables)
    {
        foreach (var variable in variables)
        {
            if (_machine.Environment(variable) is { Length: > 0 } set)
            {
                return Split(set);
            }
        }
        foreach (var name in names)
        {
            if (_defaults.GetValueOrDefault(name) is { Length: > 0 } written)
            {
                return [.. Split(written).Select(path => path.StartsWith('~') ? path : Path.GetFullPath(path, _directory))];
            }
        }
        return [];
    }

    private static ImmutableArray<string> Split(string paths) => [.. paths.Split(':', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)];

    private string? Read(string path)
    {
        try
        {
            if (_machine.Look(path) is not { Kind: OperatorEntryKind.File, Size: <= LargestFile })
            {
                return null;
            }
            using var reader = new StreamReader(_machine.OpenRead(path));
            return reader.ReadToEnd();
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    private void ReadDefaults(string text)
    {
        var section = "";
        foreach (var line in text.Split('\n').Select(line => line.Trim()).Where(line => line.Length > 0 && line[0] is not ('#' or ';')))
        {
            if (line[0] == '[')
            {
                section = line.Trim('[', ']').Trim();
            }
            else if (section == "defaults" && line.AsSpan().IndexOfAny('=', ':') is > 0 and var cut)
            {
                // Behind a blank, ';' begins a comment.
                _defaults[line[..cut].Trim()] = line[(cut + 1)..].Split(" ;")[0].Trim();
            }
        }
    }
}
