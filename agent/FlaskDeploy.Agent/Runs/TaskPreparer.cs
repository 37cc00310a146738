using System.Collections.Immutable;
using System.Globalization;
using FlaskDeploy.Agent.Machine;
using FlaskDeploy.Agent.Modules;
using FlaskDeploy.Language.Bundles;
using FlaskDeploy.Language.Diagnostics;
using FlaskDeploy.Language.Expressions;
using FlaskDeploy.Language.Modules;
using FlaskDeploy.Language.Values;

namespace FlaskDeploy.Agent.Runs;

/// <summary>Turns task nodes into instances, and instances into something that can be looked at: conditions, loops, arguments, users.</summary>
internal sealed class TaskPreparer(ModuleRegistry modules, IMachineView rootView, IOperatorFiles files, BundleNames names, Func<string, ILookups> lookups, RunInventory hosts, string? defaultUser, bool hasNativeTypes, TimeProvider time)
{
    private readonly Dictionary<string, Account?> _accounts = new(StringComparer.Ordinal) { ["root"] = Account.Root };

    /// <summary>The inventory as the run has it.</summary>
    public RunInventory Hosts => hosts;

    public EvaluationContext ContextOf(IVariables variables, SourceSpan span) => new(variables) { Lookups = lookups(variables is TaskVariables task ? task.Directory : ""), Time = time, Span = span, HasNativeTypes = hasNativeTypes };

    // Arguments may include templates too.
    private EvaluationContext ContextOf(TaskInstance instance) =>
        ContextOf(instance.Variables, instance.Node.Span) with { Templates = new TreeTemplates(files.Tree, files.ReadHere, instance.Call.Directory, beside: null) };

    /// <summary>The instances of a task: one, or one for each item of its loop. Or the reason why there are none.</summary>
    public (ImmutableArray<TaskInstance> Instances, Preparation? Instead) Expand(TaskNode node, ModuleCall call, Inherited keywords, RunVariables run)
    {
        var variables = TaskVariables.Of(run, keywords, call.Directory);
        var context = ContextOf(variables, node.Span);
        var single = new TaskInstance(node, call, keywords, variables) { Name = NameOf(node, call, keywords, context), PlayName = Show(keywords.Play.Name, keywords.Play.Hosts, context) };
        if (node.Loop?.Named(context) is not { } loop)
        {
            return ([single], null);
        }
        // From here on the loop is called as its variables say.
        single = single with { Node = node with { Loop = loop } };
        var rendered = Resolver.Resolve(loop.Items, context);
        var items = rendered.Value is { } value ? LoopItems.Expand(loop.Kind, value, pattern => files.Tree.Glob(pattern, call.Directory).Select(entry => entry.Path), node.Span, name => names.Find(name, call.Directory, call.Module), (kind, terms) => LookupLoop.Expand(kind, terms, context)) : rendered;
        if (items.Error is { } error)
        {
            // `when` guards the loop too: what is skipped need not have items.
            return ([], Condition(keywords, context) is Preparation.Skipped skipped ? skipped : new Preparation.Wrong(error));
        }
        if (items.Value is not ListValue list)
        {
            return ([], new Preparation.Unknown((items.Value as UnknownValue)?.Because ?? "its items are unknown"));
        }
        return ([.. list.Items.Select((_, index) => ForItem(single, loop, list.Items, index))], list.Items.IsEmpty ? new Preparation.NoItems() : null);
    }

    public async ValueTask<Preparation> Prepare(TaskInstance instance, CancellationToken cancellation)
    {
        if (instance.Item?.IsUnknown == true)
        {
            return new Preparation.Unknown("its item is unknown");
        }
        (instance, var unchosen) = Chosen(instance);
        (instance, var elsewhere) = Delegated(instance);
        var context = ContextOf(instance);
        if ((Condition(instance.Keywords, context) ?? unchosen ?? elsewhere) is { } decided)
        {
            return decided;
        }
        if (modules.Find(instance.Call.Module) is not { } module)
        {
            return Wrong(DiagnosticCodes.UnknownModule, instance, $"this agent has no module '{instance.Call.Module}'", "upgrade the agent");
        }
        var (account, problem) = await AccountOf(instance.Keywords, context, cancellation);
        if (account is null)
        {
            return problem!;
        }
        var (environment, notThere) = EnvironmentOf(instance, account, context);
        if (environment is null)
        {
            return notThere!;
        }
        return Bind(instance, module, context) switch
        {
            (null, { } instead) => instead,
            var (bound, _) => new Preparation.Ready(new ReadyTask(instance, module, bound!, account, environment)),
        };
    }

