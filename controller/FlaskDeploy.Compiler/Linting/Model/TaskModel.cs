using System.Collections.Immutable;
using FlaskDeploy.Compiler.Syntax;
using FlaskDeploy.Compiler.Yaml;
using FlaskDeploy.Language.Diagnostics;
using FlaskDeploy.Language.Modules;

namespace FlaskDeploy.Compiler.Linting.Model;

/// <summary>Makes the tasks of one file, for rules. It says nothing of what is wrong: the compiler does.</summary>
internal sealed class TaskModel(ModuleSet modules)
{
    private readonly ImmutableArray<LintTask>.Builder _tasks = ImmutableArray.CreateBuilder<LintTask>();
    private int _list;

    public ImmutableArray<LintTask> Tasks => _tasks.ToImmutable();

    /// <summary>Adds the tasks of a list, those of its blocks after each block.</summary>
    public void Add(YamlNode? list, LintPlay play, bool areHandlers, LintTask? block = null)
    {
        var number = ++_list;
        foreach (var mapping in (list as YamlSequence)?.Items.OfType<YamlMapping>() ?? [])
        {
            var task = Read(mapping, play, areHandlers, block) with { List = block?.List ?? number };
            _tasks.Add(task);
            play.Tasks.Add(task);
            foreach (var part in (ReadOnlySpan<string>)["block", "rescue", "always"])
            {
                if (task.IsBlock && mapping[part] is { } inner)
                {
                    Add(inner, play, areHandlers, task);
                }
            }
        }
    }

    private LintTask Read(YamlMapping mapping, LintPlay play, bool isHandler, LintTask? block)
    {
        var task = new LintTask { Node = mapping, Module = "", ModuleSpan = mapping.Span, Play = play, IsHandler = isHandler, Block = block };
        if (mapping.Find("block") is not null || ActionOf(mapping) is not { } action)
        {
            return task;
        }
        var (written, body, skip) = (action.Name, action.Value, 0);
        if (written is "action" or "local_action")
        {
            (written, body, skip) = Named(action.Value);
        }
        var spec = modules.Find(written);
        var module = spec?.Name ?? written[(written.LastIndexOf('.') + 1)..];
        var takesText = spec?.TakesFreeForm ?? module is "raw" or "script" or "command" or "shell" or "win_shell" or "win_command" or "expect";
        var arguments = new List<LintArgument>();
        LintCommand? command = null;
        if (mapping["args"] is YamlMapping more)
        {
            AddMapping(more, spec, arguments);
        }
        if (body is YamlMapping given)
        {
            AddMapping(given, spec, arguments);
        }
        else if (body is YamlScalar { IsNull: false } scalar)
        {
            command = AddText(scalar, skip, spec, takesText, module, arguments);
        }
        command ??= takesText ? Given(arguments, module) : null;
        if (command is not null && arguments.Find(argument => argument.Name == "executable") is { } executable
            && (executable.HasMarkup ? executable.Text.Contains("python", StringComparison.Ordinal) : executable.Text.TrimEnd() is { Length: > 0 } program && !program.EndsWith("sh", StringComparison.Ordinal)))
        {
            command = command with { IsForeign = true };
        }
        return task with { Module = module, Spec = spec, ModuleSpan = action.Key.Span, Arguments = [.. arguments], Command = command };
    }

    private YamlEntry? ActionOf(YamlMapping mapping)
    {
        YamlEntry? other = null;
        foreach (var entry in mapping.Entries)
        {
            if (entry.Name is "action" or "local_action" || !Keywords.Task.Contains(entry.Name) && !LoopReader.IsLoop(entry.Name) && modules.Find(entry.Name) is not null)
            {
                return entry;
            }
            if (!Keywords.Task.Contains(entry.Name) && !LoopReader.IsLoop(entry.Name))
            {
                other ??= entry;
            }
        }
        return other;
    }

    private static (string Name, YamlNode Body, int Skip) Named(YamlNode value)
    {
        if (value is YamlMapping mapping)
        {
            return ((mapping["module"] as YamlScalar)?.Text.Trim() ?? "", new YamlMapping(mapping.Span, null, [.. mapping.Entries.Where(entry => entry.Name != "module")]), 0);
        }
        var text = (value as YamlScalar)?.Text ?? "";
        var start = text.Length - text.TrimStart().Length;
        var end = ActionReader.EndOfName(text, start);
        return (text[start..end], value, end);
    }

    private static void AddMapping(YamlMapping mapping, ModuleSpec? spec, List<LintArgument> arguments)
    {
        foreach (var entry in mapping.Entries)
        {
            Set(arguments, new LintArgument(spec?.Find(entry.Name)?.Name ?? entry.Name, (entry.Value as YamlScalar)?.Text ?? "", entry.Value, entry.Key.Span, entry.Value.Span));
        }
    }

    // What the module's own line says wins over 'args'.
    private static void Set(List<LintArgument> arguments, LintArgument argument)
    {
        arguments.RemoveAll(other => other.Name == argument.Name);
        arguments.Add(argument);
    }

    private static LintCommand? AddText(YamlScalar scalar, int skip, ModuleSpec? spec, bool takesText, string module, List<LintArgument> arguments)
    {
        var text = scalar.Text[skip..];
        if (spec?.TextArgument is { } only && !text.Contains('='))
        {
            Set(arguments, new LintArgument(only, text.Trim(), null, scalar.Span, scalar.Span));
            return null;
        }
        var parsed = KeyValueText.Parse(text, takesText);
        foreach (var pair in parsed.Pairs)
        {
            Set(arguments, new LintArgument(spec?.Find(pair.Key)?.Name ?? pair.Key, pair.Value, null, scalar.SpanAt(skip + pair.KeyOffset), scalar.SpanAt(skip + pair.Offset)));
        }
        return takesText && parsed.FreeForm.Length > 0
            ? new LintCommand(parsed.FreeForm, offset => scalar.SpanAt(skip + parsed.OffsetOf(Math.Clamp(offset, 0, Math.Max(0, parsed.FreeForm.Length - 1)))), IsShell(module), IsArgv: false)
            : null;
    }

    private static LintCommand? Given(List<LintArgument> arguments, string module)
    {
        if (arguments.Find(argument => argument.Name is "cmd" or "_raw_params") is { Node: YamlScalar scalar } line)
        {
            return new LintCommand(line.Text, scalar.SpanAt, IsShell(module), IsArgv: false);
        }
        return arguments.Find(argument => argument.Name == "argv") is { Node: YamlSequence words }
            ? new LintCommand(string.Join(' ', words.Items.OfType<YamlScalar>().Select(word => word.Text)), _ => words.Span, IsShell(module), IsArgv: true)
            : null;
    }

    private static bool IsShell(string module) => module is not ("command" or "win_command" or "script");
}
