using FlaskDeploy.Agent.Machine;
using FlaskDeploy.Language.Values;

namespace FlaskDeploy.Agent.Modules.Files;

/// <summary>What a task that edits a file registers as <c>diff</c>. Playbooks ask for its fields, people read <see cref="Change.Diff"/>.</summary>
/// <param name="Before">Empty where it is not to be shown, as <paramref name="After"/>.</param>
internal sealed record RegisteredDiff(string Path, string Before, string After)
{
    internal MapValue Content() => MapValue.From(
        ("before_header", Value.Of(Path)), ("before", Value.Of(Before)), ("after_header", Value.Of(Path)), ("after", Value.Of(After)));

    internal Value WithAttributes(PathAnswer present, PathAttributes differing)
    {
        var content = Content().Merge(Headers("content"));
        var attributes = Headers("file attributes");
        if (present.Exists && !differing.IsUnchanged)
        {
            attributes = attributes.With("before", Of(differing, present.Mode, present.Uid, present.Gid)).With("after", Of(differing, differing.Mode, differing.Uid, differing.Gid));
        }
        return Value.Of([content, attributes]);
    }

    private MapValue Headers(string what) => MapValue.From(("before_header", Value.Of($"{Path} ({what})")), ("after_header", Value.Of($"{Path} ({what})")));

    // Only what is set.
    private static MapValue Of(PathAttributes differing, int? mode, uint? uid, uint? gid)
    {
        var result = MapValue.Empty;
        if (differing.Mode is not null)
        {
            result = result.With("mode", Value.Of(PathResult.Octal(mode!.Value)));
        }
        if (differing.Uid is not null)
        {
            result = result.With("owner", Value.Of(uid!.Value));
        }
        return differing.Gid is null ? result : result.With("group", Value.Of(gid!.Value));
    }
}
