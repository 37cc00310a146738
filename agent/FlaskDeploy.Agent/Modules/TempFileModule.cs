using FlaskDeploy.Agent.Machine;
using FlaskDeploy.Agent.Modules.Files;
using FlaskDeploy.Language.Modules.Arguments;
using FlaskDeploy.Language.Values;

namespace FlaskDeploy.Agent.Modules;

/// <summary><c>tempfile</c>: an empty file or directory under a name that nobody can guess, for the task's user only.</summary>
internal sealed class TempFileModule : Module<TempFileArguments>
{
    protected override async ValueTask<Plan> Plan(TempFileArguments arguments, ModuleContext context, CancellationToken cancellation)
    {
        if (arguments.Prefix.Contains('/') || arguments.Suffix.Contains('/'))
        {
            return new Impossible("prefix and suffix are parts of a name, and have no slash") { Remedy = "path says in which directory" };
        }
        var written = arguments.Directory ?? context.View.Environment.Variables.GetValueOrDefault("TMPDIR", "/tmp");
        var directory = await HostPath.Expand(written, context, cancellation);
        var above = await context.View.Ask(new StatLook(directory, FollowLinks: true), cancellation);
        if (above.Kind != PathKind.Directory)
        {
            return new Impossible($"the directory {directory} is not there") { Remedy = "make it in an earlier task: file with state=directory", MayBeMade = !above.Exists };
        }
        var path = HostPath.Join(directory, $"{arguments.Prefix}{context.NewName()}{arguments.Suffix}");
        Step step = arguments.IsDirectory
            ? new MakeDirectory(path, new PathAttributes { Mode = 0x1C0 })
            : new WriteFile(path, FileContent.Of([]), new PathAttributes { Mode = 0x180 }) { FollowLinks = false };
        var present = new PathAnswer(PathKind.Absent);
        var kind = arguments.IsDirectory ? PathKind.Directory : PathKind.File;
        var attributes = step is MakeDirectory made ? made.Attributes : ((WriteFile)step).Attributes;
        return new Change($"a temporary {(arguments.IsDirectory ? "directory" : "file")} is made", [step])
        {
            Result = MapValue.From(("path", Value.Of(path))).Merge(await PathResult.Of(present, kind, attributes, 0, context.View, cancellation)),
        };
    }
}
