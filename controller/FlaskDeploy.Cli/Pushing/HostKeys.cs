using System.Collections.Immutable;
using FlaskDeploy.Language.Bundles;
using FlaskDeploy.Protocol;

namespace FlaskDeploy.Cli.Pushing;

/// <summary>
/// Which sealing keys are believed to be their hosts'. The controller relays them and could name its own, so its word is not
/// enough: the host vouched for the key with a token of this operator's, or the operator said once that this is the one.
/// What was said is kept beside the operator's key: a line for each host, its name and the key's SHA-256.
/// </summary>
internal sealed class HostKeys(SigningKey key, string? file)
{
    /// <param name="problem">Why it is not believed, and what to do.</param>
    /// <param name="accepted"><c>--accept-key</c>: HOST=FINGERPRINT.</param>
    /// <exception cref="IOException">What was accepted cannot be read, or cannot be kept.</exception>
    public bool Believes(HostView host, IEnumerable<string> accepted, out (string Problem, string Remedy) problem)
    {
        problem = default;
        if (host.SealingKey.IsEmpty)
        {
            problem = ($"{host.Host} has no sealing key, so that no secret can be sent to it", "update flaskdeploy-agent there, and enrol it again");
            return false;
        }
        var fingerprint = Digest.Of(host.SealingKey.Span).ToString();
        if (SealingVoucher.Holds(key, host.Voucher.Span, host.Host, host.SealingKey.Span))
        {
            return true;
        }
        var compare = $"'flaskdeploy-agent status' on {host.Host} shows its sealing key; when it is {fingerprint},\npush with --accept-key {host.Host}={fingerprint}, this once";
        if (accepted.Select(Split).LastOrDefault(pair => pair.Host == host.Host) is { Host: not null } named)
        {
            if (named.Fingerprint != fingerprint)
            {
                problem = ($"the controller says that {host.Host} has the sealing key {fingerprint}, and {named.Fingerprint} was accepted", "somebody stands between, or the host was enrolled again; look on the host");
                return false;
            }
            Keep(host.Host, fingerprint);
            return true;
        }
        var kept = Kept().GetValueOrDefault(host.Host);
        if (kept == fingerprint)
        {
            return true;
        }
        problem = kept is null
            ? ($"nobody vouches for the sealing key that the controller names for {host.Host}: it enrolled with no token of this operator's", compare)
            : ($"{host.Host} has another sealing key than the one that was accepted ({kept}): it was enrolled again, or somebody stands between", compare);
        return false;
    }

    private static (string? Host, string Fingerprint) Split(string text) =>
        text.IndexOf('=') is > 0 and var at ? (text[..at], text[(at + 1)..].Trim().ToLowerInvariant()) : (null, "");

    private ImmutableSortedDictionary<string, string> Kept() => file is null || !File.Exists(file)
        ? ImmutableSortedDictionary.Create<string, string>(StringComparer.Ordinal)
        : File.ReadAllLines(file).Select(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries)).Where(words => words.Length == 2)
            .GroupBy(words => words[0]).ToImmutableSortedDictionary(group => group.Key, group => group.Last()[1], StringComparer.Ordinal);

    private void Keep(string host, string fingerprint)
    {
        if (file is null)
        {
            return;
        }
        var temporary = $"{file}.{Environment.ProcessId}.new";
        File.WriteAllLines(temporary, Kept().SetItem(host, fingerprint).Select(pair => $"{pair.Key} {pair.Value}"));
        File.Move(temporary, file, overwrite: true);
    }
}
