using System.Collections.Immutable;
using FlaskDeploy.Compiler.Files;
using FlaskDeploy.Compiler.Syntax;
using FlaskDeploy.Language.Bundles;
using FlaskDeploy.Language.Diagnostics;
using FlaskDeploy.Language.Expressions;
using FlaskDeploy.Language.Modules;
using FlaskDeploy.Language.Values;

namespace FlaskDeploy.Compiler.Binding;

/// <summary>
/// Goes through the tasks of a play as one host would, with what is known before the run: finds names that nothing
/// defines, and the operator's files that the host will ask for.
/// </summary>
internal sealed class TaskChecker(SyntaxContext context, OperatorFiles files, TemplateFiles templateFiles, UndefinedNames undefined, CheckedTasks known, SortedSet<Digest> digests, HashSet<LookupAnswer> answers) : ILookupListener
{
    private const int MaxItems = 2_000;

    private readonly HashSet<string> _entered = new(StringComparer.Ordinal);

    private TaskFindings _findings = new();
    private int _task;

    // Inside of includes that this host may never come to.
    private int _guesses;
    private int _handlers;

    // Inside of what ignores its errors or is rescued: a playbook may fail there on purpose, so what would is only told.
    private int _tolerated;

    // Whose tasks they are, by the keyword nearest to them.
    private Value? _delegate;

    /// <summary>Whether tasks that one host delegates to another run on the same machine.</summary>
    public Func<string, string, bool> IsHere { get; init; } = static (name, host) => name == host;

    private FilesOfTasks TaskFiles { get => field ??= new FilesOfTasks(context, files, templateFiles, this, Undefined); }

    private CompletedCalls Completed { get => field ??= new CompletedCalls(context, TaskFiles); }

    private Severity Gravity => _tolerated > 0 ? Severity.Warning : Severity.Error;

    public void Check(Play play, HostVariables variables)
    {
        Walk(play.Tasks, variables, [], play.Environment);
        // Whether a handler runs is known when it is notified.
        _handlers++;
        Walk(play.Handlers, variables, [], play.Environment);
        _handlers--;
    }

    /// <summary>The same for a host that may never come to the play: the files that it would need are its own to have.</summary>
    public void CheckPerhaps(Play play, HostVariables variables)
    {
        _guesses++;
        Check(play, variables);
        _guesses--;
    }

    private void Walk(ImmutableArray<TaskNode> nodes, HostVariables variables, ImmutableArray<Value> conditions, ImmutableArray<Value> environment)
    {
        foreach (var node in nodes)
        {
            var inside = variables.In(node.Role).With(node.Vars).Within(node.Action);
            var all = conditions.AddRange(node.When);
            var isIgnoring = node.IgnoreErrors is not (null or BoolValue { IsTrue: false });
            _tolerated += isIgnoring ? 1 : 0;
            var outer = _delegate;
            _delegate = node.DelegateTo ?? outer;
            if (node.Action is Block block)
            {
                _tolerated += block.Rescue.IsEmpty ? 0 : 1;
                Walk(block.Tasks, inside, all, environment.AddRange(node.Environment));
                _tolerated -= block.Rescue.IsEmpty ? 0 : 1;
                Walk(block.Rescue, inside, all, environment.AddRange(node.Environment));
                Walk(block.Always, inside, all, environment.AddRange(node.Environment));
            }
            else if (_entered.Count > 0)
            {
                CheckAction(node, variables, inside, conditions, all, environment);
            }
            else
            {
                Remember(variables, () => CheckAction(node, variables, inside, conditions, all, environment));
            }
            _tolerated -= isIgnoring ? 1 : 0;
            _delegate = outer;
        }
    }

    private void CheckAction(TaskNode node, HostVariables above, HostVariables inside, ImmutableArray<Value> conditions, ImmutableArray<Value> all, ImmutableArray<Value> environment)
    {
        if (node.Action is Include include)
        {
            CheckInclude(node, include, above, inside, conditions, all, environment);
        }
        else if (node.Action is ModuleCall call)
        {
            CheckTask(node, call, inside, all, environment);
        }
    }

