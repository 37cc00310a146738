using System.Globalization;
using System.Runtime.InteropServices;

namespace Microsoft.Extensions.Hosting.Systemd;

/// <summary>Whether this program is a service of systemd.</summary>
public static partial class SystemdHelpers
{
    /// <summary>
    /// True where systemd says so (<c>SYSTEMD_EXEC_PID</c>, from version 248 on), where the parent is systemd, and for
    /// process 1 of a container that was given a socket of systemd's.
    /// </summary>
    public static bool IsSystemdService()
    {
        var self = Environment.ProcessId.ToString(CultureInfo.InvariantCulture);
        return Environment.ProcessId == 1
            ? IsSet("NOTIFY_SOCKET") || IsSet("LISTEN_PID")
            : Environment.GetEnvironmentVariable("SYSTEMD_EXEC_PID") == self || ParentIsSystemd();
    }

    private static bool IsSet(string variable) => !string.IsNullOrEmpty(Environment.GetEnvironmentVariable(variable));

    private static bool ParentIsSystemd()
    {
        try
        {
            return File.ReadAllBytes(string.Create(CultureInfo.InvariantCulture, $"/proc/{GetParent()}/comm")).AsSpan().SequenceEqual("systemd\n"u8);
        }
        catch (IOException)
        {
            // A parent outside this pid namespace, or one that has just ended.
            return false;
        }
    }

    [LibraryImport("libc", EntryPoint = "getppid")]
    private static partial int GetParent();
}
