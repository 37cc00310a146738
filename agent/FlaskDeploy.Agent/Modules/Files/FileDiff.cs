using System.Collections.Immutable;
using FlaskDeploy.Agent.Machine;
using FlaskDeploy.Language.Values;

namespace FlaskDeploy.Agent.Modules.Files;

/// <summary>What <c>file</c> registers as <c>diff</c>, changed or not: what is, and what is to be, by name.</summary>
internal sealed record FileDiff(string Path)
{
    private ImmutableArray<(string Name, Value Value)> Old { get; init; } = [("path", Value.Of(Path))];

    private ImmutableArray<(string Name, Value Value)> New { get; init; } = [("path", Value.Of(Path))];

    internal FileDiff Add(string name, string? before, string after) => before is null
        ? this with { New = New.Add((name, Value.Of(after))) }
        : Add(name, Value.Of(before), Value.Of(after));

    internal FileDiff Before(string name, Value value) => this with { Old = Old.Add((name, value)) };

    internal FileDiff Add(PathAttributes set, PathAnswer present)
    {
        var diff = this;
        diff = set.Mode is { } mode ? diff.Add("mode", PathResult.Octal(present.Mode), PathResult.Octal(mode)) : diff;
        diff = set.Uid is { } uid ? diff.Add("owner", Value.Of(present.Uid), Value.Of(uid)) : diff;
        diff = set.Gid is { } gid ? diff.Add("group", Value.Of(present.Gid), Value.Of(gid)) : diff;
        diff = set.Flags is { } flags ? diff.Add("attributes", null, flags) : diff;
        return set.Context is { } context ? diff.Add("secontext", null, context) : diff;
    }

    internal FileDiff Add(FileTimes times, PathAnswer present, DateTimeOffset now)
    {
        const double second = 1e9;
        var moment = (now - DateTimeOffset.UnixEpoch).TotalSeconds;
        var diff = this;
        diff = times.Modified == present.Modified ? diff : diff.Add("mtime", Value.Of(present.Modified / second), Value.Of(times.Modified / second ?? moment));
        return times.Accessed == present.Accessed ? diff : diff.Add("atime", Value.Of(present.Accessed / second), Value.Of(times.Accessed / second ?? moment));
    }

    internal MapValue ToValue() => MapValue.From(("before", MapValue.From(Old)), ("after", MapValue.From(New)));

    private FileDiff Add(string name, Value before, Value after) => this with { Old = Old.Add((name, before)), New = New.Add((name, after)) };
}
