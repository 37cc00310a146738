using System.Collections.Immutable;
using FlaskDeploy.Agent.Machine;
using FlaskDeploy.Agent.Runs;
using FlaskDeploy.Agent.State;
using FlaskDeploy.Agent.Wire;
using FlaskDeploy.Language.Bundles;
using FlaskDeploy.Protocol;
using Google.Protobuf;

namespace FlaskDeploy.Agent;

/// <summary>
/// <c>flaskdeploy apply</c>: a compiled playbook from a directory, on the spot, without a controller. Trusted as this
/// machine's local root; it keeps no baseline and touches no deployment of the daemon's. Events go to standard output,
/// each with its length in front.
/// </summary>
internal static class LocalApply
{
    public static async Task<int> Run(AgentPaths paths, AgentOptions options)
    {
        var source = options.Words[0];
        // A state of its own, gone afterwards: what a trial leaves in a log or a journal concerns no controller.
        // Beside what was compiled, so that whoever made that takes it away too where this program is killed.
        var directory = Path.Combine(source, $"state-{Guid.NewGuid():N}");
        Directory.CreateDirectory(directory, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        try
        {
            return await Run(paths with { StateDirectory = directory, RunDirectory = Path.Combine(directory, "run") }, source, options);
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }

    private static async Task<int> Run(AgentPaths paths, string source, AgentOptions options)
    {
        var release = StatementCodec.DecodeRelease(File.ReadAllBytes(Path.Combine(source, "release.bin")));
        var part = StatementCodec.DecodeHostPart(File.ReadAllBytes(Path.Combine(source, "host-part.bin")));
        var bundle = BundleCodec.Decode(File.ReadAllBytes(Path.Combine(source, "bundle.bin")));
        var content = release.IsGood ? ReleaseCodec.Decode(release.Value!.Content) : Decoded<ReleaseContent>.Bad(release.Problem!);
        var partContent = part.IsGood ? ReleaseCodec.DecodeHostPart(part.Value!.Content) : Decoded<HostPartContent>.Bad(part.Problem!);
        if ((content.Problem ?? partContent.Problem ?? bundle.Problem) is { } problem)
        {
            return AgentCommands.Fail(1, $"the compiled playbook in {source} cannot be read: {problem}");
        }
        using var cancelled = new CancellationTokenSource();
        Console.CancelKeyPress += (_, e) =>
        {
            e.Cancel = true;
            cancelled.Cancel();
        };
        await using var parts = await AgentParts.Compose(paths, StateSeal.Fleeting(), TimeProvider.System, cancelled.Token);
        foreach (var file in Directory.EnumerateFiles(Path.Combine(source, "blobs")))
        {
            if (Digest.TryParse(Path.GetFileName(file), out var digest))
            {
                parts.Blobs.Add(digest, File.ReadAllBytes(file));
            }
        }
        var assigned = new Assigned
        {
            Deployment = release.Value!.Deployment,
            Sequence = (ulong)release.Value.Sequence,
            Host = part.Value!.Host,
            Bundle = bundle.Value!,
            Release = content.Value!,
            Part = partContent.Value!,
            Content = ContentDigests.Of(release.Value.Content.Span, part.Value.Content.Span),
        };
        var request = new RunRequest(RunRequest.NewId(), options.Has("--check") ? OrderMode.Check : OrderMode.Apply, "apply")
        {
            Diff = options.Has("--diff"),
            Tags = Words(options["--tags"]),
            SkipTags = Words(options["--skip-tags"]),
            StartAtTask = options["--start-at-task"],
            Limit = options["--limit"],
            Verbosity = int.TryParse(options["--verbosity"], System.Globalization.CultureInfo.InvariantCulture, out var verbosity) ? verbosity : 0,
        };
        var verifier = new AssignmentVerifier(assigned.Host, [], parts.Modules);
        if (verifier.CheckRequirements(assigned.Bundle) is { } refusal)
        {
            return AgentCommands.Fail(1, $"{refusal.Reason}; {refusal.Remedy}");
        }
        await using var output = Console.OpenStandardOutput();
        parts.Events.Appended += entry => entry.WriteDelimitedTo(output);
        var services = options["--playbook-dir"] is { } playbook ? parts.Services with { Disk = new OperatorDisk(playbook, parts.Blobs, TimeProvider.System) } : parts.Services;
        var run = new RunContext(services, assigned, request);
        var outcome = await new PlaybookRun(run, CancellationToken.None).Execute(cancelled.Token);
        run.Reporter.End(outcome.End, outcome.Because);
        await output.FlushAsync(CancellationToken.None);
        return outcome.End == RunEnd.Failed ? 2 : 0;
    }

    private static ImmutableArray<string> Words(string? text) => [.. (text ?? "").Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)];
}
