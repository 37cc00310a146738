using System.Collections.Immutable;
using FlaskDeploy.Agent.Machine;
using FlaskDeploy.Agent.Machine.Keys;
using FlaskDeploy.Agent.Machine.Web;
using FlaskDeploy.Agent.Modules.Files;
using FlaskDeploy.Agent.Modules.Web;
using FlaskDeploy.Language.Modules.Arguments;

namespace FlaskDeploy.Agent.Modules;

/// <summary>
/// <c>rpm_key</c>: rpm is given the very bytes that were looked at. Which key an address has is asked by a push only; a
/// reconvergence holds the key to its fingerprint where the task says one.
/// </summary>
internal sealed class RpmKeyModule : Module<RpmKeyArguments>
{
    private const int MostBytes = 4 * 1024 * 1024;
    private const int ShortestNumber = 8;
    private static readonly TimeSpan Deadline = TimeSpan.FromMinutes(2);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    protected override async ValueTask<Plan> Plan(RpmKeyArguments arguments, ModuleContext context, CancellationToken cancellation)
    {
        var installed = (await context.View.Ask(new RpmKeysLook(), cancellation)).Keys;
        if (Number(arguments.Key) is { } number)
        {
            return RootOnly.Guard(OfNumber(number, arguments, installed), "rpm's keys", context);
        }
        var isAddress = arguments.Key.Contains("://", StringComparison.Ordinal);
        if (!arguments.Fingerprints.IsEmpty && isAddress && !arguments.IsAbsent && installed.FirstOrDefault(key => arguments.Fingerprints.Contains(key.Fingerprint)) is { } known)
        {
            return new InSync($"the key {known.Fingerprint} is trusted");
        }
        if (isAddress && arguments.Fingerprints.IsEmpty && context.Purpose == Purpose.Maintain)
        {
            return new InSync($"which key {arguments.Key} has is asked by a push");
        }
        var (bytes, problem) = isAddress ? await Fetch(arguments, context, cancellation) : await Read(arguments, context, cancellation);
        if (bytes is null)
        {
            return problem!;
        }
        var keys = OpenPgpKeys.In(bytes);
        if (keys.IsEmpty)
        {
            return new Impossible($"Not a public key: {arguments.Key}");
        }
        if (arguments.IsAbsent)
        {
            return RootOnly.Guard(Removed([.. installed.Where(key => keys.Any(other => other.Fingerprint == key.Fingerprint))], arguments.Key), "rpm's keys", context);
        }
        var missing = keys.Where(key => !installed.Any(other => other.Fingerprint == key.Fingerprint)).ToList();
        if (missing.Count == 0)
        {
            return new InSync($"the key {keys[0].Fingerprint} is trusted");
        }
        return !arguments.Fingerprints.IsEmpty && keys.FirstOrDefault(key => !arguments.Fingerprints.Contains(key.Fingerprint)) is { } other
            ? new Impossible($"The specified fingerprint, '{string.Join("', '", arguments.Fingerprints)}', does not match the key fingerprint '{other.Fingerprint}'") { Remedy = "find out which of the two is right before it is trusted" }
            : RootOnly.Guard(
                new Change($"the key {missing[0].Fingerprint} is not trusted", [new RunTool(["rpm", "--import", "/dev/stdin"], Deadline) { Input = bytes }]) { Diff = string.Concat(missing.Select(key => $"+{key.Package} {key.Fingerprint}\n")) },
                "rpm's keys",
                context);
    }

    protected override async ValueTask<ImmutableArray<Claim>> Claims(RpmKeyArguments arguments, ModuleContext context, CancellationToken cancellation)
    {
        var exists = arguments.IsAbsent ? Claim.No : Claim.Yes;
        if (Number(arguments.Key) is { Length: >= ShortestNumber } number)
        {
            return [Claim.Of(ClaimKind.Package, $"gpg-pubkey-{number[^ShortestNumber..].ToLowerInvariant()}", ("exists", exists))];
        }
        var (bytes, _) = arguments.Key.Contains("://", StringComparison.Ordinal) ? (null, null) : await Read(arguments, context, cancellation);
        return bytes is null ? [] : [.. OpenPgpKeys.In(bytes).Select(key => Claim.Of(ClaimKind.Package, key.Package, ("exists", exists)))];
    }

    private static Plan OfNumber(string number, RpmKeyArguments arguments, ImmutableArray<OpenPgpKey> installed)
    {
        ImmutableArray<OpenPgpKey> meant = [.. installed.Where(key => key.IsMeant(number))];
        return arguments.IsAbsent ? Removed(meant, arguments.Key)
            : meant.IsEmpty ? new Impossible("When importing a key, a valid file must be given") { Remedy = "key: its address, or its path on the host" }
            : new InSync($"the key {meant[0].Fingerprint} is trusted");
    }

    private static Plan Removed(ImmutableArray<OpenPgpKey> keys, string asked) => keys.IsEmpty
        ? new InSync($"no key {asked} is trusted")
        : new Change($"the key {keys[0].Fingerprint} is trusted", [.. keys.Select(key => new RunTool(["rpm", "--erase", "--allmatches", key.Package], Deadline))])
        {
            Diff = string.Concat(keys.Select(key => $"-{key.Package} {key.Fingerprint}\n")),
        };

    // As Ansible tells a number from a path, but the whole of it.
    private static string? Number(string key)
    {
        var digits = key.StartsWith("0x", StringComparison.OrdinalIgnoreCase) ? key[2..] : key;
        return digits.Length is >= ShortestNumber and <= 64 && digits.All(char.IsAsciiHexDigit) ? digits.ToUpperInvariant() : null;
    }

    private static async ValueTask<(byte[]? Bytes, Impossible? Problem)> Read(RpmKeyArguments arguments, ModuleContext context, CancellationToken cancellation)
    {
        var path = await HostPath.Expand(arguments.Key, context, cancellation);
        return (await context.View.Ask(new ReadLook(path, MostBytes), cancellation)).Bytes is { } bytes
            ? (bytes, null)
            : (null, new Impossible($"Not a valid key {arguments.Key}") { Remedy = "an address, the key's number, or a path of the host: copy it there in an earlier task", MayBeMade = true });
    }

    private static async ValueTask<(byte[]? Bytes, Impossible? Problem)> Fetch(RpmKeyArguments arguments, ModuleContext context, CancellationToken cancellation)
    {
        if (TaskProxy.Address(arguments.Key) is not { } address)
        {
            return (null, new Impossible($"Not a valid key {arguments.Key}") { Remedy = "http:// or https://" });
        }
        var answer = await context.View.Ask(
            new WebLook(new WebRequest(address.AbsoluteUri) { Timeout = Patience, ValidateCertificates = arguments.ValidateCertificates, Proxy = TaskProxy.For(address, context.View.Environment) }), cancellation);
        return answer.Status == 200 ? (answer.Body, null) : (null, new Impossible($"failed to fetch key at {arguments.Key} , error was: {answer.Reason}"));
    }
}
