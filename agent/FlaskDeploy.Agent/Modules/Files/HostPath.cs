using FlaskDeploy.Agent.Machine;

namespace FlaskDeploy.Agent.Modules.Files;

/// <summary>Paths as playbooks write them: <c>~</c>, <c>~user</c> and <c>$VAR</c> as the task's user has them, relative ones from that user's home.</summary>
internal static class HostPath
{
    /// <summary>Absolute, without doubled slashes, <c>.</c> and a slash at the end; <c>..</c> stays, because links give it its meaning.</summary>
    /// <param name="from">Where a relative path starts; null: where the task's environment has them start, mostly the user's home.</param>
    internal static async ValueTask<string> Expand(string path, ModuleContext context, CancellationToken cancellation, string? from = null)
    {
        var expanded = await ExpandText(path, context.View, cancellation);
        return Normal(expanded.StartsWith('/') ? expanded : $"{from ?? context.View.Environment.Directory ?? context.As.Home}/{expanded}");
    }

    /// <summary>The same of an argument that need not be given.</summary>
    internal static async ValueTask<string?> ExpandGiven(string? path, ModuleContext context, CancellationToken cancellation) =>
        path is null ? null : await Expand(path, context, cancellation);

    /// <summary>A leading <c>~</c> and every <c>$VAR</c> or <c>${VAR}</c>; what is not set stays as it is written, as Python's expandvars leaves it.</summary>
    internal static async ValueTask<string> ExpandText(string text, IMachineView view, CancellationToken cancellation)
    {
        if (text.StartsWith('~'))
        {
            var end = text.IndexOf('/', StringComparison.Ordinal) is var slash && slash < 0 ? text.Length : slash;
            var user = text[1..end];
            var home = user.Length == 0 ? view.Environment.Variables.GetValueOrDefault("HOME", view.As.Home) : (await view.Ask(new AccountLook(user), cancellation)).Account?.Home;
            text = home is null ? text : home + text[end..];
        }
        return PathExpansion.Variables(text, view.Environment);
    }

    /// <summary>Below <paramref name="directory"/>, which may be the root.</summary>
    internal static string Join(string directory, string name) => directory == "/" ? $"/{name}" : $"{directory}/{name}";

    internal static string Parent(string path) => path.LastIndexOf('/') is var at && at <= 0 ? "/" : path[..at];

    internal static string Name(string path) => path[(path.LastIndexOf('/') + 1)..];

    /// <summary>Where an absolute path leads with every link followed, as realpath(3) has it; what is not there stays as it is written.</summary>
    internal static async ValueTask<string> Real(string path, IMachineView view, CancellationToken cancellation)
    {
        const int mostLinks = 40;
        var real = "/";
        var links = 0;
        for (var left = new Stack<string>(Parts(path).Reverse()); left.TryPop(out var name);)
        {
            if (name == "..")
            {
                real = Parent(real);
                continue;
            }
            var next = Join(real, name);
            if ((await view.Ask(new StatLook(next, FollowLinks: false), cancellation)).Target is not { } target || ++links > mostLinks)
            {
                real = next;
                continue;
            }
            real = target.StartsWith('/') ? "/" : real;
            foreach (var part in Parts(target).Reverse())
            {
                left.Push(part);
            }
        }
        return real;
    }

    internal static string Normal(string path) => "/" + string.Join('/', Parts(path));

    private static IEnumerable<string> Parts(string path) => path.Split('/', StringSplitOptions.RemoveEmptyEntries).Where(part => part != ".");
}
