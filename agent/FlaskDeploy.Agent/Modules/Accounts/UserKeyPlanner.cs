using System.Collections.Immutable;
using System.Text;
using FlaskDeploy.Agent.Machine;
using FlaskDeploy.Agent.Modules.Files;
using FlaskDeploy.Language.Modules.Arguments;
using FlaskDeploy.Language.Values;

namespace FlaskDeploy.Agent.Modules.Accounts;

/// <summary>The SSH key of a user: made by ssh-keygen(1) as that user, whose home directory is no place where root follows names.</summary>
internal sealed class UserKeyPlanner(string user, UserKey key, ModuleContext context)
{
    private const int MostBytes = 64 * 1024;

    /// <summary>The plan of the account, and after its steps those of the key. Where the key is there, with what it is.</summary>
    /// <param name="home">As it will be after the steps of the account.</param>
    internal async ValueTask<Plan> With(Plan account, string home, CancellationToken cancellation)
    {
        if (account is Impossible)
        {
            return account;
        }
        var file = key.File is { } written ? HostPath.Normal(written.StartsWith('/') ? written : $"{home}/{written}") : $"{home}/.ssh/id_{key.Kind}";
        var told = account.Result.With("ssh_key_file", Value.Of(file));
        // A key of his that root may see; of another user's home directory it may be that nobody else sees anything.
        if ((await context.View.Ask(new StatLook(file, FollowLinks: true), cancellation)).Exists)
        {
            return account with { Result = await Known(told, file, cancellation) };
        }
        var comment = key.Comment ?? $"ansible-generated on {await HostName(cancellation)}";
        ImmutableArray<Step> steps =
        [
            AsUser("mkdir", "-p", "-m", "700", "--", HostPath.Parent(file)),
            AsUser(["ssh-keygen", "-q", "-t", key.Kind, .. AccountTools.Option(key.Bits is not null, "-b", $"{key.Bits}"), "-C", comment, "-N", "", "-f", file]),
            AsUser("ssh-keygen", "-l", "-f", file),
            AsUser("cat", "--", $"{file}.pub"),
        ];
        var missing = $"user {user} has no key {file}";
        return account is Change change
            ? change with { Because = $"{change.Because}; {missing}", Steps = WithKey(change.Steps, steps), Result = told }
            : AccountTools.ByRoot(new Change(missing, steps) { Result = told, Diff = $"+ssh key {file}\n" }, context);
    }

    /// <summary>With the public key and the fingerprint that steps printed.</summary>
    internal static MapValue Result(Plan plan, IReadOnlyList<StepOutcome> outcomes, MapValue account)
    {
        foreach (var (outcome, step) in outcomes.Zip((plan as Change)?.Steps ?? []))
        {
            var name = step is not RunTool { Arguments: ["runuser", _, _, _, .. var words] } ? null
                : words is ["cat", ..] ? "ssh_public_key"
                : words is ["ssh-keygen", "-l", ..] ? "ssh_fingerprint"
                : null;
            if (name is not null && outcome.Command?.Output.Trim() is { Length: > 0 } text)
            {
                account = account.With(name, Value.Of(text));
            }
        }
        return account;
    }

    // What shows the account stays the last.
    private static ImmutableArray<Step> WithKey(ImmutableArray<Step> account, ImmutableArray<Step> key) =>
        account[^1] is RunTool { Arguments: ["getent", ..] } last ? [.. account[..^1], .. key, last] : [.. account, .. key];

    private async ValueTask<MapValue> Known(MapValue told, string file, CancellationToken cancellation)
    {
        if ((await context.View.Ask(new ReadLook($"{file}.pub", MostBytes), cancellation)).Bytes is not { } bytes)
        {
            return told;
        }
        told = told.With("ssh_public_key", Value.Of(Encoding.UTF8.GetString(bytes).Trim()));
        var program = (await context.View.Ask(new ProgramLook(["ssh-keygen"]), cancellation)).Paths;
        var fingerprint = program.IsEmpty ? null : await context.View.Ask(new ToolLook([program[0], "-l", "-f", $"{file}.pub"]) { Paths = [$"{file}.pub"] }, cancellation);
        return fingerprint is { ExitCode: 0 } ? told.With("ssh_fingerprint", Value.Of(fingerprint.Output.Trim())) : told;
    }

    private RunTool AsUser(params ReadOnlySpan<string> arguments) => AccountTools.Tool(["runuser", "-u", user, "--", .. arguments]);

    private async ValueTask<string> HostName(CancellationToken cancellation) =>
        (await context.View.Ask(new ReadLook("/proc/sys/kernel/hostname", MostBytes), cancellation)).Bytes is { } bytes ? Encoding.UTF8.GetString(bytes).Trim() : "this host";
}
