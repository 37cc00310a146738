using System.Collections.Immutable;
using System.Text;
using FlaskDeploy.Agent.Machine;
using FlaskDeploy.Agent.Machine.Web;
using FlaskDeploy.Agent.Modules.Files;
using FlaskDeploy.Agent.Modules.Ssh;
using FlaskDeploy.Agent.Modules.Web;
using FlaskDeploy.Language.Modules.Arguments;
using FlaskDeploy.Language.Values;

namespace FlaskDeploy.Agent.Modules;

/// <summary><c>authorized_key</c>: keys by kind and content; options and comment are corrected in their line.</summary>
internal sealed class AuthorizedKeyModule : Module<AuthorizedKeyArguments>
{
    private const int MostBytes = 4 * 1024 * 1024;
    private const int DirectoryMode = 0x1C0;
    private const int FileMode = 0x180;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    protected override async ValueTask<Plan> Plan(AuthorizedKeyArguments arguments, ModuleContext context, CancellationToken cancellation)
    {
        if ((await context.View.Ask(new AccountLook(arguments.User), cancellation)).Account is not { } user)
        {
            return new Impossible($"Failed to lookup user {arguments.User}") { Remedy = "make the user in an earlier task", MayBeMade = true };
        }
        var path = arguments.Path is { } written ? await HostPath.Expand(written, context, cancellation) : HostPath.Join(user.Home, ".ssh/authorized_keys");
        var result = MapValue.From(
            ("user", Value.Of(arguments.User)), ("key", Value.Of(arguments.Key)), ("keyfile", Value.Of(path)), ("state", Value.Of(arguments.Present ? "present" : "absent")),
            ("exclusive", Value.Of(arguments.Exclusive)), ("manage_dir", Value.Of(arguments.ManagesDirectory)),
            ("key_options", arguments.Options is { } options ? Value.Of(options) : Value.Null), ("comment", arguments.Comment is { } comment ? Value.Of(comment) : Value.Null), ("path", arguments.Path is null ? Value.Null : Value.Of(path)));
        var (text, problem) = await Keys(arguments, context, cancellation);
        if (text is null)
        {
            return problem is null ? new InSync($"which keys {arguments.Key} has is asked by a push") { Result = result } : problem;
        }
        var keys = text.Split('\n').Where(line => line.Trim() is { Length: > 0 } trimmed && trimmed[0] != '#').Select(AuthorizedKey.Parse).ToList();
        if (keys.Count == 0 || keys.Contains(null))
        {
            return new Impossible($"invalid key specified: {arguments.Key}") { Remedy = "the line of a .pub file: kind, key and comment" };
        }
        ImmutableArray<AuthorizedKey> wanted = [.. keys.Select(key => key! with { Options = arguments.Options ?? key.Options, Comment = arguments.Comment ?? key.Comment })];
        var before = EditedText.Of((await context.View.Ask(new ReadLook(path, MostBytes), cancellation)).Bytes ?? []);
        return await Write(path, Edit(before.Text, wanted, arguments), before, user, arguments, result, context, cancellation);
    }

    protected override async ValueTask<ImmutableArray<Claim>> Claims(AuthorizedKeyArguments arguments, ModuleContext context, CancellationToken cancellation)
    {
        if ((await context.View.Ask(new AccountLook(arguments.User), cancellation)).Account is not { } user || TaskProxy.Address(arguments.Key) is not null)
        {
            return [];
        }
        var path = arguments.Path is { } written ? await HostPath.Expand(written, context, cancellation) : HostPath.Join(user.Home, ".ssh/authorized_keys");
        return [.. arguments.Key.Split('\n').Select(AuthorizedKey.Parse).OfType<AuthorizedKey>().Select(key => Claim.Of(ClaimKind.Path, path, ($"line {key.Key}", arguments.Present ? "present" : "absent")))];
    }

