namespace FlaskDeploy.Agent;

/// <summary>The agent's command line: a command, its <c>--name value</c> options and words. Strict: what is not known is said.</summary>
internal sealed class AgentOptions
{
    private readonly Dictionary<string, string> _options = new(StringComparer.Ordinal);

    private AgentOptions(string command) => Command = command;

    public string Command { get; }

    public List<string> Words { get; } = [];

    public string? this[string name] => _options.GetValueOrDefault(name);

    public bool Has(string name) => _options.ContainsKey(name);

    /// <param name="valued">Options that take a value.</param>
    /// <param name="flags">Options that take none.</param>
    /// <returns>Null, and the problem, where something is not understood.</returns>
    public static (AgentOptions? Options, string? Problem) Parse(string command, ReadOnlySpan<string> arguments, string[] valued, string[] flags)
    {
        var options = new AgentOptions(command);
        for (var i = 0; i < arguments.Length; i++)
        {
            var argument = arguments[i];
            var parts = argument.Split('=', 2);
            if (!argument.StartsWith('-') || argument == "-")
            {
                options.Words.Add(argument);
            }
            else if (flags.Contains(argument))
            {
                options._options[argument] = "";
            }
            else if (valued.Contains(parts[0]) && (parts.Length == 2 || i + 1 < arguments.Length))
            {
                options._options[parts[0]] = parts.Length == 2 ? parts[1] : arguments[++i];
            }
            else
            {
                return (null, valued.Contains(parts[0])
                    ? $"{parts[0]} needs a value"
                    : $"'{command}' has no option {parts[0]}; {Language.Diagnostics.Suggestion.For(parts[0], valued.Concat(flags)) ?? $"it takes {string.Join(", ", valued.Concat(flags))}"}");
            }
        }
        return (options, null);
    }
}