    // Checks what the play itself holds, unless a host that reads the same was there before.
    private void Remember(HostVariables variables, Action check)
    {
        var (task, host) = (_task++, variables.Frame);
        if (known.Find(task, host) is { } findings)
        {
            digests.UnionWith(findings.Digests);
            answers.UnionWith(findings.Answers);
            foreach (var (span, name, severity) in findings.Undefined)
            {
                undefined.Add(span, name, variables, severity);
            }
            return;
        }
        _findings = new TaskFindings();
        host.Reads.Begin();
        check();
        if (host.Reads.End() is { } reads)
        {
            known.Add(task, host, reads, _findings);
        }
    }

    // The include's own conditions decide about it, once; its tasks do not have them.
    private void CheckInclude(TaskNode node, Include include, HostVariables above, HostVariables inside, ImmutableArray<Value> conditions, ImmutableArray<Value> all, ImmutableArray<Value> environment)
    {
        var whole = new TaskOnHost(node, new ModuleCall("include_tasks", MapValue.Empty, null, include.Directory), inside, all, environment);
        ImmutableArray<Value> items = node.Loop is { } loop ? Items(whole, loop) : [Value.Null];
        var isOpen = items.IsDefault;
        items = isOpen ? [new UnknownValue("the loop's items are unknown")] : items;
        var named = node.Loop?.Named(TaskFiles.Evaluate(whole));
        for (var index = 0; index < Math.Min(items.Length, MaxItems); index++)
        {
            var instance = named is null ? whole : whole with { Variables = inside.ForItem(named, items, index) };
            var holds = Decide(instance, quiet: isOpen);
            holds = isOpen && holds == true ? null : holds;
            if (holds == false)
            {
                continue;
            }
            var given = named is null ? above.Including(node.Vars) : above.ForItem(named, items, index).Including(node.Vars);
            given = given.Including([.. include.Given.Select(pair => KeyValuePair.Create(pair.Key, Resolver.Resolve(pair.Value, TaskFiles.Evaluate(instance)).Value ?? new UnknownValue("it is known on the host only")))]);
            if (include.Apply is { } apply)
            {
                given = given.With(apply.Vars);
            }
            var chosen = KeyFor(include, instance, holds);
            var outer = _delegate;
            _delegate = include.Apply?.DelegateTo ?? outer;
            foreach (var key in chosen is null ? context.Includes.CandidatesOf(include) : [chosen])
            {
                Enter(key, given, conditions.AddRange(include.Apply?.When ?? []), environment, isGuess: chosen is null || holds is null);
            }
            _delegate = outer;
        }
    }

    // Null: only the host can tell.
    private string? KeyFor(Include include, TaskOnHost instance, bool? holds)
    {
        var name = Resolver.Resolve(include.Name, TaskFiles.Evaluate(instance));
        var from = include.TasksFrom is { } written ? Resolver.Resolve(written, TaskFiles.Evaluate(instance)) : Evaluation.Of(Value.Null);
        if (name.Value is not { IsUnknown: false } known || from.Value is not { IsUnknown: false } tasks)
        {
            foreach (var template in name.Value is null ? TemplatesIn.Of(include.Name) : [])
            {
                Blame(template, name, instance);
            }
            return null;
        }
        var keys = include.Keys(known.Reveal().ToString().Trim(), tasks is NullValue || tasks.Equals(Resolver.Omit) ? null : tasks.Reveal().ToString().Trim());
        if (keys.FirstOrDefault(key => context.Includes.Find(key) is not null) is { } key)
        {
            context.Includes.Require(key);
            return key;
        }
        if (context.Includes.MissingOf(include) is { } missing)
        {
            context.Diagnostics.Add(missing with { Severity = holds == true && _guesses == 0 ? Gravity : Severity.Warning });
        }
        else if (include.Name is TemplateValue at)
        {
            context.Diagnostics.Add(new Diagnostic(CompilerCodes.MissingFile, holds == true ? Gravity : Severity.Warning, at.Span, $"there is no {(include.Kind == IncludeKind.Role ? "role" : "file of tasks")} '{known}'")
            {
                Remedy = include.Kind == IncludeKind.Role ? null : $"the file must lie where the name's beginning leads: looked for {string.Join(", ", keys)}",
            });
        }
        return null;
    }

