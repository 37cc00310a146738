using System.Text.Json.Serialization;
using FlaskDeploy.Agent.Machine.Commands;
using FlaskDeploy.Agent.Machine.Launches;
using FlaskDeploy.Agent.Machine.Workers;

namespace FlaskDeploy.Agent.Machine;

/// <summary>Serializers of what passes between the agent and the processes that it starts of itself; made at compile time.</summary>
[JsonSourceGenerationOptions(DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(WorkerMessage))]
[JsonSerializable(typeof(BecomeOrder))]
[JsonSerializable(typeof(LaunchRecord))]
[JsonSerializable(typeof(JobRecord))]
internal sealed partial class MachineJson : JsonSerializerContext;
