using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text;
using FlaskDeploy.Agent.Machine;
using FlaskDeploy.Agent.Runs;
using FlaskDeploy.Agent.State;
using FlaskDeploy.Language.Bundles;
using FlaskDeploy.Language.Values;

namespace FlaskDeploy.Agent.Drift;

/// <summary>
/// Says why a host is, or is not, as its deployments want it: every task of a baseline with the evidence it rests on, held
/// against the machine of this moment. Changes nothing, and may be asked while a run is under way.
/// </summary>
internal sealed class Explainer(DeploymentStore store, Func<string, Assigned?> assigned, EvidenceComparer comparer, MovementLog movements, Func<string, Standing?> standing, BlobStore? blobs = null)
{
    // Digests of what may be secret are shown under a key of this process: two are told apart, and no guess can be held against one.
    private readonly byte[] _shown = RandomNumberGenerator.GetBytes(32);

    /// <param name="deployment">Empty: all.</param>
    /// <param name="task">Part of a task's name, or its id; empty: all.</param>
    public async Task<ImmutableArray<ExplainedDeployment>> Explain(string deployment, string task, CancellationToken cancellation)
    {
        var explained = ImmutableArray.CreateBuilder<ExplainedDeployment>();
        foreach (var record in store.All.Where(record => deployment.Length == 0 || record.Name == deployment))
        {
            explained.Add(await Explain(record, task, cancellation));
        }
        return explained.ToImmutable();
    }

    private async Task<ExplainedDeployment> Explain(DeploymentRecord record, string task, CancellationToken cancellation)
    {
        var explained = new ExplainedDeployment(record.Name, record.Sequence)
        {
            Complete = record.Complete,
            LastCheck = record.LastCheck,
            LastResult = record.LastResult,
            Problem = record.LastProblem,
            Notes = [.. standing(record.Name) is { } stands ? NotesOf(stands) : []],
        };
        if (record.IsRetired)
        {
            return explained with { Problem = "it is retired: what it set up is no longer looked after" };
        }
        if (store.LoadBaseline(record.Name) is not { } baseline)
        {
            return explained with { Problem = explained.Problem ?? "no revision has been applied completely yet, so there is no baseline to hold the host against" };
        }
        var revision = assigned(record.Name);
        var places = PlacesOf(revision, baseline);
        var secrets = revision is null ? Secrets.None : Secrets.Of(revision, blobs);
        var asked = baseline with { Instances = [.. baseline.Instances.Where(instance => Concerns(task, instance.Key, places))] };
        var moved = (await comparer.Compare(asked, cancellation)).Moved;
        return explained with
        {
            BaselineTaken = baseline.Taken,
            LeftOvers = baseline.LeftOvers,
            Noticed = [.. movements.Of(record.Name).Reverse()],
            Tasks = [.. asked.Instances.OrderBy(instance => places.GetValueOrDefault(PlaybookTasks.TaskOf(instance.Key))?.Order ?? int.MaxValue).Select(instance => Redacted(Explain(instance, places, moved.GetValueOrDefault(instance.Key) ?? [], ReferenceEquals(secrets, Secrets.None) ? null : _shown), secrets))],
        };
    }

    // Why what has drifted may be left as it is.
    private static IEnumerable<string> NotesOf(Standing standing)
    {
        if (standing.Policy != Policy.Correct)
        {
            yield return standing.Policy == Policy.Report ? "drift is reported and not corrected, by the revision's policy" : "drift is not looked for, by the revision's policy";
        }
        if (standing.Windows.Length > 0)
        {
            yield return $"drift is corrected in {standing.Windows} only";
        }
        if (standing.Pause is { } pause)
        {
            yield return pause.Text;
        }
        foreach (var held in standing.Held)
        {
            yield return $"{held.Name} is left: {held.Because}; tried again {held.Until:u}, by a push or resume";
        }
    }

    private static ExplainedTask Explain(InstanceBaseline instance, Dictionary<string, Place> places, IReadOnlyList<Movement> movements, byte[]? key)
    {
        var place = places.GetValueOrDefault(PlaybookTasks.TaskOf(instance.Key));
        var state = movements.Count > 0 ? ExplainedState.Moved : instance.Kind switch
        {
            BaselineKind.InSync => ExplainedState.InSync,
            BaselineKind.Change => ExplainedState.Odd,
            BaselineKind.Command => ExplainedState.Command,
            BaselineKind.Skipped => ExplainedState.Skipped,
            BaselineKind.Failing => ExplainedState.Failing,
            _ => ExplainedState.Unknown,
        };
        return new ExplainedTask(
            instance.Key, place?.Task.Name ?? instance.Key, place?.Play ?? "", place?.Task.Call.Module ?? "", place?.Task.Node.Span.ToString() ?? "", state, instance.Because,
            [.. instance.Evidence.Select(evidence => Explain(evidence, movements, key))]);
    }

    private static ExplainedEvidence Explain(Evidence evidence, IReadOnlyList<Movement> movements, byte[]? key)
    {
        var movement = movements.FirstOrDefault(movement => movement.Evidence.Look.Equals(evidence.Look) && movement.Evidence.As == evidence.As);
        var isContent = evidence.Look is ContentLook or ReadLook;
        return new ExplainedEvidence(
            isContent ? $"content of {evidence.Look.Subject}" : evidence.Look.Subject, evidence.As, Shown(evidence.Fingerprint, isContent, key),
            movement is { IsFailedLook: false } ? Shown(movement.Now, isContent, key) : null, movement is { IsFailedLook: true } ? movement.Now : null);
    }

    // Enough of a digest to tell two apart.
    private static string Shown(string fingerprint, bool isContent, byte[]? key) =>
        isContent && fingerprint.Split(' ') is [{ Length: 64 } digest, .. var size] ? $"{(key is null ? digest : Convert.ToHexStringLower(HMACSHA256.HashData(key, Encoding.ASCII.GetBytes(digest))))[..12]}…{(size is [var bytes] ? $" {bytes} bytes" : "")}" : fingerprint.Trim();

    // A path or a link may be made of what is secret.
    private static ExplainedTask Redacted(ExplainedTask task, Secrets secrets) => task with
    {
        Name = secrets.Redact(task.Name),
        Because = secrets.Redact(task.Because),
        Evidence = [.. task.Evidence.Select(evidence => evidence with { Subject = secrets.Redact(evidence.Subject), Baseline = secrets.Redact(evidence.Baseline), Now = evidence.Now is null ? null : secrets.Redact(evidence.Now) })],
    };

    private static bool Concerns(string task, string key, Dictionary<string, Place> places) =>
        task.Length == 0 || key == task || PlaybookTasks.TaskOf(key) == task
        || places.GetValueOrDefault(PlaybookTasks.TaskOf(key)) is { } place && place.Task.Name.Contains(task, StringComparison.OrdinalIgnoreCase);

    private static Dictionary<string, Place> PlacesOf(Assigned? assigned, Baseline baseline) =>
        (assigned?.Plays ?? []).SelectMany((play, at) => PlaybookTasks.All(play, Inclusions.Restore(assigned!.Bundle, baseline.InclusionsOf(at))).Select(task => (task, name: NameOf(play))))
            .Select((pair, at) => new Place(pair.task, pair.name, at)).ToDictionary(place => place.Task.Node.Id, StringComparer.Ordinal);

    private static string NameOf(Play play) => play.Name is NullValue ? play.Hosts : play.Name.ToString();

    private sealed record Place(PlacedTask Task, string Play, int Order);
}
