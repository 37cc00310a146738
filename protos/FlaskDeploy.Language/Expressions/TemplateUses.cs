using System.Collections.Immutable;
using FlaskDeploy.Language.Diagnostics;
using FlaskDeploy.Language.Values;

namespace FlaskDeploy.Language.Expressions;

/// <summary>What a template or expression asks for by name, found without evaluating it.</summary>
public sealed record TemplateUses
{
    /// <summary>Names it reads that it does not bind itself.</summary>
    public ImmutableArray<string> Variables { get; init; } = [];

    public ImmutableArray<string> Filters { get; init; } = [];

    public ImmutableArray<string> Tests { get; init; } = [];

    public ImmutableArray<string> Lookups { get; init; } = [];
}
