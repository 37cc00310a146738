using System.Text.Json.Serialization;
using FlaskDeploy.Language.Bundles;

namespace FlaskDeploy.Agent.Machine.Workers;

/// <summary>
/// What the agent and a worker say to each other. Either side asks with a number, the other answers with it; numbers of
/// the agent count up, those of the worker down.
/// </summary>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "message")]
[JsonDerivedType(typeof(AskMessage), "ask")]
[JsonDerivedType(typeof(AnswerMessage), "answer")]
[JsonDerivedType(typeof(ExecuteMessage), "execute")]
[JsonDerivedType(typeof(OutcomeMessage), "outcome")]
[JsonDerivedType(typeof(CancelMessage), "cancel")]
[JsonDerivedType(typeof(WantPartMessage), "want")]
[JsonDerivedType(typeof(PartMessage), "part")]
internal abstract record WorkerMessage(long Id);

internal sealed record AskMessage(long Id, Look Look, TaskEnvironment Environment) : WorkerMessage(Id);

/// <param name="Answer">Null: the look failed with the problem.</param>
internal sealed record AnswerMessage(long Id, Answer? Answer, string? Problem) : WorkerMessage(Id);

internal sealed record ExecuteMessage(long Id, Step Step) : WorkerMessage(Id);

/// <param name="Outcome">Null: it was cancelled, and changed nothing that is half done.</param>
internal sealed record OutcomeMessage(long Id, StepOutcome? Outcome) : WorkerMessage(Id);

internal sealed record CancelMessage(long Id) : WorkerMessage(Id);

/// <summary>The worker wants a part of a blob. It pulls, so that nothing piles up.</summary>
internal sealed record WantPartMessage(long Id, Digest Blob, long Offset) : WorkerMessage(Id);

/// <param name="Bytes">Null: there is no such blob. Empty: its end.</param>
internal sealed record PartMessage(long Id, byte[]? Bytes) : WorkerMessage(Id);

/// <summary>Steps alone, for the names of package transactions.</summary>
[JsonSourceGenerationOptions(DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(Step))]
internal sealed partial class StepJson : JsonSerializerContext;
