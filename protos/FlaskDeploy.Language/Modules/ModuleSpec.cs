using System.Collections.Immutable;
using FlaskDeploy.Language.Values;

namespace FlaskDeploy.Language.Modules;

/// <summary>What a module is to a reconvergence.</summary>
public enum ModuleNature
{
    /// <summary>Looks, and says in sync or what to change. Most modules.</summary>
    Converging,

    /// <summary>Can only run: <c>shell</c>, <c>command</c>. Guarded by <c>creates</c> or <c>removes</c> it converges.</summary>
    Command,

    /// <summary>Changes nothing and says whether a state of the machine holds: <c>wait_for</c>, <c>uri</c>. Ends a stretch of commands.</summary>
    Verification,

    /// <summary>Changes nothing and yields values: <c>debug</c>, <c>set_fact</c>, <c>stat</c>, <c>assert</c>.</summary>
    Information,
}

public enum ArgumentType
{
    Text,
    /// <summary>A path on the host: <c>~</c> and <c>$VAR</c> are expanded as the user of the task.</summary>
    Path,
    /// <summary>A path on the operator's side, found in the bundle's tree.</summary>
    OperatorPath,
    Boolean,
    Integer,
    Real,
    /// <summary>Octal, symbolic (<c>u=rw,g=r</c>) or <c>preserve</c>.</summary>
    Mode,
    /// <summary>A list; from a string, its parts between commas.</summary>
    List,
    Map,
    /// <summary>
    /// A bare expression or a list of them, as <c>when</c> has them. The compiler makes each text a <see cref="TemplateValue"/>;
    /// the runner hands them to the module as they are, unrendered, so that a value from a host is never taken for one.
    /// </summary>
    Condition,
    /// <summary>Anything, as it is.</summary>
    Any,
}

/// <summary>One argument of a module, as data: what the compiler checks, the agent binds and the documentation shows.</summary>
public sealed record ArgumentSpec(string Name, ArgumentType Type, string Summary)
{
    public bool Required { get; init; }

    /// <summary>Shown in documentation and used where the argument is absent; null: absent stays absent.</summary>
    public Value? Default { get; init; }

    public ImmutableArray<string> Aliases { get; init; } = [];

    /// <summary>The only values allowed; empty: any.</summary>
    public ImmutableArray<string> Choices { get; init; } = [];

    /// <summary>Of the elements of a <see cref="ArgumentType.List"/>.</summary>
    public ArgumentType ElementType { get; init; } = ArgumentType.Text;

    /// <summary>Of a <see cref="ArgumentType.List"/>: an empty text is a list of one, as Ansible has it, and not an empty list. Where that would mean all.</summary>
    public bool KeepsEmpty { get; init; }

    /// <summary>Never shown: a password.</summary>
    public bool Secret { get; init; }

    /// <summary>What Ansible's module says where it is missing, if that is its own.</summary>
    public string? SaysMissing { get; init; }

    /// <summary>Known to Ansible and of no meaning here; accepted with this explanation.</summary>
    public string? IgnoredBecause { get; init; }
}

/// <summary>What a module is called, takes and promises. One per module; everything else about it is derived from this.</summary>
public sealed record ModuleSpec(string Name, ModuleNature Nature, string Summary)
{
    public ImmutableArray<ArgumentSpec> Arguments { get; init; } = [];

    /// <summary>Other names that mean the same module, without collection prefixes: <c>ansible.builtin.</c> and <c>ansible.legacy.</c> are always understood.</summary>
    public ImmutableArray<string> Aliases { get; init; } = [];

    /// <summary>The module takes a command line as its text (<c>shell: echo hi</c>); the arguments that may stand inside it.</summary>
    public bool TakesFreeForm { get; init; }

    /// <summary>The single argument that plain text means, where it is no command line (<c>include_vars: x.yml</c>).</summary>
    public string? TextArgument { get; init; }

    /// <summary>Any argument at all is taken (<c>set_fact</c>).</summary>
    public bool TakesAnyArgument { get; init; }

    /// <summary>It concerns the run and looks at no machine (<c>set_fact</c>, <c>assert</c>): whose task it is makes no difference to where it runs.</summary>
    public bool IsOfTheRun { get; init; }

    public ImmutableArray<ImmutableArray<string>> MutuallyExclusive { get; init; } = [];

    public ImmutableArray<ImmutableArray<string>> RequiredOneOf { get; init; } = [];

    /// <summary>What Ansible's module says where none of <see cref="RequiredOneOf"/> is there, if that is its own.</summary>
    public string? SaysMissing { get; init; }

    public ImmutableArray<ImmutableArray<string>> RequiredTogether { get; init; } = [];

    /// <summary>Why a second plan cannot say "in sync", where that is so.</summary>
    public string? OnlyRunsBecause { get; init; }

    /// <summary>Where a second apply would change something again, if there is such a place.</summary>
    public string? ChangesAgainWhere { get; init; }

    /// <summary>Why a task must name it itself and no variable of the host's can, where that is so: the compiler acts on it.</summary>
    public string? NamedOnlyBecause { get; init; }

    /// <summary>Names of arguments after which a command of this module counts as guarded.</summary>
    public ImmutableArray<string> Guards { get; init; } = [];

    public ArgumentSpec? Find(string name)
    {
        foreach (var argument in Arguments)
        {
            if (argument.Name == name || argument.Aliases.Contains(name))
            {
                return argument;
            }
        }
        return null;
    }
}