    /// <summary>Whether a keyword that is a value or a template is true; unknown counts as not.</summary>
    public bool IsTrue(Keyword? keyword, IVariables variables, SourceSpan span) => Says(keyword, variables, span) == true;

    /// <summary>The same; null where nobody says it.</summary>
    public bool? Says(Keyword? keyword, IVariables variables, SourceSpan span) =>
        keyword?.In(ContextOf(variables, span)) is { } said ? said.Value is { IsUnknown: false } value && AsFlag(value) : null;

    /// <summary>A keyword that is a number, or a template that gives one.</summary>
    public int Number(Value? keyword, ReadyTask task, int otherwise) =>
        keyword is not null && Resolver.Resolve(keyword, ContextOf(task.Instance.Variables, task.Instance.Node.Span)).Value is { IsUnknown: false } value
        && double.TryParse(value.ToString(), CultureInfo.InvariantCulture, out var number) ? (int)Math.Clamp(number, 0, int.MaxValue) : otherwise;

    /// <summary>Between the items of a loop; null: none.</summary>
    public TimeSpan? PauseOf(TaskInstance instance) =>
        instance.Node.Loop?.Pause is { } written && Resolver.Resolve(written, ContextOf(instance.Variables, instance.Node.Span)).Value is { IsUnknown: false } value
        && double.TryParse(value.ToString(), CultureInfo.InvariantCulture, out var seconds) && seconds > 0 ? TimeSpan.FromSeconds(Math.Min(seconds, int.MaxValue / 1000)) : null;

    /// <summary>How long an attempt may take; null: as long as it takes.</summary>
    public int? LimitOf(TaskInstance instance) =>
        instance.Keywords.Timeout?.In(ContextOf(instance.Variables, instance.Node.Span)) is { Value: { IsUnknown: false } value }
        && double.TryParse(value.Reveal().ToString(), CultureInfo.InvariantCulture, out var seconds) && seconds >= 1 ? (int)Math.Min(seconds, int.MaxValue / 1000) : null;

    /// <summary>Whether a loop ends after an item, the item's own result being registered; what is wrong with its conditions ends the task.</summary>
    public Evaluation Breaks(TaskInstance instance, TaskResult result) => instance.Node.Loop is not { BreakWhen: { IsEmpty: false } conditions }
        ? Evaluation.Of(Value.False)
        : Resolver.Test(conditions, ContextOf(instance.Node.Register is { } name ? instance.Variables.With(name, result.Registered) : instance.Variables, instance.Node.Span));

    /// <summary>Whether <c>no_log</c> hides the task; where that cannot be found out, it does.</summary>
    public bool IsCensored(TaskInstance instance) =>
        instance.Keywords.NoLog?.In(ContextOf(instance.Variables, instance.Node.Span)) is { } said && (said.Value is not { IsUnknown: false } value || AsFlag(value));

    private static bool AsFlag(Value value) =>
        value.Reveal() is TextValue text ? text.Text.ToLowerInvariant() is "yes" or "true" or "on" or "1" or "y" or "t" : value.IsTruthy;

    /// <summary>Why an instance is not gone into; null: its conditions hold.</summary>
    public Preparation? Decide(TaskInstance instance) =>
        instance.Item?.IsUnknown == true ? new Preparation.Unknown("its item is unknown") : Condition(instance.Keywords, ContextOf(instance.Variables, instance.Node.Span));

    /// <summary>What a task calls, as far as it can be told before it is run; null: that is not known, or is nothing.</summary>
    public ModuleSpec? SpecOf(PlacedTask task, RunVariables run)
    {
        if (task.Call.Choice is null)
        {
            return modules.Find(task.Call.Module)?.Spec;
        }
        var instances = Expand(task.Node, task.Call, task.Keywords, run).Instances;
        return instances.IsEmpty || Chosen(instances[0]) is not ({ } first, null) ? null : modules.Find(first.Call.Module)?.Spec;
    }

