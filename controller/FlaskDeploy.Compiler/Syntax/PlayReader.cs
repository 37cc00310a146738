using System.Collections.Frozen;
using System.Collections.Immutable;
using FlaskDeploy.Compiler.Yaml;
using FlaskDeploy.Language.Bundles;
using FlaskDeploy.Language.Diagnostics;
using FlaskDeploy.Language.Expressions;
using FlaskDeploy.Language.Modules;
using FlaskDeploy.Language.Values;

namespace FlaskDeploy.Compiler.Syntax;

/// <summary>Reads one play.</summary>
internal sealed class PlayReader(SyntaxContext context, string file)
{
    private static readonly FrozenSet<string> Unsupported = new[]
    {
        "debugger", "su", "su_user", "become_exe", "become_flags", "validate_argspec",
    }.ToFrozenSet(StringComparer.Ordinal);

    private static readonly FrozenDictionary<string, string> Harmless = new Dictionary<string, string>(StringComparer.Ordinal)
    {
        ["port"] = "agents connect by themselves",
        ["order"] = "every host runs by itself, all at once",
        ["gather_subset"] = "all facts are gathered, in milliseconds",
        ["gather_timeout"] = "facts are gathered on the host itself",
        ["collections"] = "modules are part of the agent",
        ["ignore_unreachable"] = "a host that is not reached runs its tasks when it is back",
    }.ToFrozenDictionary(StringComparer.Ordinal);

    private RoleGathering _gathering = new("");

    /// <param name="extraVars">Names given with <c>-e</c>: what they answer is not asked for.</param>
    /// <param name="imported">What the imports around the play give it: above its own.</param>
    public PlaySource Read(YamlMapping mapping, int index, IReadOnlySet<string> extraVars, ImmutableArray<KeyValuePair<string, Value>> imported)
    {
        foreach (var entry in mapping.Entries.Where(entry => !Keywords.Play.Contains(entry.Name)))
        {
            Unknown(entry);
        }
        var read = new KeywordReader(context, mapping);
        context.Barriers.Clear();
        using var under = context.Under(ModuleDefaults.None.With(context, mapping));
        Refuse(mapping, read);
        var hosts = HostsOf(mapping);
        var vars = read.Variables("vars");
        using var knowing = context.Knowing(KnownNames.None.With(vars).With(imported));
        var prompted = new PromptReader(context).Read(mapping, extraVars);
        using var answered = context.Knowing(context.Known.With(prompted));
        // A user that only the host knows is become there.
        var userKeyword = read.Has("remote_user") ? "remote_user" : "user";
        var user = read.Text(userKeyword);
        user = user is TemplateValue named && KnownNames.Resolve(context, named, role: null, named.Span).Value is { IsUnknown: false } known ? Value.Of(known.Reveal().ToString()) : user;
        var become = user is TemplateValue ? TaskReader.BecomeOf(context, read, userKeyword) : read.Become();
        _gathering = new RoleGathering($"{index}/r");
        var handlers = mapping.Find("handlers") is { } list ? Tasks(list, $"{index}/h", areHandlers: true) : [];
        ImmutableArray<TaskNode> tasks = [.. ReadSections(mapping, index).Select(task => Inherit(task, read))];
        var play = new Play
        {
            Name = read.Text("name") ?? Value.Of(hosts),
            Hosts = hosts,
            User = user is TemplateValue ? null : user?.ToString(),
            Become = new Become(
                become.Enabled ?? (context.Request.BecomeAll ? Value.True : null),
                become.User ?? (context.Request.BecomeUser is { } becomeUser ? Value.Of(becomeUser) : null)),
            Vars = [.. vars.Where(pair => !prompted.Any(answer => answer.Key == pair.Key)), .. prompted],
            Environment = read.Environment(),
            Tasks = tasks,
            // Of several of one name the last counts: the play's own above its roles', those of imported roles above both.
            Handlers = [.. _gathering.Handlers.Concat(handlers).Concat(_gathering.LateHandlers).Select(task => Inherit(task, read))],
            RoleDefaults = LastOf(_gathering.Defaults),
            RoleVars = LastOf(_gathering.Vars),
            GatherFacts = read.PlainFlag("gather_facts") ?? true,
            ForceHandlers = read.PlainFlag("force_handlers") ?? false,
            Tags = read.Texts("tags", isCommaSeparated: true),
            Span = mapping.Span,
            IsSecret = context.Files.IsSecret(mapping.Span.File),
        };
        return new PlaySource
        {
            Play = play,
            File = file,
            HostsSpan = mapping["hosts"]?.Span ?? mapping.Span,
            VarsFiles = VarsFiles(mapping),
            IsLocal = mapping["connection"] is YamlScalar { Text: "local" },
            VarsFilesSpan = read.SpanOf("vars_files"),
            Barriers = [.. context.Barriers],
        };
    }

