using System.Text;
using FlaskDeploy.Agent.Machine.Keys;

namespace FlaskDeploy.Agent.Machine.Looks;

/// <summary>The keys that rpm trusts, which are packages that hold them.</summary>
internal static class KeyLooks
{
    public static async ValueTask<RpmKeysAnswer> Look(TimeSpan deadline, CancellationToken cancellation)
    {
        var result = await BoundedTool.Run("rpm", ["-q", "gpg-pubkey", "--qf", @"%{DESCRIPTION}\n"], deadline, cancellation);
        return result.Problem is { } problem ? throw new IOException(problem)
            : result.Error.Split('\n').FirstOrDefault(RpmLooks.IsFault) is { } fault ? throw new IOException(fault)
            // Without any it ends with 1 and says so.
            : new RpmKeysAnswer(OpenPgpKeys.In(Encoding.Latin1.GetBytes(result.Output)));
    }
}
