using System.Text;
using FlaskDeploy.Agent.Machine.Native;
using Microsoft.Win32.SafeHandles;

namespace FlaskDeploy.Agent.Machine.Files;

/// <summary>
/// SELinux, where it is on: what we make has the default context of its place, as restorecon(8) would give it. The
/// defaults are asked of matchpathcon(8), which every CentOS with SELinux has.
/// </summary>
internal static class SecurityContext
{
    private const string Attribute = "security.selinux";
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(5);

    public static bool IsOn => File.Exists("/sys/fs/selinux/enforce");

    public static string? Of(string path) => IsOn ? Libc.LinkAttribute(path, Attribute) : null;

    /// <summary>Null: SELinux is off, or no rule names the place.</summary>
    public static async ValueTask<string?> DefaultOf(string path, CancellationToken cancellation)
    {
        if (!IsOn)
        {
            return null;
        }
        var result = await BoundedTool.Run("matchpathcon", ["-n", path], Deadline, cancellation);
        var context = result.Output.Trim();
        return result.Succeeded && !context.StartsWith('<') ? context : null;
    }

    public static void SetDefault(string path)
    {
        if (IsOn && DefaultOf(path, CancellationToken.None).AsTask().GetAwaiter().GetResult() is { } context)
        {
            Set(path, context);
        }
    }

    /// <param name="handle">What gets the context.</param>
    /// <param name="place">The path whose default it is.</param>
    public static void SetDefault(SafeFileHandle handle, string place)
    {
        if (IsOn && DefaultOf(place, CancellationToken.None).AsTask().GetAwaiter().GetResult() is { } context)
        {
            // /proc/self/fd/N is a link to it: the attribute goes to the file by its resolved name.
            Set(Libc.ReadLink(Libc.AtCurrentDirectory, handle.ProcPath()) ?? place, context);
        }
    }

    /// <summary>What a task asks for by name, so that it must come about.</summary>
    /// <exception cref="SystemCallException">The policy does not have it, or does not let us.</exception>
    public static void Set(SafeFileHandle handle, string context, string path)
    {
        var bytes = Encoding.UTF8.GetBytes(context + "\0");
        var real = Libc.ReadLink(Libc.AtCurrentDirectory, handle.ProcPath()) ?? path;
        if (IsOn && Of(real) != context && Libc.SetLinkAttribute(real, Attribute, bytes, bytes.Length, 0) < 0)
        {
            throw SystemCallException.Last($"{path}: setting the context {context}");
        }
    }

    // A file system without labels, or a policy that does not let us: the file is right but for its label, as with restorecon.
    private static void Set(string path, string context)
    {
        var bytes = Encoding.UTF8.GetBytes(context + "\0");
        _ = Libc.SetLinkAttribute(path, Attribute, bytes, bytes.Length, 0);
    }
}
