using System.Text.RegularExpressions;
using FlaskDeploy.Language.Bundles;
using FlaskDeploy.Language.Modules.Arguments;
using FlaskDeploy.Language.Values;

namespace FlaskDeploy.Agent.Modules;

/// <summary><c>include_vars</c>: variables of files that the compiler read; the runner takes them into the host's variables.</summary>
internal sealed class IncludeVarsModule : Module<IncludeVarsArguments>
{
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(1);

    protected override ValueTask<Plan> Plan(IncludeVarsArguments arguments, ModuleContext context, CancellationToken cancellation) => ValueTask.FromResult(Plan(arguments, context));

    private static Plan Plan(IncludeVarsArguments arguments, ModuleContext context)
    {
        List<VarsFile> files = [];
        if (arguments.Dir is { } dir)
        {
            files.AddRange((context.Names?.VarsBelow(dir, context.Directory) ?? []).Where(found => IsWanted(found.File.Path, found.Depth, arguments)).Select(found => found.File));
            if (files.FirstOrDefault(file => !HasExtension(file.Path, arguments)) is { } other)
            {
                return Wrong($"{other.Path} does not have a valid extension: {string.Join(", ", arguments.Extensions)}", "say ignore_unknown_extensions: yes, or name it in ignore_files");
            }
        }
        else if (arguments.File is not { } name || context.Names?.Vars(name, context.Directory) is not { } file)
        {
            return Wrong($"Could not find file '{arguments.File}' among the operator's files of variables", "names that are made of variables find only what the compiler could see");
        }
        else
        {
            files.Add(file);
        }
        if (files.FirstOrDefault(file => file.Problem is not null) is { } unreadable)
        {
            return new Impossible($"{unreadable.Path}: {unreadable.Problem}");
        }
        var vars = files.Aggregate(MapValue.Empty, (all, file) => MapValue.From(file.Vars.Select(pair => (pair.Key, pair.Value))) is var more && arguments.IsMerging ? (MapValue)Merged(all, more) : all.Merge(more));
        var facts = arguments.Name is { } own ? MapValue.From((own, vars)) : vars;
        if (arguments.IsMerging)
        {
            facts = new MapValue(facts.Entries.Select(entry => KeyValuePair.Create(entry.Key, Merged(context.Variable?.Invoke(entry.Key.ToString()).Value, entry.Value))));
        }
        return new InSync($"included {string.Join(", ", files.Select(file => file.Path))}")
        {
            Result = MapValue.From(("ansible_facts", facts), ("ansible_included_var_files", Value.Of(files.Select(file => Value.Of(file.Path))))),
        };
    }

    // Ansible's module tells under this name.
    private static Impossible Wrong(string message, string remedy) => new(message) { Remedy = remedy, Result = MapValue.From(("message", Value.Of(message))) };

    // Dicts into each other, however deep; of all else the later one counts.
    private static Value Merged(Value? earlier, Value later) => earlier is MapValue below && later is MapValue above
        ? below.Merge(new MapValue(above.Entries.Select(entry => KeyValuePair.Create(entry.Key, below.TryGet(entry.Key, out var same) ? Merged(same, entry.Value) : entry.Value))))
        : later;

    private static bool HasExtension(string path, IncludeVarsArguments arguments)
    {
        var name = path[(path.LastIndexOf('/') + 1)..];
        return arguments.Extensions.Any(extension => extension.Length == 0 ? !name.Contains('.') : name.EndsWith("." + extension.TrimStart('.'), StringComparison.Ordinal));
    }

    private static bool IsWanted(string path, int depth, IncludeVarsArguments arguments)
    {
        var name = path[(path.LastIndexOf('/') + 1)..];
        return (!arguments.IgnoresUnknownExtensions || HasExtension(path, arguments))
            && (arguments.Depth == 0 || depth <= arguments.Depth)
            && (arguments.FilesMatching is not { } wanted || IsMatch(name, wanted))
            && !arguments.IgnoreFiles.Any(ignored => IsMatch(name, ignored));
    }

    private static bool IsMatch(string name, string pattern)
    {
        try
        {
            return Regex.IsMatch(name, pattern, RegexOptions.CultureInvariant, Longest);
        }
        catch (ArgumentException)
        {
            return false;
        }
    }
}
