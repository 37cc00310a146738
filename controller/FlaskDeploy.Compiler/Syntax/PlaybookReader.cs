using System.Collections.Immutable;
using FlaskDeploy.Compiler.Yaml;
using FlaskDeploy.Language.Bundles;
using FlaskDeploy.Language.Diagnostics;
using FlaskDeploy.Language.Expressions;
using FlaskDeploy.Language.Values;

namespace FlaskDeploy.Compiler.Syntax;

/// <summary>Reads a playbook: a list of plays and of other playbooks.</summary>
internal sealed class PlaybookReader(SyntaxContext context, IReadOnlySet<string> extraVars)
{
    private const int MaxDepth = 30;

    private static readonly ImmutableArray<string> BesideImport = ["name", "vars", "tags", "when"];

    private readonly List<PlaySource> _plays = [];

    /// <summary>The plays of all playbooks of the request, in their order.</summary>
    public ImmutableArray<PlaySource> Read()
    {
        Read(context.Files.PlaybookPath, SourceSpan.None, 0, Imported.Nothing);
        foreach (var named in context.Request.MorePlaybooks)
        {
            var path = context.Files.Absolute(named);
            context.Files.NameOf(path, named);
            if (Path.GetDirectoryName(path) != context.Files.PlaybookDirectory)
            {
                context.Diagnostics.Error(CompilerCodes.BadInclude, new SourceSpan(context.Files.NameOf(path), 0, 0), "playbooks of one push lie in one directory: playbook_dir, group_vars/ and roles/ are those beside the first", "push them one after the other, or import them in one playbook");
                continue;
            }
            Read(path, SourceSpan.None, 0, Imported.Nothing);
        }
        return [.. _plays];
    }

    private void Read(string path, SourceSpan asker, int depth, Imported above)
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
                    ReadEntry(node, path, depth, above);
                }
                break;
            default:
                context.Diagnostics.Error(CompilerCodes.NotAPlaybook, root.Span, $"a playbook is a list of plays, and this is {root.Kind}", "start each play with '- hosts: '");
                break;
        }
    }

    private void ReadEntry(YamlNode node, string path, int depth, Imported above)
    {
        if (node is not YamlMapping mapping)
        {
            context.Diagnostics.Error(CompilerCodes.NotAPlaybook, node.Span, $"a play is a mapping, and this is {node.Kind}", "start each play with '- hosts: '");
            return;
        }
        if (mapping.Entries.FirstOrDefault(entry => entry.Name is "import_playbook" or "ansible.builtin.import_playbook" or "include") is not { Key: not null } import)
        {
            _plays.Add(above.Over(new PlayReader(context, path).Read(mapping, _plays.Count, extraVars, above.Vars), _plays.Count));
            return;
        }
        foreach (var other in mapping.Entries.Where(entry => !BesideImport.Contains(entry.Name) && entry.Name != import.Name))
        {
            context.Diagnostics.Error(CompilerCodes.UnknownKeyword, other.Key.Span, $"{import.Name} has no keyword '{other.Name}'", Suggestion.For(other.Name, BesideImport) ?? "write it in the plays of that playbook");
        }
        var read = new KeywordReader(context, mapping);
        above = new Imported([.. above.Vars, .. read.Variables("vars")], [.. above.Tags, .. read.Texts("tags", isCommaSeparated: true)], [.. above.When, .. read.Conditions("when")]);
        if (import.Value is not YamlScalar { IsNull: false } scalar)
        {
            context.WrongKind(import, "the name of a playbook");
        }
        else if (NameOf(scalar, above) is not { } name)
        {
            return;
        }
        else if (depth >= MaxDepth)
        {
            context.Diagnostics.Error(CompilerCodes.BadInclude, scalar.Span, $"playbooks import each other more than {MaxDepth} deep", "a playbook must not come back to itself");
        }
        else
        {
            Read(context.Files.Absolute(name, Path.GetDirectoryName(path) ?? "/"), scalar.Span, depth + 1, above);
        }
    }

    // Before any host is known only extra vars are, and what is given to the import.
    private string? NameOf(YamlScalar scalar, Imported above)
    {
        var value = context.Templates.TextOrTemplate(scalar.Text, scalar.SpanAt);
        using var knowing = context.Knowing(KnownNames.None.With(above.Vars));
        var result = KnownNames.Resolve(context, value, null, scalar.Span);
        if (result.Error is { } error)
        {
            context.Diagnostics.Add(error with { Span = scalar.Span, Remedy = "which playbook is imported can depend on -e NAME=VALUE and on vars beside the import only" });
            return null;
        }
        return result.Value!.ToString().Trim();
    }

    // What the imports around a play say of it.
    private sealed record Imported(ImmutableArray<KeyValuePair<string, Value>> Vars, ImmutableArray<string> Tags, ImmutableArray<Value> When)
    {
        public static Imported Nothing { get; } = new([], [], []);

        public PlaySource Over(PlaySource source, int index) => source with
        {
            Play = source.Play with
            {
                // As Ansible has it: the import's variables win over the play's.
                Vars = [.. source.Play.Vars.Where(pair => !Vars.Any(other => other.Key == pair.Key)), .. Vars.GroupBy(pair => pair.Key, StringComparer.Ordinal).Select(group => group.Last())],
                Tags = [.. source.Play.Tags.Concat(Tags).Distinct()],
                Tasks = When.IsEmpty ? source.Play.Tasks : [new TaskNode { Id = $"{index}/i", Name = Value.Of("import_playbook"), Span = source.Play.Span, When = When, Action = new Block(source.Play.Tasks, [], []) }],
            },
        };
    }
}