    private void Unknown(YamlEntry entry)
    {
        if (context.Modules.Find(entry.Name) is not null || entry.Name is "when" or "register" or "notify" or "block")
        {
            context.Diagnostics.Error(CompilerCodes.UnknownKeyword, entry.Key.Span, $"'{entry.Name}' belongs to a task, not to a play", "put it in a list below 'tasks:'");
            return;
        }
        context.Diagnostics.Error(CompilerCodes.UnknownKeyword, entry.Key.Span, $"a play has no keyword '{entry.Name}'", Suggestion.For(entry.Name, Keywords.Play));
    }

    private string HostsOf(YamlMapping mapping)
    {
        switch (mapping.Find("hosts"))
        {
            case { Value: YamlScalar { IsNull: false } scalar }:
                if (Template.HasMarkup(scalar.Text))
                {
                    return RenderHosts(scalar);
                }
                return scalar.Text.Trim();
            case { Value: YamlSequence sequence } when sequence.Items.All(item => item is YamlScalar):
                return string.Join(',', sequence.Items.Select(item => ((YamlScalar)item).Text.Trim()));
            case { } entry:
                context.WrongKind(entry, "a pattern of hosts", "write 'hosts: all'");
                return "";
            default:
                context.Diagnostics.Error(CompilerCodes.NotAPlaybook, mapping.Span, "the play names no hosts", "add 'hosts: all'");
                return "";
        }
    }

    // Before any host is known only extra vars are.
    private string RenderHosts(YamlScalar scalar)
    {
        var variables = new Binding.Scope(null, "extra vars", context.ExtraVars);
        var value = context.Templates.TextOrTemplate(scalar.Text, scalar.SpanAt);
        var result = Resolver.Resolve(value, new EvaluationContext(variables) { Span = scalar.Span });
        if (result.Error is { } error)
        {
            context.Diagnostics.Add(error with { Span = scalar.Span, Remedy = "which hosts a play is for can depend on -e NAME=VALUE only" });
            return "";
        }
        return result.Value is ListValue list ? string.Join(',', list.Items) : result.Value!.ToString().Trim();
    }

    // What the play itself is: before any host is known only extra vars are.
    private string? Now(KeywordReader read, string keyword)
    {
        if (read.Text(keyword) is not TemplateValue template)
        {
            return read.PlainText(keyword);
        }
        var result = Resolver.Resolve(template, new EvaluationContext(new Binding.Scope(null, "extra vars", context.ExtraVars)) { Span = template.Span });
        if (result.Error is { } error)
        {
            context.Diagnostics.Add(error with { Remedy = $"{keyword} can depend on -e NAME=VALUE only" });
        }
        return result.Value?.ToString();
    }

    private IEnumerable<TaskNode> ReadSections(YamlMapping mapping, int index)
    {
        var tasks = new List<TaskNode>();
        var next = 0;
        if (mapping.Find("fact_path") is { Value: YamlScalar { IsNull: false } } path && context.Modules.Find("setup") is { } setup)
        {
            tasks.Add(Own(setup, "fact_path", context.Values.Read(path.Value), path.Key.Span, $"{index}/{next++}"));
        }
        foreach (var name in (ReadOnlySpan<string>)["pre_tasks", "roles", "tasks", "post_tasks"])
        {
            if (mapping.Find(name) is not { } section)
            {
                continue;
            }
            // Roles and tasks are one section.
            if (tasks.Any(Notifies) && !(name == "tasks" && mapping.Find("roles") is not null))
            {
                AddFlush(tasks, section, $"{index}/{next}", ref next);
            }
            tasks.AddRange(name == "roles" ? new RoleReader(context, file, _gathering).ReadList(section, $"{index}/", next) : Tasks(section, $"{index}/", areHandlers: false, next));
            next += section.Value is YamlSequence sequence ? sequence.Items.Length : 0;
        }
        return tasks;
    }

    // Whether an include notifies somebody only the host knows.
    private static bool Notifies(TaskNode node) => node.Notify.Length > 0 || node.Action switch
    {
        Block block => block.Tasks.Concat(block.Rescue).Concat(block.Always).Any(Notifies),
        Include => true,
        _ => false,
    };

    private static ImmutableArray<KeyValuePair<string, Value>> LastOf(List<KeyValuePair<string, Value>> vars) =>
        [.. vars.GroupBy(pair => pair.Key, StringComparer.Ordinal).Select(group => group.Last())];

