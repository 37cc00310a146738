using System.Collections.Frozen;
using System.Collections.Immutable;
using FlaskDeploy.Compiler.Yaml;
using FlaskDeploy.Language.Bundles;
using FlaskDeploy.Language.Diagnostics;
using FlaskDeploy.Language.Expressions;
using FlaskDeploy.Language.Modules;
using FlaskDeploy.Language.Values;

namespace FlaskDeploy.Compiler.Syntax;

/// <summary>Reads tasks and blocks. A task that is wrong is left out and said; reading goes on with the next one.</summary>
/// <param name="file">Absolute path of the file that is read: included files start there.</param>
internal sealed class TaskReader(SyntaxContext context, string file, TaskPlace place)
{
    // What is written and not kept, and cannot be passed over because the task would do something else.
    private static readonly FrozenSet<string> Unsupported = new[]
    {
        "debugger", "su", "su_user", "become_exe", "become_flags",
    }.ToFrozenSet(StringComparer.Ordinal);

    private readonly string _directory = DirectoryOf(context, file);

    /// <param name="prefix">Of the ids: <c>0/</c>, <c>0/h</c>, <c>0/3/b</c>.</param>
    public ImmutableArray<TaskNode> ReadList(YamlEntry entry, string prefix, bool areHandlers, int first = 0)
    {
        switch (entry.Value)
        {
            case YamlScalar { IsNull: true }:
                return [];
            case YamlSequence sequence:
                return ReadList(sequence, prefix, areHandlers, first);
            default:
                context.WrongKind(entry, "a list of tasks", "start each task with '- '");
                return [];
        }
    }

    public ImmutableArray<TaskNode> ReadList(YamlSequence sequence, string prefix, bool areHandlers, int first = 0)
    {
        var result = ImmutableArray.CreateBuilder<TaskNode>();
        foreach (var (index, node) in sequence.Items.Index())
        {
            if (node is YamlMapping mapping)
            {
                if (Read(mapping, $"{prefix}{first + index}", areHandlers) is { } task)
                {
                    result.Add(task);
                }
            }
            else if (node is not YamlScalar { IsNull: true })
            {
                context.Diagnostics.Error(CompilerCodes.NotAPlaybook, node.Span, $"a task is a mapping, and this is {node.Kind}", "write '- name: ...' and the module below it");
            }
        }
        return result.ToImmutable();
    }

    private TaskNode? Read(YamlMapping mapping, string id, bool isHandler)
    {
        using var under = context.Under(context.ModuleDefaults.With(context, mapping));
        if (mapping.Find("block") is not null)
        {
            return ReadBlock(mapping, id, isHandler);
        }
        mapping = WithInclude(mapping);
        if (mapping.Entries.FirstOrDefault(entry => Syntax.Keywords.Includes.Contains(ShortName(entry.Name))) is { Key: not null } include)
        {
            return ReadInclude(mapping, include, id, isHandler);
        }
        if (FindAction(mapping) is not { } action)
        {
            return null;
        }
        var read = new KeywordReader(context, mapping);
        var call = new ActionReader(context, _directory, place.Role, place.IsTolerated || Ignores(mapping)).Read(mapping, action);
        var node = Common(mapping, read, id, call ?? new ModuleCall("", MapValue.Empty, null, _directory), Value.Of(call?.Module ?? action.Name)) with
        {
            Loop = LoopReader.Read(context, mapping),
            Register = Register(mapping, read),
            ChangedWhen = read.Conditions("changed_when"),
            FailedWhen = read.Conditions("failed_when"),
            Until = read.Conditions("until"),
            Retries = read.Number("retries"),
            Delay = read.Number("delay"),
            AsyncSeconds = read.Number("async"),
            PollSeconds = read.Number("poll"),
            Listen = read.Topics("listen"),
        };
        if (read.Has("listen") && !isHandler)
        {
            context.Diagnostics.Error(CompilerCodes.UnknownKeyword, read.SpanOf("listen"), "'listen' is for handlers", "move the task to handlers, or remove it");
        }
        Refuse(mapping, read);
        return call is null ? null : node;
    }

