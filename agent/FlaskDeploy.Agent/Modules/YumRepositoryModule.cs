using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text;
using FlaskDeploy.Agent.Machine;
using FlaskDeploy.Agent.Modules.Files;
using FlaskDeploy.Agent.Modules.Repositories;
using FlaskDeploy.Language.Modules.Arguments;
using FlaskDeploy.Language.Values;

namespace FlaskDeploy.Agent.Modules;

/// <summary><c>yum_repository</c>: one section of a file of repositories; written, and removed when it is empty, as Ansible does it.</summary>
internal sealed class YumRepositoryModule : Module<YumRepositoryArguments>
{
    private const int MostBytes = 1024 * 1024;

    protected override async ValueTask<Plan> Plan(YumRepositoryArguments arguments, ModuleContext context, CancellationToken cancellation)
    {
        if (Wrong(arguments) is { } wrong)
        {
            return wrong;
        }
        var path = await PathOf(arguments, context, cancellation);
        var directory = HostPath.Parent(path);
        if ((await context.View.Ask(new StatLook(directory, FollowLinks: true), cancellation)).Kind != PathKind.Directory)
        {
            return new Impossible($"Repo directory '{directory}' does not exist.") { Remedy = "make it in an earlier task, or correct reposdir", MayBeMade = true };
        }
        var before = (await context.View.Ask(new ReadLook(path, MostBytes), cancellation)).Bytes;
        var (file, problem) = RepositoryFile.Parse(Encoding.UTF8.GetString(before ?? []));
        if (file is null)
        {
            return new Impossible($"{path}: {problem}") { Remedy = "correct the file, or remove it in an earlier task" };
        }
        var (wanted, impossible) = await WantedAttributes.Resolve(arguments.Mode, arguments.Owner, arguments.Group, context.View, cancellation, arguments.Extended);
        if (impossible is not null)
        {
            return impossible;
        }
        var after = Edit(file, arguments);
        var result = MapValue.From(("repo", Value.Of(arguments.Id)), ("state", Value.Of(arguments.IsAbsent ? "absent" : "present")));
        if (before is null && arguments.IsAbsent)
        {
            return new InSync($"{path} is not there") { Result = result };
        }
        if (after.Sections.IsEmpty && !ReferenceEquals(after, file))
        {
            return new Change($"{path} has [{arguments.Id}], and nothing else", [new Remove(path)])
            {
                Result = result,
                Diff = arguments.IsSecret ? "(not shown: secret)\n" : UnifiedDiff.Between(before ?? [], [], $"before: {path}", "/dev/null"),
            };
        }
        var content = ReferenceEquals(after, file) ? before! : Encoding.UTF8.GetBytes(after.ToString());
        var plan = await new FileDelivery(wanted!, context) { Follow = true, IsSecret = arguments.IsSecret }.PlanFile(path, FileContent.Of(content), cancellation);
        return plan switch
        {
            Change change => change with { Because = Because(file, arguments, path) ?? change.Because, Result = result },
            InSync => new InSync($"{path} has {(arguments.IsAbsent ? "no " : "")}[{arguments.Id}]{(arguments.IsAbsent ? "" : " as it should be")}") { Result = result },
            _ => plan,
        };
    }

    protected override async ValueTask<ImmutableArray<Claim>> Claims(YumRepositoryArguments arguments, ModuleContext context, CancellationToken cancellation)
    {
        if (Wrong(arguments) is not null)
        {
            return [];
        }
        var (owner, group) = await Claim.Owners(arguments.Owner, arguments.Group, context.View, cancellation);
        var path = await PathOf(arguments, context, cancellation);
        var whole = arguments.IsAbsent ? Claim.Of(ClaimKind.Path, path) : Claim.Path(path, "file", null, arguments.Mode, owner, group);
        var says = arguments.IsAbsent ? "absent" : Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(new RepositoryFile([Section(arguments)]).ToString())))[..12];
        return [whole with { Demands = whole.Demands.Add($"block [{arguments.Id}]", says) }];
    }

    private static Impossible? Wrong(YumRepositoryArguments arguments) => arguments switch
    {
        { Id: var id } when id.Length == 0 || id.AsSpan().IndexOfAny("[]\n\r/") >= 0 => new Impossible($"'{id}' cannot be the id of a repository"),
        { File: var file } when file.Length == 0 || file.AsSpan().IndexOfAny("/\n\r\0") >= 0 => new Impossible($"'{file}' cannot be the name of a file in {arguments.Directory}") { Remedy = "reposdir is for the directory" },
        { IsAbsent: false } when !arguments.Options.Keys.Any(name => name is "baseurl" or "metalink" or "mirrorlist") => new Impossible("Parameter 'baseurl', 'metalink' or 'mirrorlist' is required."),
        { IsAbsent: false } when !arguments.Options.ContainsKey("name") => new Impossible("Parameter 'description' is required."),
        _ => null,
    };

    private static async ValueTask<string> PathOf(YumRepositoryArguments arguments, ModuleContext context, CancellationToken cancellation) =>
        HostPath.Join(await HostPath.Expand(arguments.Directory, context, cancellation), $"{arguments.File}.repo");

    // The same object where nothing is to be changed: what another hand wrote in another order stays as it is.
    private static RepositoryFile Edit(RepositoryFile file, YumRepositoryArguments arguments) => (file.Find(arguments.Id), arguments.IsAbsent) switch
    {
        (null, true) => file,
        (_, true) => file.Without(arguments.Id),
        ({ } present, _) when present.Says(Section(arguments)) => file,
        _ => file.With(Section(arguments)),
    };

    // As it is read again: blanks at the ends of lines are lost.
    private static RepositorySection Section(YumRepositoryArguments arguments) =>
        new(arguments.Id, [.. arguments.Options.Select(option => KeyValuePair.Create(option.Key, string.Join('\n', option.Value.Split('\n').Select(line => line.Trim())).TrimEnd()))]);

    private static string? Because(RepositoryFile file, YumRepositoryArguments arguments, string path) => (file.Find(arguments.Id), arguments.IsAbsent) switch
    {
        (null, false) => $"{path} has no [{arguments.Id}]",
        ({ }, true) => $"{path} has [{arguments.Id}]",
        ({ } present, false) when !present.Says(Section(arguments)) => $"[{arguments.Id}] of {path} says something else",
        _ => null,
    };
}
