using System.Collections.Immutable;
using FlaskDeploy.Language.Diagnostics;
using FlaskDeploy.Language.Expressions;
using FlaskDeploy.Language.Values;

namespace FlaskDeploy.Language.Bundles;

/// <summary>A compiled playbook: what bundle.proto says, as our own records.</summary>
public sealed record Bundle
{
    public int Format { get; init; } = BundleVersions.Format;

    /// <summary>As the bundle states it; what it has to be, <see cref="BundleVersions.LanguageOf"/> says.</summary>
    public int Language { get; init; } = BundleVersions.LeastLanguage;

    /// <summary><see cref="EvaluationContext.HasNativeTypes"/>, for all of it.</summary>
    public bool HasNativeTypes { get; init; }

    public required string Playbook { get; init; }

    public required ImmutableArray<Play> Plays { get; init; }

    /// <summary>The operator's files that tasks may name, by path, sorted.</summary>
    public ImmutableArray<TreeEntry> Tree { get; init; } = [];

    /// <summary>What includes may name, by key, sorted.</summary>
    public ImmutableArray<TaskFile> TaskFiles { get; init; } = [];

    /// <summary>What <c>include_vars</c> and <c>vars_files</c> may name, by path, sorted.</summary>
    public ImmutableArray<VarsFile> VarsFiles { get; init; } = [];

    /// <summary>A name that a task notifies and no handler has is told, and is no failure.</summary>
    public bool PassesOverMissingHandlers { get; init; }

    public Requirements Requirements { get; init; } = new();

    /// <summary>Sorted, each once.</summary>
    public ImmutableArray<OperatorAnswer> Answers { get; init; } = [];
}

/// <summary>What an agent must know to run a bundle. Sorted, each once.</summary>
public sealed record Requirements
{
    public ImmutableArray<string> Modules { get; init; } = [];

    public ImmutableArray<string> Filters { get; init; } = [];

    public ImmutableArray<string> Tests { get; init; } = [];

    public ImmutableArray<string> Lookups { get; init; } = [];
}

/// <param name="Path">As <see cref="OperatorTree"/> writes paths: relative to the playbook's directory; absolute, or from <c>~</c>, where the playbook writes it so.</param>
/// <param name="Digest">Null: a directory, or a link that cannot be followed.</param>
public sealed record TreeEntry(string Path, Digest? Digest, long Size, int Mode)
{
    /// <summary>Where it is a link on the operator's machine: what it says. The entry itself is what it leads to.</summary>
    public string? Link { get; init; }

    /// <summary>A link to nothing, or back to a directory that it lies in: there is only <see cref="Link"/>.</summary>
    public bool IsDangling { get; init; }

    public bool IsDirectory => Digest is null && !IsDangling;

    /// <summary>It lay in a vault: its content is never shown.</summary>
    public bool IsSecret { get; init; }

    /// <summary>How this host gets at the content; null: the digest names it as it is.</summary>
    public SealedBlob? Sealed { get; init; }
}

/// <summary>A blob that only who has its key can read.</summary>
/// <param name="Cipher">The blob's own digest.</param>
public sealed record SealedBlob(Digest Cipher, ReadOnlyMemory<byte> Key)
{
    public bool Equals(SealedBlob? other) => other is not null && Cipher == other.Cipher && Key.Span.SequenceEqual(other.Key.Span);

    public override int GetHashCode() => Cipher.GetHashCode();
}

public sealed record Play
{
    public required Value Name { get; init; }

    public required string Hosts { get; init; }

    /// <summary>Who tasks run as; null: the host part says it.</summary>
    public string? User { get; init; }

    public Become Become { get; init; } = Become.Inherit;

    public ImmutableArray<KeyValuePair<string, Value>> Vars { get; init; } = [];

    /// <summary>Of all roles that the play names: below everything that an inventory says.</summary>
    public ImmutableArray<KeyValuePair<string, Value>> RoleDefaults { get; init; } = [];

    /// <summary>Of the same roles: above <see cref="Vars"/>.</summary>
    public ImmutableArray<KeyValuePair<string, Value>> RoleVars { get; init; } = [];

