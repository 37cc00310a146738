using System.Collections.Immutable;
using FlaskDeploy.Compiler.Files;
using FlaskDeploy.Compiler.Inventory;
using FlaskDeploy.Compiler.Syntax;
using FlaskDeploy.Language.Bundles;
using FlaskDeploy.Language.Diagnostics;
using FlaskDeploy.Language.Expressions;
using FlaskDeploy.Language.Values;

namespace FlaskDeploy.Compiler.Binding;

/// <summary>Brings plays and hosts together: which play is for whom, with which variables and files.</summary>
internal sealed class PlaybookBinder(SyntaxContext context, InventoryModel model, OperatorFiles files)
{
    private readonly InventoryVariables _inventory = new(context, model);
    private MadeInventory? _made;
    private readonly Dictionary<InventoryHost, BoundHost> _hosts = [];
    private readonly HashSet<string> _setNames = new(StringComparer.Ordinal);
    private bool _anyNameIsSet;

    // What is gathered about a host over all plays.
    private sealed record BoundHost(Dictionary<string, Value> Vars, Scope Scope, Dictionary<string, Value> Magic)
    {
        public List<int> Plays { get; } = [];

        public bool HasOnlyLocalPlays { get; set; } = true;

        /// <summary>A task of its plays looks at the host.</summary>
        public bool IsLookedAt { get; set; }

        public SortedSet<Digest> Digests { get; } = [];

        public HashSet<LookupAnswer> Answers { get; } = [];
    }

    public ImmutableArray<Group> Groups => _inventory.Groups;

    public ImmutableArray<Play> Bind(ImmutableArray<PlaySource> sources)
    {
        var limit = Limit();
        var templates = new TemplateFiles(context, files);
        _made = new MadeInventory(context, sources);
        _setNames.UnionWith(_inventory.Prepare(_made.MayMake));
        var plays = ImmutableArray.CreateBuilder<Play>(sources.Length);
        foreach (var (index, source) in sources.Index())
        {
            var hosts = HostsOf(source, index, limit);
            var looks = source.Play.GatherFacts || LooksAtHost(source.Play.Tasks.Concat(source.Play.Handlers), isDelegated: false);
            var others = Joining(source, index, limit).Except(hosts).ToImmutableArray();
            foreach (var host in hosts.Concat(others))
            {
                Bound(host).Plays.Add(index);
                Bound(host).HasOnlyLocalPlays &= source.IsLocal;
                Bound(host).IsLookedAt |= looks;
            }
            foreach (var (keyword, span) in hosts.Length + others.Length > 1 ? source.Barriers : [])
            {
                context.NotSupportedYet(keyword, span);
            }
            RefuseAdded(source, index);
            plays.Add(Bind(source, hosts, others, templates) with { IsChosenOnHost = !_made.Makers(index, source.Play.Hosts).IsEmpty });
        }
        if (!_hosts.Values.Any(bound => bound.Plays.Count > 0) && !context.Diagnostics.HasErrors)
        {
            context.Diagnostics.Error(CompilerCodes.NoHosts, sources.Length > 0 ? sources[0].HostsSpan : SourceSpan.None, "no play has a host", "look at hosts in the plays, at the inventory and at -l");
        }
        return plays.ToImmutable();
    }

    /// <summary>
    /// What each host is told of the others. Secrets are their own host's, and where tasks run is no matter of who asks: on a
    /// push no other name means the machine.
    /// </summary>
    public ImmutableArray<Peer> HostsOfAll() => context.Request.ForLocalApply || !context.Templates.AskOfOtherHosts ? [] :
    [
        .. model.Hosts.Select(host => new Peer(
            host.Name,
            [.. _inventory.PartOf(host, _inventory.Of(host)).Where(pair => !pair.Value.HasSecrets && pair.Key != "ansible_connection")],
            [.. model.GroupsOf(host).Select(group => group.Name)],
            IsHere: false)),
    ];

    public ImmutableArray<CompiledHost> CompiledHosts() =>
        [.. model.Hosts.Concat(model.Implicit is { } implied ? [implied] : []).Where(host => _hosts.TryGetValue(host, out var bound) && bound.Plays.Count > 0).ToList().Select(host => Compile(host, _hosts[host]))];

