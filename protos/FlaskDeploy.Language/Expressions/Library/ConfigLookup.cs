using System.Collections.Immutable;
using FlaskDeploy.Language.Diagnostics;
using FlaskDeploy.Language.Values;

namespace FlaskDeploy.Language.Expressions;

/// <summary>
/// <c>config</c>: what Ansible calls its settings, as far as they mean something here: then how it is here, which is how
/// Ansible has it where nobody set anything. https://docs.ansible.com/ansible/latest/collections/ansible/builtin/config_lookup.html
/// </summary>
internal static class ConfigLookup
{
    private static readonly ImmutableArray<string> Options = ["on_missing", "wantlist", "errors"];

    private static readonly Dictionary<string, Func<EvaluationContext, Value>> Settings = new(StringComparer.Ordinal)
    {
        ["DEFAULT_BECOME"] = _ => Value.False,
        ["DEFAULT_BECOME_METHOD"] = _ => Value.Of("sudo"),
        ["DEFAULT_BECOME_USER"] = _ => Value.Of("root"),
        ["DEFAULT_EXECUTABLE"] = _ => Value.Of("/bin/sh"),
        ["DEFAULT_FORCE_HANDLERS"] = _ => Value.False,
        ["DEFAULT_GATHERING"] = _ => Value.Of("implicit"),
        ["DEFAULT_HASH_BEHAVIOUR"] = _ => Value.Of("replace"),
        ["DEFAULT_JINJA2_NATIVE"] = context => Value.Of(context.HasNativeTypes),
        ["DEFAULT_MANAGED_STR"] = _ => Value.Of("Ansible managed"),
        ["DEFAULT_NO_LOG"] = _ => Value.False,
        ["DEFAULT_POLL_INTERVAL"] = _ => Value.Of(15),
        ["DEFAULT_PRIVATE_ROLE_VARS"] = _ => Value.False,
        ["DEFAULT_UNDEFINED_VAR_BEHAVIOR"] = _ => Value.True,
        ["INJECT_FACTS_AS_VARS"] = _ => Value.True,
    };

    internal static ImmutableArray<Value> Run(Call call, ImmutableArray<Value> terms)
    {
        if (call.Keywords.Select(pair => pair.Key).FirstOrDefault(name => !Options.Contains(name)) is { } strange)
        {
            throw call.Error(strange is "plugin_type" or "plugin_name" ? "config: nothing here has plugins with settings of their own" : $"config takes no {strange}");
        }
        var missing = call.Keyword("on_missing") is { } said ? call.Evaluator.Text(said) : "error";
        if (missing is not ("error" or "skip" or "warn"))
        {
            throw call.Error($"config: on_missing is error, skip or warn, and not '{missing}'");
        }
        var found = ImmutableArray.CreateBuilder<Value>(terms.Length);
        foreach (var term in terms)
        {
            if (term.Reveal() is not TextValue { Text: var name })
            {
                throw call.Error($"config: Invalid setting identifier, {term.ToRepr()} is not a string");
            }
            if (Settings.TryGetValue(name, out var setting))
            {
                found.Add(setting(call.Evaluator.Context));
            }
            else if (missing == "error")
            {
                throw call.Evaluator.Stop(DiagnosticCodes.LookupFailed, $"config: Unable to find setting {name}: no setting of that name means anything here",
                    Suggestion.For(name, Settings.Keys) ?? $"those that do: {string.Join(", ", Settings.Keys)}; on_missing='skip' passes over it");
            }
        }
        return found.ToImmutable();
    }
}
