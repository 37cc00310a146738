using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text;
using FlaskDeploy.Agent.Machine;
using FlaskDeploy.Agent.Modules.Files;
using FlaskDeploy.Agent.Modules.Ssh;
using FlaskDeploy.Language.Modules.Arguments;
using FlaskDeploy.Language.Values;

namespace FlaskDeploy.Agent.Modules;

/// <summary><c>known_hosts</c>: of each kind of key one line for a host; what other lines say stays as it is.</summary>
internal sealed class KnownHostsModule : Module<KnownHostsArguments>
{
    private const int MostBytes = 4 * 1024 * 1024;

    protected override async ValueTask<Plan> Plan(KnownHostsArguments arguments, ModuleContext context, CancellationToken cancellation)
    {
        if (arguments is { Present: true, Key: null })
        {
            return new Impossible("No key specified when adding a host") { Remedy = "key: the line that ssh-keyscan prints" };
        }
        if (arguments.Name.Contains(',', StringComparison.Ordinal))
        {
            return new Impossible("Comma separated list of names is not supported. Please pass a single name to lookup in the known_hosts file.");
        }
        var wanted = arguments.Key is { } line ? KnownHost.Parse(line) : null;
        if (arguments.Key is not null && wanted?.IsOf(arguments.Name) != true)
        {
            return new Impossible("Host parameter does not match hashed host field in supplied key") { Remedy = "key: is the whole line, with the name before it" };
        }
        var path = await HostPath.Expand(arguments.Path, context, cancellation);
        var before = EditedText.Of((await context.View.Ask(new ReadLook(path, MostBytes), cancellation)).Bytes ?? []);
        var isThere = (await context.View.Ask(new StatLook(path, FollowLinks: true), cancellation)).Exists;
        var lines = before.Text.Split('\n');
        var own = lines.Select((text, at) => (Line: KnownHost.Parse(text), At: at)).Where(pair => pair.Line?.IsOf(arguments.Name) == true).ToList();
        var result = MapValue.From(
            ("name", Value.Of(arguments.Name)), ("key", arguments.Key is { } key ? Value.Of(key) : Value.Null), ("path", Value.Of(path)), ("hash_host", Value.Of(arguments.Hashes)), ("state", Value.Of(arguments.Present ? "present" : "absent")), ("diff", Compared(path, isThere, before.Text, before.Text)));
        if (wanted is null)
        {
            return own.Count == 0 ? new InSync($"{path} has no key of {arguments.Name}") { Result = result }
                : await Write(path, before, Without(lines, own.Select(pair => pair.At)), $"{path} has a key of {arguments.Name}", result, context, cancellation);
        }
        if (arguments.Hashes && !wanted.IsHashed)
        {
            wanted = wanted.Hashed(arguments.Name, SHA1.HashData(Encoding.UTF8.GetBytes(context.NewName())));
        }
        // What is hashed already keeps its hash: another salt says nothing else.
        var same = own.FindIndex(pair => pair.Line == (pair.Line!.IsHashed && wanted.IsHashed ? wanted with { Hosts = pair.Line.Hosts } : wanted));
        var kind = same >= 0 ? same : own.FindIndex(pair => pair.Line!.Kind == wanted.Kind);
        if (!arguments.Present)
        {
            return kind < 0 ? new InSync($"{path} has no such key of {arguments.Name}") { Result = result }
                : await Write(path, before, Without(lines, [own[kind].At]), $"{path} has a key of {arguments.Name}", result, context, cancellation);
        }
        if (same >= 0)
        {
            return new InSync($"{path} has the {wanted.Kind} key of {arguments.Name}") { Result = result };
        }
        var rest = Without(lines, kind < 0 ? [] : [own[kind].At]);
        var text = $"{rest}{(rest.Length > 0 && !rest.EndsWith('\n') ? "\n" : "")}{(arguments.Hashes ? wanted.ToString() : arguments.Key)}\n";
        return await Write(path, before, text, kind < 0 ? $"{path} has no {wanted.Kind} key of {arguments.Name}" : $"{path} has another {wanted.Kind} key of {arguments.Name}", result, context, cancellation);
    }

    protected override async ValueTask<ImmutableArray<Claim>> Claims(KnownHostsArguments arguments, ModuleContext context, CancellationToken cancellation) =>
        [Claim.Of(ClaimKind.Path, await HostPath.Expand(arguments.Path, context, cancellation), ($"line {arguments.Name} {(arguments.Key is { } key ? KnownHost.Parse(key)?.Kind : "")}".TrimEnd(), arguments.Present ? KnownHost.Parse(arguments.Key ?? "")?.Key : "absent"))];

    private static string Without(string[] lines, IEnumerable<int> removed) => string.Join('\n', lines.Where((_, at) => !removed.Contains(at)));

    private static async ValueTask<Plan> Write(string path, EditedText before, string text, string because, MapValue result, ModuleContext context, CancellationToken cancellation)
    {
        var delivery = new FileDelivery(WantedAttributes.None, context) { Follow = true };
        var (_, missing) = await delivery.Parent(path, make: false, PathAttributes.Unchanged, cancellation);
        var plan = missing ?? await delivery.PlanFile(path, FileContent.Of(before.With(before.Written(text)).Bytes()), cancellation);
        return plan is Change change ? change with { Because = because, Result = result.With("diff", Compared(path, ((MapValue)result["diff"]!)["before_header"]!.ToString() == path, before.Text, text)) } : plan;
    }

    // Registered whether a diff is shown or not, as Ansible does.
    private static Value Compared(string path, bool isThere, string before, string after) => MapValue.From(
        ("before_header", Value.Of(isThere ? path : "/dev/null")), ("after_header", Value.Of(path)), ("before", Value.Of(before)), ("after", Value.Of(after)));
}
