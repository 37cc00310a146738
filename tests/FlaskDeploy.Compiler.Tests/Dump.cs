using System.Collections.Immutable;
using System.Text;
using FlaskDeploy.Language.Bundles;
using FlaskDeploy.Language.Values;

namespace FlaskDeploy.Compiler.Tests;

/// <summary>Writes a compilation so that people can read it and two of them can be compared.</summary>
internal sealed class Dump
{
    private readonly StringBuilder _text = new();

    public static string Of(Compilation compilation)
    {
        var dump = new Dump();
        dump.Write(compilation);
        return dump._text.ToString();
    }

    private void Write(Compilation compilation)
    {
        Line(0, $"bundle {compilation.Bundle.Playbook} format={compilation.Bundle.Format} language={compilation.Bundle.Language}");
        var needs = compilation.Bundle.Requirements;
        Names(1, "modules", needs.Modules);
        Names(1, "filters", needs.Filters);
        Names(1, "tests", needs.Tests);
        Names(1, "lookups", needs.Lookups);
        foreach (var entry in compilation.Bundle.Tree)
        {
            Line(1, entry.Digest is { } digest ? $"file {entry.Path} {Short(digest)} {entry.Size} {Convert.ToString(entry.Mode, 8)}" : $"directory {entry.Path}");
        }
        foreach (var (index, play) in compilation.Bundle.Plays.Index())
        {
            Write(index, play);
        }
        foreach (var file in compilation.Bundle.TaskFiles)
        {
            Line(0, $"tasks {file.Key}{(file.Problem is null ? "" : $" problem: {file.Problem}")}");
            file.Tasks.ToList().ForEach(task => Write(1, "task", task));
            file.Handlers.ToList().ForEach(handler => Write(1, "handler", handler));
        }
        foreach (var file in compilation.Bundle.VarsFiles)
        {
            Line(0, $"vars {file.Path}{(file.Problem is null ? "" : $" problem: {file.Problem}")}");
            Vars(1, file.Vars);
        }
        Write(compilation.Release);
        foreach (var host in compilation.Hosts)
        {
            Line(0, $"host {host.InventoryName} at {host.Address} user={host.Part.User ?? "-"} plays={string.Join(',', host.Part.Plays)} groups={string.Join(',', host.Part.Groups)}");
            Vars(1, host.Part.Vars);
            Names(1, "may read", host.Part.Digests.Select(Short));
        }
        foreach (var blob in compilation.Blobs)
        {
            Line(0, $"blob {Short(blob.Digest)} {blob.Path} {blob.Size}");
        }
    }

    private void Write(int index, Play play)
    {
        Line(0, $"play {index} {Show(play.Name)} hosts={play.Hosts} user={play.User ?? "-"}{Show(play.Become)}{(play.GatherFacts ? "" : " no-facts")}{(play.ForceHandlers ? " force-handlers" : "")} @{play.Span}");
        Names(1, "tags", play.Tags);
        Vars(1, play.Vars);
        Vars(1, play.RoleDefaults, "default");
        Vars(1, play.RoleVars, "role var");
        foreach (var choice in play.VarsFiles)
        {
            Line(1, $"vars file {string.Join(" or ", choice.Names.Select(Show))} from {choice.Directory}");
        }
        Values(1, "environment", play.Environment);
        foreach (var task in play.Tasks)
        {
            Write(1, "task", task);
        }
        foreach (var handler in play.Handlers)
        {
            Write(1, "handler", handler);
        }
    }

