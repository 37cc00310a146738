using FlaskDeploy.Language.Bundles;

namespace FlaskDeploy.Agent.Machine.Files;

/// <summary>The bundle's content. Of the agent: its store; of a worker: the agent, who sends it.</summary>
internal interface IBlobSource
{
    /// <summary>Null: it is not there.</summary>
    ValueTask<Stream?> Open(Digest digest, CancellationToken cancellation);
}
