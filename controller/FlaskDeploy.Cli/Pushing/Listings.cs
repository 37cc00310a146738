using System.Collections.Immutable;
using FlaskDeploy.Cli.Display;
using FlaskDeploy.Compiler;
using FlaskDeploy.Language.Bundles;
using FlaskDeploy.Language.Values;

namespace FlaskDeploy.Cli.Pushing;

/// <summary><c>--list-hosts</c>, <c>--list-tasks</c>, <c>--list-tags</c>, <c>--syntax-check</c>, as ansible-playbook prints them.</summary>
internal static class Listings
{
    public static IEnumerable<string> Print(Compilation compilation, PushOptions options)
    {
        yield return "";
        yield return $"playbook: {Safe.Line(options.Playbooks)}";
        if (options.Listing == Listing.Syntax)
        {
            yield break;
        }
        for (var i = 0; i < compilation.Bundle.Plays.Length; i++)
        {
            foreach (var line in PrintPlay(compilation, i, options.Listing))
            {
                yield return Safe.Line(line).Replace("\\t", "\t", StringComparison.Ordinal);
            }
        }
    }

    /// <summary>A task of that name is there, or one whose name only its host knows.</summary>
    public static bool MayStartAt(Bundle bundle, string name) => bundle.Plays
        .SelectMany(play => Flatten(play.Tasks, play.Tags))
        .Any(pair => pair.Task.Id == name || (pair.Task.Name is TextValue text ? text.Text == name : pair.Task.Name is TemplateValue));

    private static IEnumerable<string> PrintPlay(Compilation compilation, int index, Listing listing)
    {
        var play = compilation.Bundle.Plays[index];
        yield return "";
        yield return $"  play #{index + 1} ({play.Hosts}): {play.Name}\tTAGS: [{string.Join(", ", play.Tags)}]";
        if (listing.HasFlag(Listing.Hosts))
        {
            var hosts = compilation.Hosts.Where(host => host.Part.Plays.Contains(index)).ToList();
            yield return $"    pattern: ['{play.Hosts}']";
            yield return $"    hosts ({hosts.Count}):";
            foreach (var host in hosts)
            {
                yield return $"      {host.InventoryName}";
            }
        }
        var tasks = Flatten(play.Tasks, play.Tags).ToList();
        if (listing.HasFlag(Listing.Tasks))
        {
            yield return "    tasks:";
            foreach (var (task, tags) in tasks)
            {
                yield return $"      {task.Name}\tTAGS: [{string.Join(", ", tags)}]";
            }
        }
        if (listing.HasFlag(Listing.Tags))
        {
            yield return $"      TASK TAGS: [{string.Join(", ", tasks.SelectMany(pair => pair.Tags).Distinct().Order(StringComparer.Ordinal))}]";
        }
    }

    private static IEnumerable<(TaskNode Task, ImmutableArray<string> Tags)> Flatten(ImmutableArray<TaskNode> nodes, ImmutableArray<string> inherited) =>
        nodes.SelectMany(node =>
        {
            ImmutableArray<string> tags = [.. inherited.Concat(node.Tags).Distinct().Order(StringComparer.Ordinal)];
            return node.Action is Block block ? Flatten([.. block.Tasks, .. block.Rescue, .. block.Always], tags) : [(node, tags)];
        });
}
