using System.Collections.Immutable;
using FlaskDeploy.Compiler.Syntax;
using FlaskDeploy.Language.Bundles;
using FlaskDeploy.Language.Expressions;
using FlaskDeploy.Language.Values;

namespace FlaskDeploy.Compiler.Binding;

/// <summary>A task, or one item of its loop, on one host.</summary>
internal sealed record TaskOnHost(TaskNode Node, ModuleCall Call, HostVariables Variables, ImmutableArray<Value> Conditions, ImmutableArray<Value> Environment)
{
    /// <summary>Of a call that the run completes; null: it is as it was written, and so is where.</summary>
    public CallSite? Site { get; init; }

    public bool Guards(string name) => Conditions.Any(condition => condition is TemplateValue { Source: var source } && source.Contains(name, StringComparison.Ordinal) && UndefinedNames.IsGuarded(source));
}