    /// <summary>Files of variables whose names only the host knows; they come after <see cref="Vars"/>.</summary>
    public ImmutableArray<VarsChoice> VarsFiles { get; init; } = [];

    public ImmutableArray<Value> Environment { get; init; } = [];

    public ImmutableArray<TaskNode> Tasks { get; init; } = [];

    public ImmutableArray<TaskNode> Handlers { get; init; } = [];

    public bool GatherFacts { get; init; }

    public bool ForceHandlers { get; init; }

    public ImmutableArray<string> Tags { get; init; } = [];

    /// <summary>An earlier task may put the host into a group that <see cref="Hosts"/> names: the host part says that the play may be for it, the host whether it is.</summary>
    public bool IsChosenOnHost { get; init; }

    public SourceSpan Span { get; init; }

    /// <summary>It was written in a vault: nothing it says is shown, and only who it is for can read it.</summary>
    public bool IsSecret { get; init; }
}

/// <summary>Null means inherited from the play; there, "no" and root.</summary>
public sealed record Become(Value? Enabled, Value? User)
{
    public static Become Inherit { get; } = new(null, null);
}

/// <summary>A task or a block, with the keywords that both take. Values may be templates.</summary>
public sealed record TaskNode
{
    /// <summary>Stable within the bundle: <c>0/3</c>, <c>0/h1</c>, <c>0/3/b2</c>.</summary>
    public required string Id { get; init; }

    public required Value Name { get; init; }

    public required TaskAction Action { get; init; }

    public SourceSpan Span { get; init; }

    public ImmutableArray<Value> When { get; init; } = [];

    public Loop? Loop { get; init; }

    public string? Register { get; init; }

    public Value? IgnoreErrors { get; init; }

    public Become Become { get; init; } = Become.Inherit;

    public ImmutableArray<KeyValuePair<string, Value>> Vars { get; init; } = [];

    public ImmutableArray<Value> Environment { get; init; } = [];

    public ImmutableArray<Value> ChangedWhen { get; init; } = [];

    public ImmutableArray<Value> FailedWhen { get; init; } = [];

    public ImmutableArray<Value> Until { get; init; } = [];

    public Value? Retries { get; init; }

    public Value? Delay { get; init; }

    public ImmutableArray<string> Notify { get; init; } = [];

    public ImmutableArray<string> Listen { get; init; } = [];

    public ImmutableArray<string> Tags { get; init; } = [];

    public Value? CheckMode { get; init; }

    public Value? NoLog { get; init; }

    public Value? Diff { get; init; }

    public Value? AsyncSeconds { get; init; }

    public Value? PollSeconds { get; init; }

    /// <summary>Seconds that an attempt may take; null or 0: as long as it takes.</summary>
    public Value? Timeout { get; init; }

    /// <summary>It was written in a vault: nothing it says is shown, and only who it is for can read it.</summary>
    public bool IsSecret { get; init; }

    /// <summary>Whose task it is. An agent runs what is delegated to its own machine and refuses all else.</summary>
    public Value? DelegateTo { get; init; }

    /// <summary>Facts that the task finds are of the host that it is delegated to.</summary>
    public Value? DelegateFacts { get; init; }

    /// <summary>Of the block that holds a role's tasks; null: the node brings no role.</summary>
    public RoleScope? Role { get; init; }
}

public abstract record TaskAction
{
    private protected TaskAction()
    {
    }
}

/// <param name="Module">Canonical short name.</param>
/// <param name="FreeForm">The command line of a module that takes one; a text or a template.</param>
/// <param name="Directory">Of the file that wrote the task, relative to the playbook's: where relative operator's paths start.</param>
public sealed record ModuleCall(string Module, MapValue Arguments, Value? FreeForm, string Directory) : TaskAction
{
    /// <summary>Only the host knows which module it is; <see cref="Module"/> is then as it is written. Null: <see cref="Module"/> is it.</summary>
    public ModuleChoice? Choice { get; init; }

