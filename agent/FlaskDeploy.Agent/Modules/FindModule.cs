using FlaskDeploy.Agent.Machine;
using FlaskDeploy.Agent.Modules.Files;
using FlaskDeploy.Language.Expressions;
using FlaskDeploy.Language.Modules.Arguments;
using FlaskDeploy.Language.Values;

namespace FlaskDeploy.Agent.Modules;

/// <summary>
/// <c>find</c>: what is in directories, by name first, then by what stat(2) says, then by content. Bounded in entries, depth
/// and time; beyond that it fails and says so, because half a list is a wrong one.
/// </summary>
internal sealed class FindModule : Module<FindArguments>
{
    private const int MostEntries = 10_000;

    /// <summary>Links that lead back, with follow, end here.</summary>
    private const int MostDepth = 64;

    /// <summary>Of a file that is searched.</summary>
    private const int MostBytes = 16 * 1024 * 1024;

    private static readonly TimeSpan MostTime = TimeSpan.FromSeconds(60);

    protected override async ValueTask<Plan> Plan(FindArguments arguments, ModuleContext context, CancellationToken cancellation)
    {
        try
        {
            var search = new Search(arguments, context);
            foreach (var written in arguments.Paths)
            {
                await search.Root(await HostPath.Expand(written, context, cancellation), cancellation);
            }
            return search.Plan();
        }
        catch (PatternException e)
        {
            return new Impossible(e.Message);
        }
        catch (BoundException e)
        {
            return new Impossible(e.Message) { Remedy = "look in fewer directories, or no deeper than depth" };
        }
    }

    private sealed class BoundException(string message) : Exception(message);

    private sealed class Search(FindArguments arguments, ModuleContext context)
    {
        private readonly FindFilter _filter = new(arguments);
        private readonly DateTimeOffset _now = context.Time.GetUtcNow();
        private readonly long _started = context.Time.GetTimestamp();
        private readonly List<Value> _found = [];
        private readonly List<(string, Value)> _skipped = [];
        private int _examined;

        internal InSync Plan() => new($"{_found.Count} of {_examined} match{(_skipped.Count > 0 ? $"; skipped {string.Join(", ", _skipped.Select(skipped => skipped.Item1))}" : "")}")
        {
            Result = MapValue.From(
                ("files", Value.Of(_found)),
                ("matched", Value.Of(_found.Count)),
                ("examined", Value.Of(_examined)),
                ("skipped_paths", MapValue.From(_skipped)),
                ("msg", Value.Of(_skipped.Count > 0 ? "Not all paths examined, check warnings for details" : "All paths examined"))),
        };

        private bool IsDone => arguments.Limit is { } limit && _found.Count >= limit;

        internal async ValueTask Root(string path, CancellationToken cancellation)
        {
            try
            {
                if (!await Below(path, 1, cancellation))
                {
                    _skipped.Add((path, Value.Of($"'{path}' is not a directory")));
                }
            }
            catch (LookFailedException e)
            {
                _skipped.Add((path, Value.Of(e.Message)));
            }
        }

        // False: it is no directory. Files come before directories, and both before what is in these, as os.walk goes.
        private async ValueTask<bool> Below(string directory, int depth, CancellationToken cancellation)
        {
            var answer = await context.View.Ask(new DirectoryLook(directory), cancellation);
            if (!answer.Exists)
            {
                return false;
            }
            _examined += answer.Entries.Length;
            Bound(directory, depth);
            if (arguments.Depth is { } most && depth > most)
            {
                return true;
            }
            List<string> directories = [];
            foreach (var entry in answer.Entries.OrderBy(entry => entry.Kind == PathKind.Directory))
            {
                var path = HostPath.Join(directory, entry.Name);
                if (_filter.IsNamed(entry.Name) && _filter.IsKind(entry.Kind))
                {
                    await Entry(path, cancellation);
                }
                if (entry.Kind == PathKind.Directory || arguments.Follow && entry.Kind == PathKind.Link && (await context.View.Ask(new StatLook(path, FollowLinks: true), cancellation)).Kind == PathKind.Directory)
                {
                    directories.Add(path);
                }
            }
            if (arguments.Recurse && !IsDone)
            {
                foreach (var path in directories)
                {
                    await Below(path, depth + 1, cancellation);
                }
            }
            return true;
        }

        private async ValueTask Entry(string path, CancellationToken cancellation)
        {
            Bound(path, 1);
            if (IsDone)
            {
                return;
            }
            var present = await context.View.Ask(new StatLook(path, FollowLinks: false) { WithTimes = _filter.NeedsTimes }, cancellation);
            if (!present.Exists || !_filter.IsMatch(present, _now) || _filter.NeedsContent && !await Holds(path, present, cancellation))
            {
                return;
            }
            var (owner, group) = await PathResult.Names(present, context.View, cancellation);
            var stat = StatModule.Of(path, present).With("pw_name", Value.Of(owner ?? "")).With("gr_name", Value.Of(group ?? ""));
            if (arguments.Checksum && present.Kind == PathKind.File && await StatModule.Checksum(path, arguments.Algorithm, context.View, cancellation) is { } checksum)
            {
                stat = stat.With("checksum", Value.Of(checksum));
            }
            _found.Add(new MapValue(stat.Entries.Where(entry => entry.Key.ToString() != "exists")));
        }

        private async ValueTask<bool> Holds(string path, PathAnswer present, CancellationToken cancellation)
        {
            if (present.Size > MostBytes)
            {
                _skipped.Add((path, Value.Of($"it has {present.Size} bytes, and files of more than {MostBytes} are not searched")));
                return false;
            }
            try
            {
                return _filter.Holds((await context.View.Ask(new ReadLook(path, MostBytes), cancellation)).Bytes ?? []);
            }
            catch (LookFailedException e)
            {
                _skipped.Add((path, Value.Of(e.Message)));
                return false;
            }
        }

        private void Bound(string path, int depth)
        {
            if (_examined > MostEntries)
            {
                throw new BoundException($"there are more than {MostEntries} entries in {string.Join(", ", arguments.Paths)}");
            }
            if (depth > MostDepth)
            {
                throw new BoundException($"{path} is more than {MostDepth} directories deep");
            }
            if (context.Time.GetElapsedTime(_started) > MostTime)
            {
                throw new BoundException($"it took longer than {MostTime.TotalSeconds} seconds to come to {path}");
            }
        }
    }
}
