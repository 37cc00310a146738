using System.Collections.Immutable;

namespace FlaskDeploy.Agent.Machine;

/// <summary>The environment that a task's processes get: stated, never inherited from the agent.</summary>
internal sealed record TaskEnvironment(ImmutableSortedDictionary<string, string> Variables)
{
    public const string DefaultPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

    /// <summary>Where relative paths start and commands run that say nothing else; null: the account's home.</summary>
    public string? Directory { get; init; }

    public string Path => Variables.GetValueOrDefault("PATH", DefaultPath);

    /// <summary>What a login of the user has, in the C locale with UTF-8 where the host has it.</summary>
    public static TaskEnvironment For(Account account) => new(ImmutableSortedDictionary<string, string>.Empty
        .Add("PATH", DefaultPath)
        .Add("HOME", account.Home)
        .Add("USER", account.Name)
        .Add("LOGNAME", account.Name)
        .Add("SHELL", account.Shell)
        .Add("LANG", "C.UTF-8"));

    public TaskEnvironment With(IEnumerable<KeyValuePair<string, string>> more) => this with { Variables = Variables.SetItems(more) };
}
