using System.Collections.Immutable;
using System.Text;
using FlaskDeploy.Agent.Machine;
using FlaskDeploy.Agent.Modules.Files;
using FlaskDeploy.Language.Bundles;

namespace FlaskDeploy.Agent.Modules.Commands;

/// <summary>
/// What a launched process was started from, as one digest: its command, directory, port and variables, the content of the
/// files that its command names and of those it is told to watch, and the packages of its virtual environment. Another
/// digest restarts it, so nothing belongs in here that moves by itself.
/// </summary>
internal static class LaunchInputs
{
    private const int MostFiles = 10_000;

    // A program's own data may stand on its command line; that it writes to it is no reason to restart it.
    private static readonly ImmutableArray<string> DataSuffixes = [".db", ".sqlite", ".sqlite3", ".log", ".pid", ".sock", ".lock"];
    private static readonly ImmutableArray<string> SystemDirectories = ["/usr/", "/bin/", "/sbin/", "/lib/", "/lib64/"];

    internal static async ValueTask<(string Digest, Impossible? Problem)> Of(
        ImmutableArray<string> arguments, string directory, int? port, ImmutableSortedDictionary<string, string> environment,
        ImmutableArray<string> restartOn, ModuleContext context, CancellationToken cancellation)
    {
        var text = new StringBuilder();
        void Line(string kind, string value) => text.Append(kind).Append(' ').Append(value.Length).Append(' ').Append(value).Append('\n');

        foreach (var argument in arguments)
        {
            Line("argument", argument);
        }
        Line("directory", directory);
        Line("port", port?.ToString() ?? "");
        Line("user", context.As.Name);
        foreach (var (name, value) in Variables(context, environment))
        {
            Line("variable", $"{name}={value}");
        }
        var venv = await Virtualenv(arguments[0], context, cancellation);
        if (venv is not null)
        {
            Line("packages", (await context.View.Ask(new PythonPackagesLook(venv), cancellation)).Fingerprint());
        }
        foreach (var (argument, index) in arguments.Select((argument, index) => (argument, index)))
        {
            var path = HostPath.Normal(argument.StartsWith('/') ? argument : $"{directory}/{argument}");
            // The interpreter of the machine or of an environment: its own updates are no reason to restart a site.
            var isInterpreter = index == 0 && (venv is not null || SystemDirectories.Any(system => path.StartsWith(system, StringComparison.Ordinal)));
            if (isInterpreter || argument.Length == 0 || argument[0] == '-' || DataSuffixes.Any(suffix => path.EndsWith(suffix, StringComparison.Ordinal)))
            {
                continue;
            }
            if ((await context.View.Ask(new StatLook(path, FollowLinks: true), cancellation)).Kind == PathKind.File)
            {
                Line("file", $"{path} {(await context.View.Ask(new ContentLook(path), cancellation)).Content}");
            }
        }
        foreach (var pattern in restartOn)
        {
            var path = await HostPath.Expand(pattern, context, cancellation, directory);
            if (await Watched(path, Line, context, cancellation) is { } problem)
            {
                return ("", problem);
            }
        }
        return (Digest.Of(Encoding.UTF8.GetBytes(text.ToString())).ToString(), null);
    }

    // The agent's own defaults are left out: another PATH in its next version must not restart every site.
    private static IEnumerable<KeyValuePair<string, string>> Variables(ModuleContext context, ImmutableSortedDictionary<string, string> environment)
    {
        var defaults = TaskEnvironment.For(context.As).Variables;
        return context.View.Environment.With(environment).Variables.Where(pair => defaults.GetValueOrDefault(pair.Key) != pair.Value);
    }

    private static async ValueTask<string?> Virtualenv(string program, ModuleContext context, CancellationToken cancellation)
    {
        var bin = HostPath.Parent(program);
        var root = HostPath.Parent(bin);
        return HostPath.Name(bin) == "bin" && root != "/" && (await context.View.Ask(new StatLook($"{root}/bin/activate", FollowLinks: true), cancellation)).Exists ? root : null;
    }

    private static async ValueTask<Impossible?> Watched(string pattern, Action<string, string> line, ModuleContext context, CancellationToken cancellation)
    {
        var pending = new Stack<string>((await context.View.Ask(new GlobLook(pattern), cancellation)).Paths.Reverse());
        if (pending.Count == 0)
        {
            line("absent", pattern);
        }
        var seen = 0;
        while (pending.TryPop(out var path))
        {
            if (++seen > MostFiles)
            {
                return new Impossible($"restart_on: {pattern} holds more than {MostFiles} files") { Remedy = "name the files that matter" };
            }
            var answer = await context.View.Ask(new StatLook(path, FollowLinks: true), cancellation);
            if (answer.Kind == PathKind.File)
            {
                line("file", $"{path} {(await context.View.Ask(new ContentLook(path), cancellation)).Content}");
            }
            else if (answer.Kind == PathKind.Directory)
            {
                // What Python writes beside its sources follows from them.
                foreach (var entry in (await context.View.Ask(new DirectoryLook(path), cancellation)).Entries.Reverse().Where(entry => entry.Name != "__pycache__" && entry.Kind != PathKind.Link))
                {
                    pending.Push(HostPath.Join(path, entry.Name));
                }
            }
        }
        return null;
    }
}
