using FlaskDeploy.Agent.Machine;
using FlaskDeploy.Language.Modules.Arguments;

namespace FlaskDeploy.Agent.Modules.Files;

/// <summary>The parts of an SELinux context (<c>user:role:type:level</c>) as a task wants them.</summary>
internal static class WantedContext
{
    private const int Parts = 4;

    /// <summary>The whole context that is to be set; null: it is as it should be, nothing is asked of it, or SELinux is off.</summary>
    internal static async ValueTask<string?> Differing(ExtendedAttributes wanted, string path, bool exists, IMachineView view, CancellationToken cancellation)
    {
        if (!wanted.HasContext)
        {
            return null;
        }
        var answer = await view.Ask(new SecurityContextLook(path), cancellation);
        if ((exists ? answer.Present : answer.Default) is not { } present)
        {
            return null;
        }
        // A level may hold colons itself (s0:c1,c2).
        var parts = present.Split(':', Parts);
        var standard = (answer.Default ?? present).Split(':', Parts);
        string?[] asked = [wanted.User, wanted.Role, wanted.Type, wanted.Level];
        for (var i = 0; i < parts.Length; i++)
        {
            parts[i] = asked[i] is not { } part ? parts[i] : part == ExtendedAttributes.Default && i < standard.Length ? standard[i] : part;
        }
        var whole = string.Join(':', parts);
        return exists && whole == present ? null : whole;
    }
}
