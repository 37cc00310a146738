using System.Text;

namespace Microsoft.Extensions.Hosting.Systemd;

/// <summary>A state that is told to systemd, see sd_notify(3).</summary>
public struct ServiceState
{
    private readonly byte[] _data;

    /// <summary>Start-up is over.</summary>
    public static readonly ServiceState Ready = new("READY=1");

    /// <summary>Shutting down.</summary>
    public static readonly ServiceState Stopping = new("STOPPING=1");

    /// <param name="state">Any assignment that sd_notify(3) knows.</param>
    public ServiceState(string state) => _data = Encoding.UTF8.GetBytes(state ?? throw new ArgumentNullException(nameof(state)));

    /// <summary>As it was given.</summary>
    public override string ToString() => _data is null ? "" : Encoding.UTF8.GetString(_data);

    internal readonly byte[] GetData() => _data ?? [];
}
