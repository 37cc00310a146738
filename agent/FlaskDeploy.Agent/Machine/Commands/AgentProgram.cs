using System.Collections.Immutable;

namespace FlaskDeploy.Agent.Machine.Commands;

/// <summary>How this program starts itself again, as a worker or to become somebody.</summary>
/// <param name="Arguments">argv up to the hidden command.</param>
internal sealed record AgentProgram(ImmutableArray<string> Arguments)
{
    /// <summary>The file that runs now, by path: after an upgrade the new one, which understands the orders of the old.</summary>
    public static AgentProgram Current { get; } = new([Environment.ProcessPath ?? "/usr/bin/flaskdeploy-agent"]);

    public ImmutableArray<string> Command(string hidden, params ReadOnlySpan<string> more) => [.. Arguments, hidden, .. more];
}