    private HashSet<InventoryHost>? Limit()
    {
        if (context.Request.Limit is not { } limit)
        {
            return null;
        }
        var span = new SourceSpan("<limit>", 0, 0);
        if (limit.StartsWith('@'))
        {
            var text = context.Files.ReadText(context.Files.Absolute(limit[1..]), SourceSpan.None, limit[1..]);
            limit = string.Join(',', (text ?? "").Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries));
        }
        var hosts = new HostPattern(model, context.Diagnostics).Match(limit, span);
        if (hosts.IsEmpty)
        {
            context.Diagnostics.Error(CompilerCodes.NoHosts, span, $"'{context.Request.Limit}' matches no host of the inventory");
        }
        return [.. hosts];
    }

    // Those that tasks of earlier plays may bring into a group that the pattern names.
    private ImmutableArray<InventoryHost> Joining(PlaySource source, int index, HashSet<InventoryHost>? limit)
    {
        if (!_made!.MayBring(index, source.Play.Hosts))
        {
            return [];
        }
        var makers = _made.Makers(index, source.Play.Hosts).ToHashSet();
        return [.. _hosts.Where(bound => bound.Value.Plays.Exists(makers.Contains) && limit?.Contains(bound.Key) != false).Select(bound => bound.Key)];
    }

    private void RefuseAdded(PlaySource source, int index)
    {
        if (_made!.CountedPart(index, source.Play.Hosts) is { } counted)
        {
            context.Diagnostics.Error(CompilerCodes.BadPattern, source.HostsSpan, $"'{counted}' counts hosts of a group that tasks make: no host knows its place in it", "name the group without a range");
        }
        if (_made.AdderFor(index, source.Play.Hosts) is { } adder)
        {
            context.Diagnostics.Error(CompilerCodes.NotSupportedYet, source.HostsSpan, $"this play may be for a host that add_host makes known in {context.SiteOf(adder)?.SpanOf("")}: which hosts there are is decided before any task runs",
                "name the host in the inventory, or let the pattern leave it out");
        }
    }

    private ImmutableArray<InventoryHost> HostsOf(PlaySource source, int index, HashSet<InventoryHost>? limit)
    {
        if (source.Play.Hosts.Length == 0)
        {
            return [];
        }
        var isMade = !_made!.Makers(index, source.Play.Hosts).IsEmpty;
        var matched = new HostPattern(model, isMade ? new DiagnosticBag() : context.Diagnostics).Match(source.Play.Hosts, source.HostsSpan);
        if (matched.IsEmpty && model.Hosts.Count > 0 && !isMade)
        {
            context.Diagnostics.Warning(CompilerCodes.NoHosts, source.HostsSpan, $"no host matches '{source.Play.Hosts}'",
                source.Play.Hosts is "localhost" or "127.0.0.1" ? "the operator's machine is set up with 'flaskdeploy apply'" : null);
        }
        return limit is null ? matched : [.. matched.Where(limit.Contains)];
    }

    /// <param name="others">That only tasks can bring to the play: what it needs is theirs to have, and what is wrong for them may never concern them.</param>
    private Play Bind(PlaySource source, ImmutableArray<InventoryHost> hosts, ImmutableArray<InventoryHost> others, TemplateFiles templates)
    {
        var play = source.Play;
        SetNames.Collect(play.Tasks.Concat(play.Handlers), _setNames, ref _anyNameIsSet);
        foreach (var file in context.Includes.TaskFiles)
        {
            SetNames.Collect(file.Tasks.Concat(file.Handlers), _setNames, ref _anyNameIsSet);
        }
        var all = hosts.AddRange(others);
        var (fromFiles, onHost) = all.IsEmpty ? ([], []) : new VarsFilesBinder(context).Read(source, [.. all.Select(host => Variables(host, play))]);
        _setNames.UnionWith(context.Includes.VarsFiles.SelectMany(file => file.Vars).Select(pair => pair.Key));
        play = play with
        {
            VarsFiles = onHost,
            Vars = [.. play.Vars.Where(pair => !fromFiles.Any(later => later.Key == pair.Key)), .. fromFiles.GroupBy(pair => pair.Key).Select(group => group.Last())],
            User = UserOf(play, all),
            Become = BecomeOf(play, all),
        };
        var undefined = new UndefinedNames(context);
        var known = new CheckedTasks();
        foreach (var host in hosts)
        {
            new TaskChecker(context, files, templates, undefined, known, Bound(host).Digests, Bound(host).Answers) { IsHere = IsHere }.Check(play, Variables(host, play));
        }
        foreach (var host in others)
        {
            new TaskChecker(context, files, templates, undefined, new CheckedTasks(), Bound(host).Digests, Bound(host).Answers) { IsHere = IsHere }.CheckPerhaps(play, Variables(host, play));
        }
        if (!_anyNameIsSet && !context.Files.HasClosedVault)
        {
            undefined.Report(hosts.Length);
        }
        new HandlerNames(context).Check(play);
        return play;
    }

    private HostVariables Variables(InventoryHost host, Play play) =>
        new(new HostFrame(host.Name, Bound(host).Scope, play, context.ExtraVars, Bound(host).Magic, _setNames));

    private BoundHost Bound(InventoryHost host)
    {
        if (!_hosts.TryGetValue(host, out var bound))
        {
            var vars = _inventory.Of(host);
            bound = new BoundHost(vars, new Scope(null, "inventory", vars), HostFrame.Magic(host, model, _inventory.GroupsValue, _made!, SourceOf(host)));
            _hosts.Add(host, bound);
        }
        return bound;
    }

    // The inventory's ansible_user is for hosts whose play names nobody; extra vars are above both.
    private string? UserOf(Play play, ImmutableArray<InventoryHost> hosts)
    {
        if (context.ExtraVars.GetValueOrDefault("ansible_user") is { } extra and not TemplateValue)
        {
            return extra.ToString();
        }
        var others = hosts.Where(host => play.User is not null && ConnectionVariable(Bound(host), "ansible_user", "ansible_ssh_user") is { } user && user != play.User).Select(host => host.Name).ToList();
        if (others.Count > 0)
        {
            context.Diagnostics.Warning(CompilerCodes.UserDiffers, play.Span, $"the play's remote_user '{play.User}' is taken, not the inventory's ansible_user", "keep one of them", $"for {string.Join(", ", others.Take(5))}");
        }
        return play.User;
    }

    // A variable says it for whole groups of hosts; the agent knows which.
    private Become BecomeOf(Play play, ImmutableArray<InventoryHost> hosts)
    {
        var enabled = play.Become.Enabled;
        var user = play.Become.User;
        foreach (var (name, isFlag) in new[] { ("ansible_become", true), ("ansible_sudo", true), ("ansible_become_user", false), ("ansible_sudo_user", false) })
        {
            if (!context.ExtraVars.ContainsKey(name) && !hosts.Any(host => Bound(host).Vars.ContainsKey(name)))
            {
                continue;
            }
            var otherwise = isFlag ? enabled : user;
            var text = otherwise switch
            {
                TemplateValue template => template.Source.Trim() is ['{', '{', .. var inner, '}', '}'] ? $"({inner.Trim()})" : "omit",
                null => isFlag ? "false" : "'root'",
                BoolValue flag => flag.IsTrue ? "true" : "false",
                var value => value.ToRepr(),
            };
            var replaced = context.Templates.TextOrTemplate($"{{{{ {name} | default({text}) }}}}", _ => play.Span);
            (enabled, user) = isFlag ? (replaced, user) : (enabled, replaced);
        }
        return new Become(enabled, user);
    }

    private CompiledHost Compile(InventoryHost host, BoundHost bound) => new(
        host.Name,
        ConnectionVariable(bound, "ansible_host", "ansible_ssh_host") ?? host.Name,
        new HostPartContent
        {
            InventoryName = host.Name,
            // Where the inventory lies is the operator's business, unless a template asks for it.
            Vars = [.. _inventory.PartOf(host, bound.Vars).Concat(SourceOf(host).Where(pair => context.Templates.Reads(pair.Key))).DistinctBy(pair => pair.Key)],
            Groups = [.. model.GroupsOf(host).Select(group => group.Name)],
            Plays = [.. bound.Plays],
            Digests = [.. bound.Digests],
            Answers = [.. bound.Answers.OrderBy(answer => answer.Name, StringComparer.Ordinal).ThenBy(answer => answer.Terms.Reveal().ToRepr(), StringComparer.Ordinal).ThenBy(answer => answer.Options.Reveal().ToRepr(), StringComparer.Ordinal)],
            User = ConnectionVariable(bound, "ansible_user", "ansible_ssh_user") ?? context.Request.User,
            IsElsewhere = IsElsewhere(host, bound),
            Peers = context.Request.ForLocalApply ? [.. model.Hosts.Where(other => other != host).Select(Peer)] : [],
        })
    {
        IsHere = bound.HasOnlyLocalPlays || IsLocal(host) || IsElsewhere(host, bound),
    };

    // What looks at no host may be carried out for it anywhere.
    private bool LooksAtHost(IEnumerable<TaskNode> nodes, bool isDelegated) => nodes.Any(node =>
    {
        var away = node.DelegateTo is null ? isDelegated : node.DelegateTo.ToString() is "localhost" or "127.0.0.1" or "::1";
        return node.Action switch
        {
            Block block => LooksAtHost(block.Tasks.Concat(block.Rescue).Concat(block.Always), away),
            // It may bring any file that the bundle carries.
            Include => context.Includes.TaskFiles.SelectMany(file => CallsIn(file.Tasks.Concat(file.Handlers))).Any(call => !IsOfTheRun(call)),
            ModuleCall call => !away && !IsOfTheRun(call),
            _ => true,
        };
    });

    private static IEnumerable<ModuleCall> CallsIn(IEnumerable<TaskNode> nodes) => nodes.SelectMany(node => node.Action switch
    {
        Block block => CallsIn(block.Tasks.Concat(block.Rescue).Concat(block.Always)),
        ModuleCall call => [call],
        _ => [],
    });

    private bool IsOfTheRun(ModuleCall call) => call.Module == "meta" || context.SiteOf(call)?.Spec.IsOfTheRun == true;

    private bool IsElsewhere(InventoryHost host, BoundHost bound) =>
        context.Request.ForLocalApply && !bound.IsLookedAt && !bound.HasOnlyLocalPlays && !IsLocal(host) && _hosts.Values.Count(other => other.Plays.Count > 0) > 1;

    private Peer Peer(InventoryHost host) => new(
        host.Name,
        [.. _inventory.Of(host).OrderBy(pair => pair.Key, StringComparer.Ordinal)],
        [.. model.GroupsOf(host).Select(group => group.Name)],
        IsLocal(host));

    // As a task's host sees it: itself, by any name, or what a task may yet make known.
    private bool IsHere(string name, string host) =>
        name == host || _made!.AddsHosts || model.FindHost(name) is { } other && IsLocal(other);

    private bool IsLocal(InventoryHost host) =>
        host == model.Implicit || host.Name is "localhost" or "127.0.0.1" or "::1" || ConnectionVariable(Bound(host), "ansible_connection", "ansible_connection") == "local";

    // As paths of the operator's files are written everywhere: from the playbook's directory.
    private IEnumerable<KeyValuePair<string, Value>> SourceOf(InventoryHost host) => host.Source is not { } source ? [] :
    [
        KeyValuePair.Create("inventory_dir", (Value)Value.Of(context.Files.NameOf(Path.GetDirectoryName(source) ?? "/"))),
        KeyValuePair.Create("inventory_file", (Value)Value.Of(context.Files.NameOf(source))),
    ];

    private string? ConnectionVariable(BoundHost bound, string name, string oldName)
    {
        if ((context.ExtraVars.GetValueOrDefault(name) ?? bound.Vars.GetValueOrDefault(name) ?? bound.Vars.GetValueOrDefault(oldName)) is not { } value)
        {
            return null;
        }
        var scope = new HostVariables(new HostFrame("", bound.Scope, null, context.ExtraVars, bound.Magic, _setNames));
        return Resolver.Resolve(value, new EvaluationContext(scope)).Value is { IsUnknown: false } known ? known.ToString() : null;
    }
}
