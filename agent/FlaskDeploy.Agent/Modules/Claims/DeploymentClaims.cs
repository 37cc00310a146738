using System.Collections.Immutable;

namespace FlaskDeploy.Agent.Modules;

/// <summary>What one task, with one item of its loop, claims.</summary>
/// <param name="Key">Names the instance within its bundle.</param>
/// <param name="Position">Where it is written: <c>flask.yml:14:7</c>.</param>
/// <param name="IsCensored">By <c>no_log</c>: no value of it is told.</param>
internal sealed record TaskClaims(string Key, string Position, bool IsCensored, ImmutableArray<Claim> Claims);

/// <summary>What a deployment claims on this host, in the order of its tasks. Kept on disk, until it is retired.</summary>
/// <param name="Place">Rises with each deployment that comes: of two that clash all the same, the older one wins.</param>
internal sealed record DeploymentClaims(string Deployment, ulong Place, ImmutableArray<TaskClaims> Tasks);

/// <summary>Two deployments that want different things of one.</summary>
/// <param name="Other">The deployment that holds it.</param>
internal sealed record Clash(string Other, string Text);
