namespace Microsoft.Extensions.Hosting.Systemd;

/// <summary>What a service tells systemd about itself, see sd_notify(3).</summary>
public struct ServiceState(string state)
{
    /// <summary>Start-up is over.</summary>
    public static readonly ServiceState Ready = new("READY=1");

    /// <summary>It has begun to end.</summary>
    public static readonly ServiceState Stopping = new("STOPPING=1");

    private readonly string _state = state ?? throw new ArgumentNullException(nameof(state));

    public override readonly string ToString() => _state ?? "";
}
