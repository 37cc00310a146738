namespace FlaskDeploy.Agent.Drift;

/// <summary>Somebody does not want drift of a deployment to be corrected for a while. It is looked for and reported all the same.</summary>
/// <param name="By">Who, in their own words.</param>
/// <param name="Until">Null: until it is resumed.</param>
internal sealed record Pause(string Reason, string By, DateTimeOffset Since, DateTimeOffset? Until)
{
    /// <summary>A clock that was set back does not make it longer than it was meant to be.</summary>
    public bool IsOver(DateTimeOffset now) => Until is { } until && (now >= until || now < Since - (until - Since));

    /// <summary>"paused until 2026-11-23 22:00:00Z by jane@desk: the disk is being replaced".</summary>
    public string Text => $"paused {(Until is { } until ? $"until {until:u}" : "until it is resumed")}{(By.Length > 0 ? $" by {By}" : "")}{(Reason.Length > 0 ? $": {Reason}" : "")}";
}
