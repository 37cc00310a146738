using System.Collections.Immutable;
using System.Text.Json;
using FlaskDeploy.Agent.State;

namespace FlaskDeploy.Agent.Machine.Commands;

/// <summary>
/// What <c>flaskdeploy-agent become FILE</c> is to do: become the account and execute. It lies in a file that only root
/// reads, so that neither a unit's description nor a list of processes shows an environment, and systemd expands nothing.
/// </summary>
internal sealed record BecomeOrder(Account Account, ImmutableArray<string> Arguments)
{
    public required ImmutableSortedDictionary<string, string> Environment { get; init; }

    public required string Directory { get; init; }

    /// <summary>Appended to by standard output and error, opened as the account; null: the standard ones are right already.</summary>
    public string? Log { get; init; }

    /// <summary>The user is the same already: nothing is dropped.</summary>
    public bool KeepsUser { get; init; }

    public static BecomeOrder Read(string path) =>
        JsonSerializer.Deserialize(File.ReadAllBytes(path), MachineJson.Default.BecomeOrder) ?? throw new InvalidDataException($"{path} holds no order");

    public void Write(string path) => DurableFile.Write(path, JsonSerializer.SerializeToUtf8Bytes(this, MachineJson.Default.BecomeOrder));
}
