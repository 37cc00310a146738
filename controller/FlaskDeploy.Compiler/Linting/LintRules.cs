using System.Collections.Immutable;
using FlaskDeploy.Compiler.Linting.Rules;

namespace FlaskDeploy.Compiler.Linting;

/// <summary>
/// Every rule. FD21xx values, FD22xx commands, FD23xx processes, FD24xx modules, FD25xx names, FD26xx old spellings, FD27xx
/// secrets and safety, FD28xx conditions. What is an error for the compiler has the compiler's code and no rule here.
/// </summary>
public static class LintRules
{
    public static ImmutableArray<LintRule> All { get; } =
    [
        .. ValueRules.All,
        .. CommandRules.All,
        .. ProcessRules.All,
        .. ModuleRules.All,
        .. NameRules.All,
        .. SpellingRules.All,
        .. SafetyRules.All,
        .. ConditionRules.All,
    ];
}
