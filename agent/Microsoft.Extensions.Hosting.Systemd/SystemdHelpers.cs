namespace Microsoft.Extensions.Hosting.Systemd;

/// <summary>Whether this process is a service of systemd.</summary>
public static class SystemdHelpers
{
    private static readonly bool Service = IsService();

    /// <summary>Constant for the life of the process.</summary>
    public static bool IsSystemdService() => Service;

    private static bool IsService()
    {
        // Who was started by systemd has it for a parent; in a container, process 1 may be the service itself.
        if (!OperatingSystem.IsLinux())
        {
            return false;
        }
        if (Environment.ProcessId == 1)
        {
            return Has("NOTIFY_SOCKET") || Has("LISTEN_PID");
        }
        try
        {
            var stat = File.ReadAllText("/proc/self/stat");
            var parent = stat[(stat.LastIndexOf(')') + 2)..].Split(' ')[1];
            return File.ReadAllText($"/proc/{parent}/comm").Trim() == "systemd";
        }
        catch (IOException)
        {
            return false;
        }
    }

    private static bool Has(string variable) => !string.IsNullOrEmpty(Environment.GetEnvironmentVariable(variable));
}
