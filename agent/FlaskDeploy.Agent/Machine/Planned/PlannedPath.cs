namespace FlaskDeploy.Agent.Machine.Planned;

/// <summary>What a path will be after the tasks that a check went over.</summary>
/// <param name="Stat">As it will be, as far as that is known.</param>
/// <param name="By">The task that is to make it so.</param>
internal sealed record PlannedPath(PathAnswer Stat, string By)
{
    /// <summary>Of a file: what it will hold; null with <see cref="IsUntouched"/>: what it holds now, else not known.</summary>
    public FileContent? Content { get; init; }

    /// <summary>What is there now stays: only who may do what with it is another.</summary>
    public bool IsUntouched { get; init; }

    /// <summary>What will be below it, and in it, is not known: a tool makes that.</summary>
    public bool IsOpaque { get; init; }

    /// <summary>Below it will be what is here now, and what tasks add.</summary>
    public string? Skeleton { get; init; }
}