    private void Enter(string key, HostVariables variables, ImmutableArray<Value> conditions, ImmutableArray<Value> environment, bool isGuess)
    {
        // What includes itself is gone into once: it asks for nothing new the second time.
        if (context.Includes.Find(key) is not { } file || !_entered.Add(key))
        {
            return;
        }
        _guesses += isGuess ? 1 : 0;
        Walk(file.Tasks, variables, conditions, environment);
        Walk(file.Handlers, variables, conditions, environment);
        _guesses -= isGuess ? 1 : 0;
        _entered.Remove(key);
    }

    private void CheckTask(TaskNode node, ModuleCall call, HostVariables variables, ImmutableArray<Value> conditions, ImmutableArray<Value> environment)
    {
        if (node.Loop is not { } loop)
        {
            CheckInstance(new TaskOnHost(node, call, variables, conditions, environment));
            return;
        }
        var whole = new TaskOnHost(node, call, variables, conditions, environment);
        var items = Items(whole, loop);
        items = items.IsDefault ? [new UnknownValue("the loop's items are unknown")] : items;
        loop = loop.Named(TaskFiles.Evaluate(whole));
        for (var index = 0; index < Math.Min(items.Length, MaxItems); index++)
        {
            CheckInstance(whole with { Variables = variables.ForItem(loop, items, index) });
        }
    }

    // Default: they are known on the host only.
    private ImmutableArray<Value> Items(TaskOnHost instance, Loop loop)
    {
        var evaluation = TaskFiles.Evaluate(instance);
        var rendered = Resolver.Resolve(loop.Items, evaluation);
        if (rendered.Error is null && rendered.Value is not null)
        {
            rendered = LoopItems.Expand(loop.Kind, rendered.Value, pattern => files.Glob(pattern, instance.Call.Directory, instance.Node.Span), instance.Node.Span, name => TaskFiles.FindFirst(name, instance), (kind, terms) => LookupLoop.Expand(kind, terms, evaluation));
        }
        if (rendered.Error is { } error)
        {
            if (Decide(instance, quiet: true) != false)
            {
                foreach (var template in TemplatesIn.Of(loop.Items))
                {
                    CheckTemplate(template, instance);
                }
            }
            return error.Code == DiagnosticCodes.UndefinedVariable ? default : Report(error, instance);
        }
        if (rendered.Value is ListValue list)
        {
            return list.Items;
        }
        // A pattern that the host completes still names files that lie here.
        return loop.Kind == "fileglob" ? [.. TemplatesIn.Of(loop.Items).SelectMany(template => TaskFiles.Widen(template, instance, OperatorFileKind.File)).Select(entry => Value.Of(entry.Path))] : default;
    }

    private ImmutableArray<Value> Report(Diagnostic error, TaskOnHost instance)
    {
        if (error.Code is not DiagnosticCodes.EvaluationFailed || Decide(instance, quiet: true) == true)
        {
            context.Diagnostics.Add(error with { Severity = Gravity });
        }
        return default;
    }