    private static string Edit(string text, ImmutableArray<AuthorizedKey> wanted, AuthorizedKeyArguments arguments)
    {
        var lines = text.Split('\n').ToList();
        if (lines[^1].Length == 0)
        {
            lines.RemoveAt(lines.Count - 1);
        }
        foreach (var key in wanted)
        {
            var at = lines.FindIndex(line => AuthorizedKey.Parse(line)?.IsSame(key) == true);
            if (!arguments.Present)
            {
                lines.RemoveAll(line => AuthorizedKey.Parse(line)?.IsSame(key) == true);
            }
            else if (at < 0)
            {
                lines.Add(key.ToString());
            }
            else if (AuthorizedKey.Parse(lines[at]) != key)
            {
                lines[at] = key.ToString();
            }
        }
        if (arguments is { Present: true, Exclusive: true })
        {
            lines.RemoveAll(line => AuthorizedKey.Parse(line) is { } other && !wanted.Any(other.IsSame));
        }
        return string.Concat(lines.Select(line => line + "\n"));
    }

    private static async ValueTask<Plan> Write(
        string path, string text, EditedText before, Account user, AuthorizedKeyArguments arguments, MapValue result, ModuleContext context, CancellationToken cancellation)
    {
        if (!arguments.Present && text == before.Text)
        {
            return new InSync($"{path} has none of the keys") { Result = result };
        }
        var directory = HostPath.Parent(path);
        var there = await context.View.Ask(new StatLook(directory, FollowLinks: true), cancellation);
        if (there.Kind != PathKind.Directory && !(arguments.ManagesDirectory && there.Kind == PathKind.Absent))
        {
            return new Impossible($"the directory {directory} is not there") { Remedy = "manage_dir=yes makes it", MayBeMade = true };
        }
        var own = new WantedAttributes(null, user.Uid, user.Gid);
        var steps = ImmutableArray.CreateBuilder<Step>();
        if (arguments.ManagesDirectory)
        {
            var attributes = new PathAttributes { Mode = there.Exists && there.Mode == DirectoryMode ? null : DirectoryMode, Uid = own.Differing(there).Uid, Gid = own.Differing(there).Gid };
            if (!there.Exists)
            {
                steps.Add(new MakeDirectory(directory, new PathAttributes { Mode = DirectoryMode, Uid = user.Uid, Gid = user.Gid }));
            }
            else if (!attributes.IsUnchanged)
            {
                steps.Add(new SetAttributes(directory, attributes, FollowLinks: true));
            }
        }
        _ = Language.Modules.FileMode.TryParse(Value.Of(PathResult.Octal(FileMode)), out var mode, out _);
        var plan = await new FileDelivery(own with { Mode = mode }, context) { Follow = arguments.Follow }.PlanFile(path, FileContent.Of(before.With(before.Written(text)).Bytes()), cancellation);
        return plan switch
        {
            Change change => change with { Steps = [.. steps, .. change.Steps], Result = result },
            InSync when steps.Count > 0 => new Change($"{directory} is not the user's alone", steps.ToImmutable()) { Result = result },
            InSync => new InSync($"{path} has the keys") { Result = result },
            _ => plan,
        };
    }

    private static async ValueTask<(string? Text, Impossible? Problem)> Keys(AuthorizedKeyArguments arguments, ModuleContext context, CancellationToken cancellation)
    {
        if (TaskProxy.Address(arguments.Key) is not { } address)
        {
            return (arguments.Key, null);
        }
        if (context.Purpose == Purpose.Maintain)
        {
            return (null, null);
        }
        var request = new WebRequest(address.AbsoluteUri) { Timeout = Patience, ValidateCertificates = arguments.ValidateCertificates, Proxy = TaskProxy.For(address, context.View.Environment) };
        var answer = await context.View.Ask(new WebLook(request), cancellation);
        return answer.Status == 200 ? (Encoding.UTF8.GetString(answer.Body), null) : (null, new Impossible($"Error getting key from: {arguments.Key}: {answer.Reason}"));
    }
}