    // Which module a task calls that names it by a variable.
    private (TaskInstance Instance, Preparation? Unchosen) Chosen(TaskInstance instance)
    {
        if (instance.Call.Choice is not { } choice)
        {
            return (instance, null);
        }
        var rendered = Resolver.Resolve(choice.Name, ContextOf(instance));
        if (rendered.Error is { } error)
        {
            return (instance, new Preparation.Wrong(error));
        }
        if (rendered.Value!.IsUnknown)
        {
            return (instance, new Preparation.Unknown("which module it calls is unknown"));
        }
        var (spec, problem) = ChosenModules.Find(rendered.Value.Reveal().ToString().Trim(), ModuleCatalog.Find, ModuleCatalog.Names, isHere: files.Tree.Disk is not null, choice.Name.Span);
        return spec is null ? (instance, new Preparation.Wrong(problem!)) : (instance with { Call = instance.Call with { Module = spec.Name } }, null);
    }

    // The task keeps the variables of its play's host: only whose it is is said.
    private (TaskInstance Instance, Preparation? Elsewhere) Delegated(TaskInstance instance)
    {
        if (instance.Keywords.DelegateTo?.In(ContextOf(instance)) is not { } rendered)
        {
            return (instance, null);
        }
        if (rendered.Error is { } error)
        {
            return (instance, new Preparation.Wrong(error));
        }
        if (rendered.Value!.IsUnknown)
        {
            return (instance, new Preparation.Unknown("the host that it is delegated to is unknown"));
        }
        var name = rendered.Value.Reveal() is NullValue ? "" : rendered.Value.Reveal().ToString();
        if (name.Length == 0)
        {
            return (instance, null);
        }
        if (!hosts.IsHere(name) && modules.Find(instance.Call.Module)?.Spec.IsOfTheRun != true)
        {
            return (instance, new Preparation.Elsewhere($"it is delegated to '{name}', which is another host than this one; give the task a play of its own for that host"));
        }
        var vars = instance.Variables.With("ansible_delegated_vars", MapValue.From((name, hosts.DelegatedVars(name, instance.Variables.OwnVars()))));
        return (instance with { DelegatedTo = name, Variables = vars }, null);
    }

    private static Preparation? Condition(Inherited keywords, EvaluationContext context)
    {
        if (keywords.When.IsEmpty)
        {
            return null;
        }
        var result = Resolver.Test(keywords.When, context);
        return result switch
        {
            { Error: { } error } => new Preparation.Wrong(error),
            { Value: UnknownValue unknown } => new Preparation.Unknown($"its condition is unknown: {unknown.Because}"),
            { Value: { IsTruthy: false } } => new Preparation.Skipped("a condition does not hold"),
            _ => null,
        };
    }

