namespace FlaskDeploy.Language.Modules.Arguments;

/// <summary>https://docs.ansible.com/ansible/latest/collections/ansible/builtin/pause_module.html</summary>
public sealed record PauseArguments : IModuleArguments<PauseArguments>
{
    /// <summary>Null: until somebody answers, which nobody does on a host.</summary>
    public TimeSpan? Time { get; init; }

    /// <summary>Whether it was written in minutes: results say so.</summary>
    public bool InMinutes { get; init; }

    public static ModuleSpec Spec { get; } = new("pause", ModuleNature.Information, "waits for a while; only a push does, and nobody is asked anything")
    {
        Arguments =
        [
            new("seconds", ArgumentType.Real, "how long, in whole seconds; at least one"),
            new("minutes", ArgumentType.Real, "how long, in whole minutes"),
            CommonArguments.Ignored("prompt", ArgumentType.Text, "what to show meanwhile", "an agent has nobody before it; with neither seconds nor minutes the task fails and says so"),
            CommonArguments.Ignored("echo", ArgumentType.Boolean, "show what is typed", "nothing is typed on a host"),
        ],
        MutuallyExclusive = [["minutes", "seconds"]],
    };

    public static PauseArguments From(BoundArguments arguments) => new()
    {
        Time = arguments.Real("minutes") is { } minutes ? TimeSpan.FromMinutes(Math.Clamp(Math.Truncate(minutes), 0, int.MaxValue))
            : arguments.Real("seconds") is { } seconds ? TimeSpan.FromSeconds(Math.Clamp(Math.Truncate(seconds), 1, int.MaxValue)) : null,
        InMinutes = arguments.Has("minutes"),
    };
}
