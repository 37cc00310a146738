using System.Text.Json.Serialization;
using FlaskDeploy.Agent.Drift;
using FlaskDeploy.Agent.Machine;
using FlaskDeploy.Agent.Modules;
using FlaskDeploy.Agent.Runs;

namespace FlaskDeploy.Agent.State;

/// <summary>Serializers of what the agent keeps on disk and sends to its workers; made at compile time.</summary>
[JsonSourceGenerationOptions(DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(JournalEntry))]
[JsonSerializable(typeof(Baseline))]
[JsonSerializable(typeof(DeploymentRecord))]
[JsonSerializable(typeof(DeploymentClaims))]
internal sealed partial class AgentJson : JsonSerializerContext;
