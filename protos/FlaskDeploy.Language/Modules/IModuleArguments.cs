namespace FlaskDeploy.Language.Modules;

/// <summary>
/// The typed arguments of one module, beside their spec: <c>FileArguments</c> has <c>Spec</c> and <c>From</c>. Both sides
/// know them; the module itself lives in the agent.
/// </summary>
public interface IModuleArguments<TSelf>
    where TSelf : IModuleArguments<TSelf>
{
    static abstract ModuleSpec Spec { get; }

    /// <summary>Never fails: what can be wrong was found by <see cref="ArgumentBinder"/>.</summary>
    static abstract TSelf From(BoundArguments arguments);
}