    private TaskNode ReadBlock(YamlMapping mapping, string id, bool isHandler)
    {
        foreach (var entry in mapping.Entries.Where(entry => !Syntax.Keywords.Block.Contains(entry.Name)))
        {
            UnknownOnBlock(entry);
        }
        var read = new KeywordReader(context, mapping);
        Refuse(mapping, read);
        var block = Common(mapping, read, id, new Block([], [], []), Value.Of("block"));
        using var knowing = context.Knowing(context.Known.With(block.Vars));
        var tolerant = mapping.Find("rescue") is null && !Ignores(mapping) ? this : new TaskReader(context, file, place with { IsTolerated = true });
        ImmutableArray<TaskNode> Part(string name, char letter) =>
            mapping.Find(name) is { } part ? (name == "block" ? tolerant : this).ReadList(part, $"{id}/{letter}", isHandler) : [];
        return block with { Action = new Block(Part("block", 'b'), Part("rescue", 'r'), Part("always", 'a')) };
    }

    private static bool Ignores(YamlMapping mapping) =>
        mapping["ignore_errors"] is YamlScalar { IsNull: false } written && YamlScalars.AsBoolean(written.Text) != false;

    private void UnknownOnBlock(YamlEntry entry)
    {
        if (LoopReader.IsLoop(entry.Name) || Syntax.Keywords.Task.Contains(entry.Name) || context.Modules.Find(entry.Name) is not null)
        {
            context.Diagnostics.Error(CompilerCodes.ConflictingKeywords, entry.Key.Span, $"a block cannot have '{entry.Name}'", "write it at the tasks of the block");
        }
        else
        {
            context.Diagnostics.Error(CompilerCodes.UnknownKeyword, entry.Key.Span, $"a block has no keyword '{entry.Name}'", Suggestion.For(entry.Name, Syntax.Keywords.Block));
        }
    }

    /// <summary>The keywords of a mapping that is no task itself, but says something of tasks: a role's entry, what <c>apply</c> holds.</summary>
    public TaskNode Keywords(YamlMapping mapping, string id, TaskAction action, Value unnamed)
    {
        var read = new KeywordReader(context, mapping);
        Refuse(mapping, read);
        return Common(mapping, read, id, action, unnamed);
    }

    // The part that tasks and blocks have alike.
    private TaskNode Common(YamlMapping mapping, KeywordReader read, string id, TaskAction action, Value unnamed) => new()
    {
        Id = id,
        IsSecret = context.Files.IsSecret(mapping.Span.File),
        Name = read.Text("name") ?? unnamed,
        Action = action,
        Span = mapping.Span,
        When = read.Conditions("when"),
        IgnoreErrors = read.Flag("ignore_errors"),
        Become = BecomeOf(read),
        Vars = read.Variables("vars"),
        Environment = read.Environment(),
        Notify = read.Texts("notify", isCommaSeparated: false, mayBeTemplates: true),
        Tags = TagsOf(read),
        // 1.9: always_run means that a check runs it for real.
        CheckMode = read.Flag("check_mode") ?? (read.PlainFlag("always_run") == true ? Value.False : null),
        // What it does would tell what is written there.
        NoLog = context.Files.IsSecret(mapping.Span.File) ? Value.True : read.Flag("no_log"),
        Diff = read.Flag("diff"),
        DelegateTo = read.Text("delegate_to") ?? (read.Has("local_action") ? Value.Of("localhost") : null),
        DelegateFacts = read.Flag("delegate_facts"),
        Timeout = read.Number("timeout"),
    };

    private ImmutableArray<string> TagsOf(KeywordReader read)
    {
        using var own = context.Knowing(context.Known.With(read.Variables("vars")));
        return read.Texts("tags", isCommaSeparated: true);
    }

    private Become BecomeOf(KeywordReader read) => BecomeOf(context, read, "remote_user");

    /// <summary>With the user that is logged in as, where a keyword says that.</summary>
    internal static Become BecomeOf(SyntaxContext context, KeywordReader read, string keyword)
    {
        var become = read.Become();
        if (read.Text(keyword) is not { } user)
        {
            return become;
        }
        // Whoever becomes another user is that one, whoever logged in.
        if (become.Enabled is not (null or BoolValue { IsTrue: false }))
        {
            return become;
        }
        // The agent takes the user of a play and of become in the same way. Nobody logs in over a local connection.
        const string local = "ansible_connection | default('') == 'local'";
        Value Rendered(string expression) => context.Templates.TextOrTemplate($"{{{{ {expression} }}}}", _ => read.SpanOf(keyword));
        var name = user is not TemplateValue template ? user.ToRepr() : template.Source.Trim() is ['{', '{', .. var inner, '}', '}'] && !inner.Contains("{{", StringComparison.Ordinal) ? $"({inner.Trim()})" : null;
        return name is null ? new Become(Value.True, user) : new Become(Rendered($"not ({local})"), Rendered($"'root' if {local} else {name}"));
    }

