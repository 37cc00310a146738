using System.Collections.Immutable;
using FlaskDeploy.Agent.Runs;
using FlaskDeploy.Language.Modules;

namespace FlaskDeploy.Agent.Drift;

/// <summary>
/// Commands without a guard, one after the other, and the verification that follows them: one unit, replayed whole or not
/// at all.
/// </summary>
internal sealed record Stretch(ImmutableArray<PlacedTask> Tasks)
{
    public PlacedTask First => Tasks[0];

    public IEnumerable<PlacedTask> Verifications(Func<string, ModuleSpec?> specs) => Tasks.Where(task => specs(task.Call.Module)?.Nature == ModuleNature.Verification);

    /// <summary>Pure. Tasks that only yield values may stand between the commands; anything that converges ends a stretch.</summary>
    public static ImmutableArray<Stretch> In(IEnumerable<PlacedTask> tasks, Func<string, ModuleSpec?> specs)
    {
        var result = ImmutableArray.CreateBuilder<Stretch>();
        var open = new List<PlacedTask>();
        var isVerified = false;
        foreach (var task in tasks)
        {
            var spec = specs(task.Call.Module);
            var isCommand = spec is not null && IsUnguardedCommand(task, spec);
            var isVerification = spec?.Nature == ModuleNature.Verification;
            if (isVerified && !isVerification)
            {
                result.Add(new Stretch([.. open]));
                open.Clear();
                isVerified = false;
            }
            if (isCommand || open.Count > 0 && (isVerification || spec?.Nature == ModuleNature.Information))
            {
                open.Add(task);
                isVerified |= isVerification;
            }
            else
            {
                // Without a verification nothing says whether the commands' work is still there.
                open.Clear();
            }
        }
        if (isVerified)
        {
            result.Add(new Stretch([.. open]));
        }
        return result.ToImmutable();
    }

    /// <summary>
    /// Also where <c>check_mode: no</c> says that it is a look: what it finds (a pid) is of the moment, so it is run again
    /// with the commands that use it.
    /// </summary>
    public static bool IsUnguardedCommand(PlacedTask task, ModuleSpec spec) =>
        spec.Nature == ModuleNature.Command
        && !task.Call.Arguments.Entries.Any(entry => spec.Guards.Contains(entry.Key.ToString()));
}
