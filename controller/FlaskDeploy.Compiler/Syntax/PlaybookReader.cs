using System.Collections.Immutable;
using FlaskDeploy.Compiler.Yaml;
using FlaskDeploy.Language.Diagnostics;

namespace FlaskDeploy.Compiler.Syntax;

/// <summary>Reads a playbook: a list of plays and of other playbooks.</summary>
internal sealed class PlaybookReader(SyntaxContext context, IReadOnlySet<string> extraVars)
{
    private const int MaxDepth = 30;

    private readonly List<PlaySource> _plays = [];

    public ImmutableArray<PlaySource> Read(string path)
    {
        Read(path, SourceSpan.None, 0);
        return [.. _plays];
    }

    private void Read(string path, SourceSpan asker, int depth)
    {
        var before = context.Diagnostics.Count;
        var root = context.Files.ReadYaml(path, asker);
        switch (root)
        {
            case null when context.Diagnostics.Count > before:
                break;
            case null or YamlScalar { IsNull: true }:
                context.Diagnostics.Error(CompilerCodes.NotAPlaybook, new SourceSpan(context.Files.NameOf(path), 0, 0), "the playbook is empty", "write a play: '- hosts: all' with tasks below");
                break;
            case YamlSequence sequence:
                foreach (var node in sequence.Items)
                {
                    ReadEntry(node, path, depth);
                }
                break;
            default:
                context.Diagnostics.Error(CompilerCodes.NotAPlaybook, root.Span, $"a playbook is a list of plays, and this is {root.Kind}", "start each play with '- hosts: '");
                break;
        }
    }

    private void ReadEntry(YamlNode node, string path, int depth)
    {
        if (node is not YamlMapping mapping)
        {
            context.Diagnostics.Error(CompilerCodes.NotAPlaybook, node.Span, $"a play is a mapping, and this is {node.Kind}", "start each play with '- hosts: '");
            return;
        }
        if (mapping.Entries.FirstOrDefault(entry => entry.Name is "import_playbook" or "ansible.builtin.import_playbook" or "include") is not { Key: not null } import)
        {
            _plays.Add(new PlayReader(context, path).Read(mapping, _plays.Count, extraVars));
            return;
        }
        foreach (var other in mapping.Entries.Where(entry => entry.Name is not "name" && entry.Name != import.Name))
        {
            context.NotSupportedYet($"{other.Name} beside {import.Name}", other.Key.Span, "write it in the plays of that playbook");
        }
        if (import.Value is not YamlScalar { IsNull: false } scalar)
        {
            context.WrongKind(import, "the name of a playbook");
        }
        else if (Language.Expressions.Template.HasMarkup(scalar.Text))
        {
            context.NotSupportedYet($"a variable in {import.Name}", scalar.Span, "write the file's name out");
        }
        else if (depth >= MaxDepth)
        {
            context.Diagnostics.Error(CompilerCodes.BadInclude, scalar.Span, $"playbooks import each other more than {MaxDepth} deep", "a playbook must not come back to itself");
        }
        else
        {
            Read(context.Files.Absolute(scalar.Text.Trim(), Path.GetDirectoryName(path) ?? "/"), scalar.Span, depth + 1);
        }
    }
}