    private string? Register(YamlMapping mapping, KeywordReader read)
    {
        var name = read.PlainText("register");
        if (name is not null && !Names.IsIdentifier(name))
        {
            context.Diagnostics.Error(CompilerCodes.BadName, mapping["register"]!.Span, $"'{name}' cannot be the name of a variable", "letters, digits and '_', not starting with a digit");
            return null;
        }
        return name;
    }

    // The key of the task that names its module. Null: said what is wrong.
    private YamlEntry? FindAction(YamlMapping mapping)
    {
        var candidates = mapping.Entries.Where(entry => !Syntax.Keywords.Task.Contains(entry.Name) && !LoopReader.IsLoop(entry.Name) || entry.Name is "action" or "local_action").ToList();
        var modules = candidates.Where(entry => entry.Name is "action" or "local_action" || context.Modules.Find(entry.Name) is not null || ForeignModules.Contains(entry.Name) || Template.HasMarkup(entry.Name)).ToList();
        var others = candidates.Except(modules).ToList();
        if (modules.Count > 1)
        {
            context.Diagnostics.Error(CompilerCodes.SeveralModules, modules[1].Key.Span, $"a task calls one module, and this one calls {modules[0].Name} and {modules[1].Name}", "start a new task with '- '");
            return null;
        }
        if (modules.Count == 1)
        {
            foreach (var other in others)
            {
                context.Diagnostics.Error(CompilerCodes.UnknownKeyword, other.Key.Span, $"a task has no keyword '{other.Name}'",
                    Suggestion.For(other.Name, Syntax.Keywords.Task) ?? (ArgumentHint(modules[0].Name, other.Name) is { } hint ? hint : "it would be the task's second module, and there is none of that name"));
            }
            return modules[0];
        }
        if (others.Count == 0)
        {
            context.Diagnostics.Error(CompilerCodes.NoModule, mapping.Span, "the task calls no module", "add one, such as 'shell: echo hello'");
            return null;
        }
        foreach (var other in others)
        {
            new ActionReader(context, _directory, place.Role).UnknownModule(other.Name, other.Key.Span);
        }
        return null;
    }

    private string? ArgumentHint(string module, string key) =>
        context.Modules.Find(module)?.Find(key) is null ? null : $"it is an argument of {module}: indent it below {module}";

    // Everything that a task may say and that is not kept.
    private void Refuse(YamlMapping mapping, KeywordReader read)
    {
        foreach (var entry in mapping.Entries)
        {
            if (Unsupported.Contains(entry.Name) && entry.Value is not YamlScalar { IsNull: true })
            {
                context.NotSupportedYet(entry.Name, entry.Key.Span);
            }
            else if (Barrier.IsOne(entry, read))
            {
                context.Barriers.Add((entry.Name, entry.Key.Span));
            }
            else if (entry.Name is "delegate_to" or "local_action" or "connection" && !IsHere(entry, read))
            {
                context.NotSupportedYet(entry.Name, entry.Key.Span, entry.Name == "connection" ? "remove it: the agent runs tasks on its own host" : null);
            }
            else if (entry.Name is "rescue" or "always" && mapping.Find("block") is null)
            {
                context.Diagnostics.Error(CompilerCodes.ConflictingKeywords, entry.Key.Span, $"'{entry.Name}' stands without a block");
            }
        }
    }

    private bool IsHere(YamlEntry entry, KeywordReader read) => entry.Name switch
    {
        "local_action" or "delegate_to" => context.Request.ForLocalApply,
        "connection" => read.PlainText("connection") is null or "ssh" or "smart" or "paramiko" || context.Request.ForLocalApply && read.PlainText("connection") == "local",
        _ => throw new System.Diagnostics.UnreachableException(),
    };