    // Ansible runs what was notified between the sections of a play.
    private void AddFlush(List<TaskNode> tasks, YamlEntry section, string id, ref int next)
    {
        if (context.Modules.Find("meta") is not { TextArgument: { } argument } spec)
        {
            context.Diagnostics.Warning(CompilerCodes.HandlersLate, section.Key.Span, $"handlers that earlier sections notify run at the end of the play, not before '{section.Name}'");
            return;
        }
        tasks.Add(Own(spec, argument, Value.Of("flush_handlers"), section.Key.Span, id));
        next++;
    }

    // A task that a keyword of the play is.
    private TaskNode Own(ModuleSpec spec, string argument, Value value, SourceSpan span, string id)
    {
        var call = new ModuleCall(spec.Name, MapValue.From((argument, value)), null, "");
        context.Note(call, new CallSite(spec, _ => span));
        return new TaskNode { Id = id, Name = Value.Of(spec.Name), Action = call, Span = span, Tags = ["always"] };
    }

    private ImmutableArray<TaskNode> Tasks(YamlEntry section, string prefix, bool areHandlers, int first = 0) =>
        new TaskReader(context, file, new TaskPlace(new RoleReader(context, file, _gathering), _gathering)).ReadList(section, prefix, areHandlers, first);

    // The bundle's plays do not have these keywords; its tasks do.
    private static TaskNode Inherit(TaskNode task, KeywordReader play) => task with
    {
        IgnoreErrors = task.IgnoreErrors ?? play.Flag("ignore_errors"),
        NoLog = task.NoLog ?? play.Flag("no_log"),
        CheckMode = task.CheckMode ?? play.Flag("check_mode"),
        Diff = task.Diff ?? play.Flag("diff"),
        Timeout = task.Timeout ?? play.Number("timeout"),
    };

    private ImmutableArray<ImmutableArray<Value>> VarsFiles(YamlMapping mapping)
    {
        if (mapping.Find("vars_files") is not { } entry || entry.Value is YamlScalar { IsNull: true })
        {
            return [];
        }
        ImmutableArray<YamlNode> nodes = entry.Value is YamlSequence sequence ? sequence.Items : [entry.Value];
        var result = ImmutableArray.CreateBuilder<ImmutableArray<Value>>();
        foreach (var node in nodes)
        {
            ImmutableArray<YamlNode> choices = node is YamlSequence inner ? inner.Items : [node];
            if (choices.Any(choice => choice is not YamlScalar { IsNull: false }))
            {
                context.WrongKind(entry, "names of files");
                continue;
            }
            result.Add([.. choices.Cast<YamlScalar>().Select(scalar => (Value)context.Templates.TextOrTemplate(scalar.Text, scalar.SpanAt))]);
        }
        return result.ToImmutable();
    }

    private void Refuse(YamlMapping mapping, KeywordReader read)
    {
        foreach (var entry in mapping.Entries)
        {
            var isEmpty = entry.Value is YamlScalar { IsNull: true } or YamlSequence { Items.Length: 0 };
            if (Unsupported.Contains(entry.Name) && !isEmpty)
            {
                context.NotSupportedYet(entry.Name, entry.Key.Span);
            }
            else if (Barrier.IsOne(entry, read))
            {
                context.Barriers.Add((entry.Name, entry.Key.Span));
            }
            else if (entry.Name == "strategy" && Now(read, "strategy") is { } strategy and not "free")
            {
                if (strategy is not ("linear" or "host_pinned"))
                {
                    context.NotSupportedYet($"strategy: {strategy}", entry.Key.Span, Syntax.Keywords.Remedies["strategy"]);
                }
                else if (strategy == "linear")
                {
                    context.Diagnostics.Warning(CompilerCodes.NoMeaningHere, entry.Key.Span, "no host waits for another after each task, as with 'free'", "remove it");
                }
            }
            else if (entry.Name == "connection")
            {
                CheckConnection(entry, read.PlainText("connection"));
            }
            else if (Harmless.TryGetValue(entry.Name, out var because) && !isEmpty)
            {
                context.Diagnostics.Warning(CompilerCodes.NoMeaningHere, entry.Key.Span, $"'{entry.Name}' has no meaning here: {because}", "remove it");
            }
        }
    }

    private void CheckConnection(YamlEntry entry, string? connection)
    {
        if (connection is "ssh" or "smart" or "paramiko" or "paramiko_ssh")
        {
            context.Diagnostics.Warning(CompilerCodes.NoMeaningHere, entry.Key.Span, "'connection' has no meaning here: agents connect by themselves", "remove it");
        }
        else if (connection is not null && !(connection == "local" && context.Request.ForLocalApply))
        {
            context.NotSupportedYet($"connection: {connection}", entry.Key.Span, "remove it: the agent runs tasks on its own host; the operator's machine is set up with 'flaskdeploy apply'");
        }
    }
}