    /// <summary>Dicts of more arguments, out of variables: a later one is above an earlier one, and <see cref="Arguments"/> above all.</summary>
    public ImmutableArray<Value> Given { get; init; } = [];
}

/// <param name="Places">Where the call was written, and then each of its arguments in their order: for what the host finds wrong with them.</param>
public sealed record ModuleChoice(TemplateValue Name, ImmutableArray<SourceSpan> Places)
{
    /// <summary>Where the argument of that name was written; of the call itself for a name that is none of its arguments.</summary>
    public SourceSpan PlaceOf(ModuleCall call, string argument)
    {
        for (var index = 0; index < call.Arguments.Entries.Length && index + 1 < Places.Length; index++)
        {
            if (call.Arguments.Entries[index].Key.ToString() == argument)
            {
                return Places[index + 1];
            }
        }
        return Places.IsEmpty ? Name.Span : Places[0];
    }
}

public sealed record Block(ImmutableArray<TaskNode> Tasks, ImmutableArray<TaskNode> Rescue, ImmutableArray<TaskNode> Always) : TaskAction
{
    /// <summary>Of an <c>include</c> that was read ahead: its variables, which stand above what tasks register and set.</summary>
    public ImmutableArray<KeyValuePair<string, Value>> Given { get; init; } = [];
}

/// <param name="Kind"><c>loop</c>, or what follows <c>with_</c>: <c>items</c>, <c>fileglob</c>.</param>
public sealed record Loop(string Kind, Value Items)
{
    /// <summary>May be a template in the compiled playbook: <see cref="Named"/>.</summary>
    public string LoopVar { get; init; } = "item";

    public string? IndexVar { get; init; }

    public Value? Label { get; init; }

    public Value? Pause { get; init; }

    /// <summary>The variable <c>ansible_loop</c> is there.</summary>
    public bool IsExtended { get; init; }

    /// <summary>Held after an item, they end the loop: the items behind it are as if they were not there.</summary>
    public ImmutableArray<Value> BreakWhen { get; init; } = [];

    /// <summary>Out of <c>ansible_loop</c>, where the items are many.</summary>
    public bool LeavesOutAllItems { get; init; }

    /// <summary>With the names of its variables rendered; a name that cannot be stays as it is written.</summary>
    public Loop Named(EvaluationContext context)
    {
        string Rendered(string name) => Template.HasMarkup(name)
            && Resolver.Resolve(new TemplateValue(name, context.Span), context).Value is { IsUnknown: false } value ? value.ToString().Trim() : name;
        return this with { LoopVar = Rendered(LoopVar), IndexVar = IndexVar is null ? null : Rendered(IndexVar) };
    }

    /// <summary>What a loop gives the task at one of its items.</summary>
    /// <param name="items">An item that is not known yet is one of them.</param>
    public Dictionary<string, Value> VariablesAt(ImmutableArray<Value> items, int index)
    {
        var names = new Dictionary<string, Value>(StringComparer.Ordinal)
        {
            [LoopVar] = items[index],
            ["ansible_loop_var"] = Value.Of(LoopVar),
        };
        if (IndexVar is not null)
        {
            names[IndexVar] = Value.Of(index);
            names["ansible_index_var"] = Value.Of(IndexVar);
        }
        if (IsExtended)
        {
            names["ansible_loop"] = Extended(items, index);
        }
        return names;
    }

    private MapValue Extended(ImmutableArray<Value> items, int index)
    {
        var length = items.Length;
        List<(string, Value)> about =
        [
            ("index", Value.Of(index + 1)), ("index0", Value.Of(index)), ("first", Value.Of(index == 0)), ("last", Value.Of(index == length - 1)),
            ("length", Value.Of(length)), ("revindex", Value.Of(length - index)), ("revindex0", Value.Of(length - index - 1)),
        ];
        if (!LeavesOutAllItems)
        {
            about.Add(("allitems", new ListValue(items)));
        }
        if (index > 0)
        {
            about.Add(("previtem", items[index - 1]));
        }
        if (index < length - 1)
        {
            about.Add(("nextitem", items[index + 1]));
        }
        return MapValue.From([.. about]);
    }
}
