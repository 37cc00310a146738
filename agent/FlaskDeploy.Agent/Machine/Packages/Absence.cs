namespace FlaskDeploy.Agent.Machine.Packages;

/// <summary>
/// Whether a process is gone for good. One look that does not find it is not enough: between exec(2) letting go of the old
/// arguments and the new ones being in place it has no command line by which it could be known.
/// </summary>
internal sealed class Absence
{
    private bool _wasMissed;

    /// <param name="isFound">What a look found now.</param>
    internal bool IsSure(bool isFound)
    {
        var isSure = !isFound && _wasMissed;
        _wasMissed = !isFound;
        return isSure;
    }
}
