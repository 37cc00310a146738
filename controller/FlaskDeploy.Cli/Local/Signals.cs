using System.Runtime.InteropServices;

namespace FlaskDeploy.Cli.Local;

/// <summary>kill(2).</summary>
internal static partial class Signals
{
    public const int Terminate = 15;

    [LibraryImport("libc", EntryPoint = "kill")]
    public static partial int Kill(int pid, int signal);
}
