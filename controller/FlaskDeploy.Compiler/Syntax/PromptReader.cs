using System.Collections.Immutable;
using FlaskDeploy.Compiler.Yaml;
using FlaskDeploy.Language.Diagnostics;
using FlaskDeploy.Language.Expressions;
using FlaskDeploy.Language.Values;

namespace FlaskDeploy.Compiler.Syntax;

/// <summary>
/// Asks the operator for what <c>vars_prompt</c> wants. What <c>-e</c> gives is not asked for, and stays as it is given. Source:
/// https://docs.ansible.com/ansible/latest/playbook_guide/playbooks_prompts.html
/// </summary>
internal sealed class PromptReader(SyntaxContext context)
{
    private static readonly ImmutableArray<string> Known = ["name", "prompt", "default", "private", "confirm", "encrypt", "salt", "salt_size", "unsafe"];

    // By passlib's names, which the filter password_hash knows too.
    private static readonly ImmutableArray<string> Hashes = ["md5_crypt", "sha256_crypt", "sha512_crypt", "bcrypt"];

    /// <param name="given">Names given with <c>-e</c>.</param>
    public ImmutableArray<KeyValuePair<string, Value>> Read(YamlMapping play, IReadOnlySet<string> given)
    {
        switch (play.Find("vars_prompt"))
        {
            case null or { Value: YamlScalar { IsNull: true } }:
                return [];
            case { Value: YamlMapping mapping } when mapping.Find("name") is null:
                // 1.9: names to what is shown, and typed for all to see.
                return [.. mapping.Entries.Where(entry => !given.Contains(entry.Name)).SelectMany(entry => AskOld(mapping, entry))];
            case { Value: YamlMapping single }:
                return Read([single], given);
            case { Value: YamlSequence sequence } when sequence.Items.All(item => item is YamlMapping mapping && mapping["name"] is YamlScalar):
                return Read(sequence.Items.Cast<YamlMapping>(), given);
            case { } entry:
                context.WrongKind(entry, "a list of mappings with a name");
                return [];
        }
    }

    private ImmutableArray<KeyValuePair<string, Value>> Read(IEnumerable<YamlMapping> prompts, IReadOnlySet<string> given) =>
        [.. prompts.Where(prompt => !given.Contains(((YamlScalar)prompt["name"]!).Text)).SelectMany(Ask)];

    private IEnumerable<KeyValuePair<string, Value>> AskOld(YamlMapping owner, YamlEntry entry) =>
        new KeywordReader(context, owner).PlainText(entry.Name) is var shown && Typed(shown ?? entry.Name, null, isPrivate: false, isConfirmed: false, entry.Name, entry.Key.Span) is { } answer
            ? [KeyValuePair.Create(entry.Name, context.Templates.TextOrTemplate(answer, _ => entry.Key.Span))] : [];

    private IEnumerable<KeyValuePair<string, Value>> Ask(YamlMapping prompt)
    {
        foreach (var option in prompt.Entries.Where(option => !Known.Contains(option.Name)))
        {
            context.Diagnostics.Error(CompilerCodes.UnknownKeyword, option.Key.Span, $"vars_prompt has no '{option.Name}'", Suggestion.For(option.Name, Known));
        }
        var read = new KeywordReader(context, prompt);
        var name = (YamlScalar)prompt["name"]!;
        var scheme = read.PlainText("encrypt");
        if (!string.IsNullOrEmpty(scheme) && !Hashes.Contains(scheme))
        {
            context.Diagnostics.Error(CompilerCodes.BadKeywordValue, prompt["encrypt"]!.Span, $"there is no hash '{scheme}' for vars_prompt", Suggestion.For(scheme, Hashes) ?? $"it has {string.Join(", ", Hashes)}");
            return [];
        }
        var isPrivate = read.PlainFlag("private") ?? true;
        var otherwise = read.PlainText("default");
        var shown = (read.PlainText("prompt") ?? name.Text) + (otherwise is null ? "" : $" [{otherwise}]");
        if (Typed(shown, otherwise, isPrivate, read.PlainFlag("confirm") ?? false, name.Text, name.Span) is not { } answer)
        {
            return [];
        }
        // What was typed is rendered where it is used, as any variable; a hash has nothing to be rendered.
        Value value = string.IsNullOrEmpty(scheme)
            ? read.PlainFlag("unsafe") == true ? Value.Of(answer) : context.Templates.TextOrTemplate(answer, _ => name.Span)
            : Hash(answer, scheme, read.PlainText("salt"), read.Number("salt_size"), prompt["encrypt"]!.Span);
        if (!isPrivate)
        {
            return [KeyValuePair.Create(name.Text, value)];
        }
        context.Files.NoteSecret();
        return [KeyValuePair.Create(name.Text, (Value)new SecretValue(value))];
    }

    // Null: there is nobody to ask, and nothing to take instead.
    private string? Typed(string shown, string? otherwise, bool isPrivate, bool isConfirmed, string name, SourceSpan span)
    {
        var answer = context.Request.Ask?.Invoke(shown, isPrivate);
        while (answer is not null && isConfirmed && context.Request.Ask!("confirm " + shown, isPrivate) is var again && again != answer)
        {
            answer = again is null ? null : context.Request.Ask("the two answers differ; " + shown, isPrivate);
        }
        answer = string.IsNullOrEmpty(answer) ? otherwise ?? answer : answer;
        if (answer is null)
        {
            context.Diagnostics.Error(CompilerCodes.NotSupportedYet, span, $"'{name}' is asked for, and there is nobody to ask", $"give the value with -e {name}=VALUE");
        }
        return answer;
    }

    private Value Hash(string password, string scheme, string? salt, Value? saltSize, SourceSpan span)
    {
        var names = new Dictionary<string, Value>(StringComparer.Ordinal)
        {
            ["password"] = Value.Of(password),
            ["scheme"] = Value.Of(scheme),
            ["salt"] = salt is null ? Value.Null : Value.Of(salt),
            ["size"] = saltSize ?? Value.Null,
        };
        var hashed = Resolver.Resolve(new TemplateValue("{{ password | password_hash(scheme, salt, size) }}", span), new EvaluationContext(new Binding.Scope(null, "vars_prompt", names))
        {
            Span = span,
            // It is slow on purpose, and once.
            Budget = EvaluationBudget.Default with { Time = TimeSpan.FromMinutes(1) },
        });
        if (hashed.Error is { } error)
        {
            context.Diagnostics.Add(error with { Code = CompilerCodes.BadKeywordValue, Span = span });
        }
        return hashed.Value ?? Value.Null;
    }
}
