using System.Collections.Immutable;
using FlaskDeploy.Compiler.Yaml;
using FlaskDeploy.Language.Diagnostics;
using FlaskDeploy.Language.Values;

namespace FlaskDeploy.Compiler.Syntax;

/// <summary>Asks the operator for what <c>vars_prompt</c> wants. What <c>-e</c> gives is not asked for.</summary>
internal sealed class PromptReader(SyntaxContext context)
{
    private static readonly ImmutableArray<string> Known = ["name", "prompt", "default", "private", "confirm", "encrypt", "salt", "salt_size", "unsafe"];

    /// <param name="given">Names given with <c>-e</c>.</param>
    public ImmutableArray<KeyValuePair<string, Value>> Read(YamlMapping play, IReadOnlySet<string> given)
    {
        if (play.Find("vars_prompt") is not { } entry || entry.Value is YamlScalar { IsNull: true })
        {
            return [];
        }
        if (entry.Value is not YamlSequence sequence || sequence.Items.Any(item => item is not YamlMapping mapping || mapping["name"] is not YamlScalar))
        {
            context.WrongKind(entry, "a list of mappings with a name");
            return [];
        }
        return [.. sequence.Items.Cast<YamlMapping>().Where(prompt => !given.Contains(((YamlScalar)prompt["name"]!).Text)).SelectMany(Ask)];
    }

    private IEnumerable<KeyValuePair<string, Value>> Ask(YamlMapping prompt)
    {
        foreach (var option in prompt.Entries.Where(option => !Known.Contains(option.Name)))
        {
            context.Diagnostics.Error(CompilerCodes.UnknownKeyword, option.Key.Span, $"vars_prompt has no '{option.Name}'", Suggestion.For(option.Name, Known));
        }
        var read = new KeywordReader(context, prompt);
        var name = (YamlScalar)prompt["name"]!;
        if (read.Has("encrypt"))
        {
            context.NotSupportedYet("encrypt of vars_prompt", read.SpanOf("encrypt"), $"use the filter password_hash where '{name.Text}' is used");
            return [];
        }
        var isPrivate = read.PlainFlag("private") ?? true;
        var otherwise = read.PlainText("default");
        var shown = (read.PlainText("prompt") ?? name.Text) + (otherwise is null ? "" : $" [{otherwise}]");
        var answer = context.Request.Ask?.Invoke(shown, isPrivate);
        if (answer is not null && (read.PlainFlag("confirm") ?? false) && answer != context.Request.Ask!("confirm " + shown, isPrivate))
        {
            context.Diagnostics.Error(CompilerCodes.BadKeywordValue, name.Span, "the two answers differ", "push again");
            return [];
        }
        answer = string.IsNullOrEmpty(answer) ? otherwise ?? answer : answer;
        if (answer is null)
        {
            context.Diagnostics.Error(CompilerCodes.NotSupportedYet, name.Span, $"'{name.Text}' is asked for, and there is nobody to ask", $"give the value with -e {name.Text}=VALUE");
            return [];
        }
        if (!isPrivate)
        {
            return [KeyValuePair.Create(name.Text, (Value)Value.Of(answer))];
        }
        context.Files.NoteSecret();
        return [KeyValuePair.Create(name.Text, (Value)new SecretValue(Value.Of(answer)))];
    }
}

/// <summary>Keywords by which hosts wait for each other.</summary>
internal static class Barrier
{
    public static bool IsOne(YamlEntry entry, KeywordReader read) => entry.Name switch
    {
        "run_once" or "any_errors_fatal" => read.Flag(entry.Name) is not (null or BoolValue { IsTrue: false }),
        "throttle" => read.Number("throttle") is not (null or IntegerValue { Number.IsZero: true }),
        "serial" or "max_fail_percentage" => entry.Value is not YamlScalar { IsNull: true },
        _ => false,
    };
}
