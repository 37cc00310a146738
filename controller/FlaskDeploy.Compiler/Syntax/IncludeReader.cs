using System.Collections.Immutable;
using FlaskDeploy.Compiler.Yaml;
using FlaskDeploy.Language.Bundles;
using FlaskDeploy.Language.Diagnostics;
using FlaskDeploy.Language.Expressions;
using FlaskDeploy.Language.Values;

namespace FlaskDeploy.Compiler.Syntax;

/// <summary>Reads <c>include_tasks</c>, <c>include_role</c> and <c>import_role</c> with what stands under them.</summary>
/// <param name="file">That is read, absolute.</param>
/// <param name="directory">Of the file, in the tree.</param>
internal sealed class IncludeReader(SyntaxContext context, string file, string directory, TaskPlace place)
{
    private static readonly ImmutableArray<string> OfTasks = ["file", "apply"];
    private static readonly ImmutableArray<string> OfRole = ["name", "role", "tasks_from", "vars_from", "defaults_from", "handlers_from", "public", "allow_duplicates", "apply", "rolespec_validate"];

    private readonly Dictionary<string, YamlNode> _given = new(StringComparer.Ordinal);
    private readonly List<KeyValuePair<string, Value>> _behind = [];

    /// <summary>Whether the name of a file holds something that only the host knows. What stands behind the name does not count.</summary>
    public static bool IsForTheHost(YamlEntry include) => include.Value is YamlScalar scalar && KeyValueText.Parse(scalar.Text, isCommand: false).Strays.Any(stray => Template.HasMarkup(stray.Text));

    /// <summary>Null: said why not.</summary>
    /// <param name="node">With its keywords; its action is put in here.</param>
    public TaskNode? ReadDynamic(YamlMapping mapping, YamlEntry include, string kind, TaskNode node, TaskReader reader, bool isHandler)
    {
        var isRole = kind == "include_role";
        if (!Gather(mapping, include, isRole ? OfRole : OfTasks, isRole ? "name" : "file") || NameOf(isRole, include) is not { } name)
        {
            return null;
        }
        var action = new Include(isRole ? IncludeKind.Role : IncludeKind.Tasks, context.Templates.TextOrTemplate(name.Text.Trim(), name.SpanAt), directory)
        {
            Apply = Apply(reader),
            IsPublic = Flag("public") ?? false,
            Given = [.. _behind],
        };
        using var under = context.Under(_given.GetValueOrDefault("apply") is YamlMapping apply ? context.ModuleDefaults.With(context, apply) : context.ModuleDefaults);
        if (!isRole)
        {
            context.Includes.AddTasks(action, node, file, place, name.Span, isHandler);
            return node with { Action = action };
        }
        var files = Files();
        action = action with { TasksFrom = Scalar("tasks_from") is { } from ? context.Templates.TextOrTemplate(from.Text, from.SpanAt) : null, Variant = files.Variant };
        context.Includes.AddRole(action, node, files, file, place, name.Span);
        return node with { Action = action };
    }

    /// <summary>Null: said why not.</summary>
    public TaskNode? ReadImportedRole(YamlMapping mapping, YamlEntry include, TaskNode node)
    {
        if (!Gather(mapping, include, OfRole, "name") || NameOf(true, include) is not { } name)
        {
            return null;
        }
        var files = Files() with { Tasks = Plain("tasks_from") ?? "main" };
        if (Known(name) is not { } known || place.Roles.Find(known.ToString().Trim(), name.Span, place.Role) is not { } role)
        {
            return null;
        }
        return place.Roles.Build(new RoleUse(role, node, files), node.Id, isLate: true);
    }

    private RoleFiles Files() => new("main", Plain("vars_from") ?? "main", Plain("defaults_from") ?? "main", Plain("handlers_from") ?? "main")
    {
        IsValidated = Flag("rolespec_validate") ?? true,
        IsOnce = Flag("allow_duplicates") == false,
    };

    private TaskNode? Apply(TaskReader reader)
    {
        if (_given.GetValueOrDefault("apply") is not { } node)
        {
            return null;
        }
        if (node is not YamlMapping mapping)
        {
            context.Diagnostics.Error(CompilerCodes.BadKeywordValue, node.Span, $"'apply' takes a mapping of keywords, not {node.Kind}");
            return null;
        }
        foreach (var entry in mapping.Entries.Where(entry => !Keywords.Block.Contains(entry.Name) || entry.Name is "block" or "rescue" or "always"))
        {
            context.Diagnostics.Error(CompilerCodes.UnknownKeyword, entry.Key.Span, $"'apply' has no keyword '{entry.Name}'", Suggestion.For(entry.Name, Keywords.Block));
        }
        return reader.Keywords(mapping, "apply", new Block([], [], []), Value.Null);
    }

