namespace Microsoft.Extensions.Hosting.Systemd;

/// <summary>Tells systemd how the service is.</summary>
public interface ISystemdNotifier
{
    /// <summary>Whether anybody listens.</summary>
    bool IsEnabled { get; }

    /// <summary>Sends it; does nothing where nobody listens.</summary>
    void Notify(ServiceState state);
}
