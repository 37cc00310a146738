using System.CommandLine;
using System.CommandLine.Parsing;
using FlaskDeploy.Cli.Display;

namespace FlaskDeploy.Cli.Commands;

/// <summary>Options as ansible-playbook has them: given twice, the last one counts.</summary>
internal static class OptionKit
{
    public static Option<string?> Text(string description, string name, params string[] aliases) => new(name, aliases)
    {
        Description = description,
        Arity = new ArgumentArity(1, 1000),
        CustomParser = Last,
    };

    public static Option<string[]> Texts(string description, string name, params string[] aliases) => new(name, aliases) { Description = description };

    public static Option<bool> Flag(string description, string name, params string[] aliases) => new(name, aliases) { Description = description, Arity = ArgumentArity.Zero };

    public static Option<TimeSpan?> Duration(string description, string name, params string[] aliases) => new(name, aliases)
    {
        Description = description,
        Arity = new ArgumentArity(1, 1000),
        CustomParser = result =>
        {
            var text = Last(result) ?? "";
            if (!Spans.TryParse(text, out var span))
            {
                result.AddError($"{name}: '{text}' is no length of time; write 90, 90s, 15m, 24h or 7d");
            }
            return span;
        },
    };

    public static Option<string?> OneOf(string description, string name, string[] values, params string[] aliases)
    {
        var option = Text(description, name, aliases);
        option.CustomParser = result =>
        {
            var text = Last(result) ?? "";
            if (!values.Contains(text))
            {
                result.AddError($"{name}: '{text}' is none of {string.Join(", ", values)}");
            }
            return text;
        };
        return option;
    }

    public static Option<string?> Output() => OneOf("text or json", "--output", ["text", "json"], "-o");

    private static string? Last(ArgumentResult result) => result.Tokens.Count > 0 ? result.Tokens[^1].Value : null;
}