    private void CheckInstance(TaskOnHost instance)
    {
        if (Decide(instance, quiet: false) is var holds && holds == false)
        {
            return;
        }
        foreach (var template in TemplatesIn.Of(instance.Call.Choice?.Name).Concat(instance.Call.Given.SelectMany(TemplatesIn.Of)))
        {
            CheckTemplate(template, instance);
        }
        // Only who asks for it by a tag runs it, and that is not known here.
        var isNeverRun = instance.Node.Tags.Contains("never");
        instance = Completed.Complete(instance, _guesses > 0 || isNeverRun ? Severity.Warning : Gravity, isCertain: holds == true && !isNeverRun && _guesses + _tolerated + _handlers == 0);
        CheckDelegation(instance);
        var arguments = instance.Call.Arguments.Entries.Where(entry => !IsCondition(instance, entry.Key)).SelectMany(entry => TemplatesIn.Of(entry.Value));
        foreach (var template in arguments.Concat(TemplatesIn.Of(instance.Call.FreeForm)).Concat(TemplatesIn.RenderedBy(instance.Node, instance.Environment)))
        {
            CheckTemplate(template, instance);
        }
        var conditions = instance.Call.Arguments.Entries.Where(entry => IsCondition(instance, entry.Key)).SelectMany(entry => TemplatesIn.Of(entry.Value));
        foreach (var condition in conditions.Concat(instance.Node.ChangedWhen.Concat(instance.Node.FailedWhen).Concat(instance.Node.Until).Concat(instance.Node.Loop?.BreakWhen ?? []).SelectMany(TemplatesIn.Of)))
        {
            CheckCondition(condition, instance);
        }
        foreach (var shown in TemplatesIn.Of(instance.Node.Name).Concat(TemplatesIn.Of(instance.Node.Loop?.Label)).Where(shown => !context.Templates.UsesOf(shown).Lookups.IsEmpty))
        {
            // It stays as it is where it cannot be had.
            Resolver.Resolve(shown, TaskFiles.Evaluate(instance));
        }
        if (SiteOf(instance) is null && instance.Call.Choice is null && holds == true && !isNeverRun && _guesses + _tolerated + _handlers == 0)
        {
            context.Diagnostics.Error(DiagnosticCodes.UnknownModule, instance.Node.Span, $"'{instance.Call.Module}' is a module for other systems than this agent's", "give the task a condition: when: ansible_os_family == 'Debian'");
        }
        if (instance.Call.Module == "validate_argument_spec" && holds == true && _guesses + _tolerated + _handlers == 0)
        {
            CheckSpecification(instance);
        }
        TaskFiles.Collect(instance, holds == true && _guesses + _tolerated == 0, isTolerated: _tolerated > 0);
    }

    // What is known already and wrong is said before anything runs; of the rest the task itself will say it.
    private void CheckSpecification(TaskOnHost instance)
    {
        if (instance.Call.Arguments["argument_spec"] is not MapValue options)
        {
            return;
        }
        var provided = instance.Call.Arguments["provided_arguments"] as MapValue ?? MapValue.Empty;
        var (known, given) = (new List<KeyValuePair<Value, Value>>(), MapValue.Empty);
        foreach (var option in options.Entries)
        {
            var value = Resolver.Resolve(provided.TryGet(option.Key, out var written) ? written : new TemplateValue($"{{{{ {option.Key} }}}}", instance.Node.Span), TaskFiles.Evaluate(instance));
            if (value.Value?.IsUnknown == true || TemplatesIn.Of(option.Value).Any() || value.Error is { Code: not DiagnosticCodes.UndefinedVariable })
            {
                continue;
            }
            known.Add(option);
            given = value.Value is { } there ? given.With(option.Key.ToString(), there) : given;
        }
        // What the role does not take at all is only said where it is known all that it takes.
        var strange = known.Count == options.Entries.Length ? provided.Entries.Where(entry => !options.TryGet(entry.Key, out _)) : [];
        given = new MapValue(given.Entries.Concat(strange));
        foreach (var error in ArgumentSpecification.Validate(new MapValue(known), given))
        {
            context.Diagnostics.Error(DiagnosticCodes.BadArgumentValue, instance.Node.Span, $"{(instance.Call.Arguments["validate_args_context"] as MapValue)?["name"]?.ToString() ?? instance.Call.Module}: {error}", "give the role what its argument_specs ask for");
        }
    }

    private void CheckDelegation(TaskOnHost instance)
    {
        if (_delegate is TemplateValue template)
        {
            CheckTemplate(template, instance);
        }
        else if (_delegate?.ToString() is { Length: > 0 } name and not ("localhost" or "127.0.0.1" or "::1") && _guesses == 0 && context.Request.ForLocalApply && SiteOf(instance)?.Spec.IsOfTheRun != true && !IsHere(name, instance.Variables.Find("inventory_hostname")!.ToString()))
        {
            context.Diagnostics.Add(new Diagnostic(CompilerCodes.NotSupportedYet, Gravity, instance.Node.Span, $"'delegate_to: {name}' is another host than this machine")
            {
                Remedy = "give the task a play of its own for that host, or give what means this machine ansible_connection=local",
            });
        }
    }