    private (BoundArguments? Bound, Preparation? Instead) Bind(TaskInstance instance, IModule module, EvaluationContext context)
    {
        var entries = new List<KeyValuePair<Value, Value>>();
        if (Given(instance, context, entries) is { } ungiven)
        {
            return (null, ungiven);
        }
        foreach (var (key, written) in instance.Call.Arguments.Entries)
        {
            // The conditions of assert are expressions: the module has them evaluated.
            var rendered = module.Spec.Find(key.ToString()) is { Type: ArgumentType.Condition } ? Evaluation.Of(written) : Resolver.Resolve(written, context);
            if (rendered.Error is { } error)
            {
                return (null, new Preparation.Wrong(error));
            }
            if (rendered.Value!.Equals(Resolver.Omit))
            {
                continue;
            }
            // Where names are the task's own to choose, as in set_fact, they may be made of variables.
            var name = module.Spec.TakesAnyArgument && Template.HasMarkup(key.ToString()) ? Resolver.Resolve(new TemplateValue(key.ToString(), instance.Node.Span), context) : Evaluation.Of(key);
            if (name.Error is { } unnamed)
            {
                return (null, new Preparation.Wrong(unnamed));
            }
            if (name.Value!.IsUnknown)
            {
                return (null, new Preparation.Unknown($"the name '{key}' is unknown"));
            }
            entries.Add(KeyValuePair.Create(name.Value.Reveal(), rendered.Value));
        }
        string? freeForm = null;
        if (module.Spec.TakesFreeForm && entries.Find(entry => entry.Key.ToString() == "_raw_params") is { Value: { IsUnknown: false } line } raw)
        {
            entries.Remove(raw);
            freeForm = line.Reveal().ToString();
        }
        if (instance.Call.FreeForm is { } text)
        {
            var rendered = Resolver.Resolve(text, context);
            if (rendered.Error is { } error)
            {
                return (null, new Preparation.Wrong(error));
            }
            if (rendered.Value!.IsUnknown)
            {
                return (null, new Preparation.Unknown($"its command is unknown: {(rendered.Value as UnknownValue)?.Because ?? "a part of it is"}"));
            }
            freeForm = rendered.Value.Reveal().ToString();
        }
        var diagnostics = new DiagnosticBag();
        var bound = ArgumentBinder.Bind(module.Spec, new MapValue(entries), freeForm, name => instance.Call.Choice?.PlaceOf(instance.Call, name) ?? instance.Node.Span, diagnostics);
        if (bound is null)
        {
            return (null, new Preparation.Wrong(diagnostics.ToSorted()[0]));
        }
        return bound.Unknown is { } unknown ? (null, new Preparation.Unknown($"{unknown.Name} is unknown: {unknown.Because}")) : (bound, null);
    }

    // Those that the task does not say itself.
    private static Preparation? Given(TaskInstance instance, EvaluationContext context, List<KeyValuePair<Value, Value>> entries)
    {
        var given = MapValue.Empty;
        foreach (var written in instance.Call.Given)
        {
            var rendered = Resolver.Resolve(written, context);
            if (rendered.Error is { } error)
            {
                return new Preparation.Wrong(error);
            }
            if (rendered.Value!.IsUnknown)
            {
                return new Preparation.Unknown("its arguments are unknown");
            }
            switch (rendered.Value.Reveal())
            {
                case MapValue more:
                    given = given.Merge(more);
                    break;
                case NullValue:
                    break;
                case var other:
                    return Wrong(DiagnosticCodes.BadArgumentValue, instance, $"its arguments come out of a variable, and are a {other.TypeName}, not a dict", "let the variable be a mapping of names to values");
            }
        }
        entries.AddRange(given.Entries.Where(entry => !instance.Call.Arguments.TryGet(entry.Key, out _) && !entry.Value.Equals(Resolver.Omit)));
        return null;
    }

    private static bool IsTrue(Value variable, EvaluationContext context) => Resolver.Resolve(variable, context).Value is { IsUnknown: false } value && AsFlag(value);

    private async ValueTask<(Account? Account, Preparation? Problem)> AccountOf(Inherited keywords, EvaluationContext context, CancellationToken cancellation)
    {
        var name = keywords.Play.User ?? defaultUser ?? "root";
        // Variables of these names are above the keywords, whoever wrote them.
        if (context.Variables.Find("ansible_become") is { } variable ? IsTrue(variable, context) : IsTrue(keywords.Become, context.Variables, context.Span))
        {
            var user = context.Variables.Find("ansible_become_user") is { } named ? Resolver.Resolve(named, context) : keywords.BecomeUser?.In(context) ?? Evaluation.Of(Value.Of("root"));
            if (user.Error is { } error)
            {
                return (null, new Preparation.Wrong(error));
            }
            if (user.Value!.IsUnknown)
            {
                return (null, new Preparation.Unknown("its user is unknown"));
            }
            name = user.Value.Reveal().ToString();
        }
        if (!_accounts.TryGetValue(name, out var account))
        {
            // A user that is missing now may be made by an earlier task of the same play: only what was found is kept.
            account = (await rootView.Ask(new AccountLook(name), cancellation)).Account;
            if (account is not null)
            {
                _accounts[name] = account;
            }
        }
        return account is not null
            ? (account, null)
            : (null, new Preparation.Wrong(new Diagnostic("FD3001", Severity.Error, context.Span, $"there is no user '{name}' on this host") { Remedy = "make the user, or name another one with -u or remote_user" }));
    }