    // `action: include_tasks a.yml` is `include_tasks: a.yml`.
    private static YamlMapping WithInclude(YamlMapping mapping)
    {
        if (mapping["action"] is not YamlScalar { IsNull: false } action || action.Text.Trim().Split(' ', 2) is not [var name, var rest] || !Syntax.Keywords.Includes.Contains(ShortName(name)))
        {
            return mapping;
        }
        YamlScalar Part(string text) => new(action.Span, "!", text, isPlain: false, new ScalarSource("", action.Span, 0, 0, ScalarStyle.Plain));
        return new YamlMapping(mapping.Span, mapping.Tag, [.. mapping.Entries.Select(entry => entry.Name == "action" ? new YamlEntry(Part(name), Part(rest.Trim())) : entry)]);
    }

    private TaskNode? ReadInclude(YamlMapping mapping, YamlEntry include, string id, bool isHandler)
    {
        var kind = ShortName(include.Name);
        var read = new KeywordReader(context, mapping);
        if (kind == "import_playbook")
        {
            context.Diagnostics.Error(CompilerCodes.BadInclude, include.Key.Span, "import_playbook stands beside plays, not among tasks");
            return null;
        }
        var isDynamic = kind is "include_tasks" or "include_role" || kind == "include" && (IncludeReader.IsForTheHost(include) || mapping.Entries.Any(entry => LoopReader.IsLoop(entry.Name)));
        foreach (var entry in mapping.Entries.Where(entry => !Syntax.Keywords.Task.Contains(entry.Name) && !LoopReader.IsLoop(entry.Name) && entry.Name != include.Name))
        {
            context.Diagnostics.Error(CompilerCodes.UnknownKeyword, entry.Key.Span, $"a task has no keyword '{entry.Name}'", Suggestion.For(entry.Name, Syntax.Keywords.Task));
        }
        Refuse(mapping, read);
        var node = Common(mapping, read, id, new Block([], [], []), Value.Of(kind));
        if (isDynamic)
        {
            foreach (var entry in mapping.Entries.Where(entry => Syntax.Keywords.Task.Contains(entry.Name) && !Syntax.Keywords.DynamicInclude.Contains(entry.Name) && entry.Name is not ("action" or "local_action") && !(isHandler && entry.Name == "listen")))
            {
                context.Diagnostics.Error(CompilerCodes.ConflictingKeywords, entry.Key.Span, $"'{entry.Name}' beside {kind} would be of the include, not of its tasks", $"write it under 'apply:' of {kind}, or at the tasks in the file");
            }
            node = node with { Loop = LoopReader.Read(context, mapping), Register = Register(mapping, read), Listen = read.Topics("listen") };
            return new IncludeReader(context, file, _directory, place).ReadDynamic(mapping, include, kind, node, this, isHandler);
        }
        if (mapping.Entries.FirstOrDefault(entry => LoopReader.IsLoop(entry.Name) || entry.Name is "register" or "until" or "loop_control") is { Key: not null } loop)
        {
            context.Diagnostics.Error(CompilerCodes.ConflictingKeywords, loop.Key.Span, $"'{loop.Name}' cannot stand beside {kind}: its tasks are read before the run", $"write {kind.Replace("import", "include", StringComparison.Ordinal)}, which is carried out on the host, or write it at the tasks");
            return null;
        }
        using var knowing = context.Knowing(context.Known.With(node.Vars));
        if (kind == "import_role")
        {
            return new IncludeReader(context, file, _directory, place).ReadImportedRole(mapping, include, node);
        }
        if (IncludeTarget.Read(context, include, file, place) is not { } target)
        {
            return null;
        }
        var tasks = new TaskReader(context, target.File, place with { Depth = place.Depth + 1 }).ReadList(target.Tasks, $"{id}/b", isHandler);
        // The variables under an `include` stand above what tasks set, those behind its name and those of an import do not.
        return kind == "include"
            ? node with { Action = new Block(tasks, [], []) { Given = node.Vars }, Vars = target.Vars }
            : node with { Action = new Block(tasks, [], []), Vars = [.. node.Vars, .. target.Vars] };
    }

    private static string ShortName(string name) =>
        name.StartsWith("ansible.builtin.", StringComparison.Ordinal) ? name["ansible.builtin.".Length..]
        : name.StartsWith("ansible.legacy.", StringComparison.Ordinal) ? name["ansible.legacy.".Length..] : name;

    private static string DirectoryOf(SyntaxContext context, string file)
    {
        var name = context.Files.NameOf(Path.GetDirectoryName(file) ?? "/");
        return name == "." ? "" : name;
    }
}
