using System.Collections.Immutable;
using FlaskDeploy.Compiler.Yaml;
using FlaskDeploy.Language.Bundles;
using FlaskDeploy.Language.Expressions;
using FlaskDeploy.Language.Values;

namespace FlaskDeploy.Compiler.Syntax;

/// <summary>The file that <c>import_tasks</c> and its kin name, read: its tasks and the variables given along.</summary>
internal sealed record IncludeTarget(string File, YamlSequence Tasks, ImmutableArray<KeyValuePair<string, Value>> Vars)
{
    private const int MaxDepth = 30;

    /// <summary>Null: said why not.</summary>
    public static IncludeTarget? Read(SyntaxContext context, YamlEntry include, string from, TaskPlace place)
    {
        if (PathOf(context, include) is not { } named)
        {
            return null;
        }
        var (path, vars, node) = named;
        if (Template.HasMarkup(path))
        {
            var known = KnownNames.Resolve(context, context.Templates.TextOrTemplate(path, _ => node.Span), place.Role, node.Span);
            if (known.Value is null)
            {
                context.Diagnostics.Add(known.Error! with { Span = node.Span, Remedy = $"what is imported can depend on -e NAME=VALUE and on vars of the play, its blocks and its roles only; write {include.Name.Replace("import", "include", StringComparison.Ordinal)}, which the host carries out" });
                return null;
            }
            path = known.Value.Reveal().ToString().Trim();
        }
        if (place.Depth >= MaxDepth)
        {
            context.Diagnostics.Error(CompilerCodes.BadInclude, node.Span, $"files include each other more than {MaxDepth} deep", "a file must not come back to itself");
            return null;
        }
        var file = Locate(context, path, from);
        if (context.Files.ReadYaml(file, node.Span) is not { } root)
        {
            return context.Diagnostics.HasErrors ? null : new IncludeTarget(file, new YamlSequence(node.Span, null, []), vars);
        }
        if (root is not YamlSequence tasks)
        {
            context.Diagnostics.Error(CompilerCodes.BadInclude, root.Span, $"a file of tasks is a list, and this is {root.Kind}");
            return null;
        }
        return new IncludeTarget(file, tasks, vars);
    }

    private static string Locate(SyntaxContext context, string path, string from)
    {
        var beside = context.Files.Absolute(path, Path.GetDirectoryName(from) ?? "/");
        var places = TaskFile.Candidates(path, context.Files.NameOf(Path.GetDirectoryName(from) ?? "/"));
        return places.Select(place => context.Files.Absolute(place, context.Files.PlaybookDirectory)).FirstOrDefault(candidate => context.Machine.Look(candidate) is not null) ?? beside;
    }

    private static (string Path, ImmutableArray<KeyValuePair<string, Value>> Vars, YamlNode Node)? PathOf(SyntaxContext context, YamlEntry include)
    {
        if (include.Value is YamlMapping mapping && mapping["file"] is YamlScalar file)
        {
            foreach (var other in mapping.Entries.Where(entry => entry.Name != "file"))
            {
                context.NotSupportedYet($"{include.Name}.{other.Name}", other.Key.Span, "write it at the tasks of the file");
            }
            return (file.Text, [], file);
        }
        if (include.Value is not YamlScalar { IsNull: false } scalar)
        {
            context.WrongKind(include, "the name of a file");
            return null;
        }
        // 1.9: variables may stand behind the name.
        var parsed = KeyValueText.Parse(scalar.Text, isCommand: false);
        if (parsed.Problem is { } problem)
        {
            context.Diagnostics.Error(CompilerCodes.BadArgumentText, scalar.SpanAt(problem.Offset), problem.Message);
            return null;
        }
        var vars = parsed.Pairs.Select(pair => KeyValuePair.Create(pair.Key, context.Templates.TextOrTemplate(pair.Value, offset => scalar.SpanAt(pair.Offset + offset))));
        return (string.Join(' ', parsed.Strays.Select(stray => stray.Text)), [.. vars], scalar);
    }
}

/// <summary>Where among a playbook's parts tasks are read.</summary>
/// <param name="Roles">Reads the roles that tasks import.</param>
internal sealed record TaskPlace(RoleReader Roles, RoleGathering Gathering)
{
    /// <summary>The role around the tasks; null: they are in none.</summary>
    public RoleSource? Role { get; init; }

    /// <summary>Inside of what is rescued or ignores its errors: what is not there may fail on purpose, so it is only told.</summary>
    public bool IsTolerated { get; init; }

    /// <summary>How many files lie between.</summary>
    public int Depth { get; init; }
}
