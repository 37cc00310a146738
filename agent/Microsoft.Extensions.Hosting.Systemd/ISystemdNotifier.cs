namespace Microsoft.Extensions.Hosting.Systemd;

/// <summary>Tells systemd about the service.</summary>
public interface ISystemdNotifier
{
    /// <summary>Sends it, where somebody listens; otherwise does nothing.</summary>
    void Notify(ServiceState state);

    /// <summary>Whether systemd asked to be told (<c>Type=notify</c>).</summary>
    bool IsEnabled { get; }
}