    // Everything that is written under the include and under `args`, as key and node.
    private bool Gather(YamlMapping mapping, YamlEntry include, ImmutableArray<string> known, string textArgument)
    {
        var before = context.Diagnostics.Count;
        if (mapping.Find("args") is { Value: YamlMapping extra })
        {
            Add(extra, known, include.Name);
        }
        switch (include.Value)
        {
            case YamlMapping named:
                Add(named, known, include.Name);
                break;
            case YamlScalar { IsNull: false } scalar:
                AddText(scalar, known, include.Name[(include.Name.LastIndexOf('.') + 1)..], textArgument);
                break;
        }
        return context.Diagnostics.Count == before || !context.Diagnostics.HasErrors;
    }

    private void Add(YamlMapping mapping, ImmutableArray<string> known, string include)
    {
        foreach (var entry in mapping.Entries)
        {
            if (!known.Contains(entry.Name) && entry.Name != "_raw_params")
            {
                context.Diagnostics.Error(DiagnosticCodes.UnknownArgument, entry.Key.Span, $"{include} has no argument '{entry.Name}'", Suggestion.For(entry.Name, known) ?? $"it takes {string.Join(", ", known)}");
            }
            _given[entry.Name] = entry.Value;
        }
    }

    private void AddText(YamlScalar scalar, ImmutableArray<string> known, string include, string textArgument)
    {
        var parsed = KeyValueText.Parse(scalar.Text, isCommand: false);
        if (parsed.Problem is { } problem)
        {
            context.Diagnostics.Error(CompilerCodes.BadArgumentText, scalar.SpanAt(problem.Offset), problem.Message);
            return;
        }
        YamlScalar Part(string text) => new(scalar.Span, "!", text, isPlain: false, new ScalarSource("", scalar.Span, 0, 0, ScalarStyle.Plain));
        foreach (var pair in parsed.Pairs)
        {
            if (include == "include")
            {
                // 1.9: variables stand behind the name.
                _behind.Add(KeyValuePair.Create(pair.Key, (Value)context.Templates.TextOrTemplate(pair.Value, offset => scalar.SpanAt(pair.Offset + offset))));
                continue;
            }
            if (!known.Contains(pair.Key))
            {
                context.Diagnostics.Error(DiagnosticCodes.UnknownArgument, scalar.SpanAt(pair.KeyOffset), $"{include} has no argument '{pair.Key}'", Suggestion.For(pair.Key, known) ?? "variables go under vars:");
            }
            _given[pair.Key] = Part(pair.Value);
        }
        if (parsed.Strays.Length > 0)
        {
            _given[textArgument] = parsed.Pairs.Length == 0 ? scalar : Part(string.Join(' ', parsed.Strays.Select(stray => stray.Text)));
        }
    }

    private YamlScalar? NameOf(bool isRole, YamlEntry include)
    {
        var name = isRole ? Scalar("name") ?? Scalar("role") : Scalar("file") ?? Scalar("_raw_params");
        if (name is null)
        {
            context.WrongKind(include, isRole ? "the name of a role" : "the name of a file");
        }
        return name;
    }

    private YamlScalar? Scalar(string name)
    {
        switch (_given.GetValueOrDefault(name))
        {
            case null:
                return null;
            case YamlScalar { IsNull: false } scalar:
                return scalar;
            case var other:
                context.Diagnostics.Error(CompilerCodes.BadKeywordValue, other.Span, $"'{name}' takes a text, not {other.Kind}");
                return null;
        }
    }

    private string? Plain(string name)
    {
        if (Scalar(name) is not { } scalar)
        {
            return null;
        }
        if (Known(scalar) is not { } known || known.Equals(Resolver.Omit))
        {
            return null;
        }
        var text = known.ToString().Trim();
        return text.EndsWith(".yml", StringComparison.Ordinal) ? text[..^4] : text.EndsWith(".yaml", StringComparison.Ordinal) ? text[..^5] : text;
    }

    // What is read ahead can depend on what is known ahead. Null: said what is not.
    private Value? Known(YamlScalar scalar)
    {
        var known = KnownNames.Resolve(context, context.Templates.TextOrTemplate(scalar.Text, scalar.SpanAt), place.Role, scalar.Span);
        if (known.Error is { } error)
        {
            context.Diagnostics.Add(error with { Span = scalar.Span, Remedy = "it is read before any host is known, and can depend on -e NAME=VALUE and on vars of the play, its blocks and its roles only; which role include_role means, and its tasks_from, can depend on anything" });
        }
        return known.Value?.Reveal();
    }

    private bool? Flag(string name)
    {
        if (Scalar(name) is not { } scalar)
        {
            return null;
        }
        if (Known(scalar) is not { } known || known.Equals(Resolver.Omit))
        {
            return null;
        }
        if (YamlScalars.AsBoolean(known.ToString()) is { } flag)
        {
            return flag;
        }
        context.Diagnostics.Error(CompilerCodes.BadKeywordValue, scalar.Span, $"'{name}' takes yes or no, not '{scalar.Text}'", Suggestion.For(scalar.Text, ["yes", "no", "true", "false"]));
        return null;
    }
}