    /// <summary>What the tasks of a play find in their environment, if they say nothing of it themselves. What the play makes of that same environment is left out.</summary>
    public async ValueTask<MapValue> EnvironmentOf(Play play, RunVariables run, CancellationToken cancellation)
    {
        var context = ContextOf(new TaskVariables(run), play.Span);
        var (account, _) = await AccountOf(Inherited.From(play), context, cancellation);
        var environment = new Dictionary<string, Value>(StringComparer.Ordinal);
        foreach (var (name, value) in TaskEnvironment.For(account ?? Account.Root).Variables)
        {
            environment[name] = Value.Of(value);
        }
        foreach (var (name, written) in play.Environment.Select(written => written is MapValue ? written : Resolver.Resolve(written, context).Value).OfType<MapValue>().SelectMany(map => map.Entries))
        {
            if (Resolver.Resolve(written, context).Value is { IsUnknown: false } value)
            {
                environment[name.ToString()] = Value.Of(value.Reveal().ToString());
            }
        }
        return MapValue.From(environment.Select(pair => (pair.Key, pair.Value)));
    }

    /// <summary>Whose facts a play begins with: the user of its tasks.</summary>
    public async ValueTask<Account> AccountOf(Play play, RunVariables run, CancellationToken cancellation) =>
        (await AccountOf(Inherited.From(play), ContextOf(new TaskVariables(run), play.Span), cancellation)).Account ?? Account.Root;

    private (TaskEnvironment? Environment, Preparation? Instead) EnvironmentOf(TaskInstance instance, Account account, EvaluationContext context)
    {
        // As with Ansible's local connection, where root does not leave the place for its home.
        var environment = TaskEnvironment.For(account) with { Directory = account.IsRoot ? files.Tree.Disk?.Directory : null };
        foreach (var written in instance.Keywords.Environment)
        {
            var rendered = Resolver.Resolve(written, context);
            if (rendered.Error is { } error)
            {
                return (null, new Preparation.Wrong(error));
            }
            if (rendered.Value!.IsUnknown)
            {
                return (null, new Preparation.Unknown("its environment is unknown"));
            }
            switch (rendered.Value.Reveal())
            {
                case MapValue map:
                    environment = environment.With(map.Entries.Select(entry => KeyValuePair.Create(entry.Key.ToString(), entry.Value.Reveal().ToString())));
                    break;
                // What a template left empty: there is nothing to add.
                case NullValue or TextValue { Text.Length: 0 }:
                    break;
                case var other:
                    return (null, Wrong("FD3002", instance, $"environment is a {other.TypeName}, not a dict", "write environment as NAME: value lines"));
            }
        }
        return (environment, null);
    }

    private TaskInstance ForItem(TaskInstance single, Loop loop, ImmutableArray<Value> items, int index)
    {
        var item = items[index];
        var variables = single.Variables.ForItem(loop, items, index);
        var context = ContextOf(variables, single.Node.Span);
        return single with
        {
            Variables = variables,
            Item = item,
            ItemIndex = index,
            ItemLabel = loop.Label is { } label ? Show(label, item.ToString(), context) : item.ToString(),
        };
    }

    // As Ansible shows them: with the role in front.
    private static string NameOf(TaskNode node, ModuleCall call, Inherited keywords, EvaluationContext context) =>
        (keywords.Role is { } role ? $"{role.Name} : " : "") + Show(node.Name, call.Module, context);

    private static string Show(Value written, string otherwise, EvaluationContext context)
    {
        var text = Resolver.Resolve(written, context).Value switch
        {
            null or NullValue => written is NullValue ? "" : written.ToString(),
            { IsUnknown: true } => written.ToString(),
            var value => value.ToString(),
        };
        return text.Length > 0 ? text : otherwise;
    }

    private static Preparation.Wrong Wrong(string code, TaskInstance instance, string summary, string remedy) =>
        new(new Diagnostic(code, Severity.Error, instance.Node.Span, summary) { Remedy = remedy });
}
