using System.Collections.Immutable;
using FlaskDeploy.Compiler.Files;
using FlaskDeploy.Language.Bundles;
using FlaskDeploy.Language.Expressions;
using FlaskDeploy.Language.Values;

namespace FlaskDeploy.Compiler.Syntax;

/// <summary>What is certain, before any host is known, about a name that may be a template: all of it, or its beginning and its end.</summary>
internal sealed class DynamicName(SyntaxContext context, RoleSource? role)
{
    /// <param name="End">Of a name that is not whole.</param>
    internal readonly record struct Part(string Start, string End, bool IsWhole);

    /// <summary>One part, or one for each item of a loop that is written out.</summary>
    public IEnumerable<Part> Of(Value name, Loop? loop)
    {
        if (name is not TemplateValue template)
        {
            return [new Part(name.ToString(), "", IsWhole: true)];
        }
        if (loop is null)
        {
            return [Of(template, null, null)];
        }
        return Items(loop).SelectMany(item => item.IsWhole is { } value
            ? [Of(template, loop.LoopVar, value)]
            // The item is the name itself, and of the item the beginning and the end are known.
            : new[] { IsItem(template, loop) && item.Template is { } inner ? Of(inner, null, null) with { IsWhole = false } : Of(template, null, null) });
    }

    private static bool IsItem(TemplateValue template, Loop loop) => template.Source.Trim() is ['{', '{', .. var inner, '}', '}'] && inner.Trim() == loop.LoopVar;

    private static IEnumerable<(Value? IsWhole, TemplateValue? Template)> Items(Loop loop)
    {
        var items = loop.Items switch
        {
            ListValue list => list.Items.SelectMany(item => item is ListValue inner && loop.Kind != "loop" ? inner.Items : [item]),
            _ => [loop.Items],
        };
        if (loop.Kind == "first_found")
        {
            // None of them need be there.
            return FirstFound.Names(items).Names.Select(item => ((Value?)null, item is TemplateValue template ? template : new TemplateValue(item.ToString(), default))).Select(item => (item.Item1, (TemplateValue?)item.Item2));
        }
        return items.Select(item => item is TemplateValue template ? (null, template) : loop.Kind is "loop" or "items" or "list" or "flattened" && !Binding.TemplatesIn.Of(item).Any() ? (item, null) : ((Value?)null, (TemplateValue?)null));
    }

    private Part Of(TemplateValue template, string? loopVar, Value? item)
    {
        var evaluation = new EvaluationContext(new KnownHere(context, role, loopVar, item)) { Span = template.Span };
        if (Resolver.Resolve(template, evaluation).Value is { IsUnknown: false } known)
        {
            return new Part(known.Reveal().ToString().Trim(), "", IsWhole: true);
        }
        var prefix = NamePrefix.Of(template, evaluation);
        return new Part(prefix.Start, prefix.End, IsWhole: false);
    }

    // Whatever is not known here may be anything.
    private sealed class KnownHere(SyntaxContext context, RoleSource? role, string? loopVar, Value? item) : IVariables
    {
        private static readonly UnknownValue Open = new("it is known on the host only");

        public IEnumerable<string> Names => [];

        public Value? Find(string name) =>
            context.ExtraVars.GetValueOrDefault(name) is { } given ? given
            : name == loopVar ? item
            : name switch
            {
                "playbook_dir" => Value.Of(OperatorTree.PlaybookDirectory),
                "omit" => Resolver.Omit,
                "role_path" when role is not null => Value.Of(role.Path),
                "role_name" or "ansible_role_name" when role is not null => Value.Of(role.Name),
                _ => Open,
            };
    }
}
