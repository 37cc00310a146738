using System.Collections.Immutable;
using FlaskDeploy.Agent.Machine;
using FlaskDeploy.Agent.Machine.Web;
using FlaskDeploy.Agent.Modules.Files;
using FlaskDeploy.Agent.Modules.Web;
using FlaskDeploy.Language.Modules.Arguments;
using FlaskDeploy.Language.Values;

namespace FlaskDeploy.Agent.Modules;

/// <summary>
/// <c>get_url</c>: a file from a server. Looking never asks the server: a file that is there is right, or has the checksum
/// that was given. Where only the server can say (force, a list of checksums), a push asks and a reconvergence does not.
/// </summary>
internal sealed class GetUrlModule : Module<GetUrlArguments>
{
    protected override async ValueTask<Plan> Plan(GetUrlArguments arguments, ModuleContext context, CancellationToken cancellation)
    {
        if (arguments.Refused is { } refused)
        {
            return TaskProxy.Refusal(refused);
        }
        if (TaskProxy.Address(arguments.Url) is not { } address)
        {
            return new Impossible($"'{arguments.Url}' is no address of http or https");
        }
        var (checksum, list, wrong) = ChecksumOf(arguments.Checksum);
        var (wanted, problem) = await WantedAttributes.Resolve(arguments.Mode, arguments.Owner, arguments.Group, context.View, cancellation, arguments.Extended);
        if ((wrong ?? problem) is { } impossible)
        {
            return impossible;
        }
        var path = await FileDelivery.Destination(arguments.Destination, NameOf(address), context, cancellation);
        var present = await context.View.Ask(new StatLook(path, FollowLinks: true), cancellation);
        if (present.Kind is PathKind.Directory or PathKind.Other)
        {
            return new Impossible($"{path} is {(present.Kind == PathKind.Directory ? "a directory" : "no regular file")}, and a file is to be there") { Remedy = "remove it in an earlier task (state=absent)" };
        }
        var (parents, missing) = await new FileDelivery(wanted!, context).Parent(path, make: false, PathAttributes.Unchanged, cancellation);
        if (missing is not null)
        {
            return missing;
        }
        var attributes = present.Exists ? await wanted!.DifferingAt(path, present, context.View, cancellation) : await wanted!.ForNewAt(path, isDirectory: false, context.View, cancellation);
        var result = MapValue.From(("url", Value.Of(arguments.Url)), ("dest", Value.Of(path)))
            .Merge(await PathResult.Of(present, PathKind.File, attributes, present.Size, context.View, cancellation));
        var because = await Reason(path, present, checksum, list, arguments, context, cancellation);
        if (because is not null)
        {
            var request = await Request(arguments, arguments.Url, context, cancellation);
            var download = new Download(request, path, attributes)
            {
                Checksum = checksum,
                ChecksumList = list is null ? null : await Request(arguments, list, context, cancellation),
                Force = arguments.Force,
                Backup = arguments.Backup,
            };
            var steps = parents.Add(download);
            return new Change(because, present.Exists && !attributes.IsUnchanged ? steps.Add(new SetAttributes(path, attributes, FollowLinks: true)) : steps) { Result = result };
        }
        result = result.With("msg", Value.Of("file already exists"));
        return attributes.IsUnchanged
            ? new InSync(checksum is null or { Hex: "" } ? $"{path} is there" : $"{path} has the {checksum.Algorithm} {Short(checksum.Hex)}") { Result = result }
            : new Change($"{path}: {PathResult.Describe(attributes, present)}", [new SetAttributes(path, attributes, FollowLinks: true)]) { Result = result, Diff = PathResult.Describe(attributes, present) + "\n" };
    }

    public override MapValue Result(Plan plan, IReadOnlyList<StepOutcome> outcomes)
    {
        if (plan is not Change { Steps: var steps } || outcomes.Zip(steps).FirstOrDefault(pair => pair.Second is Download).First is not { } outcome)
        {
            return plan.Result;
        }
        var result = plan.Result;
        foreach (var (name, value) in outcome.Details)
        {
            result = result.With(name, name is "size" or "status_code" && long.TryParse(value, out var number) ? Value.Of(number) : Value.Of(value));
        }
        return outcome.Status == StepStatus.Done ? result.With("msg", Value.Of(outcome.LeftAsItWas ? "the file is as the server has it" : "OK")) : result;
    }

