using FlaskDeploy.Language.Values;

namespace FlaskDeploy.Language.Expressions;

/// <summary>
/// What one rendering shares over the template that was asked for and those that it extends: names, blocks, whether a
/// secret went in. What is included or imported is a unit of its own.
/// </summary>
internal sealed class TemplateUnit(bool copies, TemplateOptions options, string name, TemplateUnit? outer = null)
{
    // Deeper than any real template, and well below what the stack holds.
    internal const int MaxDepth = 100;

    private readonly Dictionary<string, List<BlockPart>> _blocks = new(StringComparer.Ordinal);

    internal string Name { get; } = name;

    internal TemplateUnit? Outer { get; } = outer;

    internal int Depth { get; } = outer is null ? 0 : outer.Depth + 1;

    internal TemplateOptions Options { get; } = options;

    /// <summary>Whether a method that changes values in place is called anywhere in it, so that variables have to be copied.</summary>
    internal bool Copies { get; set; } = copies;

    /// <summary>Variables that were copied, shared with all that runs within.</summary>
    internal Dictionary<string, Value> Copied { get; } = outer?.Copied ?? [];

    /// <summary>Whether a secret went into what was computed.</summary>
    internal bool IsTainted { get; set; }

    /// <summary>Rendered without a context: no variable is seen.</summary>
    internal bool HidesVariables { get; init; }

    /// <summary>What the statements outside of all loops, blocks and macros bind: those of the template that runs, on top of those that extend it.</summary>
    internal Scope Top { get; set; } = new(null);

    /// <summary>Which of those another template can import.</summary>
    internal HashSet<string> Exported { get; } = new(StringComparer.Ordinal);

    /// <summary>The names of what it extends, in order.</summary>
    internal List<string> Parents { get; } = [];

    /// <summary>The blocks of the next template up: those that are there already replace them.</summary>
    internal void Add(Template template)
    {
        Copies |= template.Copies;
        foreach (var block in template.Blocks)
        {
            if (!_blocks.TryGetValue(block.Name, out var parts))
            {
                _blocks[block.Name] = parts = [];
            }
            parts.Add(new BlockPart(template, block));
        }
    }

    /// <summary>Level 0 replaces all others. Null: there is none that far up.</summary>
    internal BlockPart? Block(string name, int level) => _blocks.TryGetValue(name, out var parts) && level < parts.Count ? parts[level] : null;
}

internal sealed record BlockPart(Template Template, BlockNode Node);

/// <summary><c>self</c>: the blocks of this template, to be rendered again.</summary>
internal sealed class SelfValue(Evaluator owner) : ObjectValue
{
    public override string TypeName => "TemplateReference";

    internal override Value? Attribute(string name, Evaluator evaluator) =>
        owner.Unit.Block(name, 0) is null ? null : new BlockReference(owner, name, 0);
}

/// <summary>A block that can be called, as <c>super</c> and what <c>self</c> gives.</summary>
internal sealed class BlockReference(Evaluator owner, string name, int level) : CallableValue
{
    public override string TypeName => "BlockReference";

    internal override Value Call(Evaluator evaluator, Arguments arguments)
    {
        var text = owner.BlockText(name, level);
        evaluator.TakeTaint(owner.Unit);
        return Of(text);
    }

    internal override Value? Attribute(string attribute, Evaluator evaluator) => attribute switch
    {
        "super" => Above(owner, name, level),
        _ => null,
    };

    internal static Value Above(Evaluator owner, string name, int level) => owner.Unit.Block(name, level + 1) is null
        ? owner.UndefinedResult($"there is no parent block called '{name}'")
        : new BlockReference(owner, name, level + 1);
}

/// <summary>An imported template: the macros and names that it binds at its top.</summary>
internal sealed class ModuleValue(string text, TemplateUnit unit) : ObjectValue
{
    internal TemplateUnit Unit => unit;

    public override string TypeName => "TemplateModule";

    internal override Value? Attribute(string name, Evaluator evaluator)
    {
        evaluator.TakeTaint(unit);
        return unit.Exported.Contains(name) ? unit.Top.Find(name) : null;
    }

    public override string ToString() => text;
}
