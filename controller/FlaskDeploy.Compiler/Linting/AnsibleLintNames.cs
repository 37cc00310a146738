using System.Collections.Frozen;
using System.Collections.Immutable;

namespace FlaskDeploy.Compiler.Linting;

/// <summary>
/// What ansible-lint calls rules, so that comments and configuration which people have for it mean the same here: its names,
/// those of its parts (<c>latest[git]</c>), its tags, and the numbers of before 2021. Rules of the same name are not listed.
/// A name that is here without a code is one of a rule about style, or of one that the compiler stands for: what the compiler
/// refuses stays refused.
/// </summary>
internal static class AnsibleLintNames
{
    private static readonly FrozenDictionary<string, ImmutableArray<string>> Codes = new Dictionary<string, ImmutableArray<string>>(StringComparer.OrdinalIgnoreCase)
    {
        ["name[missing]"] = ["FD2501"], ["unnamed-task"] = ["FD2501"], ["502"] = ["FD2501"],
        ["name[casing]"] = [], ["name[play]"] = [], ["name[template]"] = [], ["name[prefix]"] = [], ["name[unique]"] = [],
        ["latest"] = ["FD2404"], ["latest[git]"] = ["FD2404"], ["latest[hg]"] = [], ["401"] = ["FD2404"], ["402"] = [], ["hg-latest"] = [],
        ["yaml"] = ["FD2102", "FD2103", CompilerCodes.DuplicateKey], ["yaml[octal-values]"] = ["FD2102"], ["yaml[truthy]"] = ["FD2103"], ["yaml[key-duplicates]"] = [CompilerCodes.DuplicateKey],
        ["inline-env-var"] = ["FD2204"], ["304"] = ["FD2204"],
        ["deprecated-command-syntax"] = ["FD2201"], ["302"] = ["FD2201"], ["303"] = ["FD2201"], ["305"] = ["FD2203"], ["301"] = ["FD2202"], ["306"] = ["FD2205"],
        ["deprecated-module"] = ["FD2602"], ["105"] = ["FD2602"], ["102"] = ["FD2603"], ["104"] = ["FD2605"],
        ["202"] = ["FD2101"], ["208"] = ["FD2405"], ["403"] = ["FD2401"], ["404"] = ["FD2407"], ["501"] = ["FD2411"], ["503"] = ["FD2409"], ["601"] = ["FD2801"],
        ["var-naming"] = ["FD2505"], ["no-plain-password"] = ["FD2701"],
        ["args"] = [], ["avoid-implicit"] = [], ["complexity"] = [], ["deprecated-local-action"] = [], ["504"] = [], ["empty-string-compare"] = [], ["602"] = [],
        ["fqcn"] = [], ["fqcn-builtins"] = [], ["galaxy"] = [], ["jinja"] = [], ["206"] = [], ["key-order"] = [], ["load-failure"] = [], ["loop-var-prefix"] = [],
        ["meta-incorrect"] = [], ["meta-no-info"] = [], ["meta-no-tags"] = [], ["meta-runtime"] = [], ["meta-video-links"] = [], ["no-free-form"] = [], ["no-prompting"] = [],
        ["no-same-owner"] = [], ["no-tabs"] = [], ["203"] = [], ["only-builtins"] = [], ["parser-error"] = [], ["playbook-extension"] = [], ["205"] = [], ["role-name"] = [], ["106"] = [],
        ["run-once"] = [], ["sanity"] = [], ["schema"] = [], ["syntax-check"] = [], ["911"] = [],
        // Tags.
        ["command-shell"] = ["FD2201", "FD2202", "FD2203", "FD2204", "FD2205"], ["deprecations"] = ["FD2201", "FD2602", "FD2603", "FD2605"],
        ["idempotency"] = ["FD2202", "FD2401", "FD2404"], ["unpredictability"] = ["FD2405", "FD2408", "FD2411"], ["security"] = ["FD2702"],
        ["idiom"] = ["FD2201", "FD2203", "FD2204", "FD2407", "FD2409", "FD2501", "FD2505", "FD2801"], ["formatting"] = ["FD2101", "FD2102", "FD2103", CompilerCodes.DuplicateKey],
        ["experimental"] = [], ["opt-in"] = [], ["metadata"] = [], ["core"] = [], ["syntax"] = [], ["risk"] = [],
    }.ToFrozenDictionary(StringComparer.OrdinalIgnoreCase);

    /// <summary>Those that mean a rule here, in the order of their letters.</summary>
    public static IEnumerable<(string Name, ImmutableArray<string> Codes)> All =>
        Codes.Where(entry => !entry.Value.IsEmpty).OrderBy(entry => entry.Key, StringComparer.Ordinal).Select(entry => (entry.Key, entry.Value));

    public static bool Knows(string word) => Codes.ContainsKey(word) || Base(word) is { } rule && Codes.ContainsKey(rule);

    /// <summary>Whether ansible-lint's word means this rule of ours.</summary>
    public static bool Means(string word, string code, string? name) =>
        Codes.TryGetValue(word, out var codes) ? codes.Contains(code)
        // A part that is not listed, such as partial-become[task], goes with its whole; of these, the parts are different things.
        : Base(word) is { } rule && rule is not ("name" or "yaml" or "latest") && (rule.Equals(name, StringComparison.OrdinalIgnoreCase) || Codes.GetValueOrDefault(rule, []).Contains(code));

    private static string? Base(string word) => word.IndexOf('[', StringComparison.Ordinal) is > 0 and var at ? word[..at] : null;
}
