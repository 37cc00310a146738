using System.Collections.Immutable;
using FlaskDeploy.Language.Bundles;
using FlaskDeploy.Language.Expressions;
using FlaskDeploy.Language.Values;

namespace FlaskDeploy.Agent.Runs;

/// <summary>
/// The lookups that ask the operator's machine itself, where that is this one (<c>apply</c>): when the task runs. The rest is
/// as on every host.
/// </summary>
/// <param name="directory">The playbook's.</param>
internal sealed class HereLookups(ILookups others, string directory, IOperatorQuestions machine) : ILookups
{
    public IEnumerable<string> Names => others.Names;

    public Evaluation? Lookup(string name, IReadOnlyList<Value> terms, IReadOnlyDictionary<string, Value> options, EvaluationContext context)
    {
        if (!AskedLookups.Names.Contains(name))
        {
            return others.Lookup(name, terms, options, context);
        }
        if (terms.Concat(options.Values).FirstOrDefault(term => term.IsUnknown) is { } unknown)
        {
            return Evaluation.Of(unknown as UnknownValue ?? new UnknownValue("a part of what is looked up is unknown"));
        }
        return AskedLookups.Ask(name, [.. terms.Select(term => term.Reveal())], options.ToDictionary(option => option.Key, option => option.Value.Reveal(), StringComparer.Ordinal), context, machine);
    }

    /// <summary>A path that is known only now is asked about now.</summary>
    public bool? Holds(string test, IReadOnlyList<string> paths)
    {
        if (others.Holds(test, paths) is { } known)
        {
            return known;
        }
        return OperatorPaths.Holds(test, [.. paths.Select(path => Path.GetFullPath(path, directory))],
            place => Target(place) is { } real ? new OperatorPath(File.Exists(place), Directory.Exists(place), real) : null,
            place => new FileInfo(place).LinkTarget is not null);
    }

    // Null: it leads to nothing.
    private static string? Target(string path)
    {
        try
        {
            var end = new FileInfo(path).ResolveLinkTarget(returnFinalTarget: true)?.FullName ?? path;
            return Path.Exists(end) ? end : null;
        }
        catch (IOException)
        {
            return null;
        }
    }
}