    protected override async ValueTask<ImmutableArray<Claim>> Claims(GetUrlArguments arguments, ModuleContext context, CancellationToken cancellation)
    {
        if (TaskProxy.Address(arguments.Url) is not { } address)
        {
            return [];
        }
        var (owner, group) = await Claim.Owners(arguments.Owner, arguments.Group, context.View, cancellation);
        var path = await FileDelivery.Destination(arguments.Destination, NameOf(address), context, cancellation);
        // The same content by another algorithm cannot be compared, and so is not demanded.
        var content = ChecksumOf(arguments.Checksum).Checksum is { Algorithm: "sha256", Hex: { Length: > 0 } hex } ? hex : null;
        return [Claim.Path(path, "file", content, arguments.Mode, owner, group)];
    }

    /// <summary>Why it has to be fetched; null: it need not be.</summary>
    private static async ValueTask<string?> Reason(
        string path, PathAnswer present, Checksum? checksum, string? list, GetUrlArguments arguments, ModuleContext context, CancellationToken cancellation)
    {
        if (!present.Exists)
        {
            return $"{path} is not there";
        }
        if (checksum is { Hex.Length: > 0 })
        {
            var has = checksum.Algorithm == "sha256"
                ? (await context.View.Ask(new ContentLook(path), cancellation)).Content?.ToString()
                : (await context.View.Ask(new HashLook(path, checksum.Algorithm), cancellation)).Hex;
            if (has != checksum.Hex)
            {
                return $"{path} has the {checksum.Algorithm} {Short(has ?? "none")}, not {Short(checksum.Hex)}";
            }
        }
        return context.Purpose != Purpose.Push ? null
            : arguments.Force ? $"a push fetches {path} and compares it"
            : list is not null ? $"a push asks {list} which checksum {path} is to have"
            : null;
    }

    private static (Checksum? Checksum, string? List, Impossible? Wrong) ChecksumOf(string? written)
    {
        if (written is null or "")
        {
            return (null, null, null);
        }
        var (algorithm, rest) = written.Split(':', 2) is [var before, var after] ? (before.Trim().ToLowerInvariant(), after.Trim()) : ("", written);
        return !Checksums.IsKnown(algorithm) ? (null, null, new Impossible($"checksum: '{written}' names no algorithm that is known") { Remedy = "md5:, sha1:, sha256:, sha384: or sha512:, and the digits" })
            : TaskProxy.Address(rest) is not null ? (new Checksum(algorithm, ""), rest, null)
            : Checksums.IsHex(algorithm, rest) ? (new Checksum(algorithm, rest.ToLowerInvariant()), null, null)
            : (null, null, new Impossible($"checksum: '{rest}' is no {algorithm} and no address"));
    }

    private static async ValueTask<WebRequest> Request(GetUrlArguments arguments, string url, ModuleContext context, CancellationToken cancellation) => new(url)
    {
        Headers = [KeyValuePair.Create("User-Agent", arguments.UserAgent), .. arguments.Headers],
        Timeout = arguments.Timeout,
        ValidateCertificates = arguments.ValidateCertificates,
        Proxy = arguments.UseProxy ? TaskProxy.For(new Uri(url), context.View.Environment) : null,
        User = arguments.User,
        Password = arguments.Password,
        ForceBasicAuth = arguments.ForceBasicAuth,
        FirstOnly = arguments.FirstOnly,
        ClientCertificate = await HostPath.ExpandGiven(arguments.ClientCertificate, context, cancellation),
        ClientKey = await HostPath.ExpandGiven(arguments.ClientKey, context, cancellation),
    };

    /// <summary>What a file is called that comes from there.</summary>
    internal static string NameOf(Uri address) => Checksums.NameIn(address.AbsoluteUri).Replace("/", "", StringComparison.Ordinal) is { Length: > 0 } and not ("." or "..") and var name ? name : "index.html";

    private static string Short(string hex) => hex.Length > 12 ? hex[..12] : hex;
}