    // Whether the task runs: null where only the host can tell.
    private bool? Decide(TaskOnHost instance, bool quiet)
    {
        var result = (bool?)true;
        foreach (var condition in instance.Conditions)
        {
            var tested = Resolver.Test([condition], TaskFiles.Evaluate(instance));
            if (tested.Error is not null)
            {
                if (!quiet && condition is TemplateValue template)
                {
                    CheckCondition(template, instance);
                }
                return null;
            }
            if (tested.Value!.IsUnknown)
            {
                result = null;
            }
            else if (!tested.Value.IsTruthy)
            {
                return false;
            }
        }
        return result;
    }

    private void CheckCondition(TemplateValue condition, TaskOnHost instance) =>
        Blame(condition, Resolver.Test([condition], TaskFiles.Evaluate(instance)), instance);

    private void CheckTemplate(TemplateValue template, TaskOnHost instance)
    {
        templateFiles.Includes.Follow(context.Templates.UsesOf(template), TemplateOptions.Default, TaskFiles.OthersOf(instance));
        Blame(template, Resolver.Resolve(template, TaskFiles.Evaluate(instance)), instance);
    }

    private void Blame(TemplateValue template, Evaluation result, TaskOnHost instance)
    {
        if (_guesses > 0)
        {
            return;
        }
        // A known result has read everything it needs; an unknown one may have stopped before a misspelt name.
        var isUndefined = result.Error?.Code is DiagnosticCodes.UndefinedVariable or DiagnosticCodes.MandatoryVariable;
        if (!isUndefined && result.Value?.IsUnknown != true)
        {
            if (result.Error is { Code: CompilerCodes.MissingFile or CompilerCodes.UnreadableOperatorFile or DiagnosticCodes.UnknownLookup or DiagnosticCodes.LookupFailed or DiagnosticCodes.TemplateNotFound } lost)
            {
                // What is missing on the operator's machine a task may still write, where that is this one.
                context.Diagnostics.Add(lost with { Severity = lost.Code == CompilerCodes.MissingFile && context.Request.ForLocalApply ? Severity.Warning : Gravity });
            }
            return;
        }
        var names = undefined.In(template, instance.Variables);
        foreach (var (span, name) in names.Where(found => !instance.Guards(found.Name)))
        {
            Undefined(span, name, instance.Variables);
        }
        if (isUndefined && names.IsEmpty && !UndefinedNames.IsGuarded(template.Source) && Decide(instance, quiet: true) == true)
        {
            context.Diagnostics.Add(result.Error! with { Severity = Gravity });
        }
    }

    public void WasRead(TreeEntry file)
    {
        if (file.Digest is { } digest)
        {
            digests.Add(digest);
            _findings.Digests.Add(digest);
        }
    }

    public void WasAnswered(LookupAnswer answer)
    {
        answers.Add(answer);
        _findings.Answers.Add(answer);
    }

    public void CannotAsk(string name, SourceSpan span)
    {
        if (_guesses == 0)
        {
            context.Diagnostics.Add(new Diagnostic(CompilerCodes.OperatorLookup, Gravity, span, $"the lookup '{name}' asks the operator's machine when the playbook is pushed, and what it asks is known on the host only")
            {
                Remedy = "make what it asks of names that are known before the run, or ask the host with a command task",
            });
        }
    }

    private void Undefined(SourceSpan span, string name, HostVariables variables)
    {
        _findings.Undefined.Add((span, name, Gravity));
        undefined.Add(span, name, variables, Gravity);
    }

    private CallSite? SiteOf(TaskOnHost instance) => instance.Site ?? context.SiteOf(instance.Call);

    private bool IsCondition(TaskOnHost instance, Value key) => SiteOf(instance)?.Spec.Find(key.ToString()) is { Type: ArgumentType.Condition };
}
