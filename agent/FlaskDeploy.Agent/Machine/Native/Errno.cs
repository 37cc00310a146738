using System.Runtime.InteropServices;

namespace FlaskDeploy.Agent.Machine.Native;

/// <summary>Error numbers of Linux on x86_64, see errno(3).</summary>
internal static class Errno
{
    public const int NotPermitted = 1;
    public const int NoEntry = 2;
    public const int NoProcess = 3;
    public const int Interrupted = 4;
    public const int Access = 13;
    public const int Exists = 17;
    public const int NotDirectory = 20;
    public const int IsDirectory = 21;
    public const int Invalid = 22;
    public const int TooManyLinks = 40;
    public const int NoSystemCall = 38;
    public const int NoData = 61;
    public const int NotSupported = 95;

    public static int Last => Marshal.GetLastPInvokeError();
}

/// <summary>A system call that failed, in the words of the C library: <c>/etc/motd: Permission denied</c>.</summary>
internal sealed class SystemCallException(int error, string subject) : IOException($"{subject}: {Marshal.GetPInvokeErrorMessage(error)}")
{
    public int Error { get; } = error;

    /// <summary>For the call that failed just now.</summary>
    public static SystemCallException Last(string subject) => new(Errno.Last, subject);
}