    private void Write(int depth, string kind, TaskNode task)
    {
        Line(depth, $"{kind} {task.Id} {Show(task.Name)}{Show(task.Become)} @{task.Span}");
        if (task.Action is ModuleCall call)
        {
            Line(depth + 1, $"{call.Module}{(call.Directory.Length > 0 ? $" in {call.Directory}" : "")} {string.Join(' ', call.Arguments.Entries.Select(entry => $"{entry.Key}={Show(entry.Value)}"))}".TrimEnd());
            Value(depth + 1, "line", call.FreeForm);
        }
        if (task.Action is Include include)
        {
            Line(depth + 1, $"include {include.Kind} {Show(include.Name)}{(include.TasksFrom is null ? "" : $" from {Show(include.TasksFrom)}")}{(include.Variant.Length > 0 ? $" with {include.Variant}" : "")}{(include.IsPublic ? " public" : "")} in {include.Directory}");
            if (include.Apply is { } apply)
            {
                Write(depth + 2, "apply", apply);
            }
        }
        if (task.Role is { } role)
        {
            Line(depth + 1, $"role {role.Name} at {role.Path}{(role.Once is null ? "" : $" once {role.Once}")}");
            Vars(depth + 2, role.Defaults, "default");
            Vars(depth + 2, role.Vars, "role var");
            Vars(depth + 2, role.Params, "param");
        }
        Values(depth + 1, "when", task.When);
        if (task.Loop is { } loop)
        {
            Line(depth + 1, $"{loop.Kind} {Show(loop.Items)} as {loop.LoopVar}{(loop.IndexVar is null ? "" : $", {loop.IndexVar}")}");
            Value(depth + 1, "label", loop.Label);
            Value(depth + 1, "pause", loop.Pause);
        }
        Value(depth + 1, "register", task.Register is null ? null : Language.Values.Value.Of(task.Register));
        Value(depth + 1, "ignore_errors", task.IgnoreErrors);
        Vars(depth + 1, task.Vars);
        Values(depth + 1, "environment", task.Environment);
        Values(depth + 1, "changed_when", task.ChangedWhen);
        Values(depth + 1, "failed_when", task.FailedWhen);
        Values(depth + 1, "until", task.Until);
        Value(depth + 1, "retries", task.Retries);
        Value(depth + 1, "delay", task.Delay);
        Names(depth + 1, "notify", task.Notify);
        Names(depth + 1, "listen", task.Listen);
        Names(depth + 1, "tags", task.Tags);
        Value(depth + 1, "check_mode", task.CheckMode);
        Value(depth + 1, "no_log", task.NoLog);
        Value(depth + 1, "diff", task.Diff);
        Value(depth + 1, "async", task.AsyncSeconds);
        Value(depth + 1, "poll", task.PollSeconds);
        if (task.Action is Block block)
        {
            foreach (var (name, tasks) in new[] { ("block", block.Tasks), ("rescue", block.Rescue), ("always", block.Always) })
            {
                foreach (var inner in tasks)
                {
                    Write(depth + 1, name, inner);
                }
            }
        }
    }

    private void Write(ReleaseContent release)
    {
        Line(0, $"release selector={release.Selector} policy={release.Policy} origin={release.Origin} interval={release.Interval?.ToString() ?? "-"}");
        foreach (var group in release.Groups)
        {
            Line(1, $"group {group.Name} priority={group.Priority} hosts={string.Join(',', group.Hosts)} children={string.Join(',', group.Children)}");
            Vars(2, group.Vars);
        }
        if (release.ExtraVars.Length > 0)
        {
            Line(1, "extra");
            Vars(2, release.ExtraVars);
        }
    }

    private void Vars(int depth, ImmutableArray<KeyValuePair<string, Value>> vars, string kind = "var")
    {
        foreach (var (name, value) in vars)
        {
            Line(depth, $"{kind} {name} = {Show(value)}");
        }
    }

    private void Value(int depth, string name, Value? value)
    {
        if (value is not null)
        {
            Line(depth, $"{name} {Show(value)}");
        }
    }

    private void Values(int depth, string name, ImmutableArray<Value> values)
    {
        foreach (var value in values)
        {
            Line(depth, $"{name} {Show(value)}");
        }
    }

    private void Names(int depth, string name, IEnumerable<string> names)
    {
        if (names.Any())
        {
            Line(depth, $"{name} {string.Join(", ", names)}");
        }
    }

    private static string Show(Become become) =>
        (become.Enabled is null ? "" : $" become={Show(become.Enabled)}") + (become.User is null ? "" : $" become_user={Show(become.User)}");

    private static string Show(Value value) => value switch
    {
        TemplateValue template => $"<<{template.Source.Replace("\n", "\\n", StringComparison.Ordinal)}>>@{template.Span.Line}:{template.Span.Column}",
        ListValue list => $"[{string.Join(", ", list.Items.Select(Show))}]",
        MapValue map => $"{{{string.Join(", ", map.Entries.Select(entry => $"{Show(entry.Key)}: {Show(entry.Value)}"))}}}",
        SecretValue secret => $"secret({Show(secret.Reveal())})",
        _ => value.ToRepr(),
    };

    private static string Short(Digest digest) => digest.ToString()[..12];

    private void Line(int depth, string text) => _text.Append(' ', depth * 2).Append(text).Append('\n');
}
