namespace FlaskDeploy.Agent.Machine;

/// <summary>
/// The machine, read-only by type. Every question is asked as one user and has a deadline; what it saw is recorded by the
/// view that the runner hands out. Real: <c>MachineView</c>. In tests: <c>FakeMachine</c>, which passes the same suite.
/// </summary>
internal interface IMachineView
{
    /// <summary>Whom the task runs as: paths are expanded and permissions hold for this user.</summary>
    Account As { get; }

    /// <summary>The task's environment: PATH, HOME, USER, LANG and what <c>environment:</c> adds.</summary>
    TaskEnvironment Environment { get; }

    /// <exception cref="LookFailedException">The machine could not be asked: permission, a missing tool, the deadline.</exception>
    ValueTask<TAnswer> Ask<TAnswer>(Look<TAnswer> look, CancellationToken cancellation)
        where TAnswer : Answer;

    /// <summary>
    /// The cheap question before the dear one: of each look a text that moves whenever its answer could, or null where
    /// nothing cheap stands for it and it has to be asked. Asked before the look itself. Never fails.
    /// </summary>
    ValueTask<IReadOnlyList<string?>> Movements(IReadOnlyList<Look> looks, CancellationToken cancellation) =>
        ValueTask.FromResult<IReadOnlyList<string?>>(new string?[looks.Count]);
}

/// <summary>The machine could not be looked at. Carries what a person needs: what was asked, why it failed, what may help.</summary>
internal sealed class LookFailedException(Look look, string problem, Exception? inner = null)
    : Exception($"cannot look at {look.Subject}: {problem}", inner)
{
    public Look Look { get; } = look;

    public string Problem { get; } = problem;
}
